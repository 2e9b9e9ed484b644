"""No function of ours has the name of one in a library that we link.

Ours wins: with an event_add in the store, the courier that means libevent's calls the store. Neither compiler nor
linker says a word.
"""
import os
import re
from pathlib import Path

import pytest

import harness

# A sanitizer build defines half of libc on purpose.
RELEASE = Path(os.environ.get("JIEBANG_RELEASE", harness.ROOT / "build"))
OBJECTS = {"jiebangd": "libjb_*.a", "jiebangctl": "CMakeFiles/jiebangctl.dir/client/*.o"}
# What the toolchain puts into every library.
TOOLCHAIN = re.compile(r"_init|_fini|_edata|_end|main|__\w+")


def output(*argv):
    done = harness.run(argv)
    assert done.code == 0, done
    return done.out


def symbols(*options, file):
    """Global text and data; weak and undefined ones are not ours."""
    rows = (line.split() for line in output("nm", *options, "--defined-only", file).splitlines())
    return {row[2].split("@")[0] for row in rows if len(row) == 3 and row[1] in "TDBR"}


def libraries(program):
    return re.findall(r"=> (/\S+)", output("ldd", program))


@pytest.mark.parametrize("name", OBJECTS)
def test_no_name_is_taken_twice(name):
    files = sorted(RELEASE.glob(OBJECTS[name]))
    assert files, f"no {OBJECTS[name]} in {RELEASE}: ./dev build"
    ours = set().union(*(symbols("--extern-only", file=file) for file in files))
    assert len(ours) > 50, "the symbols were not found"
    found = libraries(RELEASE / name)
    assert len(found) > 5
    taken = {f"{symbol} ({Path(library).name})" for library in found
             for symbol in ours & symbols("--dynamic", file=library) if not TOOLCHAIN.fullmatch(symbol)}
    assert taken == set()
