"""A row that can't be read or moved stops itself and nobody else; it is told, put aside and tried again (contract 6, S6)."""
import sqlite3

from harness import ROOT, until


def published(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)


def damage(daemon, sql):
    daemon.stop()
    db = sqlite3.connect(daemon.state_dir / "jiebang.db")
    db.execute("PRAGMA ignore_check_constraints = ON")
    db.execute(sql)
    db.commit()
    db.close()
    daemon.start()


def told(daemon):
    return [e["data"]["row"] for e in daemon.get("/v1/events?limit=1000&type=invariant.broken")["data"]]


def walk(daemon, to):
    """A broken row ends a walk with its reason; the next one goes on."""
    for _ in range(40):
        reply = daemon.request("POST", "/v1/clock/advance", {"to": to})
        if reply.status == 200:
            return
        until("the pump tries again", lambda: daemon.get("/v1/status"))
    raise AssertionError(f"never reached {to}: {reply}")


def test_a_broken_rule_silences_its_own_obligations_only(daemon, receiver):
    published(daemon)
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url()})
    damage(daemon, "UPDATE rule SET ladder = '{' WHERE id = 'midterm'")
    walk(daemon, "2025-07-05T00:00:00+08:00")
    said = {(r.json()["data"]["obligation"]["rule"], r.json()["data"]["step"]) for r in receiver.received}
    assert ("progress", "before-60") in said and not any(rule == "midterm" for rule, _ in said)
    midterms = {o["id"] for o in daemon.all("/v1/obligations?programme=future-2023") if o["kind"] == "midterm_review"}
    assert set(told(daemon)) == midterms
    damage(daemon, "UPDATE rule SET ladder = (SELECT ladder FROM rule WHERE id = 'progress') WHERE id = 'midterm'")
    walk(daemon, "2025-07-06T00:00:00+08:00")
    said = {(r.json()["data"]["obligation"]["rule"], r.json()["data"]["step"]) for r in receiver.received}
    assert ("midterm", "before-60") in said, "what was put aside comes after all"


def test_a_broken_delivery_stops_no_other(daemon, receiver):
    published(daemon)
    for unit in (1, 2, 3):
        daemon.post("/v1/endpoints", {"owner": f"unit:un_{unit}", "url": receiver.on(f"/{unit}", statuses=[500, 200])})
    # The first attempts fail; one delivery then is no longer due, though it stands in the queue.
    daemon.post("/v1/clock/advance", {"to": "2025-01-02T09:05:01+08:00"})
    damage(daemon, "UPDATE delivery SET state = 'held' WHERE message_key = 2")
    walk(daemon, "2025-01-02T10:00:00+08:00")
    states = {d["unit"]: d["state"] for d in daemon.all("/v1/deliveries")}
    assert states == {"un_1": "delivered", "un_2": "held", "un_3": "delivered"}
    assert told(daemon) == ["message_2"]
    damage(daemon, "UPDATE delivery SET state = 'due' WHERE message_key = 2")
    walk(daemon, "2025-01-02T12:00:00+08:00")
    assert daemon.all("/v1/deliveries?unit=un_2")[0]["state"] == "delivered"


def test_an_end_that_cannot_be_recorded_stops_no_other(daemon, receiver):
    published(daemon)
    for unit in (1, 2, 3):
        daemon.post("/v1/endpoints", {"owner": f"unit:un_{unit}", "url": receiver.on(f"/{unit}", statuses=[500, 200])})
    # The first attempts fail; of one delivery an attempt is then on record that has not been made yet.
    daemon.post("/v1/clock/advance", {"to": "2025-01-02T09:05:01+08:00"})
    damage(daemon, "INSERT INTO attempt (message_key, n, boot, started_at, outcome) VALUES (2, 2, 1, 1, 'failed')")
    walk(daemon, "2025-01-02T10:00:00+08:00")
    states = {d["unit"]: d["state"] for d in daemon.all("/v1/deliveries")}
    assert states == {"un_1": "delivered", "un_2": "sending", "un_3": "delivered"}
    assert told(daemon) == ["message_2"]
    # Its end is unknown after the next start, and it is repeated.
    damage(daemon, "DELETE FROM attempt WHERE message_key = 2 AND n = 2")
    walk(daemon, "2025-01-02T12:00:00+08:00")
    assert daemon.all("/v1/deliveries?unit=un_2")[0]["state"] == "delivered"
