"""The writes from outside: every refusal with its status and its problem, and nothing changed; many writers at once.

The rules themselves, state by state, are in tests/unit/engine_*.c; here it is whether they come through the door whole.
"""
import re
import sys
import threading
from collections import Counter

import pytest

from harness import ROOT, until
from test_import import content, row, send, sheet

sys.path.append(str(ROOT / "tests" / "sim"))
import invariants  # noqa: E402
import stage  # noqa: E402

PUBLICATION = "/v1/programmes/future-2023/publication"
SHIFT = "/v1/programmes/future-2023/shift"
CHANGES, MOVES = "/v1/units/un_1/changes", "/v1/units/un_1/moves"
ACT = {"reason": "x", "approver": "y", "doc_no": "z"}
HOOK = "http://127.0.0.1:9/hook"
CSV = "date,kind,name\n"


@pytest.fixture
def running(daemon):
    """One unit that delivers; ob_1 is filed, ob_2 accepted, ob_3 … are owed; ep_1 is disabled."""
    stage.published(daemon)
    stage.file_report(daemon, "ob_1")
    stage.file_report(daemon, "ob_2")
    daemon.post("/v1/obligations/ob_2/acceptance")
    daemon.post("/v1/endpoints", {"owner": "office", "url": HOOK})
    daemon.post("/v1/endpoints/ep_1/disable", {"reason": "moving"})
    return daemon


REFUSALS = [
    # path, body, status, rule or pointer, part of the detail
    (PUBLICATION, {"date": "2024-09-03"}, 409, "publication", "was published on 2024-09-02 already"),
    (PUBLICATION, {"date": "2024-13-01"}, 422, "/date", "YYYY-MM-DD"),
    (PUBLICATION, {"date": "2199-12-31"}, 422, "/date", "after the year 2200"),
    (PUBLICATION, {"date": "2023-09-13"}, 422, "/date", "date 2023-09-13 is before the notice of future-2023, which is of 2023-09-14"),
    (PUBLICATION, {"dat": "2024-09-02"}, 422, "/dat", 'did you mean "date"?'),
    (PUBLICATION, {"date": "2024-09-03", "correct": True}, 422, "/reason", "needs its reason"),
    (PUBLICATION, {"date": "2024-09-02", "anchor": "2024-09-01"}, 422, "/anchor", "not before it"),
    (PUBLICATION, {"date": "2024-09-03", "anchor": "2024-10-01", "correct": True, "reason": "x"}, 422, "/anchor", "own anchor stays"),
    (PUBLICATION, {"date": "2024-09-02", "correct": "yes"}, 422, "/correct", "true or false"),
    (SHIFT, {"reason": "x", "approver": "y", "doc_no": "z"}, 422, "/months", "by how many months"),
    (SHIFT, {"months": 6, "approver": "y", "doc_no": "z"}, 422, "/reason", "needs its reason"),
    (SHIFT, {"months": 6, "reason": "x", "doc_no": "z"}, 422, "/approver", "who decided it"),
    (SHIFT, {"months": 6, "reason": "x", "approver": "y"}, 422, "/doc_no", "number of the document"),
    (SHIFT, {"months": 0}, 422, "/months", "1 to 60"),
    ("/v1/programmes/future-2025/shift", {"months": 6, **ACT}, 409, "publication", "nothing to shift"),
    (CHANGES, {"kind": "withdrawal"}, 422, "/kind", "is a move"),
    (CHANGES, {"kind": "lead", "reason": "x"}, 422, "/lead", "what is it from now on"),
    (CHANGES, {"kind": "lead", "lead": "新名", "reason": "x"}, 422, "/how", "renamed"),
    (CHANGES, {"kind": "partner", "reason": "x"}, 422, "/add", "to add, or to remove"),
    (CHANGES, {"kind": "partner", "remove": "谁", "reason": "x"}, 422, "/remove", "no partner of this name"),
    (CHANGES, {"kind": "partner", "add": "x", "reason": "x", "effective_on": "2031-01-01"}, 422, "/effective_on", "still to come"),
    (CHANGES, {"kind": "contact", "phone": "1"}, 422, "/phone", "5 digits"),
    (CHANGES, {"kind": "contact", "email": "x"}, 422, "/email", "name@example.cn"),
    (CHANGES, {"kind": "contact"}, 422, "/name", "that already"),
    (CHANGES, {"kind": "extension", "months": 12, "reason": "x", "approver": "y"}, 409, "window", "knows no extension"),
    (CHANGES, {"kind": "extension", "reason": "x", "approver": "y"}, 422, "/months", "by how many months"),
    (CHANGES, {"kind": "window", "reason": "x", "approver": "y"}, 422, "/ends_on", "on which day"),
    (CHANGES, {"kind": "window", "ends_on": "2024-08-01", "reason": "x", "approver": "y"}, 422, "/ends_on", "before today"),
    (CHANGES, {"kind": "window", "ends_on": "soon", "reason": "x", "approver": "y"}, 422, "/ends_on", "YYYY-MM-DD"),
    (MOVES, {"move": "vanish"}, 422, "/move", "request_acceptance, window_ended, withdraw"),
    (MOVES, {"move": "win"}, 409, "state", "un_1 is delivering: win is not possible; possible: request_acceptance"),
    (MOVES, {"move": "window_ended"}, 409, "state", "by the daemon when the window ends"),
    (MOVES, {"move": "request_acceptance"}, 409, "state", "by filing the acceptance request"),
    (MOVES, {"move": "withdraw"}, 422, "/reason", "needs its reason"),
    ("/v1/units/un_1/decision", {"as": "resume", "reason": "x"}, 409, "state", "nothing is to be decided"),
    ("/v1/units/un_99/moves", {"move": "withdraw", "reason": "x"}, 404, None, "un_99"),
    ("/v1/programmes/future-2025/publication", {"date": "2024-09-02"}, 409, "window", "does not know the length of the window"),
    ("/v1/programmes/nothing/publication", {"date": "2024-09-02"}, 404, None, "no programme nothing"),
    ("/v1/obligations/ob_1/submissions", {"summary": "s"}, 409, "state", "ob_1 is submitted: submit is not possible; possible: return, accept"),
    ("/v1/obligations/ob_2/submissions", {"summary": "s"}, 409, "state", "ob_2 is accepted"),
    ("/v1/obligations/ob_3/submissions", {"summary": 1}, 422, "/summary", "must be a string"),
    ("/v1/obligations/ob_3/submissions", {"content": []}, 422, "/content", "must be a JSON object"),
    ("/v1/obligations/ob_3/submissions", {"recept": "1"}, 422, "/recept", 'did you mean "receipt"?'),
    ("/v1/obligations/ob_99/submissions", {}, 404, None, "ob_99"),
    ("/v1/obligations/ob_3/acceptance", {}, 409, "state", "ob_3 is scheduled: accept is not possible"),
    ("/v1/obligations/ob_2/return", {"comment": "x"}, 409, "state", "possible: nothing"),
    ("/v1/obligations/ob_1/return", {}, 422, "/comment", "what to correct"),
    ("/v1/endpoints", {"owner": "office", "url": HOOK}, 409, None, "has an endpoint with this URL already"),
    ("/v1/endpoints", {"owner": "unit:un_9", "url": HOOK}, 422, "/owner", "no such unit"),
    ("/v1/endpoints", {"owner": "recommender:谁", "url": HOOK}, 422, "/owner", "exactly as in the shortlist"),
    ("/v1/endpoints", {"owner": "everybody", "url": HOOK}, 422, "/owner", "unit:ID, recommender:NAME or office"),
    ("/v1/endpoints", {"owner": "office", "url": HOOK + "2", "secret": "whsec_short"}, 422, "/secret", "24 to 64 bytes"),
    ("/v1/endpoints", {"owner": "office", "url": HOOK + "2", "format": "weixin"}, 422, "/format", "wecom, dingtalk, feishu or mail"),
    ("/v1/endpoints", {"owner": "office", "url": "ftp://127.0.0.1/"}, 422, "/url", ""),
    ("/v1/endpoints/ep_1/test", {}, 409, None, "ep_1 is disabled; enable it first"),
    ("/v1/endpoints/ep_9/enable", {}, 404, None, "ep_9"),
    ("/v1/deliveries/msg_none/retry", {}, 404, None, "msg_none"),
    ("/v1/deliveries/retry", {"state": "due"}, 422, "/state", '"held" or "dead"'),
    ("/v1/deliveries/retry", {"state": "dead", "endpoint": "7"}, 422, "/endpoint", "ep_7"),
    ("/v1/tokens", {"name": "x", "role": "root"}, 422, "/role", "admin"),
    ("/v1/tokens", {}, 422, "/name", "who is it for?"),
    ("/v1/tokens/tk_9/revoke", {}, 404, None, "tk_9"),
]


def chinese(text):
    """Chinese, and no English sentence left in it: names, ids and quoted input may stay."""
    return re.search(r"[一-鿿]", text) and not re.search(r"[a-z]+ (is|are|be|must|the|a|not|no) [a-z]+", text)


def test_a_refusal_says_what_and_where_and_changes_nothing(running):
    before = content(running)
    for path, body, status, where, says in REFUSALS:
        reply = running.request("POST", path, body)
        assert reply.status == status, f"{path} {body}: {reply}"
        assert reply.headers["content-type"].startswith("application/problem+json")
        problem = reply.json()
        assert problem["status"] == status and problem["type"] and problem["title"]
        assert says in problem["detail"], problem
        assert chinese(problem["title_zh"]) and chinese(problem["detail_zh"]), f"without Chinese: {problem}"
        assert "hint" not in problem or chinese(problem["hint_zh"]), problem
        assert where == problem.get("pointer" if where and where.startswith("/") else "rule"), problem
        # Nothing in it looks like an answer.
        assert not {"id", "state", "revoked", "retried", "imported", "units"} & set(problem), problem
        assert content(running) == before, f"{path} {body}"
    invariants.check(running.state_dir)


def test_the_window_is_refused_with_its_clause(running):
    """P3: every refusal names the clause where there is one; the 2025 programme's file knows no window."""
    problem = running.request("POST", "/v1/programmes/future-2025/publication", {"date": "2024-09-02"}).json()
    [clause] = [c["text"] for c in running.get("/v1/programmes/future-2025")["clauses"] if c["rule"] == "window"] or [None]
    assert problem.get("clause") == clause


@pytest.mark.parametrize("date, warns", [
    ("2024-09-02", None), ("2023-09-02", "before the notice"), ("2024-09-03", "in the future"), ("2025-12-31", "in the future"),
    ("2023-09-14", None)])
def test_a_date_that_is_odd_is_said(daemon, date, warns):
    stage.import_list(daemon, 1)
    reply = daemon.request("POST", PUBLICATION + "?dry_run=1", {"date": date})
    if warns == "before the notice":
        assert reply.status == 422 and warns in reply.json()["detail"], reply
        return
    said = reply.json()["warnings"]
    assert [w["rule"] for w in said] == (["publication"] if warns else []), reply
    assert all(warns in w["detail"] and chinese(w["detail_zh"]) for w in said)
    done = daemon.ctl("programme", "publish", "future-2023", "--date", date, code=0)
    assert (warns in done.err) if warns else "warning" not in done.err, done


def test_a_date_long_past_is_said(make_daemon):
    daemon = make_daemon(clock="simulated:2024-09-15T00:00:00+08:00").start()
    stage.import_list(daemon, 1)
    for date, said in (("2023-09-14", 1), ("2023-09-15", 0)):
        reply = daemon.post(PUBLICATION + "?dry_run=1", {"date": date})
        assert ["more than a year back" in w["detail"] for w in reply["warnings"]] == [True] * said, date


TRIALS = [
    (PUBLICATION + "?dry_run=1", {"date": "2024-09-02"}, "units", 0),
    ("/v1/deliveries/retry?dry_run=1", {"state": "held"}, "retried", 0),
    (PUBLICATION + "?dry_run=1", {"date": "2024-09-20", "correct": True, "reason": "x"}, "moved_obligations", 4),
    (SHIFT + "?dry_run=1", {"months": 6, **ACT}, "obligations", 4),
]


def test_trials_change_nothing(running):
    before = content(running)
    for path, body, member, value in TRIALS:
        said = running.post(path, body)
        assert (said[member], said["dry_run"]) == (value, True)
    reply = running.request("POST", "/v1/calendars?dry_run=1", CSV + "2031-10-01,holiday,国庆节\n", {"Content-Type": "text/csv"})
    assert (reply.status, reply.json()["days"], reply.json()["years"]) == (200, 1, [2031])
    assert content(running) == before


# ---- the client's exit codes ----

BAD_LISTS = [
    # a list, and what is wrong with it: everything is told in Chinese too
    (b"", None), ("序号\n1\n", None), (sheet(row(1, task="没有")), "task"), (sheet(row(1, track="没有")), "track"),
    (sheet(row(1), row(2, lead="示例单位1", project="项目1")), "duplicate"), (sheet(row(1, partners="甲、甲")), "consortium"),
    (sheet(row(1, partners="甲、乙、丙、丁、戊")), "consortium"), (sheet(row(1, lead="  ")), None),
    (sheet(*(row(n) for n in range(1, 7))), "shortlist_cap"), (sheet(row(1) + ",x"), None), (sheet('"a'), None),
    ("PK\x03\x04", None), (b"\xff\xfe1\x00", None), ("a;b\n1;2\n", None), (sheet(), None),
]


@pytest.mark.parametrize("text, rule", BAD_LISTS, ids=range(len(BAD_LISTS)))
def test_what_is_wrong_with_a_list_is_told_in_chinese(daemon, text, rule):
    reply = daemon.request("POST", "/v1/programmes/future-2023/units", text, {"Content-Type": "text/csv"})
    problem = reply.json()
    assert reply.status in (400, 422) and chinese(problem["detail_zh"]), problem
    assert "hint" not in problem or chinese(problem["hint_zh"]), problem
    for error in problem.get("errors", []):
        assert chinese(error["detail_zh"]), error
    assert rule is None or [e["rule"] for e in problem["errors"]] == [rule], problem


@pytest.mark.parametrize("path", [
    "/v1/units?limit=0", "/v1/units?nothing=1", "/v1/status?x=1", "/v1/units?state=flying", "/v1/units?unit=7", "/v1/nothing",
    "/v1/units/un_99", "/v1/obligations/ob_99", "/v1/submissions/sb_9", "/v1/deliveries/msg_no", "/v1/messages/msg_no", "/v1/units/7",
    "/v1/obligations?due_before=2025-02-30", "/v1/obligations?overdue=maybe", "/v1/units?cursor=zz", "/v1/units?limit=1&limit=2",
    "/v1/schedule/explain", "/v1/programmes/no", "/v1/units?programme=no", "/v1/units?task=", "/v1/units/%ff"])
def test_what_is_wrong_with_a_question_is_told_in_chinese(running, path):
    problem = running.request("GET", path).json()
    assert chinese(problem["title_zh"]) and chinese(problem["detail_zh"]), problem
    assert "hint" not in problem or chinese(problem["hint_zh"]), problem


@pytest.mark.parametrize("lines", ["", "2031-13-01,holiday,x", "2031-01-01,holiday", "2031-01-01,feast,x", "2031-01-01,workday,x",
                                   "2031-01-01,holiday,x\n2031-01-01,holiday,x", '2031-01-01,holiday,"x'])
def test_what_is_wrong_with_a_calendar_is_told_in_chinese(running, lines):
    reply = running.request("POST", "/v1/calendars", CSV + lines + "\n", {"Content-Type": "text/csv"})
    assert reply.status in (400, 422) and chinese(reply.json()["detail_zh"]), reply


def test_a_chinese_clerk_reads_chinese(running):
    for argv, code, words in (
            (["obligation", "accept", "ob_3"], 4, ["与现状冲突：ob_3 当前为“未开始”，不能“审核通过”"]),
            (["programme", "publish", "future-2032", "--date", "2024-09-02"], 3, ["没有找到：没有批次 future-2032；是否指"]),
            (["endpoint", "add", "--owner", "office", "--url", HOOK], 6, ["office 已有这个地址的接收端"]),
            (["unit", "list", "--task", "x" * 200], 2, ["请求有误：task 过长"])):
        done = running.ctl(*argv, "--lang", "zh", code=code)
        assert all(word in done.err for word in words), done


@pytest.mark.parametrize("argv, code, says", [
    (["programme", "publish", "future-2023", "--date", "2024-09-03"], 4, "already"),
    (["programme", "publish", "future-2023", "--date", "2024-02-30"], 2, "YYYY-MM-DD"),
    (["programme", "publish", "future-2032", "--date", "2024-09-02"], 3, "did you mean"),
    (["delivery", "retry", "msg_none"], 3, "msg_none"),
    (["endpoint", "add", "--owner", "office", "--url", HOOK], 6, "already"),
])
def test_the_client_tells_refusals_apart(running, argv, code, says):
    before = content(running)
    done = running.ctl(*argv, code=code)
    assert says in done.err, done
    assert content(running) == before


# ---- many at once ----

def at_once(calls):
    """Runs them together, each on a connection of its own; their answers in the order of `calls`."""
    answers, gate = [None] * len(calls), threading.Barrier(len(calls))

    def one(i, call):
        gate.wait(60)
        answers[i] = call()

    threads = [threading.Thread(target=one, args=(i, c)) for i, c in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_of_many_who_file_the_same_report_one_has_filed_it(running):
    replies = at_once([lambda: running.request("POST", "/v1/obligations/ob_3/submissions", {"summary": "s"}) for _ in range(12)])
    assert Counter(r.status for r in replies) == {201: 1, 409: 11}
    assert [s["version"] for s in running.all("/v1/submissions?obligation=ob_3")] == [1]
    invariants.check(running.state_dir)


def test_of_many_with_the_same_key_one_writes_and_all_have_its_answer(running):
    replies = at_once([lambda: running.request("POST", "/v1/obligations/ob_3/submissions", {"receipt": "R-1"},
                                               {"Idempotency-Key": "one-for-all"}) for _ in range(12)])
    assert {r.status for r in replies} == {201} and len({r.body for r in replies}) == 1
    assert len(running.all("/v1/submissions?obligation=ob_3")) == 1


def test_good_and_bad_neighbours_in_one_commit(running):
    """They share transactions, and each has its own fate."""
    def add(i):
        return lambda: running.request("POST", "/v1/endpoints", {"owner": "office" if i % 3 else "nobody", "url": f"{HOOK}/{i}"})
    replies = at_once([add(i) for i in range(24)])
    assert [r.status for r in replies] == [201 if i % 3 else 422 for i in range(24)]
    kept = {e["url"] for e in running.all("/v1/endpoints")}
    assert kept == {HOOK} | {f"{HOOK}/{i}" for i in range(24) if i % 3}
    assert running.get("/v1/status")["endpoints"] == {"enabled": 16, "disabled": 1, "paused": 0}
    invariants.check(running.state_dir)


def test_two_imports_of_one_list_at_once(daemon):
    replies = at_once([lambda: daemon.request("POST", "/v1/programmes/future-2023/units", sheet(*map(row, range(1, 4))),
                                              {"Content-Type": "text/csv"}) for _ in range(4)])
    assert Counter(r.status for r in replies) == {200: 1, 422: 3}
    assert len(daemon.all("/v1/units")) == 3
    invariants.check(daemon.state_dir)


# ---- the life of a delivery ----

def test_dead_and_then_retried_is_the_same_message(daemon, receiver):
    send(daemon, sheet(row(1)))
    url = receiver.on("/hook", statuses=[500, 200])
    endpoint = daemon.post("/v1/endpoints", {"owner": "office", "url": url})
    message = daemon.post(f"/v1/endpoints/{endpoint['id']}/test")["id"]
    receiver.wait(1, "/hook")
    dead = until("dead", lambda: daemon.get("/v1/deliveries?state=dead")["data"])
    assert [(d["id"], d["reason"], d["last_status"]) for d in dead] == [(message, "test", 500)]
    assert daemon.post(f"/v1/deliveries/{message}/retry")["state"] == "due"
    first, second = receiver.wait(2, "/hook")
    assert first.id == second.id == message and first.body == second.body
    until("delivered", lambda: daemon.get(f"/v1/deliveries/{message}")["state"] == "delivered")
    tries = daemon.get(f"/v1/deliveries/{message}")["attempt_list"]
    assert [(t["n"], t["outcome"], t["status"]) for t in tries] == [(1, "failed", 500), (2, "delivered", 200)]
    again = daemon.request("POST", f"/v1/deliveries/{message}/retry", {})
    assert again.status == 409 and again.json()["rule"] == "state" and "is delivered" in again.json()["detail"]
    assert daemon.get("/v1/audit/verify")["ok"] is True
    invariants.check(daemon.state_dir)


def test_held_while_disabled_and_sent_when_enabled(daemon, receiver):
    owed = stage.published(daemon)
    endpoint = stage.listen(daemon, receiver, "unit:un_1", "/unit")["id"]
    daemon.post(f"/v1/endpoints/{endpoint}/disable", {"reason": "holiday"})
    stage.advance(daemon, to="2025-02-28T12:00:00+08:00")
    held = daemon.all("/v1/deliveries?state=held")
    assert len(held) == 5 and {d["reason"] for d in held} == {"endpoint_disabled"}  # 60, 30, 15, 7, 3 days before
    assert receiver.at("/unit") == []
    daemon.post(f"/v1/endpoints/{endpoint}/enable")
    got = receiver.wait(5, "/unit")
    assert {g.id for g in got} == {d["id"] for d in held}
    # Disabled again, then filed: what is held is cancelled, and never sent.
    daemon.post(f"/v1/endpoints/{endpoint}/disable")
    stage.advance(daemon, to="2025-03-02T12:00:00+08:00")
    assert len(daemon.all("/v1/deliveries?state=held")) == 1
    stage.file_report(daemon, owed["progress", 1])
    daemon.post(f"/v1/endpoints/{endpoint}/enable")
    assert daemon.all("/v1/deliveries?state=held") == [] and daemon.get("/v1/status")["deliveries"]["due"] == 0
    assert len(receiver.at("/unit")) == 5
    invariants.check(daemon.state_dir)
