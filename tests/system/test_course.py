"""What happens to a report beside its plan, with the shipped programme and from the outside: reviewed by the recommender,
returned with a short deadline, waived, held, extended, asked for by hand, tied to milestones."""
import sys
from pathlib import Path

import pytest

import harness

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sim"))
import invariants  # noqa: E402
from stage import advance, events, file_report, listen, occasions, published  # noqa: E402


@pytest.fixture
def shipped(make_daemon):
    """The programme as it is shipped, published on 2024-09-02: ob_1 opens on 2025-02-16 and is due on 2025-03-03."""
    daemon = make_daemon(programmes=harness.ROOT / "conf" / "programmes").start()
    published(daemon)
    yield daemon
    invariants.check(daemon.state_dir)


def recommender_of(daemon):
    return "recommender:" + daemon.get("/v1/units/un_1")["recommender"]


def steps_at(receiver, path):
    """Without the weekly reports, which come beside them."""
    return [got for got in receiver.at(path) if got.json()["type"] != "report.weekly"]


def test_what_is_early_is_refused_with_the_opening_day(shipped):
    reply = shipped.request("POST", "/v1/obligations/ob_1/submissions", {"summary": "s"})
    assert reply.status == 409 and reply.json()["rule"] == "opening", reply
    assert "opens on 2025-02-16" in reply.json()["detail"] and "2025-02-16" in reply.json()["detail_zh"]
    told = shipped.ctl("report", "submit", "--obligation", "ob_1", "--summary", "s", code=4)
    assert "2025-02-16" in told.err
    # Who is done may ask for acceptance at any time.
    file_report(shipped, "ob_6")


def test_the_recommender_is_reminded_of_what_is_filed(shipped, receiver):
    listen(shipped, receiver, "unit:un_1", "/unit")
    listen(shipped, receiver, recommender_of(shipped), "/reviewer")
    listen(shipped, receiver, "office", "/office")
    advance(shipped, to="2025-02-24T10:00:00+08:00")
    file_report(shipped, "ob_1")
    shown = shipped.get("/v1/obligations/ob_1")
    assert (shown["reviewer"], shown["review_due_on"], shown["review_overdue"]) == ("recommender", "2025-03-03", False)
    assert shown["next_step"] == {"step": "review-before-1", "at": "2025-02-28T09:05:00+08:00", "to": "reviewer",
                                  "reason": None, "silence": None, "until": None}
    before = len(receiver.at("/unit"))
    forecast = [(s["step"], s["to"], s["at"]) for s in shipped.all("/v1/schedule?days=12&unit=un_1") if s["obligation"] == "ob_1"]
    advance(shipped, to="2025-03-08T10:00:00+08:00")
    receiver.wait(4, "/reviewer")
    got = steps_at(receiver, "/reviewer")
    assert [g.json()["data"]["step"] for g in got] == ["review-before-1", "review-due", "review-after-1", "review-after-3"]
    assert [(s, to) for s, to, _ in forecast] == [(f"review-{s}", "reviewer") for s in ("before-1", "due", "after-1", "after-3")] + \
        [("review-office+3w", "office")]
    assert [g.json()["type"] for g in got] == ["review.due_soon"] * 2 + ["review.overdue"] * 2
    body = got[0].json()["data"]
    assert body["obligation"]["review_due_on"] == "2025-03-03" and body["days_left"] == 3 and not body["obligation"]["overdue"]
    assert "待审核，审核截止 2025-03-03" in body["text"]["zh"] and "还有 3 天" in body["text"]["zh"]
    assert "to be reviewed by the end of 2025-03-03" in body["text"]["en"]
    receiver.wait(1, "/office")
    assert [g.json()["data"]["step"] for g in steps_at(receiver, "/office")] == ["review-office+3w"]
    assert len(receiver.at("/unit")) == before  # the unit has done its part
    assert shipped.get("/v1/obligations/ob_1")["review_overdue"] is True
    explained = {s["step"]: s["outcome"] for s in
                 next(o for o in shipped.get("/v1/schedule/explain?unit=un_1")["obligations"] if o["obligation"]["id"] == "ob_1")["steps"]}
    assert explained["review-after-3"] == "sent" and explained["review-repeat-1"] == "planned" and explained["due"] == "not needed"


def test_returned_told_corrected_accepted(shipped, receiver):
    listen(shipped, receiver, "unit:un_1", "/unit")
    advance(shipped, to="2025-03-03T10:00:00+08:00")
    file_report(shipped, "ob_1", author="张三")
    advance(shipped, to="2025-03-06T10:00:00+08:00")
    out = shipped.ctl("obligation", "return", "ob_1", "--comment", "指标三缺实测值", "-o", "json", code=0).json()
    assert (out["state"], out["due_on"], out["revision"]) == ("returned", "2025-03-13", 2)
    told = harness.until("the notice of the return", lambda: [g.json() for g in receiver.at("/unit") if g.json()["type"] == "obligation.returned"])
    assert len(told) == 1 and told[0]["data"]["detail"]["comment"] == "指标三缺实测值"
    said = next(o for o in shipped.get("/v1/schedule/explain?unit=un_1")["obligations"] if o["obligation"]["id"] == "ob_1")["arithmetic"]
    assert said["en"].endswith("Returned: to be corrected by 2025-03-13.") and "rolled to 2025-03-03" in said["en"], said
    # What came due while it lay with the reviewer was for nobody, and is said so.
    assert occasions(shipped, "ob_1", 1)["after-1"] == ("suppressed", "submitted")
    advance(shipped, to="2025-03-12T10:00:00+08:00")
    file_report(shipped, "ob_1", author="李四")
    shipped.ctl("obligation", "accept", "ob_1", code=0)
    shown = shipped.get("/v1/obligations/ob_1")
    assert [(s["version"], s["author"], s["late"]) for s in shown["submissions"]] == [(1, "张三", False), (2, "李四", False)]
    assert [(r["decision"], r["due_on"], r["correct_by_on"]) for r in shown["reviews"]] == \
        [("returned", "2025-03-10", "2025-03-13"), ("accepted", "2025-03-19", None)]


def test_rulings_by_the_client(shipped):
    for verb in (["waive", "ob_2"], ["hold", "ob_2", "--until", "2025-09-30"], ["release", "ob_2"],
                 ["extend", "ob_2", "--due", "2025-12-31"], ["cancel", "ob_2"]):
        refused = shipped.ctl("obligation", *verb, code=2)
        assert "--reason" in refused.err
    shipped.ctl("obligation", "hold", "ob_1", "--until", "2025-03-05", "--reason", "诉讼", "--approver", "王处长", code=0)
    shipped.ctl("obligation", "extend", "ob_2", "--due", "2025-12-31", "--reason", "断供", "--approver", "王处长", code=0)
    shipped.ctl("obligation", "waive", "ob_3", "--reason", "并入年度总结", code=0)
    advance(shipped, to="2025-03-05T23:00:00+08:00")
    assert occasions(shipped, "ob_1") == {} and shipped.get("/v1/obligations/ob_1")["held_until"] == "2025-03-05"
    advance(shipped, to="2025-03-06T01:00:00+08:00")
    assert set(occasions(shipped, "ob_1").values()) == {("suppressed", "no_endpoint")}  # told to nobody, and once
    assert [e["data"] for e in events(shipped, "obligation.released")] == [{"cause": "expired"}]
    shown = shipped.get("/v1/obligations/ob_2")
    assert (shown["due_on"], shown["extended_to"], shown["revision"]) == ("2025-12-31", "2025-12-31", 2)
    said = {o["obligation"]["id"]: o["arithmetic"]["zh"] for o in shipped.get("/v1/schedule/explain?unit=un_1")["obligations"]}
    assert said["ob_2"].endswith("已延期至 2025-12-31。") and "延期" not in said["ob_1"]
    assert [(r["kind"], r["reason"], r["approver"], r["new_due_on"]) for r in shown["rulings"]] == \
        [("extend", "断供", "王处长", "2025-12-31")]
    assert shipped.get("/v1/obligations/ob_3")["state"] == "waived"
    assert "名单公布之日起不超过2年" in shipped.ctl("obligation", "extend", "ob_6", "--due", "2026-12-31", "--reason", "x", code=4).err


def test_asked_for_by_hand(shipped):
    made = shipped.ctl("obligation", "add", "--unit", "un_1", "--name", "现场检查材料", "--due", "2024-10-31", "--like", "progress",
                       "-o", "json", code=0).json()
    assert (made["rule"], made["name"]["zh"], made["due_on"], made["reviewer"]) == ("ad-hoc", "现场检查材料", "2024-10-31", "recommender")
    advance(shipped, to="2024-10-31T10:00:00+08:00")
    assert set(occasions(shipped, made["id"])) == {"before-30", "before-15", "before-7", "before-3", "before-1", "due"}
    shipped.ctl("obligation", "cancel", made["id"], "--reason", "不再需要", code=0)
    advance(shipped, by="60d")
    assert len(occasions(shipped, made["id"])) == 6
    explained = shipped.get("/v1/schedule/explain?unit=un_1")["obligations"]
    assert next(o for o in explained if o["obligation"]["id"] == made["id"])["arithmetic"]["zh"].startswith("人工设定日期 2024-10-31")


def test_milestones_of_the_unit(shipped):
    plan = str(harness.ROOT / "tests" / "data" / "milestones.json")
    shipped.ctl("milestone", "set", "un_1", "--file", plan, code=0)
    advance(shipped, to="2025-09-02T10:00:00+08:00")
    shipped.ctl("milestone", "update", "un_1", "--n", "1", "--reached", "2025-04-02", code=0)
    shipped.ctl("milestone", "update", "un_1", "--n", "2", "--percent", "20", code=0)
    unit = shipped.get("/v1/units/un_1")
    assert unit["progress"] == {"reached_percent": 40, "elapsed_percent": 50}
    assert "40" in shipped.ctl("unit", "show", "un_1", code=0).out
    behind = next(t for t in shipped.get("/v1/units/un_1/risk")["terms"] if t["term"] == "behind")
    assert behind["fact"] == 10
    wrong = shipped.request("POST", "/v1/units/un_1/milestones",
                            {"milestones": [{"name": "x", "weight": 99, "planned_on": "2025-12-31"}]})
    assert wrong.status == 422 and wrong.json()["pointer"] == "/milestones" and "come to 99" in wrong.json()["detail"]
    assert "99" in wrong.json()["detail_zh"]


def test_obligations_that_are_tied_to_milestones(make_daemon):
    folder = make_daemon().folder / "practice"
    folder.mkdir(parents=True)
    (folder / "p.conf").write_text((harness.ROOT / "tests/data/practice-milestones.conf").read_text(encoding="utf-8"), encoding="utf-8")
    daemon = make_daemon(programmes=folder).start()
    row = "方向,任务,项目名称,申报单位,联合体单位,推荐单位\n全部方向,示例任务,示例项目,示例单位,,示例厅\n"
    reply = daemon.request("POST", "/v1/programmes/practice-milestones/units", row, {"Content-Type": "text/csv"})
    assert reply.status == 200, reply
    daemon.post("/v1/programmes/practice-milestones/publication", {"date": "2024-09-02"})
    assert daemon.all("/v1/obligations") == []
    daemon.ctl("milestone", "set", "un_1", "--file", str(harness.ROOT / "tests" / "data" / "milestones.json"), code=0)
    assert [o["due_on"] for o in daemon.all("/v1/obligations")] == ["2025-04-10", "2026-01-12", "2026-07-10"]
    daemon.ctl("milestone", "update", "un_1", "--n", "2", "--planned", "2025-11-30", code=0)
    assert [(o["due_on"], o["revision"]) for o in daemon.all("/v1/obligations")] == [("2025-04-10", 1), ("2025-12-10", 2), ("2026-07-10", 1)]
    assert [e["data"]["cause"] for e in events(daemon, "obligation.rescheduled")] == ["milestone"]
    invariants.check(daemon.state_dir)
