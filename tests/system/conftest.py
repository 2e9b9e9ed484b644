"""Fixtures of the black-box tests. A failing test shows the log of every daemon that it started."""
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402


@pytest.fixture
def folder():
    """A short path: pytest's own folders are too deep for the 108 bytes of a Unix socket's name."""
    path = Path(tempfile.mkdtemp(prefix="jb-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def make_daemon(folder, request):
    """make_daemon(**options of harness.Daemon) → a daemon that is not running yet; each has a folder of its own."""
    made = request.node.daemons = []

    def make(**options):
        options.setdefault("programmes", harness.patient_programmes(folder / "programmes"))
        made.append(harness.Daemon(folder / str(len(made)), **options))
        return made[-1]

    yield make
    for daemon in made:
        daemon.kill()
    for daemon in made:
        daemon.close()


@pytest.fixture
def daemon(make_daemon):
    """A running daemon on a clock that stands at the day of publication."""
    return make_daemon().start()


@pytest.fixture
def published(daemon):
    """… with the shortlist of 260 units, published on that day."""
    daemon.ctl("unit", "import", "--programme", "future-2023", str(harness.ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    return daemon


@pytest.fixture
def receiver():
    server = harness.Receiver()
    yield server
    server.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for daemon in getattr(item, "daemons", []):
            report.sections.append((f"log of {daemon.folder}", daemon.log()[-20000:]))
