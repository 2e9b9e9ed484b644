"""The risk score, worked out again from what the API says of obligations, by the formula of jiebangctl(1)."""
import datetime as dt
import sys

import pytest

from harness import ROOT

sys.path.append(str(ROOT / "tests" / "sim"))
import stage  # noqa: E402

DAY = dt.timedelta(days=1)
WEIGHTS = {"overdue": (2, 30), "late": (8, 24), "returned": (4, 12), "behind": (1, 20), "unread": (2, 14)}
OWED = ("scheduled", "open", "returned")
UNITS = 7


def facts(daemon, unit):
    """The facts from the obligations' own documents; which obligations make them; as the manual says."""
    now = dt.datetime.fromisoformat(daemon.get("/v1/clock")["now"])
    found = {term: (None if term == "behind" else 0, []) for term in WEIGHTS}

    def add(term, n, obligation):
        if n:
            found[term] = (found[term][0] + n, found[term][1] + [obligation["id"]])

    rows = [daemon.get(f"/v1/obligations/{o['id']}") for o in daemon.all(f"/v1/obligations?unit={unit}")]
    for o in sorted(rows, key=lambda o: o["due_at"]):
        if o["state"] in ("waived", "cancelled"):
            continue
        overdue = o["state"] in OWED and now >= dt.datetime.fromisoformat(o["due_at"])
        if overdue and not found["overdue"][0]:
            add("overdue", (now.date() - dt.date.fromisoformat(o["due_on"])).days, o)
        add("late", int(o["submissions"][0]["late"] if o["submissions"] else overdue), o)
        returned = [e for e in stage.events(daemon, "obligation.returned") if e["obligation"] == o["id"]]
        add("returned", len(returned), o)
        if o["state"] in OWED:
            answered = o["quiet"]["at"] if o["quiet"] else ""  # "I know", or "later": what is older is answered
            due_day = dt.datetime.fromisoformat(o["due_at"]) - DAY
            add("unread", sum(s["revision"] == o["revision"] and s["at"] > answered and s["step"] != "open" and "+" not in s["step"] and (
                s["outcome"] in ("held", "dead") or (s["outcome"], s["reason"]) == ("suppressed", "no_endpoint")
                or s["outcome"] in ("sent", "coalesced") and dt.datetime.fromisoformat(s["at"]) >= due_day)
                for s in o["occasions"]), o)
    plan = daemon.get(f"/v1/units/{unit}/milestones")
    if plan["milestones"]:
        shown = daemon.get(f"/v1/units/{unit}")
        anchor, end = (dt.date.fromisoformat(shown[k]) for k in ("anchor_on", "window_ends_on"))
        elapsed = 100 * min(max((now.date() - anchor).days, 0), (end - anchor).days) // (end - anchor).days
        reached = sum(m["weight"] * m["percent"] for m in plan["milestones"]) // 100
        found["behind"] = (max(elapsed - reached, 0), [])
    return found


def check(daemon, unit):
    """Its score; asserts that it is what the facts give, and that every term shows them."""
    expected, shown = facts(daemon, unit), daemon.get(f"/v1/units/{unit}/risk")
    points = {term: min(WEIGHTS[term][1], WEIGHTS[term][0] * (fact or 0)) for term, (fact, _) in expected.items()}
    score = sum(points.values())
    assert [(t["term"], t["fact"], t["weight"], t["max"], t["points"], t["obligations"]) for t in shown["terms"]] == [
        (term, fact, *WEIGHTS[term], points[term], ids) for term, (fact, ids) in expected.items()]
    level = "high" if score >= 60 else "medium" if score >= 30 else "low"
    assert (shown["score"], shown["level"]) == (score, level)
    assert daemon.get(f"/v1/units/{unit}")["risk"] == {"score": score, "level": level}
    return score


@pytest.fixture
def programme(daemon, receiver):
    """A year and two months: late, early, returned twice, silent with and without endpoints, a dead endpoint."""
    stage.import_list(daemon, UNITS)
    stage.publish(daemon)
    units = [u["id"] for u in daemon.get("/v1/units")["data"]]
    owed = {u: stage.owed(daemon, u) for u in units}
    for i, unit in enumerate(units[:5]):
        receiver.on(f"/{i}", statuses=[410 if i == 3 else 200])
        stage.listen(daemon, receiver, f"unit:{unit}", f"/{i}")
    stage.advance(daemon, to="2025-02-20T10:00:00+08:00")
    stage.file_report(daemon, owed[units[0]]["progress", 1])
    stage.file_report(daemon, owed[units[1]]["progress", 1])
    for _ in range(2):
        daemon.post(f"/v1/obligations/{owed[units[1]]['progress', 1]}/return", {"comment": "缺少指标"})
        stage.advance(daemon, by="3d")
        stage.file_report(daemon, owed[units[1]]["progress", 1])
    stage.advance(daemon, to="2025-03-20T10:00:00+08:00")
    stage.file_report(daemon, owed[units[2]]["progress", 1])
    daemon.post(f"/v1/obligations/{owed[units[2]]['midterm', 1]}/cancellation", {"reason": "不再需要"})
    stage.file_report(daemon, owed[units[6]]["progress", 1])
    stage.advance(daemon, to="2025-09-02T23:59:59+08:00")
    return daemon, units, owed


def test_score_is_its_formula_on_any_day(programme):
    daemon, units, owed = programme
    before = [check(daemon, u) for u in units]
    stage.advance(daemon, by="1s")  # 24:00 of the due day: a day overdue
    after = [check(daemon, u) for u in units]
    assert all(a > b for a, b in zip(after, before) if b < 60), (before, after)
    stage.advance(daemon, by="70d")
    silent = check(daemon, units[4])
    assert silent >= 60 and check(daemon, units[2]) < silent
    for rule in (("progress", 1), ("progress", 2), ("midterm", 1)):
        stage.file_report(daemon, owed[units[4]][rule])
    assert check(daemon, units[4]) == 24  # only that they came late


def unread(daemon, unit):
    """The points of the term, after its whole score was worked out again."""
    check(daemon, unit)
    return next(t["points"] for t in daemon.get(f"/v1/units/{unit}/risk")["terms"] if t["term"] == "unread")


@pytest.mark.parametrize("word,body", [("acknowledgement", {}), ("snooze", {"until": "2025-09-04"})])
def test_an_acknowledged_reminder_was_read(programme, word, body):
    """It drops out, and the later ones count again; it changes nothing else, and only for what it was said of."""
    daemon, units, owed = programme
    unit = units[4]
    stage.advance(daemon, by="1s")
    before, silent = check(daemon, unit), unread(daemon, unit)
    assert silent == 14
    for obligation in (owed[unit]["progress", 1], owed[unit]["progress", 2], owed[unit]["midterm", 1]):
        daemon.post(f"/v1/obligations/{obligation}/{word}", body)
    assert unread(daemon, unit) == 0 and check(daemon, unit) == before - silent
    stage.advance(daemon, to="2025-09-03T12:00:00+08:00")  # what it keeps back is not unread either
    assert unread(daemon, unit) == 0
    stage.advance(daemon, to="2025-09-18T12:00:00+08:00")
    assert unread(daemon, unit) > 0


def test_units_by_risk(programme):
    daemon, units, _ = programme
    stage.advance(daemon, by="3d")
    scores = {u: check(daemon, u) for u in units}
    wanted = sorted(units, key=lambda u: (-scores[u], units.index(u)))
    assert len(set(scores.values())) > 3, scores
    rows = daemon.get("/v1/units?sort=risk")["data"]
    assert [u["id"] for u in rows] == wanted
    assert [u["risk"]["score"] for u in rows] == [scores[u] for u in wanted]
    assert [u["id"] for u in daemon.all("/v1/units?sort=risk&limit=2")] == wanted
    assert [u["id"] for u in daemon.get("/v1/units?sort=id")["data"]] == units
    assert daemon.ctl("unit", "list", "--sort", "risk", "-q", code=0).out.split() == wanted


def test_client_shows_every_term(programme):
    daemon, units, _ = programme
    stage.advance(daemon, by="10d")
    risk = daemon.get(f"/v1/units/{units[4]}/risk")
    assert daemon.ctl("unit", "risk", units[4], "-o", "json", code=0).json() == risk
    text = daemon.ctl("unit", "risk", units[4], "--lang", "zh", code=0).out
    for term in risk["terms"]:
        line = next(line for line in text.splitlines() if line.startswith(term["name"]["zh"]))
        numbers = ["-" if term[k] is None else str(term[k]) for k in ("fact", "weight", "max", "points")]
        assert line.split()[1:5] == numbers, line
    shown = daemon.ctl("unit", "show", units[4], code=0).out
    assert f"{risk['level']} {risk['score']} · jiebangctl unit risk {units[4]}" in shown
    assert daemon.ctl("unit", "risk", "un_99", code=3).err
    wide = daemon.ctl("unit", "list", "-o", "wide", code=0).out
    assert "RISK LEVEL" in wide and risk["level"] in wide


def test_milestones_behind_the_time(programme):
    """Unknown without a plan; with one, the elapsed window less what was reached, and never less than nothing."""
    daemon, units, _ = programme
    unit = units[0]
    assert facts(daemon, unit)["behind"][0] is None
    before = check(daemon, unit)
    plan = [{"name": "样机", "weight": 30, "planned_on": "2025-06-30"}, {"name": "中试", "weight": 70, "planned_on": "2026-06-30"}]
    daemon.post(f"/v1/units/{unit}/milestones", {"milestones": plan})
    assert check(daemon, unit) == before + 20  # half of the window has gone, and nothing is reached: the most that it counts
    daemon.post(f"/v1/units/{unit}/milestones/progress", {"n": 1, "actual_on": "2025-07-01"})
    daemon.post(f"/v1/units/{unit}/milestones/progress", {"n": 2, "percent": 10})
    assert facts(daemon, unit)["behind"][0] == 50 - 37 and check(daemon, unit) == before + 13
    daemon.post(f"/v1/units/{unit}/milestones/progress", {"n": 2, "percent": 60})
    assert facts(daemon, unit)["behind"][0] == 0 and check(daemon, unit) == before
