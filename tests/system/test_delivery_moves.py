"""A delivery of the real daemon makes the moves that tests/sim/delivery_check.py tries in every order, and no others."""
import contextlib
import sqlite3
import sys
import threading

import pytest
from harness import ROOT, until

sys.path.append(str(ROOT / "tests" / "sim"))
import delivery_check  # noqa: E402

WATCH = """CREATE TABLE moves (old TEXT, new TEXT);
CREATE TRIGGER born AFTER INSERT ON delivery BEGIN INSERT INTO moves VALUES (NULL, NEW.state); END;
CREATE TRIGGER moved AFTER UPDATE OF state ON delivery BEGIN INSERT INTO moves VALUES (OLD.state, NEW.state); END;"""
DAY_60 = "2025-01-02T09:40:00+08:00"  # each unit's first report, due on 2025-03-03, is announced by then


def sql(daemon, script):
    with contextlib.closing(sqlite3.connect(daemon.state_dir / "jiebang.db")) as db:
        db.executescript(script)
        return set(db.execute("SELECT DISTINCT old, new FROM moves"))


@pytest.fixture
def watched(make_daemon):
    """Every move of a delivery goes into a table of the test's own."""
    made = make_daemon().start()
    made.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    made.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    made.stop()
    sql(made, WATCH)
    return made.start()


def listen(daemon, unit, url, **options):
    return daemon.post("/v1/endpoints", {"owner": f"unit:un_{unit}", "url": url, "options": options})["id"]


def owed(daemon, unit):
    return next(o["id"] for o in daemon.all(f"/v1/obligations?unit=un_{unit}") if (o["rule"], o["n"]) == ("progress", 1))


def state_of(daemon, unit):
    return [d["state"] for d in daemon.all(f"/v1/deliveries?unit=un_{unit}")]


def test_the_real_deliveries_make_these_moves_and_no_others(watched, receiver):
    daemon, gate = watched, threading.Event()
    bad, gone, fine = (receiver.on(f"/{status}", statuses=[status]) for status in (500, 410, 200))
    once = {1: listen(daemon, 1, bad, retry_s=[10]), 2: listen(daemon, 2, gone), 3: listen(daemon, 3, fine),
            4: listen(daemon, 4, bad, retry_s=[604800]), 5: listen(daemon, 5, fine), 7: listen(daemon, 7, bad, retry_s=[604800])}
    daemon.post(f"/v1/endpoints/{once[5]}/disable", {})
    daemon.post("/v1/clock/advance", {"to": DAY_60})
    assert {n: state_of(daemon, n) for n in once} == {1: ["dead"], 2: ["held"], 3: ["delivered"], 4: ["due"], 5: ["held"],
                                                      7: ["due"]}
    # By hand: a dead one again, a due one now, a gone one after all.
    ids = {n: daemon.all(f"/v1/deliveries?unit=un_{n}")[0]["id"] for n in once}
    for n in (1, 4):
        daemon.post(f"/v1/deliveries/{ids[n]}/retry", {})
    daemon.post("/v1/clock/advance", {"by": "1m"})
    daemon.post(f"/v1/endpoints/{once[2]}/enable", {})
    daemon.post("/v1/clock/advance", {"by": "1m"})
    assert state_of(daemon, 1) == ["dead"] and state_of(daemon, 2) == ["held"]
    # Filed: what waits is cancelled, and a dead one when it is to go again. Moved: what waits is superseded.
    for n in (1, 2, 4):
        daemon.post(f"/v1/obligations/{owed(daemon, n)}/submissions", {"summary": "示例"})
    daemon.post("/v1/deliveries/retry", {"state": "dead"})
    for n in (5, 7):
        daemon.post(f"/v1/obligations/{owed(daemon, n)}/extension", {"due_on": "2025-03-31", "reason": "示例", "approver": "示例"})
    assert [state_of(daemon, n)[-1] for n in (1, 2, 4, 5, 7)] == ["cancelled", "cancelled", "cancelled", "superseded", "superseded"]
    # Killed while it is sent, and filed while it is sent again.
    slow = listen(daemon, 6, receiver.on("/slow", hang=gate, statuses=[500]))
    daemon.post(f"/v1/endpoints/{slow}/test", {})
    receiver.wait(1, "/slow")
    daemon.kill()
    daemon.start()
    receiver.wait(2, "/slow")
    daemon.post(f"/v1/endpoints/{slow}/disable", {})
    gate.set()
    until("its end", lambda: not daemon.get("/v1/deliveries?state=sending")["data"])
    seen = sql(daemon, "SELECT 1")
    for old, new in seen:
        assert new in (delivery_check.BORN if old is None else delivery_check.MOVES[old]), (old, new)
    must = {(None, "due"), (None, "held"), ("due", "sending"), ("sending", "delivered"), ("sending", "due"),
            ("sending", "dead"), ("sending", "held"), ("dead", "due"), ("held", "due"), ("due", "cancelled"),
            ("held", "cancelled"), ("dead", "cancelled"), ("due", "superseded"), ("held", "superseded"), ("due", "due")}
    assert must - seen == set()
