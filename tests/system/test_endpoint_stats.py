"""How an endpoint fares: success, times, backlog and health, in the API, the client and the metrics (D19, S5)."""
import re
from datetime import datetime, timedelta

from harness import ROOT, until

FIRST = datetime.fromisoformat("2025-01-02T09:05:00+08:00")  # of un_1's first report, due on 2025-03-03


def stats(daemon, endpoint):
    return daemon.get(f"/v1/endpoints/{endpoint['id']}/stats")["stats"]


def metric(daemon, name):
    text = daemon.request("GET", "/metrics").body.decode()
    return dict(re.findall(rf"^{name}(\S*) (\S+)$", text, re.MULTILINE))


def try_out(daemon, endpoint, times):
    for _ in range(times):
        daemon.post(f"/v1/endpoints/{endpoint['id']}/test")


def counted(daemon, endpoint, n):
    return until(f"{n} attempts", lambda: (s := stats(daemon, endpoint)) and s["attempts"]["delivered"] + s["attempts"]["failed"] >= n and s)


def test_how_endpoints_fare(daemon, receiver):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    mixed = daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.on("/mixed", statuses=[200] * 7 + [500] * 2 + [200], delay_s=0.06)})
    fresh = daemon.post("/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/nobody"})
    nothing = {"days": 7, "delivered": 0, "failed": 0, "success_permille": None, "p50_ms": None, "p95_ms": None, "p99_ms": None}
    assert stats(daemon, fresh) == {"health": None, "backlog": {"waiting": 0, "held": 0, "oldest_at": None}, "attempts": nothing}
    etag = daemon.request("GET", f"/v1/endpoints/{mixed['id']}").headers["etag"]
    try_out(daemon, mixed, 10)
    got = counted(daemon, mixed, 10)["attempts"]
    assert (got["delivered"], got["failed"], got["success_permille"]) == (8, 2, 800)
    assert 53 <= got["p50_ms"] <= got["p95_ms"] <= got["p99_ms"]
    assert re.search(r"^success\s+80\.0%$", daemon.ctl("endpoint", "show", mixed["id"], code=0).out, re.MULTILINE)
    # Nobody answers there: an attempt, and no time of an answer.
    try_out(daemon, fresh, 1)
    assert counted(daemon, fresh, 1)["attempts"] == {**nothing, "failed": 1, "success_permille": 0}
    # How it fares is nothing that an update could collide with.
    assert daemon.request("GET", f"/v1/endpoints/{mixed['id']}").headers["etag"] == etag
    # Kept over a restart; the metrics count from the start.
    assert sum(int(v) for k, v in metric(daemon, "jiebang_attempt_duration_seconds_bucket").items() if "+Inf" in k) == 10
    assert float(metric(daemon, "jiebang_attempt_duration_seconds_sum")[""]) >= 0.6
    daemon.stop()
    daemon.start()
    assert stats(daemon, mixed)["attempts"] == got
    assert metric(daemon, "jiebang_attempt_duration_seconds_count") == {"": "0"}

    assert daemon.request("DELETE", f"/v1/endpoints/{fresh['id']}").status == 200

    # One that fails: since when, what waits, and in the metrics it alone.
    bad = daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/bad", statuses=[503])})
    for wait, health, backlog in (({"minutes": 1}, "doubted", (1, 0)), ({"hours": 20}, "failing", (1, 0)), ({"days": 31}, "paused", (0, 2))):
        daemon.post("/v1/clock/advance", {"to": (FIRST + timedelta(**wait)).isoformat()})
        fares = stats(daemon, bad)
        assert fares["health"]["state"] == health and fares["health"]["since"] == FIRST.isoformat()
        assert (fares["health"]["next_probe_at"] is not None) == (health == "paused")
        assert (fares["backlog"]["waiting"], fares["backlog"]["held"]) == backlog and fares["backlog"]["oldest_at"] == FIRST.isoformat()
        assert metric(daemon, "jiebang_endpoints_failing") == {"": "0" if health == "doubted" else "1"}
    series = {f'{{endpoint="{bad["id"]}"}}': str(int(FIRST.timestamp()))}
    assert metric(daemon, "jiebang_endpoint_failing_since_timestamp_seconds") == series
    assert counted(daemon, bad, 1)["attempts"]["success_permille"] == 0

    # The same in the list, where it is asked for, and in the client.
    listed = {row["id"]: row for row in daemon.get("/v1/endpoints?stats=1")["data"]}
    assert {key: row["stats"] for key, row in listed.items()} == {e["id"]: stats(daemon, e) for e in (mixed, bad)}
    assert all("stats" not in row for row in daemon.get("/v1/endpoints")["data"])
    shown = daemon.ctl("endpoint", "show", bad["id"], code=0).out
    assert re.search(r"^health\s+paused", shown, re.MULTILINE) and re.search(r"^held\s+2$", shown, re.MULTILINE), shown
    wide = daemon.ctl("endpoint", "list", "-o", "wide", code=0).out
    assert "P95 MS" in wide and "paused" in wide
    assert "已暂停" in daemon.ctl("endpoint", "list", "-o", "wide", "--lang", "zh", code=0).out
    assert "P95" not in daemon.ctl("endpoint", "list", code=0).out
    assert daemon.request("GET", "/v1/endpoints/ep_99/stats").status == 404
    # After a week it is as if nothing had been.
    daemon.post(f"/v1/endpoints/{bad['id']}/disable")
    daemon.post("/v1/clock/advance", {"by": "8d"})
    assert stats(daemon, mixed)["attempts"] == nothing and stats(daemon, bad)["health"] is None
