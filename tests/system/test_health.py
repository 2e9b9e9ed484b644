"""An endpoint that fails for long: told of elsewhere, paused, probed, recovered, and nothing lost on the way (D7 D8 D17)."""
from collections import Counter
from datetime import datetime, timedelta

import pytest
from harness import until

FIRST = datetime.fromisoformat("2025-01-02T09:05:00+08:00")  # of un_1's first report, due on 2025-03-03


def walk(daemon, **after):
    daemon.post("/v1/clock/advance", {"to": (FIRST + timedelta(**after)).isoformat()})


def news(receiver, path):
    """What the path was told of endpoints: (type, days), each message once."""
    said = {r.id: r.json() for r in receiver.at(path) if r.json()["type"].startswith("endpoint.")}
    return [(body["type"], body["data"]["detail"]["days"]) for body in said.values()]


def events(daemon, kind):
    return [e["data"] for e in daemon.get(f"/v1/events?limit=1000&type={kind}")["data"]]


def states(daemon):
    return Counter(d["state"] for d in daemon.all("/v1/deliveries?unit=un_1") if not d["type"].startswith("endpoint."))


@pytest.mark.parametrize("accident", ["none", "restart", "kill"])
def test_dead_for_a_month_then_back(published, receiver, accident):
    daemon = published
    bad = daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/bad", statuses=[503])})
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/office")})
    path = f"/v1/endpoints/{bad['id']}"

    def accidents():
        if accident != "none":
            (daemon.stop if accident == "restart" else daemon.kill)()
            daemon.start()

    walk(daemon, hours=20)
    assert daemon.get(path)["state"] == "enabled" and len(events(daemon, "endpoint.failing")) == 1
    assert not news(receiver, "/office")
    walk(daemon, days=1, minutes=1)
    accidents()
    walk(daemon, days=2, minutes=1)
    assert news(receiver, "/office") == [("endpoint.failing", 1), ("endpoint.failing", 2)]
    walk(daemon, days=5, minutes=1)
    accidents()
    assert news(receiver, "/office") == [("endpoint.failing", n) for n in (1, 2, 3)] + [("endpoint.disabled", 5)]
    assert daemon.get(path)["state"] == "paused" and daemon.get("/v1/status")["endpoints"] == {"enabled": 1, "disabled": 0, "paused": 1}
    walk(daemon, days=60)
    accidents()
    # 60, 30, 15, 7, 3, 1 days before, and on it: the first died of its tenth attempt, and is what is probed with.
    assert states(daemon) == {"held": 7}, states(daemon)
    assert {d["reason"] for d in daemon.all("/v1/deliveries?state=held")} == {"endpoint_paused"}
    assert len(receiver.at("/bad")) < 10 + 60 + 9, "probed more often than it may be"
    receiver.on("/bad", statuses=[200])
    receiver.clear()
    walk(daemon, days=61, hours=1)
    assert states(daemon) == {"delivered": 8}, states(daemon)
    got = [r.json()["data"]["step"] for r in receiver.at("/bad")]
    assert sorted(got) == sorted(["before-60", "before-30", "before-15", "before-7", "before-3", "before-1", "due", "after-1"])
    assert len({r.id for r in receiver.at("/bad")}) == 8
    assert daemon.get(path)["state"] == "enabled"
    assert news(receiver, "/office") == [("endpoint.recovered", 60)] or news(receiver, "/office") == [("endpoint.recovered", 61)]
    for kind in ("failing", "disabled", "recovered"):
        assert len(events(daemon, f"endpoint.{kind}")) == 1, kind
    assert events(daemon, "endpoint.recovered")[0]["freed"] == 6  # but the probe, and what came later


def test_the_alert_names_the_messages_and_goes_round_the_broken_way(published, receiver):
    bad = published.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/bad", statuses=[500])})
    published.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url("/good")})
    published.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/office")})
    walk(published, days=1, minutes=1)
    assert news(receiver, "/good") == [("endpoint.failing", 1)] and not news(receiver, "/office") and not news(receiver, "/bad")
    said = [r.json() for r in receiver.at("/good") if r.json()["type"] == "endpoint.failing"][0]["data"]
    failed = [d for d in published.all("/v1/deliveries?unit=un_1") if d["endpoint"] == bad["id"]]
    assert [m["id"] for m in said["detail"]["messages"]] == [failed[0]["id"]] and said["detail"]["messages_total"] == 1
    assert said["detail"]["messages"][0]["last_status"] == 500 and said["unit"]["id"] == "un_1"
    assert bad["id"] in said["text"]["zh"] and f"endpoint show {bad['id']}" in said["text"]["en"]
    assert events(published, "endpoint.failing")[0]["message"] == failed[0]["id"]


def test_a_retry_by_hand_is_a_probe_of_a_paused_one(published, receiver):
    bad = published.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/bad", statuses=[500])})
    walk(published, days=31)
    held = published.all("/v1/deliveries?state=held")
    assert [d["step"] for d in held] == ["before-30", "before-60"]
    receiver.on("/bad", statuses=[200])
    published.ctl("delivery", "retry", held[0]["id"], code=0)
    until("recovered", lambda: states(published) == {"delivered": 2})
    assert published.get(f"/v1/endpoints/{bad['id']}")["state"] == "enabled"
    assert Counter(r.id for r in receiver.at("/bad") if r.status == 200).most_common(1)[0][1] == 1
