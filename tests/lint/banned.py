"""Functions that the project does not call, each with the reason and what to use instead."""
import re
from fnmatch import fnmatch

import source

UNBOUNDED = "writes without a bound: use text_copy, snprintf or a buf"
BANNED = {
    "strcpy": UNBOUNDED, "stpcpy": UNBOUNDED, "strcat": UNBOUNDED, "sprintf": UNBOUNDED, "vsprintf": UNBOUNDED,
    "gets": UNBOUNDED,
    "strncpy": "may leave the NUL out: use text_copy", "strncat": "its bound is not the buffer's: use a buf",
    "strtok": "keeps hidden state and eats empty fields: parse by hand", "strtok_r": "eats empty fields: parse by hand",
    "atoi": "cannot fail: use text_parse_i64", "atol": "cannot fail: use text_parse_i64",
    "atoll": "cannot fail: use text_parse_i64", "atof": "cannot fail",
    "sscanf": "overflow is undefined, and it is quadratic on long input: use text_parse_*",
    "localtime": "depends on TZ and is shared: use civil", "gmtime": "its result is shared: use civil",
    "localtime_r": "depends on TZ: use civil", "mktime": "depends on TZ: use civil",
    "strptime": "accepts 31 February: use civil_parse",
    "system": "starts a shell", "popen": "starts a shell",
    "alloca": "no bound on the stack", "tmpnam": "races", "mktemp": "races",
    "rand": "is predictable", "srand": "is predictable",
}

# Time has one door: everything else takes `now` as a parameter.
CLOCK = {name: "time has one door: base/clock" for name in ("time", "gettimeofday", "clock_gettime", "ftime")}
CLOCK_HOME = ("daemon/base/clock.c", "tests/*")

CALL = re.compile(r"(?<![\w.>])(" + "|".join(sorted(BANNED | CLOCK, key=len, reverse=True)) + r")\s*\(")


def check(root):
    complaints = []
    for path in map(str, source.c_files(root)):
        for number, line in enumerate(source.bare(source.read(root, path)).splitlines(), 1):
            if line.lstrip().startswith("#include"):
                continue
            for match in CALL.finditer(line):
                name = match.group(1)
                if name in CLOCK and any(fnmatch(path, home) for home in CLOCK_HOME):
                    continue
                complaints.append(f"{path}:{number}: {name}: {BANNED.get(name) or CLOCK[name]}")
    return complaints


if __name__ == "__main__":
    source.main(check)
