"""Changes as a programme lives them, from outside: a unit's whole life, dates that move, windows that end, late calendars."""
import pytest

import harness
from test_import import content, row, send, sheet

import invariants
import stage

MARK = {"reason": "理由", "approver": "王司长", "doc_no": "工信厅科函〔2025〕7号"}

# ---- P14: every state by every move ----

MOVES = ["recommend", "shortlist", "publish", "request_acceptance", "window_ended", "assign_evaluator", "pass", "fail", "win",
         "withdraw", "terminate", "revoke", "resume"]
OUT = {"withdraw": "withdrawn", "terminate": "terminated", "revoke": "revoked"}
LIFE = {  # state → (how a unit comes to it, what a person may do, what another act does)
    "shortlisted": ([], OUT, {"publish": "by publishing"}),
    "delivering": (["publish"], OUT, {"request_acceptance": "by filing", "window_ended": "by the daemon"}),
    "pending_decision": (["publish", "end"], {**OUT, "resume": "delivering"}, {"request_acceptance": "by filing"}),
    "acceptance_requested": (["publish", "file"], {**OUT, "assign_evaluator": "under_evaluation"}, {}),
    "under_evaluation": (["publish", "file", "assign_evaluator"], {**OUT, "pass": "passed", "fail": "not_passed"}, {}),
    "passed": (["publish", "file", "assign_evaluator", "pass"], {"win": "winner", "revoke": "revoked"}, {}),
    "not_passed": (["publish", "file", "assign_evaluator", "fail"], {}, {}),
    "winner": (["publish", "file", "assign_evaluator", "pass", "win"], {"revoke": "revoked"}, {}),
    **{end: (["publish", move], {}, {}) for move, end in OUT.items()},
}


def told(receiver, about=None):
    """What the office has heard beside reminders, by itself or in a digest; `about` a unit."""
    items = []
    for got in receiver.at("/office"):
        body = got.json()
        data = body["data"]
        whose = data["unit"]["id"] if isinstance(data.get("unit"), dict) else None
        items += data["items"] if "items" in data else [{"type": body["type"], "unit": whose, **{k: 1 for k in data if k == "step"}}]
    return [i["type"] for i in items if "step" not in i and about in (None, i.get("unit"))]


def move(daemon, name, **more):
    return daemon.request("POST", "/v1/units/un_1/moves", {"move": name, "reason": "理由", **more})


def lead_to(daemon, way):
    send(daemon, sheet(row(1)))
    for step in way:
        if step == "publish":
            stage.publish(daemon)
        elif step == "file":
            stage.file_report(daemon, stage.owed(daemon, "un_1")["acceptance", 1])
        elif step == "end":
            daemon.post("/v1/clock/advance", {"to": "2026-09-03T00:00:01+08:00"})
        else:
            assert move(daemon, step).status == 200


@pytest.mark.parametrize("state", LIFE)
def test_every_move_of_a_unit(daemon, state):
    way, by_hand, by_others = LIFE[state]
    lead_to(daemon, way)
    legal = [m for m in MOVES if m in by_hand or m in by_others]
    assert daemon.get("/v1/units/un_1")["state"] == state
    before = content(daemon)
    more = {"months": 6, "doc_no": "工信厅科函〔2026〕1号"}
    for name in MOVES:
        if name in by_hand:
            reply = daemon.request("POST", "/v1/units/un_1/moves?dry_run=1",
                                   {"move": name, "reason": "x", **(more if name == "resume" else {})})
            assert (reply.status, reply.json()["state"]) == (200, by_hand[name]), reply
            assert content(daemon) == before
            continue
        problem = move(daemon, name)
        assert (problem.status, problem.json()["rule"]) == (409, "state"), problem
        says = problem.json()["detail"]
        if name in by_others:
            assert by_others[name] in says, says
        else:
            assert says == f"un_1 is {state}: {name} is not possible; possible: {', '.join(legal) or 'nothing'}"
        assert content(daemon) == before, name
    for name in list(by_hand)[-1:]:  # and one of them in earnest
        assert move(daemon, name, **(more if name == "resume" else {})).json()["state"] == by_hand[name]
    invariants.check(daemon.state_dir)


# ---- P13, P15 ----

def test_a_corrected_publication_is_told_once_by_recipient(daemon, receiver):
    send(daemon, sheet(row(1), row(2), row(3)))
    stage.publish(daemon)
    recommender = daemon.get("/v1/units/un_1")["recommender"]
    for owner, path in (("unit:un_1", "/unit"), (f"recommender:{recommender}", "/recommender"), ("office", "/office")):
        daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.on(path)})
    stage.file_report(daemon, "ob_1")
    filed = daemon.get("/v1/obligations/ob_1")
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-20", code=4)
    done = daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-20", "--correct", "--reason", "以发布日期为准",
                      "-o", "json").json()
    assert (done["moved_units"], done["moved_obligations"], done["window_ends_on"]) == (3, 17, "2026-09-20")
    daemon.post("/v1/clock/advance", {"by": "1s"})
    told = {path: [r.json() for r in receiver.wait(1, path)] for path in ("/unit", "/recommender", "/office")}
    assert {path: [b["type"] for b in bodies] for path, bodies in told.items()} == dict.fromkeys(told, ["obligation.rescheduled"])
    assert len(told["/unit"][0]["data"]["detail"]["obligations"]) == 5
    assert told["/office"][0]["data"]["detail"]["obligations"] == 17
    # What was filed is history.
    assert {k: daemon.get("/v1/obligations/ob_1")[k] for k in ("due_on", "revision", "state")} == {
        k: filed[k] for k in ("due_on", "revision", "state")}
    changes = daemon.all("/v1/units/un_1/changes")
    assert [(c["kind"], c["unit"], c["old"]["published_on"], c["new"]["published_on"]) for c in changes] == [
        ("publication", None, "2024-09-02", "2024-09-20")]
    assert daemon.get("/v1/audit/verify")["ok"] is True
    invariants.check(daemon.state_dir)


def test_the_consortium_has_its_limit_and_its_history(daemon):
    send(daemon, sheet(row(1, partners="甲、乙、丙")))
    stage.publish(daemon)
    daemon.ctl("unit", "partner", "un_1", "--add", "丁", "--reason", "增加")
    refused = daemon.request("POST", "/v1/units/un_1/changes", {"kind": "partner", "add": "戊", "reason": "增加"}).json()
    assert (refused["rule"], refused["clause"]) == ("consortium", "牵头单位为1家，联合参与单位不超过4家")
    assert "partners of un_1 now: 4; at most 4" in refused["detail"]
    lead = daemon.get("/v1/units/un_1")["lead"]
    daemon.ctl("unit", "partner", "un_1", "--remove", "乙", "--add", lead, "--reason", "更换", code=4)
    daemon.ctl("unit", "partner", "un_1", "--remove", "乙", "--add", "戊", "--reason", "更换")
    unit = daemon.get("/v1/units/un_1")
    assert unit["partners"] == ["甲", "丙", "丁", "戊"]
    assert [(p["name"], p["from_on"], p["until_on"]) for p in unit["consortium"]] == [
        ("甲", None, None), ("乙", None, "2024-09-02"), ("丙", None, None), ("丁", "2024-09-02", None), ("戊", "2024-09-02", None)]
    assert [(c["old"], c["new"]) for c in unit["changes"]] == [
        ({"partner": None}, {"partner": "丁"}), ({"partner": "乙"}, {"partner": "戊"})]


def test_an_extension_is_off_and_quotes_its_clause(daemon):
    send(daemon, sheet(row(1)))
    stage.publish(daemon)
    act = ["--months", "12", "--reason", "设备到货延误", "--approver", "王司长"]
    off = daemon.ctl("unit", "extend", "un_1", *act, code=4)
    assert "不超过2年" in off.err + off.out, off
    daemon.ctl("unit", "extend", "un_1", *act, "--doc-no", "工信厅科函〔2025〕7号")
    assert daemon.get("/v1/units/un_1")["window_ends_on"] == "2027-09-02"
    daemon.post("/v1/clock/advance", {"to": "2027-09-02T23:59:59+08:00"})
    assert daemon.get("/v1/units/un_1")["state"] == "delivering"


# ---- O9 ----

def test_the_end_of_the_window_asks_a_person(daemon, receiver):
    send(daemon, sheet(row(1), row(2)))
    stage.publish(daemon)
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.on("/office")})
    stage.file_report(daemon, stage.owed(daemon, "un_2")["acceptance", 1])
    daemon.post("/v1/clock/advance", {"to": "2026-09-03T00:00:01+08:00", "jump": True})
    [waiting] = daemon.ctl("decision", "list", "--state", "open", "-o", "jsonl").jsonl()
    assert (waiting["unit"], waiting["window_ended_on"]) == ("un_1", "2026-09-02")
    assert daemon.get("/v1/units/un_2")["state"] == "acceptance_requested"
    [trigger] = [a for a in daemon.all("/v1/audit") if a["verb"] == "window_end"]
    assert trigger["object"] == "un_1" and '"trigger":"window_end"' in trigger["detail"]
    receiver.wait(1, "/office")
    assert told(receiver, about="un_1") == ["decision.opened"]
    daemon.ctl("decision", "resolve", "un_1", "--as", "resume", "--reason", "x", "--months", "6", code=4)
    daemon.ctl("decision", "resolve", "un_1", "--as", "resume", "--reason", "x", "--months", "6", "--doc-no", "工信厅科函〔2026〕1号")
    unit = daemon.get("/v1/units/un_1")
    assert (unit["state"], unit["window_ends_on"]) == ("delivering", "2027-03-02")
    [closed] = daemon.all("/v1/decisions")
    assert (closed["state"], closed["resolution"]) == ("closed", "resume")
    invariants.check(daemon.state_dir)


def test_withdrawal_silences_everything_at_once(daemon, receiver):
    send(daemon, sheet(row(1)))
    stage.publish(daemon)
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/unit", statuses=[503])})
    daemon.post("/v1/clock/advance", {"to": "2025-01-02T10:00:00+08:00"})  # before-60 is refused, and waits
    daemon.ctl("unit", "withdraw", "un_1", "--reason", "经营困难")
    receiver.on("/unit")
    receiver.clear()
    daemon.post("/v1/clock/advance", {"to": "2026-12-31"})
    assert [r.json()["type"] for r in receiver.at("/unit")] == ["unit.withdrawn"]
    assert "单位已退出" in receiver.at("/unit")[0].json()["data"]["text"]["zh"]
    first = daemon.get("/v1/obligations/ob_1")
    assert first["state"] == "cancelled" and [(o["step"], o["outcome"], o["reason"]) for o in first["occasions"]] == [
        ("before-60", "cancelled", "withdrawn")]
    assert {o["state"] for o in daemon.all("/v1/obligations?unit=un_1")} == {"cancelled"}
    invariants.check(daemon.state_dir)


# ---- T3: calendars that arrive late ----

def test_a_missing_year_warns_sixty_days_ahead_and_once(make_daemon, folder, receiver):
    calendars = folder / "calendars"
    calendars.mkdir()
    lines = (harness.ROOT / "conf" / "calendars" / "cn.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (calendars / "cn.csv").write_text("".join(line for line in lines if not line.startswith("2026")), encoding="utf-8")
    year_2026 = lines[0] + "".join(line for line in lines if line.startswith("2026"))
    daemon = make_daemon(calendars=calendars, clock="simulated:2024-08-17T00:00:00+08:00").start()
    send(daemon, sheet(row(1)))
    stage.publish(daemon, "2024-08-17")  # T+18 is 17 February 2026, in the New Year's holidays that nobody knows yet
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.on("/office")})
    assert daemon.get("/v1/status")["calendars"]["missing"] == [
        {"year": 2026, "first_needed_on": "2026-02-17", "provisional": 2, "warned_at": None}]
    assert "no calendar of 2026 yet: dates from 2026-02-17 on are provisional" in daemon.ctl("status", "--lang", "en").out
    check = daemon.ctl("calendar", "check", code=1)
    assert "2026" in check.out and "2026-02-17" in check.out, check
    daemon.post("/v1/clock/advance", {"to": "2025-12-18T23:59:59+08:00"})
    assert stage.events(daemon, "calendar.missing") == []
    daemon.post("/v1/clock/advance", {"to": "2025-12-19T00:00:00+08:00"})
    [warned] = stage.events(daemon, "calendar.missing")
    assert warned["data"] == {"year": 2026, "first_needed_on": "2026-02-17", "provisional": 2}
    assert told(receiver) == ["calendar.missing"]
    assert daemon.get("/v1/status")["calendars"]["missing"][0]["warned_at"] == "2025-12-19T00:00:00+08:00"
    daemon.post("/v1/clock/advance", {"to": "2026-01-10"})
    assert len(stage.events(daemon, "calendar.missing")) == 1
    receiver.clear()
    reply = daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    assert reply.json()["moved"] == 1
    daemon.post("/v1/clock/advance", {"by": "1s"})
    assert told(receiver) == ["obligation.rescheduled"]
    assert daemon.ctl("status").out.count("2026-02-17") == 0
    assert daemon.get("/v1/status")["calendars"]["missing"] == []
    assert daemon.ctl("calendar", "check").code == 0
    # A corrected calendar moves it again, and says so again.
    mended = daemon.request("POST", "/v1/calendars", lines[0] + "2026-02-24,holiday,春节\n", {"Content-Type": "text/csv"})
    assert mended.json()["moved"] == 1
    assert len(stage.events(daemon, "obligation.rescheduled")) == 2
    invariants.check(daemon.state_dir)


def test_a_notice_says_what_has_happened(daemon, receiver):
    lead_to(daemon, ["publish", "file"])
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.on("/unit")})
    for step in ("assign_evaluator", "pass", "win", "revoke"):
        assert move(daemon, step).status == 200
    daemon.post("/v1/clock/advance", {"by": "1s"})
    texts = [r.json()["data"]["text"] for r in receiver.at("/unit")]
    assert len(texts) == 4
    words = {"已进入测评", "测评通过", "已评为优胜单位", "资格已撤销"}
    assert {w for w in words if any(w in t["zh"] for t in texts)} == words
    assert not any("unit." in t["zh"] + t["en"] for t in texts)
