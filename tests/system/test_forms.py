"""What a report holds: forms from the programme file, frozen with the rule; every mistake named; versions kept."""
import json
import shutil
import sys

import pytest

from harness import ROOT

sys.path.append(str(ROOT / "tests" / "sim"))
import stage  # noqa: E402
from stage import REPORT  # noqa: E402

OB = "/v1/obligations/ob_1"
OPENED = "2025-02-20T09:00:00+08:00"  # ob_1 takes what is filed


@pytest.fixture
def running(daemon):
    stage.published(daemon)
    stage.advance(daemon, to=OPENED, jump=True)
    return daemon


def refused(daemon, content, path=OB):
    reply = daemon.request("POST", path + "/submissions", {"content": content})
    assert reply.status == 422 and reply.headers["content-type"].startswith("application/problem+json"), reply
    return reply.json()


def test_the_shipped_form_has_what_a_report_holds(running):
    """DOMAIN.md: period, goals planned and reached, indicators planned and measured, outputs, spending against plan, problems,
    deviations and remedy, next steps, attachments, percent complete, risk flag, receipt."""
    form = running.get(OB + "/form")
    assert (form["obligation"], form["rule"], form["form"]["id"]) == ("ob_1", "progress", "progress")
    fields = {field["id"]: field for field in form["form"]["fields"]}
    assert set(fields) == {
        "period_from", "period_until", "goals_planned", "goals_reached", "indicators", "outputs", "spending_planned", "spending_actual",
        "problems", "deviations", "next_steps", "attachments", "percent_complete", "risk", "receipt"}
    assert {c["id"] for c in fields["indicators"]["columns"]} == {"name", "planned", "measured", "unit"}
    assert fields["spending_actual"]["unit"] == "万元" and fields["percent_complete"]["limit"]["en"] == "a percentage from 0 to 100 (%)"
    for field in form["form"]["fields"]:
        assert field["name"]["zh"] and field["name"]["en"] and field["limit"]["zh"] and field["limit"]["en"]
    assert set(form["skeleton"]) == set(fields)
    # An empty skeleton is refused for exactly what is required.
    required = {f"/content/{name}" for name, field in fields.items() if field["required"]}
    told = {error["pointer"] for error in refused(running, form["skeleton"])["errors"]}
    assert told == required | {"/content/indicators/0/name", "/content/indicators/0/planned"}
    assert running.get("/v1/obligations/ob_99/form", 404)["detail"]


def test_every_mistake_at_once_and_nothing_kept(running):
    content = {**REPORT, "percent_complete": 130, "risk": "severe", "problem": "x", "period_until": "2025-02-30",
               "indicators": [{"name": "自由度", "planned": 5}], "spending_actual": -1}
    problem = refused(running, content)
    assert [e["pointer"] for e in problem["errors"]] == [
        "/content/period_until", "/content/indicators/0/planned", "/content/spending_actual", "/content/percent_complete",
        "/content/risk", "/content/problem"]
    assert problem["error_count"] == 6 and problem["pointer"] == "/content/period_until" and "report form" in problem["hint"]
    percent = problem["errors"][3]
    assert (percent["field"], percent["given"], percent["limit"]["zh"]) == ("percent_complete", "130", "百分数，0 到 100（%）")
    assert "did you mean problems?" in problem["errors"][5]["detail"] and "是否指 problems？" in problem["errors"][5]["detail_zh"]
    assert "共 6 处" in problem["detail_zh"] and "report form" in problem["hint_zh"]
    row = running.get(OB)
    assert (row["state"], row["submissions"]) == ("open", [])


def test_versions_authors_receipts(running):
    first = running.post(OB + "/submissions", {"content": REPORT, "author": "张三", "receipt": "R-1"}, 201)
    assert first["content"] == REPORT
    running.post(OB + "/return", {"comment": "完成百分比不符"})
    running.post(OB + "/submissions", {"content": {**REPORT, "percent_complete": 35.5}, "author": "李四", "receipt": "R-2"}, 201)
    both = running.all("/v1/submissions?obligation=ob_1")
    assert [(s["version"], s["author"], s["receipt"], s["content"]["percent_complete"]) for s in both] == [
        (1, "张三", "R-1", 40), (2, "李四", "R-2", 35.5)]
    listed = running.ctl("report", "list", "--obligation", "ob_1", "-o", "json", code=0).json()
    assert listed == both and running.ctl("report", "show", both[0]["id"], "-o", "json", code=0).json() == both[0]
    changed = running.ctl("report", "diff", "ob_1", "-o", "json", code=0).json()
    assert [(c["from"], c["to"], c["field"], c["old"], c["new"]) for c in changed] == [
        (1, 2, "author", "张三", "李四"), (1, 2, "receipt", "R-1", "R-2"), (1, 2, "percent_complete", "40", "35.5")]
    assert changed[2]["name"]["zh"] == "完成百分比"


def test_a_receipt_alone_is_enough_where_the_form_says_so(running):
    assert running.post(OB + "/submissions", {"receipt": "R-9"}, 201)["content"] == {}


def test_the_client_fills_in_a_form(running, folder):
    skeleton = running.ctl("report", "form", "--obligation", "ob_1", "--skeleton", code=0)
    content = {**json.loads(skeleton.out), **REPORT}
    content = {key: value for key, value in content.items() if value not in (None, "", [""]) and key != "indicators"}
    file = folder / "r.json"
    file.write_text(json.dumps(content))
    refusal = running.ctl("report", "submit", "--obligation", "ob_1", "--file", str(file), "--field", "percent_complete=101", "--lang", "zh")
    assert refusal.code == 2 and "/content/percent_complete：完成百分比（percent_complete）：应为百分数，0 到 100" in refusal.err
    filed = running.ctl("report", "submit", "--obligation", "ob_1", "--file", str(file), "--field", "percent_complete=55.5",
                        "--field", "outputs=论文", "--field", "outputs=专利", "-o", "json", code=0).json()
    assert filed["content"] == {**content, "percent_complete": 55.5, "outputs": ["论文", "专利"]}
    assert "FIELD" in running.ctl("report", "form", "--obligation", "ob_1", code=0).out


def test_a_form_is_frozen_with_the_rule(make_daemon, folder):
    """R2's spirit: who was planned by the old file is judged by the old form; the changed file is another version of the rule."""
    programmes = folder / "programmes"
    shutil.copytree(ROOT / "conf" / "programmes", programmes)
    daemon = make_daemon(programmes=programmes).start()
    stage.published(daemon)
    stage.advance(daemon, to=OPENED, jump=True)
    daemon.stop()
    conf = programmes / "future-2023.conf"
    text = conf.read_text()
    assert 'content = "optional"' in text
    conf.write_text(text.replace('content = "optional"', 'content = "required"').replace('id = "outputs"', 'id = "results"'))
    daemon.start()
    assert "outputs" in {f["id"] for f in daemon.get(OB + "/form")["form"]["fields"]}
    assert daemon.post(OB + "/submissions", {"content": {**REPORT, "outputs": ["a"]}}, 201)["version"] == 1
    # Units of a later publication are planned by the new version: its number says so.
    plan = {rule["id"]: rule for rule in daemon.get("/v1/programmes/future-2023")["plan"]}
    assert plan["progress"]["form"] == "progress"
