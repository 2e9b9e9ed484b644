"""What operators must hear of, each once an episode: failing, recovered, exhausted, disabled, missed, a clock on hold (D17); a
calendar that is missing is in test_changes.py."""
import shutil
import tempfile
from datetime import datetime, timedelta

import harness
import pytest

FIRST = datetime.fromisoformat("2025-01-02T09:05:00+08:00")  # of un_1's first report, due on 2025-03-03


def events(daemon, kind):
    return [e["data"] for e in daemon.get(f"/v1/events?limit=1000&type={kind}")["data"]]


def told(receiver, kind):
    return len({r.id for r in receiver.at("/office") if r.json()["type"] == kind})


def go(daemon, at, jump=False):
    daemon.post("/v1/clock/advance", {"to": at if isinstance(at, str) else at.isoformat(), "jump": jump})


@pytest.fixture(scope="module")
def stage():
    """One daemon whose days go by from test to test, in the order of the tests."""
    folder = tempfile.mkdtemp(prefix="jb-")
    daemon = harness.Daemon(folder, programmes=harness.patient_programmes(harness.Path(folder) / "programmes")).start()
    daemon.ctl("unit", "import", "--programme", "future-2023", str(harness.ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    receiver = harness.Receiver()
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/office")})
    yield daemon, receiver
    receiver.close()
    daemon.close()
    shutil.rmtree(folder, ignore_errors=True)


def test_endpoints(stage):
    """Failing, exhausted, disabled and recovered: one event each, however many attempts and days it takes; a test is none of it."""
    daemon, receiver = stage
    bad = daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/bad", statuses=[503])})["id"]
    for _ in range(3):
        daemon.ctl("endpoint", "test", bad, code=1)
    go(daemon, FIRST + timedelta(days=5, hours=1))
    assert len(events(daemon, "endpoint.failing")) == len(events(daemon, "endpoint.disabled")) == 1
    assert len(events(daemon, "endpoint.exhausted")) == 1, "one message has died of it, and the tests are no messages"
    assert told(receiver, "endpoint.failing") == 3 and told(receiver, "endpoint.disabled") == 1
    receiver.on("/bad", statuses=[200])
    daemon.ctl("endpoint", "test", bad, code=0)
    assert len(events(daemon, "endpoint.recovered")) == 1 and told(receiver, "endpoint.recovered") == 1
    assert daemon.get(f"/v1/endpoints/{bad}")["state"] == "enabled"
    # A 410 ends it at once; another one of the same endpoint is another episode.
    for n in (2, 3):
        receiver.on("/bad", statuses=[410])
        daemon.ctl("endpoint", "test", bad, code=1)
        assert len(events(daemon, "endpoint.disabled")) == n
        daemon.post(f"/v1/endpoints/{bad}/enable")
    receiver.on("/bad", statuses=[200])


@pytest.mark.parametrize("how", ["jump", "down", "killed in between"])
def test_missed(stage, how):
    """Steps that could not be said on their day are made up for, and told of once."""
    daemon, _ = stage
    before = datetime.fromisoformat(daemon.get("/v1/clock")["now"])
    known, after = len(events(daemon, "schedule.missed")), before + timedelta(days=31)
    planned = [s for s in daemon.all("/v1/schedule?days=31&limit=1000") if s["kind"] != "open"]
    if how == "jump":
        go(daemon, after, jump=True)
    else:
        daemon.stop()
        daemon.clock = f"simulated:{after.isoformat()}"
        daemon.start()
        if how == "killed in between":
            daemon.kill()
            daemon.start()
    [one] = harness.until("it is told", lambda: events(daemon, "schedule.missed")[known:])
    late = [s for s in planned if s["at"][:10] < after.isoformat()[:10] and s["step"] != "open"]
    assert late and one["obligations"] >= 1 and one["first_step_at"] == min(s["at"] for s in late)
    assert one["since"] == before.isoformat() and one["until"] == after.isoformat()
    # A walk misses nothing, and what was told is told once.
    go(daemon, after + timedelta(days=20))
    daemon.stop()
    daemon.start()
    assert len(events(daemon, "schedule.missed")) == known + 1


def test_clock_on_hold(stage):
    """A clock that went 402 days ahead: one event however often the daemon is started, and what was missed after it is accepted."""
    daemon, _ = stage
    before = datetime.fromisoformat(daemon.get("/v1/clock")["now"])
    known = len(events(daemon, "schedule.missed"))
    daemon.clock = f"simulated:{(before + timedelta(days=402)).isoformat()}"

    def answers():
        try:
            return daemon.request("GET", "/healthz").status == 200
        except OSError:
            return False

    for _ in range(2):
        daemon.stop()
        daemon.spawn()
        harness.until("it answers", answers)
        assert len(events(daemon, "clock.hold")) == 1 and daemon.get("/v1/clock")["hold"]
    assert len(events(daemon, "schedule.missed")) == known
    daemon.post("/v1/clock/accept")
    [one] = harness.until("it is told", lambda: events(daemon, "schedule.missed")[known:])
    assert one["obligations"] > 0 and one["since"] == before.isoformat()
    assert len(events(daemon, "clock.hold")) == len(events(daemon, "clock.accepted")) == 1
