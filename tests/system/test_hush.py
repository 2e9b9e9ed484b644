"""Quiet on request (R3, R9), from outside: silences by what they match, acknowledged and snoozed reminders.

The first report of 2023 is due on 2025-03-03. It is spoken of 60, 30, 15, 7, 3, 1 days before, on that day, 1, 3, 7 days after
and weekly; the recommender hears on 03-06, the office on 03-12.
"""
import sys

import pytest

from harness import ROOT, until

sys.path.append(str(ROOT / "tests" / "sim"))
import invariants  # noqa: E402
import stage  # noqa: E402

UNITS = 60  # of two tracks
SILENCE = "suppressed", "silence"


@pytest.fixture
def programme(daemon, receiver):
    return on_the_way(daemon, receiver)


def on_the_way(daemon, receiver):
    """Published, on 2025-02-20: one unit with an endpoint, its recommender, the office."""
    stage.import_list(daemon, UNITS)
    stage.publish(daemon)
    go(daemon, "2025-02-20")
    stage.listen(daemon, receiver, "unit:un_1", "/un_1")
    stage.listen(daemon, receiver, f"recommender:{daemon.get('/v1/units/un_1')['recommender']}", "/recommender")
    stage.listen(daemon, receiver, "office", "/office")
    return daemon


def go(daemon, day, hour=12):
    stage.advance(daemon, to=f"{day}T{hour:02}:00:00+08:00")


def ob(daemon, rule="progress", n=1, unit="un_1"):
    return stage.owed(daemon, unit)[rule, n]


def silence(daemon, until_day, **match):
    return daemon.post("/v1/silences", {**match, "reason": "系统迁移", "until": until_day}, status=201)["id"]


def outcomes(daemon, *steps, obligation=None):
    seen = stage.occasions(daemon, obligation or ob(daemon))
    return [seen.get(step) for step in steps]


def kept_by(daemon, obligation):
    return {o["step"]: o["silence"] for o in daemon.get(f"/v1/obligations/{obligation}")["occasions"] if o["silence"]}


def steps_at(receiver, path, count):
    """The steps that the first `count` messages there name, in their order; no more came."""
    return [got.json()["data"].get("step") for got in receiver.wait(count, path)]


# ---- silences ----

MATCHERS = {"programme": lambda u: u["programme"], "track": lambda u: u["task"].rsplit("-", 1)[0], "task": lambda u: u["task"],
            "unit": lambda u: u["id"], "recommender": lambda u: u["recommender"]}


@pytest.mark.parametrize("matcher", MATCHERS)
def test_who_matches_is_silent_and_nobody_else(programme, matcher):
    units = programme.all("/v1/units?programme=future-2023")
    value = MATCHERS[matcher]
    match = {matcher: value(units[0])}
    silence_id = silence(programme, "2025-02-25", **match)
    go(programme, "2025-02-24")
    alike = [u for u in units if value(u) == value(units[0])]
    assert matcher == "programme" or 0 < len(alike) < UNITS, "the list has to have others"
    for unit in units:
        step = outcomes(programme, "before-7", obligation=ob(programme, unit=unit["id"]))
        quiet = unit in alike
        assert step == ([SILENCE] if quiet else [("sent", None) if unit["id"] == "un_1" else ("suppressed", "no_endpoint")])
        assert kept_by(programme, ob(programme, unit=unit["id"])) == ({"before-7": silence_id} if quiet else {})
    invariants.check(programme.state_dir)


def test_by_recipient_and_by_kind(programme):
    """The office hears nothing, the others do; of two that are due on one day only one is silent; all of it has to match."""
    office = silence(programme, "2025-04-30", recipient="office", unit="un_1")
    nothing = silence(programme, "2025-04-30", unit="un_1", kind="evaluation")
    go(programme, "2025-03-12")
    assert outcomes(programme, "after-3", "recommender+3w", "office+7w") == [("sent", None), ("sent", None), SILENCE]
    midterm = silence(programme, "2025-09-30", unit="un_1", kind="midterm_review")
    go(programme, "2025-09-01")
    assert outcomes(programme, "before-1", obligation=ob(programme, "midterm", 1)) == [SILENCE]
    assert outcomes(programme, "before-1", obligation=ob(programme, "progress", 2)) == [("sent", None)]
    kept = {**kept_by(programme, ob(programme)), **kept_by(programme, ob(programme, "midterm", 1))}
    assert set(kept.values()) == {office, midterm} and nothing not in kept.values()


def test_overlapping_ended_and_over(programme, receiver):
    """The one made first is named; after each end exactly the later steps go, and what was kept back is not made up for."""
    first = silence(programme, "2025-02-25", unit="un_1")
    second = silence(programme, "2025-03-20", programme="future-2023")
    go(programme, "2025-02-24")
    go(programme, "2025-03-02")
    assert kept_by(programme, ob(programme)) == {"before-7": first, "before-3": second, "before-1": second}
    assert receiver.at("/un_1") == []
    done = programme.ctl("silence", "expire", second, "-o", "json", code=0).json()
    assert (done["active"], done["ended_by"] is None, done["until"]) == (False, False, "2025-03-21T00:00:00+08:00")
    go(programme, "2025-03-03")
    assert steps_at(receiver, "/un_1", 1) == ["due"]
    assert receiver.at("/un_1")[0].json()["data"]["steps"] == ["due"], "no step that was kept back is named by a later one"
    assert outcomes(programme, "before-7", "before-3", "before-1", "due") == [SILENCE] * 3 + [("sent", None)]
    again = programme.request("POST", f"/v1/silences/{second}/expire")
    assert again.status == 409 and again.json()["detail_zh"] == f"静默 {second} 已经结束"
    listed = programme.get("/v1/silences")["data"]
    assert [(s["id"], s["active"]) for s in listed] == [(second, False), (first, False)]


def test_it_begins_and_ends_while_nobody_is_there(programme, receiver):
    """Held against the step's own instant: what fell into it stays unsaid, what came before and after is said together."""
    silence(programme, "2025-02-24", unit="un_1")
    programme.stop()
    programme.clock = "simulated:2025-03-02T12:00:00+08:00"
    programme.start()
    stage.advance(programme, by="1s")
    assert outcomes(programme, "before-7", "before-3", "before-1") == [SILENCE, ("coalesced", None), ("sent", None)]
    assert receiver.wait(1, "/un_1")[0].json()["data"]["steps"] == ["before-3", "before-1"]


def test_what_was_decided_before_goes_on(programme, receiver):
    """A message that waits for its next attempt is a fact: a silence is about reminders to come."""
    receiver.on("/un_1", statuses=[503])
    go(programme, "2025-02-24", hour=10)
    receiver.wait(1, "/un_1")
    silence(programme, "2025-03-10", unit="un_1")
    receiver.on("/un_1", statuses=[200])
    go(programme, "2025-02-26")
    until("it arrived", lambda: programme.get("/v1/messages?unit=un_1&state=delivered")["data"])
    go(programme, "2025-03-02")
    assert outcomes(programme, "before-7", "before-3", "before-1") == [("sent", None), SILENCE, SILENCE]
    tries = receiver.at("/un_1")
    assert len(tries) > 1 and len({t.id for t in tries}) == 1


def test_what_will_be_kept_back_is_told_ahead(programme):
    """On the schedule, in the explanation and on the obligation, in both languages; what it says is what happens."""
    silence_id = silence(programme, "2025-03-01", unit="un_1")
    obligation = ob(programme)
    quiet = {"reason": "silence", "silence": silence_id, "until": "2025-03-02T00:00:00+08:00"}
    ahead = [s for s in programme.all("/v1/schedule?unit=un_1&days=11") if s["obligation"] == obligation]
    said = {s["step"]: {k: s[k] for k in quiet} for s in ahead}
    assert said == {"before-7": quiet, "before-3": quiet, "before-1": dict.fromkeys(quiet), "due": dict.fromkeys(quiet)}
    explained = programme.get("/v1/schedule/explain?unit=un_1")["obligations"]
    steps = {s["step"]: s for o in explained if o["obligation"]["id"] == obligation for s in o["steps"]}
    assert {k: steps["before-3"][k] for k in ("outcome", *quiet)} == {"outcome": "will be suppressed", **quiet}
    assert (steps["before-1"]["outcome"], steps["before-1"]["reason"]) == ("planned", None)
    shown = programme.get(f"/v1/obligations/{obligation}")
    assert shown["next_step"] == {"step": "before-7", "at": "2025-02-24T09:05:00+08:00", "to": "unit", **quiet}
    assert shown["next_said"] == {"step": "before-1", "at": "2025-03-02T09:05:00+08:00", "to": "unit"}
    for lang, words in (("en", f"silence {silence_id} until 2025-03-02 00:00"), ("zh", f"静默 {silence_id}，至 2025-03-02 00:00")):
        for command in (("schedule", "next", "--unit", "un_1"), ("schedule", "explain", "un_1"), ("obligation", "show", obligation)):
            assert words in programme.ctl(*command, "--lang", lang, code=0).out, (command, lang)
    go(programme, "2025-03-02")
    assert outcomes(programme, "before-7", "before-3", "before-1") == [SILENCE, SILENCE, ("sent", None)]


def test_who_was_not_told_is_in_the_notices(programme, receiver):
    """In their place among the messages, page by page, with the reason and the silence."""
    obligation = ob(programme)
    silence_id = silence(programme, "2025-02-25", unit="un_1")
    go(programme, "2025-02-25")
    programme.post(f"/v1/obligations/{obligation}/snooze", {"until": "2025-02-28"})
    go(programme, "2025-03-02")
    programme.post(f"/v1/obligations/{obligation}/acknowledgement", {"until": "2025-03-03"})
    go(programme, "2025-03-04")
    receiver.wait(2, "/un_1")
    rows = programme.all("/v1/units/un_1/notices")
    assert [(r["step"], r["state"], r["reason"], r["silence"]) for r in rows] == [
        ("after-1", "delivered", None, None), ("due", "suppressed", "acknowledged", None), ("before-1", "delivered", None, None),
        ("before-3", "suppressed", "snoozed", None), ("before-7", "suppressed", "silence", silence_id)]
    kept = rows[-1]
    assert (kept["id"], kept["attempts"], kept["attempt_list"], kept["obligation"]) == (None, 0, [], obligation)
    assert kept["nominal_at"] == kept["created_at"] == "2025-02-24T09:05:00+08:00"
    assert programme.all("/v1/units/un_1/notices?limit=1") == rows
    for lang, words in (("en", f"silence {silence_id}"), ("zh", f"静默 {silence_id}")):
        assert words in programme.ctl("unit", "notices", "un_1", "--lang", lang, code=0).out
    assert len(programme.all("/v1/messages?unit=un_1")) == 2, "of what was kept back there is no message"


# ---- acknowledge and snooze ----

def test_who_knows_is_reminded_on_the_due_day_and_after(programme, receiver):
    obligation = ob(programme)
    before = programme.get(f"/v1/obligations/{obligation}")
    programme.ctl("obligation", "ack", obligation, "--note", "在写", code=0)
    shown = programme.get(f"/v1/obligations/{obligation}")
    assert shown["quiet"] == {"kind": "acknowledged", "by": shown["quiet"]["by"], "at": "2025-02-20T12:00:00+08:00",
                              "until": "2025-03-03T09:05:00+08:00", "note": "在写", "active": True}
    assert shown["next_said"]["step"] == "due"
    assert {k: v for k, v in shown.items() if k in ("due_on", "due_at", "state", "revision")} == {
        k: before[k] for k in ("due_on", "due_at", "state", "revision")}
    listed = next(o for o in programme.all("/v1/obligations?unit=un_1") if o["id"] == obligation)
    in_unit = next(o for o in programme.get("/v1/units/un_1")["obligations"] if o["id"] == obligation)
    assert listed["quiet"] == in_unit["quiet"] == shown["quiet"]
    for lang, words in (("en", "acknowledged until 2025-03-03 09:05"), ("zh", "已知悉，至 2025-03-03 09:05")):
        assert words in programme.ctl("unit", "show", "un_1", "--lang", lang, code=0).out
    assert "已知悉" in programme.ctl("obligation", "list", "--unit", "un_1", "-o", "wide", "--lang", "zh", code=0).out
    go(programme, "2025-03-07")
    rest = "suppressed", "acknowledged"
    assert outcomes(programme, "before-7", "before-3", "before-1", "due", "after-1", "after-3", "recommender+3w") == [
        rest, rest, rest] + [("sent", None)] * 4
    assert steps_at(receiver, "/un_1", 3) == ["due", "after-1", "after-3"]
    assert programme.get(f"/v1/obligations/{obligation}")["overdue"] is True
    # Who knows that it is late has a week; the office hears of it in that week all the same.
    programme.post(f"/v1/obligations/{obligation}/acknowledgement", {})
    go(programme, "2025-03-17")
    assert outcomes(programme, "after-7", "office+7w", "repeat-1") == [rest, ("sent", None), ("sent", None)]


def test_a_snooze_ends_and_hides_nothing(programme, receiver):
    obligation = ob(programme)
    programme.post(f"/v1/obligations/{obligation}/snooze", {"until": "2025-03-05", "note": "出差"})
    go(programme, "2025-03-05")
    shown = programme.get(f"/v1/obligations/{obligation}")
    assert (shown["due_on"], shown["overdue"], shown["quiet"]["active"]) == ("2025-03-03", True, True)
    assert obligation in [o["id"] for o in programme.all("/v1/obligations?overdue=1&programme=future-2023")]
    assert receiver.at("/un_1") == []
    go(programme, "2025-03-06")
    rest = "suppressed", "snoozed"
    assert outcomes(programme, "before-7", "due", "after-1", "after-3", "recommender+3w") == [rest] * 3 + [("sent", None)] * 2
    assert steps_at(receiver, "/un_1", 1) == ["after-3"]
    assert programme.get(f"/v1/obligations/{obligation}")["quiet"]["active"] is False
    # A moved deadline begins anew.
    programme.post(f"/v1/obligations/{obligation}/snooze", {"until": "2025-05-01"})
    programme.post(f"/v1/obligations/{obligation}/extension", {"due_on": "2025-03-14", "reason": "设备延误"})
    assert programme.get(f"/v1/obligations/{obligation}")["quiet"] is None
    go(programme, "2025-03-11")
    assert stage.occasions(programme, obligation, 2)["before-3"] == ("sent", None)


def test_the_unit_does_not_speak_for_its_reviewer(make_daemon, receiver):
    programme = on_the_way(make_daemon(programmes=ROOT / "conf" / "programmes").start(), receiver)
    obligation = ob(programme)
    programme.post(f"/v1/obligations/{obligation}/snooze", {"until": "2025-05-01"})
    stage.file_report(programme, obligation, content=stage.REPORT)
    assert programme.get(f"/v1/obligations/{obligation}")["quiet"] is None
    go(programme, "2025-02-26")
    assert outcomes(programme, "review-before-1") == [("sent", None)]
    # The reviewer knows: due on the 27th, he is told again on that day, and not before.
    programme.post(f"/v1/obligations/{obligation}/acknowledgement", {})
    assert programme.get(f"/v1/obligations/{obligation}")["quiet"]["until"] == "2025-02-27T09:05:00+08:00"
    programme.post(f"/v1/obligations/{obligation}/acceptance", {"comment": "通过"})
    refused = programme.request("POST", f"/v1/obligations/{obligation}/acknowledgement", {})
    assert (refused.status, refused.json()["rule"]) == (409, "state")
    assert refused.json()["detail"] == f"{obligation} is accepted: nobody is reminded of it"


# ---- what is refused ----

REFUSED = [
    ("/v1/silences", {"unit": "un_1", "until": "2025-03-01"}, "a silence needs its reason", "静默须写明原因"),
    ("/v1/silences", {"unit": "un_1", "reason": "  ", "until": "2025-03-01"}, "a silence needs its reason", "静默须写明原因"),
    ("/v1/silences", {"unit": "un_1", "reason": "r", "until": "2025-02-19"},
     "until 2025-02-19 is not ahead; it must lie ahead, at most 400 days", "until 2025-02-19 不在将来；须在将来，至多 400 天"),
    ("/v1/silences", {"unit": "un_1", "reason": "r", "until": "2026-12-31"},
     "until 2026-12-31 is too far; it must lie ahead, at most 400 days", "until 2026-12-31 太远；须在将来，至多 400 天"),
    ("/v1/silences", {"reason": "r", "until": "2025-03-01"},
     "a silence needs something to match: programme, track, task, unit, recommender, recipient or kind",
     "静默须指明范围：批次、赛道、任务、单位、推荐单位、发送对象或义务事项类别"),
    ("/v1/silences", {"region": "北京", "reason": "r", "until": "2025-03-01"}, "unknown member \"region\"", "未知成员“region”"),
    *(("/v1/silences", {member: "no-99", "reason": "r", "until": "2025-03-01"}, f"there is no {member} \"no-99\"", f"没有{zh}“no-99”")
      for member, zh in (("programme", "批次"), ("track", "赛道"), ("task", "任务"), ("recommender", "推荐单位"))),
    ("/v1/silences", {"unit": "7", "reason": "r", "until": "2025-03-01"}, "unit must be an id such as un_7", "un_7"),
    ("/v1/silences", {"unit": "un_999", "reason": "r", "until": "2025-03-01"}, "there is no unit un_999", "没有揭榜单位 un_999"),
    ("/v1/silences", {"kind": "tea", "reason": "r", "until": "2025-03-01"},
     "kind must be a kind of obligation, such as progress_report", "kind 须为义务事项类别，如 progress_report"),
    ("/v1/silences", {"recipient": "minister", "reason": "r", "until": "2025-03-01"},
     "recipient must be unit, recommender, office or reviewer", "recipient 须为 unit、recommender、office 或 reviewer"),
    ("/v1/obligations/ob_1/snooze", {}, "until must be a day as YYYY-MM-DD, not \"\"", "until 必须是 YYYY-MM-DD 形式的日期，而不是“”"),
    ("/v1/obligations/ob_1/snooze", {"until": "2025-02-30"}, "until must be a day as YYYY-MM-DD, not \"2025-02-30\"",
     "until 必须是 YYYY-MM-DD 形式的日期，而不是“2025-02-30”"),
    ("/v1/obligations/ob_1/snooze", {"until": "2025-02-19"},
     "until 2025-02-19 is not ahead; it must lie ahead, at most 90 days", "until 2025-02-19 不在将来；须在将来，至多 90 天"),
    ("/v1/obligations/ob_1/acknowledgement", {"until": "2025-06-30"},
     "until 2025-06-30 is too far; it must lie ahead, at most 90 days", "until 2025-06-30 太远；须在将来，至多 90 天"),
]


def test_what_is_refused_says_why_and_changes_nothing(programme):
    before = invariants.rows(programme.state_dir, "SELECT count(*), max(seq) FROM audit")
    for path, body, en, zh in REFUSED:
        reply = programme.request("POST", path, body)
        problem = reply.json()
        assert reply.status == 422, (path, body, reply)
        assert en in problem["detail"], (body, problem)
        assert zh in problem.get("detail_zh", ""), (body, problem)
    assert invariants.rows(programme.state_dir, "SELECT count(*), max(seq) FROM audit") == before
    assert programme.get("/v1/silences")["data"] == [] and programme.get(f"/v1/obligations/{ob(programme)}")["quiet"] is None
    tried = programme.ctl("silence", "add", "--unit", "un_1", "--until", "2025-02-19", "--reason", "r", "--lang", "zh", code=2)
    assert "至多 400 天" in tried.err


# ---- what was answered is kept ----

def test_an_answer_is_kept_through_kill_and_restart(programme, receiver):
    obligation = ob(programme)
    acts = [(f"/v1/obligations/{obligation}/acknowledgement", {}, 200), (f"/v1/obligations/{obligation}/snooze", {"until": "2025-03-02"}, 200),
            ("/v1/silences", {"recipient": "recommender", "reason": "r", "until": "2025-03-31"}, 201),
            ("/v1/silences", {"unit": "un_1", "kind": "progress_report", "reason": "r", "until": "2025-03-03"}, 201),
            ("/v1/silences/si_2/expire", {}, 200)]
    for path, body, status in acts:
        answer = programme.post(path, body, status=status)
        programme.kill()
        programme.clock = "simulated:2025-02-20T12:00:00+08:00"
        programme.start()
        kept = programme.get(f"/v1/obligations/{obligation}" if "obligations" in path else f"/v1/silences/{answer['id']}")
        for member in ("quiet", "expires_at", "ended_by", "active"):
            assert kept.get(member) == answer.get(member), (path, member)
    go(programme, "2025-02-27")
    programme.stop()
    programme.clock = "simulated:2025-02-27T12:00:00+08:00"
    programme.start()
    go(programme, "2025-03-06")
    rest = "suppressed", "snoozed"
    assert outcomes(programme, "before-7", "before-3", "before-1", "due", "after-3", "recommender+3w") == [
        rest, rest, rest, ("sent", None), ("sent", None), SILENCE]
    assert kept_by(programme, obligation) == {"recommender+3w": "si_1"}
    assert steps_at(receiver, "/un_1", 3) == ["due", "after-1", "after-3"]
    verbs = [a["verb"] for a in programme.all("/v1/audit?limit=1000")]
    assert [verbs.count(v) for v in ("acknowledge", "snooze", "silence_added", "silence_expired")] == [1, 1, 2, 1]
    assert len(stage.events(programme, "obligation.acknowledged")) == len(stage.events(programme, "obligation.snoozed")) == 1
    invariants.check(programme.state_dir)
