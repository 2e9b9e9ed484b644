"""The REST API from outside, as include/jiebang/wire.h promises it: every route, every refusal, on a real daemon.

Most tests read from one daemon with the shipped programme, 260 invented units and a publication; those that change
something have one of their own, or change what no other test looks at.
"""
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest

import harness

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "sim"))
from stage import REPORT  # noqa: E402

SHORTLIST = (ROOT / "tests/data/shortlist-2023.csv").read_bytes()
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}
PROGRAMME = "/v1/programmes/future-2023"


def seed(daemon):
    daemon.post(PROGRAMME + "/units?reason=demonstration", SHORTLIST, headers=CSV)
    daemon.post(PROGRAMME + "/publication", {"date": "2024-09-02"})
    return daemon


@pytest.fixture(scope="module")
def shared():
    folder = Path(tempfile.mkdtemp(prefix="jb-"))
    daemon = harness.Daemon(folder, tcp=True, programmes=harness.patient_programmes(folder / "programmes")).start()
    try:
        yield seed(daemon)
        daemon.stop()
    finally:
        daemon.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def seeded(make_daemon):
    return seed(make_daemon().start())


def problem(reply, status, name):
    """An error has one shape, and says nothing of what came in."""
    assert reply.status == status, reply
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == f"urn:jiebang:problem:{name}" and body["status"] == status
    assert body["title"] and body["detail"]
    return body


# ---- the frame ----

def test_paths_and_methods(shared):
    for path in ("/", "/v1", "/v1/unit", "/v1/units/", "/v1/units/un_1/x", "/v1%2Funits", "/v2/units", "/v1/UNITS"):
        problem(shared.request("GET", path), 404, "not_found")
    for path in ("/v1/units/%00", "/v1/units/%ff", "/v1/units?q=%00"):
        problem(shared.request("GET", path), 400, "invalid")
    assert shared.request("GET", "/v1/units/%zz").status == 400
    for method, path, allow in (("PUT", "/v1/units/un_1", "GET, HEAD, OPTIONS"), ("DELETE", "/v1/endpoints", "GET, HEAD, POST, OPTIONS"),
                                ("POST", "/v1/units", "GET, HEAD, OPTIONS"), ("GET", "/v1/clock/accept", "POST, OPTIONS")):
        reply = shared.request(method, path)
        problem(reply, 405, "method_not_allowed")
        assert reply.headers["allow"] == allow
    reply = shared.request("OPTIONS", "/v1/endpoints")
    assert (reply.status, reply.headers["allow"], reply.body) == (204, "GET, HEAD, POST, OPTIONS", b"")


def test_errors_do_not_echo(shared):
    for path in ("/v1/xyzzy42", "/v1/units?xyzzy42=1", "/v1/units?state=xyzzy42", "/v1/units?programme=xyzzy42", "/v1/programmes/xyzzy42",
                 "/v1/messages/xyzzy42", "/v1/units?cursor=xyzzy42"):
        reply = shared.request("GET", path)
        assert reply.status in (400, 404) and b"xyzzy42" not in reply.body, reply


def test_head_is_get_without_a_body(shared):
    for path in ("/v1/units/un_1", "/v1/units", "/healthz", "/v1/units/un_999999"):
        get, head = shared.request("GET", path), shared.request("HEAD", path)
        assert head.status == get.status and head.body == b""
        assert head.headers["content-length"] == str(len(get.body)) == get.headers["content-length"]


def test_ids_that_cannot_be_are_not_found(shared):
    for path in ("/v1/units/un_999999", "/v1/units/1", "/v1/units/ob_1", "/v1/obligations/ob_999999", "/v1/submissions/sb_1",
                 "/v1/endpoints/ep_999", "/v1/messages/msg_no", "/v1/deliveries/msg_no", "/v1/programmes/future-1999",
                 "/v1/programmes/future-1999/tasks", "/v1/units?programme=future-1999"):
        problem(shared.request("GET", path), 404, "not_found")


def test_parameters_are_checked(shared):
    body = problem(shared.request("GET", "/v1/units?program=future-2023"), 400, "invalid")
    assert "programme" in body["detail"] and body["hint"] == "did you mean programme?"
    assert problem(shared.request("GET", "/v1/units?state=deliverin"), 400, "invalid")["hint"] == "did you mean delivering?"
    for query in ("limit=0", "limit=1001", "limit=1&limit=2", "cursor=zz", "state="):
        assert problem(shared.request("GET", "/v1/units?" + query), 400, "invalid")["pointer"] == query.split("=")[0]
    problem(shared.request("GET", "/v1/schedule/explain"), 400, "invalid")


# ---- reading ----

def test_programme_and_tasks(shared):
    row = next(p for p in shared.all("/v1/programmes") if p["id"] == "future-2023")
    assert (row["units"], row["obligations"], row["owed"], row["published_on"]) == (260, 1560, 1560, "2024-09-02")
    one = shared.get(PROGRAMME)
    assert {"tracks", "clauses", "plan", "caps", "quotas", "classes"} <= one.keys()
    assert one["caps"]["shortlist"]["limit"] == 5 and one["caps"]["winner"]["limit"] == 3
    assert [t["id"] for t in one["tracks"]] == ["metaverse", "humanoid", "bci", "agi"]
    tasks = shared.all("/v1/tasks?programme=future-2023&limit=7")
    assert tasks == shared.all(PROGRAMME + "/tasks") and len(tasks) == 52
    assert [sum(t["track"]["id"] == track["id"] for t in tasks) for track in one["tracks"]] == [11, 19, 10, 12]
    assert all(t["cap"] == 5 for t in tasks) and sum(t["units"] for t in tasks) == 260


def test_lists_are_paged_without_gap_or_repeat(shared):
    for path, count in (("/v1/units", 260), ("/v1/obligations", 1560), ("/v1/units?programme=future-2023", 260)):
        mark = "&" if "?" in path else "?"
        rows = shared.all(f"{path}{mark}limit=97")
        assert len(rows) == count == len({r["id"] for r in rows})
    page = shared.get("/v1/units?limit=1000")
    assert len(page["data"]) == 260 and page["next"] is None
    assert len(shared.get("/v1/units")["data"]) == 100


def test_unit_filters(shared):
    units = shared.all("/v1/units")
    for key in ("task", "recommender", "state"):
        value = units[0][key]
        found = shared.all(f"/v1/units?{key}={quote(value)}")
        assert found == [u for u in units if u[key] == value] and found
    assert [u["id"] for u in shared.all("/v1/units?q=" + "%E5%8D%95%E4%BD%8D017")] == ["un_17"]
    assert shared.all("/v1/units?programme=future-2025") == []


def test_unit_and_obligation(shared):
    unit = shared.get("/v1/units/un_1")
    assert [o["due_on"] for o in unit["obligations"]] == ["2025-03-03", "2025-09-02", "2025-09-02", "2026-03-02", "2026-09-02", "2026-09-02"]
    assert unit["next"] == {k: unit["obligations"][0][v] for k, v in
                            dict(obligation="id", kind="kind", name="name", due_on="due_on", days_left="days_left", state="state").items()}
    assert (unit["overdue"], unit["anchor_on"], unit["window_ends_on"]) == (0, "2024-09-02", "2026-09-02")
    one = shared.get("/v1/obligations/" + unit["obligations"][0]["id"])
    assert {k: one[k] for k in unit["obligations"][0]} == unit["obligations"][0]
    assert one["due_at"] == "2025-03-04T00:00:00+08:00" and one["days_left"] == 182
    assert one["next_step"]["step"] == "before-60" and one["submissions"] == [] and one["occasions"] == []
    assert shared.all("/v1/obligations?unit=un_1") == unit["obligations"]


def test_explain_and_export(shared):
    explained = shared.get("/v1/schedule/explain?unit=un_1")
    first = explained["obligations"][0]
    assert explained["unit"]["id"] == "un_1" and explained["anchor_on"] == "2024-09-02"
    assert "2025-03-03" in first["arithmetic"]["zh"] and "2025-03-03" in first["arithmetic"]["en"]
    assert {s["outcome"] for s in first["steps"]} == {"planned"} and first["steps"][0]["step"] == "before-60"
    reply = shared.request("GET", "/v1/schedule/export")
    assert reply.headers["content-type"].startswith("text/csv")
    lines = reply.body.decode().splitlines()
    assert lines[0] == "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state" and len(lines) == 1561
    assert "future-2023,un_1,ob_1,progress,1,2025-02-16,2025-03-03,0,scheduled" in lines
    assert shared.request("GET", "/v1/schedule/export?unit=un_1").body.decode().splitlines()[1:] == [
        line for line in lines if ",un_1," in line]


def test_schedule_is_what_is_then_said(make_daemon, receiver):
    """T8: the forecast of 120 days equals what a receiver gets when nothing changes."""
    daemon = seed(make_daemon().start())
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url("/u")})
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/o")})
    daemon.post("/v1/clock/advance", {"to": "2025-02-10"})
    receiver.clear()
    forecast = daemon.all("/v1/schedule?days=45&unit=un_1&limit=5")
    assert forecast == sorted(forecast, key=lambda s: s["at"]) and len(forecast) > 8
    assert {s["to"] for s in forecast} >= {"unit", "recommender", "office"}
    daemon.post("/v1/clock/advance", {"by": "45d"})
    events = daemon.get("/v1/events?unit=un_1&limit=1000")["data"]
    said = [(e["at"], e["data"]["step"], e["data"]["to"]) for e in events if "step" in e["data"] and e["at"] > "2025-02-10"]
    assert sorted(said) == sorted((s["at"], s["step"], s["to"]) for s in forecast)


# ---- entity tags ----

def test_etag(seeded):
    reply = seeded.request("GET", "/v1/obligations/ob_1")
    tag = reply.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{16}"', tag) and tag == f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
    for wanted in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = seeded.request("GET", "/v1/obligations/ob_1", headers={"If-None-Match": wanted})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert seeded.request("GET", "/v1/obligations/ob_1", headers={"If-None-Match": '"0123456789abcdef"'}).status == 200

    seeded.post("/v1/clock/advance", {"to": "2025-02-20"})
    fresh = seeded.request("GET", "/v1/obligations/ob_1")
    assert fresh.headers["etag"] != tag and fresh.json()["state"] == "open"
    path = "/v1/obligations/ob_1/submissions"
    problem(seeded.request("POST", path, {"summary": "s"}, {"If-Match": tag}), 412, "stale")
    problem(seeded.request("POST", path, {"summary": "s"}, {"If-Match": "W/" + fresh.headers["etag"]}), 412, "stale")
    assert seeded.get("/v1/obligations/ob_1")["state"] == "open"
    assert seeded.request("POST", path, {"summary": "s"}, {"If-Match": fresh.headers["etag"]}).status == 201


def test_a_write_is_seen_by_the_next_read(seeded):
    """Answers are kept between commits; pipelined or not, none outlives a write."""
    seeded.post("/v1/clock/advance", {"to": "2025-02-20"})
    for path in ("/v1/obligations/ob_1", "/v1/units/un_1"):
        assert seeded.request("GET", path).body == seeded.request("GET", path).body
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(harness.WAIT_S)
        peer.connect(str(seeded.socket))
        body = b'{"summary":"s"}'
        get = b"GET /v1/obligations/ob_1 HTTP/1.1\r\nHost: x\r\n%b\r\n"
        peer.sendall(get % b"" + b"POST /v1/obligations/ob_1/submissions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n%b" % (len(body), body) + get % b"Connection: close\r\n")
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"201", b"200"]
    assert re.findall(rb'"state":"(\w+)","overdue"', answer) == [b"open", b"submitted"]
    assert seeded.get("/v1/units/un_1")["next"]["obligation"] != "ob_1"


# ---- writing ----

def test_bodies_are_judged(shared):
    path = "/v1/obligations/ob_1/submissions"
    problem(shared.request("POST", path, b'{"summary":"s"}'), 415, "unsupported_media_type")
    problem(shared.request("POST", path, b"summary=s", {"Content-Type": "application/x-www-form-urlencoded"}), 415, "unsupported_media_type")
    problem(shared.request("POST", PROGRAMME + "/units", b"{}", JSON), 415, "unsupported_media_type")
    for bad in (b"", b"{", b'{"summary":"a","summary":"b"}', b'{"summary":"\xff"}', b"{} {}", b"[" * 100):
        problem(shared.request("POST", path, bad, JSON), 400, "invalid")
    problem(shared.request("POST", path, b"[]", {"Content-Type": "Application/JSON; charset=utf-8"}), 422, "unprocessed")
    problem(shared.request("POST", PROGRAMME + "/units", b"", CSV), 400, "invalid")
    assert shared.request("POST", path, b"{}" + b" " * 65536, JSON).status == 413
    assert shared.get("/v1/obligations/ob_1")["submissions"] == []


def test_rules_refuse_with_their_clause(make_daemon):
    daemon = make_daemon().start()
    lines = SHORTLIST.decode().splitlines()
    sixth = lines[1].replace("001", "901").replace("示例单位901", "示例单位第六")
    more = "\n".join([lines[0]] + lines[1:6] + [sixth]) + "\n"
    reply = daemon.request("POST", PROGRAMME + "/units", more, CSV)
    body = problem(reply, 422, "unprocessed")
    assert body["error_count"] == 1 and body["errors"][0]["line"] == 7 and body["errors"][0]["rule"] == "shortlist_cap"
    assert daemon.get(PROGRAMME)["units"] == 0
    assert daemon.post(PROGRAMME + "/units?dry_run=1&reason=why", more, headers=CSV)["dry_run"] is True
    assert daemon.get(PROGRAMME)["units"] == 0
    assert daemon.post(PROGRAMME + "/units?reason=why", more, headers=CSV)["imported"] == 6


def test_large_import_is_streamed(make_daemon):
    """A body beyond 64 KiB goes through a file; one that is no list is refused with its lines."""
    daemon = make_daemon().start()
    junk = SHORTLIST.splitlines(keepends=True)[0] + b"x\n" * 100_000
    body = problem(daemon.request("POST", PROGRAMME + "/units", junk, CSV), 422, "unprocessed")
    assert body["error_count"] > len(body["errors"]) > 0
    assert daemon.all("/v1/units") == []


def test_checks_of_the_audit_chain_wait_for_each_other(make_daemon):
    """One walk at a time, and not more in the queue than it can hold: they all come before the first has begun."""
    daemon = make_daemon().start()
    asks = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for ask in asks:  # they are in, and known
        ask.settimeout(60)
        ask.connect(str(daemon.socket))
        ask.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert ask.recv(65536).startswith(b"HTTP/1.1 200")
    os.kill(daemon.process.pid, signal.SIGSTOP)
    for ask in asks:
        ask.sendall(b"GET /v1/audit/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    os.kill(daemon.process.pid, signal.SIGCONT)
    answers = [b"".join(iter(lambda a=ask: a.recv(65536), b"")) for ask in asks]
    for ask in asks:
        ask.close()
    good = [a for a in answers if a.startswith(b"HTTP/1.1 200") and b'"ok":true' in a]
    full = [a for a in answers if a.startswith(b"HTTP/1.1 503") and b"too many long reads wait" in a]
    assert len(good) + len(full) == 40 and len(good) >= 16 and full, answers[:2]


def test_idempotency(seeded):
    seeded.post("/v1/clock/advance", {"to": "2025-02-20"})
    path, key = "/v1/obligations/ob_1/submissions", {"Idempotency-Key": "k-1"}
    first = seeded.request("POST", path, {"summary": "a"}, key)
    again = seeded.request("POST", path, {"summary": "a"}, key)
    assert (first.status, first.body) == (201, again.body) and again.status == 201
    assert len(seeded.get("/v1/obligations/ob_1")["submissions"]) == 1
    problem(seeded.request("POST", path, {"summary": "b"}, key), 422, "unprocessed")
    problem(seeded.request("POST", "/v1/obligations/ob_2/submissions", {"summary": "a"}, key), 422, "unprocessed")
    for bad in ("", "a b", "x" * 121, "é"):
        problem(seeded.request("POST", path, {"summary": "a"}, {"Idempotency-Key": bad.encode("latin-1")}), 400, "invalid")
    # A spooled body counts as much as one in memory.
    csv, key = {**CSV, "Idempotency-Key": "k-2"}, PROGRAMME + "/units?dry_run=1"
    assert seeded.request("POST", key, SHORTLIST, csv).status == 422  # they stand on the list already


def test_review(seeded):
    seeded.post("/v1/clock/advance", {"to": "2025-02-20"})
    filed = seeded.post("/v1/obligations/ob_1/submissions", {"summary": "第一期", "receipt": "R-1", "author": "张三", "content": REPORT}, 201)
    assert (filed["obligation"], filed["version"], filed["late"], filed["content"]) == ("ob_1", 1, False, REPORT)
    one = seeded.get("/v1/submissions/" + filed["id"])
    assert one == {k: filed[k] for k in one} and len(one) == 9
    assert [o["id"] for o in seeded.all("/v1/obligations?state=submitted")] == ["ob_1"]
    assert seeded.post("/v1/obligations/ob_1/return", {"comment": "补充数据"})["state"] == "returned"
    seeded.post("/v1/obligations/ob_1/submissions", {"summary": "第二版"}, 201)
    assert seeded.post("/v1/obligations/ob_1/acceptance", {})["state"] == "accepted"
    problem(seeded.request("POST", "/v1/obligations/ob_1/return", {"comment": "x"}), 409, "refused")
    assert [s["version"] for s in seeded.all("/v1/submissions?obligation=ob_1")] == [1, 2]
    assert [s["version"] for s in seeded.all("/v1/submissions?unit=un_1")] == [1, 2]
    one = seeded.get("/v1/obligations/ob_1")
    now = seeded.get("/v1/clock")["now"]
    assert one["next_step"] is None and (one["rulings"], one["cancellation"]) == ([], None)
    # Who said what of it: the comment that the unit is told stands beside what it is about.
    actor = f"uid:{os.getuid()}"
    assert one["reviews"] == [
        {"submission": "sb_1", "decision": "returned", "comment": "补充数据", "actor": actor, "decided_at": now, "due_on": None, "correct_by_on": None},
        {"submission": "sb_2", "decision": "accepted", "comment": "", "actor": actor, "decided_at": now, "due_on": None, "correct_by_on": None}]
    seeded.post("/v1/obligations/ob_2/cancellation", {"reason": "重复"})
    two = seeded.get("/v1/obligations/ob_2")
    assert (two["reviews"], two["cancellation"]) == ([], {"reason": "重复", "actor": actor, "at": now})
    shown = seeded.ctl("obligation", "show", "ob_1", code=0).out
    assert "补充数据" in shown and actor in shown and "returned" in shown
    assert "重复" in seeded.ctl("obligation", "show", "ob_2", "--lang", "zh", code=0).out


def test_overdue(seeded):
    assert seeded.all("/v1/obligations?overdue=1") == []
    seeded.post("/v1/clock/advance", {"to": "2025-03-03T23:59:59+08:00", "jump": True})
    assert seeded.all("/v1/obligations?overdue=1") == [] and seeded.get("/v1/units/un_1")["overdue"] == 0
    seeded.post("/v1/clock/advance", {"by": "1s"})
    late = seeded.all("/v1/obligations?overdue=1&limit=100")
    assert len(late) == 260 and {o["days_left"] for o in late} == {-1} and seeded.get("/v1/units/un_1")["overdue"] == 1
    assert seeded.get("/v1/status")["programmes"][0]["overdue"] == 260
    assert len(seeded.all("/v1/obligations?due_before=2025-03-04")) == 260
    assert seeded.all("/v1/obligations?due_before=2025-03-03") == []


# ---- endpoints, deliveries ----

def test_endpoints_and_deliveries(make_daemon, receiver):
    daemon = seed(make_daemon().start())
    for url in ("http://10.0.0.1/", "ftp://example.com/", "http://u:p@example.com/", "x", 7, None):
        body = problem(daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": url}), 422, "unprocessed")
        assert body["pointer"] == "/url"
    receiver.on("/u", statuses=[500])
    made = daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url("/u")}, 201)
    assert made["secret"].startswith("whsec_") and "secret" not in daemon.get("/v1/endpoints/" + made["id"])
    assert daemon.get("/v1/units/un_1")["endpoints"] == daemon.all("/v1/endpoints?owner=unit:un_1")
    daemon.post("/v1/clock/advance", {"to": "2025-01-07"})
    dead = daemon.get("/v1/deliveries?state=dead")["data"]
    assert [d["unit"] for d in dead] == ["un_1"] and dead[0]["last_status"] == 500
    one = daemon.get("/v1/deliveries/" + dead[0]["id"])
    assert len(one["attempt_list"]) == one["attempts"] == 10 and json.loads(one["body"])["type"] == "obligation.due_soon"
    assert {k: one[k] for k in dead[0]} == dead[0]
    message = daemon.get("/v1/messages/" + dead[0]["id"])
    assert (message["step"], message["steps"], message["state"]) == ("before-60", ["before-60"], "dead")
    assert daemon.all("/v1/messages?obligation=ob_1") == [message]
    receiver.on("/u", statuses=[200])
    assert daemon.post("/v1/deliveries/retry?dry_run=1", {"state": "dead"})["retried"] == 1
    assert daemon.post(f"/v1/deliveries/{one['id']}/retry")["state"] == "due"
    harness.until("delivery", lambda: daemon.get("/v1/deliveries/" + one["id"])["state"] == "delivered")
    assert daemon.post(f"/v1/endpoints/{made['id']}/disable", {"reason": "moved"})["state"] == "disabled"
    assert daemon.post(f"/v1/endpoints/{made['id']}/enable")["state"] == "enabled"
    sent = daemon.post(f"/v1/endpoints/{made['id']}/test", status=202)
    harness.until("test message", lambda: daemon.get("/v1/deliveries/" + sent["id"])["state"] == "delivered")
    assert daemon.get("/v1/deliveries?limit=1")["data"][0]["id"] == sent["id"]


# ---- the feed ----

def test_feed_waits_for_news(seeded):
    end = seeded.get("/v1/events?limit=1000")
    while end["data"]:
        end = seeded.get("/v1/events?limit=1000&cursor=" + end["next"])
    cursor = end["next"]
    began = time.monotonic()
    assert seeded.get(f"/v1/events?cursor={cursor}&wait_s=1") == {"data": [], "next": cursor}
    assert time.monotonic() - began >= 0.9
    answers = []
    held = [threading.Thread(target=lambda: answers.append(seeded.get(f"/v1/events?cursor={cursor}&wait_s=30"))) for _ in range(3)]
    began = time.monotonic()
    for thread in held:
        thread.start()
    harness.until("three held", lambda: b"jiebang_feed_waiters 3\n" in seeded.request("GET", "/metrics").body)
    seeded.post("/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/x"})
    seeded.post("/v1/clock/advance", {"to": "2025-02-20"})
    for thread in held:
        thread.join(harness.WAIT_S)
    assert len(answers) == 3 and all(a["data"] and a["next"] != cursor for a in answers)
    assert time.monotonic() - began < 30


def test_the_last_events(seeded):
    """The end of the feed, oldest first, also of one type or after a place; a follower goes on from there."""
    everything, cursor = [], ""
    while page := seeded.get("/v1/events?limit=3" + cursor)["data"]:
        everything += page
        cursor = f"&cursor={page[-1]['seq']}"
    assert len(everything) >= 2
    for path, wanted in (("last=2", everything[-2:]), ("last=1000", everything), ("last=1&limit=5", everything[-1:]),
                         ("last=2&type=unit.imported", [e for e in everything if e["type"] == "unit.imported"][-2:]),
                         (f"last=9&cursor={everything[-1]['seq'] - 1}", everything[-1:]), ("last=3&type=nothing.such", [])):
        page = seeded.get("/v1/events?" + path)
        assert page == {"data": wanted, "next": str(everything[-1]["seq"])}, path
    assert seeded.request("GET", "/v1/events?last=0").status == seeded.request("GET", "/v1/events?last=1001").status == 400


def test_a_drain_lets_those_go_who_wait(seeded):
    end = seeded.get("/v1/events?type=nothing.such")["next"]
    answers = []
    held = threading.Thread(target=lambda: answers.append(seeded.get(f"/v1/events?type=nothing.such&cursor={end}&wait_s=30")))
    held.start()
    harness.until("one held", lambda: b"jiebang_feed_waiters 1\n" in seeded.request("GET", "/metrics").body)
    began = time.monotonic()
    seeded.stop()
    held.join(harness.WAIT_S)
    assert time.monotonic() - began < 20 and answers == [{"data": [], "next": end}]


def test_the_number_of_those_who_wait_is_bounded(daemon):
    end = daemon.get("/v1/events?limit=1000")["next"]
    held = []
    try:
        for _ in range(100):
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(str(daemon.socket))
            peer.sendall(f"GET /v1/events?cursor={end}&wait_s=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            held.append(peer)
        harness.until("a hundred held", lambda: b"jiebang_feed_waiters 100\n" in daemon.request("GET", "/metrics").body)
        reply = daemon.request("GET", f"/v1/events?cursor={end}&wait_s=30")
        assert reply.status == 503 and reply.headers["retry-after"]
        assert daemon.get(f"/v1/events?cursor={end}") == {"data": [], "next": end}
        daemon.post("/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/x"})
    finally:
        for peer in held:
            peer.close()


# ---- clock, calendar ----

def test_clock(seeded):
    assert seeded.get("/v1/clock")["clock"] == "simulated"
    for body, pointer in (({}, None), ({"by": "1d", "to": "2025-01-01"}, None), ({"by": 7}, "/by"), ({"by": "0s"}, "/by"), ({"by": "-1d"}, "/by"),
                          ({"to": "2025-02-30"}, "/to"), ({"to": "2024-09-01"}, "/to"), ({"by": "1d", "jump": "yes"}, "/jump"),
                          ({"by": "1d", "jmp": True}, None)):
        assert problem(seeded.request("POST", "/v1/clock/advance", body), 422, "unprocessed").get("pointer") == pointer
    assert seeded.post("/v1/clock/advance", {"by": "1h30m"})["now"] == "2024-09-02T01:30:00+08:00"
    assert seeded.post("/v1/clock/advance", {"to": "2024-09-03"})["now"] == "2024-09-03T00:00:00+08:00"


def test_a_real_clock_is_not_moved(make_daemon):
    daemon = make_daemon(clock="real").start()
    body = problem(daemon.request("POST", "/v1/clock/advance", {"by": "1d"}), 409, "refused")
    assert body["rule"] == "clock" and body["hint"]
    assert daemon.get("/v1/clock")["clock"] == "real"


def test_calendars(seeded):
    years = {row["year"]: row for row in seeded.get("/v1/calendars")["data"]}
    assert years[2025]["covered"] and years[2026]["covered"] and 2027 not in years
    csv = "date,kind,name\n2027-10-01,holiday,国庆节\n"
    assert seeded.post("/v1/calendars?dry_run=1", csv, headers=CSV)["years"] == [2027]
    assert 2027 not in {row["year"] for row in seeded.get("/v1/calendars")["data"]}
    seeded.post("/v1/calendars", csv, headers=CSV)
    assert 2027 in {row["year"] for row in seeded.get("/v1/calendars")["data"]}


# ---- who asks ----

def test_tokens(shared):
    for headers in ({}, {"Authorization": "Bearer jb_wrong"}, {"Authorization": "Basic YTpi"}):
        reply = shared.request_tcp("GET", "/v1/status", headers=headers)
        problem(reply, 401, "unauthenticated")
        assert reply.headers["www-authenticate"].startswith("Bearer")
    assert shared.request_tcp("GET", "/healthz").body == b"ok\n"
    assert shared.request_tcp("GET", "/readyz").status == 200
    assert shared.request_tcp("GET", "/v1/nothing").status == 401
    token = shared.post("/v1/tokens", {"name": "ci"}, 201)
    auth = {"Authorization": "bearer " + token["token"]}
    assert shared.request_tcp("GET", "/v1/status", headers=auth).status == 200
    assert shared.request_tcp("GET", "/v1/status", headers=auth).status == 200
    assert token["token"] not in json.dumps(shared.all("/v1/tokens"))
    # What it does is written down under its id.
    shared.request_tcp("POST", "/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/token"}, auth)
    assert any(e["actor"] == "token:" + token["id"] for e in shared.all("/v1/audit?limit=1000"))
    shared.post(f"/v1/tokens/{token['id']}/revoke")
    assert shared.request_tcp("GET", "/v1/status", headers=auth).status == 401


def test_a_token_ends_with_its_day(make_daemon):
    daemon = make_daemon(tcp=True).start()
    token = daemon.post("/v1/tokens", {"name": "short", "expires_on": "2024-09-02"}, 201)
    auth = {"Authorization": "Bearer " + token["token"]}
    assert daemon.all("/v1/tokens")[0]["expires_on"] == "2024-09-02"
    daemon.post("/v1/clock/advance", {"to": "2024-09-02T23:59:59+08:00"})
    assert daemon.request_tcp("GET", "/v1/status", headers=auth).status == 200
    daemon.post("/v1/clock/advance", {"by": "1s"})
    assert daemon.request_tcp("GET", "/v1/status", headers=auth).status == 401


def test_many_failures_are_slowed_down(make_daemon):
    daemon = make_daemon(tcp=True).start()
    token = daemon.post("/v1/tokens", {"name": "good"}, 201)["token"]
    # At most two minutes' worth of strikes, should the minute turn in between.
    replies = [daemon.request_tcp("GET", "/v1/status", headers={"Authorization": "Bearer jb_x"}) for _ in range(22)]
    assert [r.status for r in replies[:10]] == [401] * 10
    slow = [r for r in replies if r.status == 429]
    assert slow and slow[0].headers["retry-after"] == "60"
    assert daemon.request_tcp("GET", "/v1/status", headers={"Authorization": "Bearer " + token}).status == 200


def test_upload_without_a_token_is_refused_before_its_body(shared):
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=harness.WAIT_S)
    connection.putrequest("POST", PROGRAMME + "/units")
    connection.putheader("Content-Type", "text/csv")
    connection.putheader("Content-Length", str(200 * 1024 * 1024))
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.status in (401, 429)
    connection.close()


# ---- trust, health ----

def test_audit(shared):
    rows = shared.all("/v1/audit?limit=5")
    assert [r["seq"] for r in rows] == list(range(1, len(rows) + 1))
    previous = bytes(32)
    for row in rows:
        unix = int(datetime.fromisoformat(row["at"]).timestamp())
        text = previous + "\0".join([str(row["seq"]), str(unix), row["actor"], row["verb"], row["object"], row["detail"]]).encode()
        previous = hashlib.sha256(text).digest()
        assert previous.hex() == row["hash"], row
    assert shared.get("/v1/audit/verify") == {"ok": True, "entries": len(rows), "first_bad": None}


def edit(daemon, sql):
    """Changes the state of a stopped daemon behind its back."""
    with sqlite3.connect(daemon.state_dir / "jiebang.db") as database:
        database.execute(sql)
    database.close()


def test_a_changed_entry_is_found(make_daemon):
    daemon = seed(make_daemon().start())
    entries = daemon.get("/v1/audit/verify")["entries"]
    daemon.stop()
    edit(daemon, "UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    daemon.start()
    assert daemon.get("/v1/audit/verify") == {"ok": False, "entries": 2, "first_bad": 3}
    daemon.stop()
    edit(daemon, f"DELETE FROM audit WHERE seq IN (3, {entries})")
    daemon.start()
    assert daemon.get("/v1/audit/verify")["first_bad"] == 4


def test_a_clock_hold_is_not_ready(make_daemon):
    """Wall time lies a year before what was seen: the daemon serves, and says why it is not ready, until it is told."""
    daemon = make_daemon(clock="real").start()
    daemon.stop()
    edit(daemon, "UPDATE instance SET high_water_at = high_water_at + 365 * 86400")
    daemon.spawn()
    harness.until("alive", lambda: daemon.socket.exists() and alive(daemon))
    reply = daemon.request("GET", "/readyz")
    assert reply.status == 503 and reply.body.startswith(b"not ready: clock hold")
    hold = daemon.get("/v1/clock")["hold"]
    assert hold["reason"] and daemon.get("/v1/status")["hold"] == hold
    assert b"jiebang_clock_hold 1\n" in daemon.request("GET", "/metrics").body
    assert daemon.post("/v1/clock/accept")["hold"] is None
    assert daemon.request("GET", "/readyz").status == 200


def alive(daemon):
    try:
        return daemon.request("GET", "/healthz").status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_metrics_are_well_formed(shared):
    reply = shared.request("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    described, typed, sampled, last = set(), {}, [], None
    for line in reply.body.decode().splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in described and line.split(" ", 3)[3]
            described.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram") and (kind == "counter") == name.endswith("_total")
            typed[name] = kind
        else:
            name, labels, _ = re.fullmatch(r'([a-z_:]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? (-?[0-9.]+)', line).groups()
            family = re.sub("_(bucket|sum|count)$", "", name)
            name, labels = (family, (name, labels)) if typed.get(family) == "histogram" else (name, labels)
            assert name in typed and name in described and (name, labels) not in sampled
            assert name == last or name not in {n for n, _ in sampled}, f"{name} is in two places"
            sampled.append((name, labels))
            last = name
    assert typed.keys() == described == {n for n, _ in sampled}
    assert {"process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total", "jiebang_clock_hold"} <= typed.keys()


def test_every_object_answers_when_the_state_is_empty(make_daemon):
    daemon = make_daemon().start()
    for path in ("/v1/units", "/v1/obligations", "/v1/submissions", "/v1/endpoints", "/v1/messages", "/v1/deliveries", "/v1/schedule", "/v1/tokens"):
        assert daemon.get(path) == {"data": [], "next": None}
    assert daemon.get("/v1/status")["next_due_at"] is None
    assert daemon.request("GET", "/v1/schedule/export").body.count(b"\n") == 1


def test_an_advance_by_a_duration_takes_no_idempotency_key(daemon):
    """Twice 30 days are 60: a key that promises once is refused, not overlooked. An instant comes to the same."""
    before, key = daemon.get("/v1/clock"), {"Idempotency-Key": "k"}
    reply = daemon.request("POST", "/v1/clock/advance", {"by": "30d"}, key)
    body = reply.json()
    assert reply.status == 400 and "takes no Idempotency-Key" in body["detail"] and "不接受" in body["detail_zh"], body
    assert "give to instead of by" in body["hint"] and "用 to 代替 by" in body["hint_zh"]
    assert daemon.get("/v1/clock") == before
    there = [daemon.request("POST", "/v1/clock/advance", {"to": "2030-01-02"}, key) for _ in range(2)]
    assert [reply.status for reply in there] == [200, 200] and there[0].json() == there[1].json()
