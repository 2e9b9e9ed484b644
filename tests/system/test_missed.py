"""Steps that were not said on their day, since the daemon was down, are told of once an episode (D17)."""
from harness import until
from test_delivery import published


def missed(daemon):
    return [e["data"] for e in daemon.get("/v1/events?limit=1000&type=schedule.missed")["data"]]


def outage(daemon, to):
    daemon.stop()
    daemon.clock = f"simulated:{to}"
    daemon.start()


def test_an_outage_that_missed_reminders_is_told_once(daemon, receiver):
    published(daemon)
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url("/1")})
    daemon.post("/v1/endpoints", {"owner": "unit:un_2", "url": receiver.url("/2")})
    # Down over days on which nothing fell due, and over an hour of a day on which something did: nothing was missed.
    outage(daemon, "2025-01-01T12:00:00+08:00")
    outage(daemon, "2025-01-02T12:00:00+08:00")
    receiver.wait(2)
    assert missed(daemon) == []
    # Up, whatever the clock does in steps: neither.
    daemon.post("/v1/clock/advance", {"to": "2025-01-20T00:00:00+08:00"})
    assert missed(daemon) == []
    # Down on the 30th day before the first deadline of 2025-03-03, and on the days after it.
    outage(daemon, "2025-02-10T12:00:00+08:00")
    receiver.wait(4)
    told = until("told", lambda: missed(daemon))
    assert len(told) == 1
    assert told[0]["since"] == "2025-01-20T00:00:00+08:00" and told[0]["until"] == "2025-02-10T12:00:00+08:00"
    assert told[0]["obligations"] >= 2 and told[0]["first"].startswith("ob_")
    assert "2025-01-20" < told[0]["first_step_at"] < "2025-02-10"
    # Not again, whether it goes on or begins anew; the next time is another one.
    daemon.post("/v1/clock/advance", {"to": "2025-02-12T00:00:00+08:00"})
    outage(daemon, "2025-02-12T12:00:00+08:00")
    assert len(missed(daemon)) == 1
    outage(daemon, "2025-02-20T12:00:00+08:00")
    receiver.wait(6)
    assert len(until("told again", lambda: len(missed(daemon)) > 1 and missed(daemon))) == 2
