"""Texts of messages as files (R12): judged at start and at SIGHUP, previewed, and what they say reaches a receiver."""
import subprocess
import sys
from pathlib import Path

import pytest
from harness import JIEBANGD, ROOT, until
from test_delivery import BEFORE_60, endpoint, published

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sim"))
import stage  # noqa: E402

OURS = "[reminder.before]\n请{lead}按时报送{rule}：{due}，{when}\n"
BAD = "[reminder.before]\n{lead}，{daye}\n\n[remindr.today]\nx\n\n[when.today]\n{?one}今天\n"
TOLD = ["zh.conf:2: there is no variable {daye}; did you mean {days}? known here: {programme} ",
        "zh.conf:4: there is no text [remindr.today]; did you mean [reminder.today]?",
        "zh.conf:8: the section {?one} has no end; end it with {/one}"]


@pytest.fixture
def texts(folder):
    path = folder / "texts"
    path.mkdir()
    return path


def put(texts, zh=None, en=None):
    for name, text in (("zh.conf", zh), ("en.conf", en)):
        if text is not None:
            (texts / name).write_text(text, encoding="utf-8")


def with_texts(make_daemon, texts):
    return make_daemon(extra=f'templates = "{texts}";')


def reload(daemon):
    """Its answer: whether the files were taken."""
    log = len(daemon.log())
    daemon.reload()
    until("the reload's end", lambda: "reloaded" in daemon.log()[log:] or "reload refused" in daemon.log()[log:])
    return "reload refused" not in daemon.log()[log:]


def says(daemon, name, query="", lang="zh", part="text"):
    return daemon.get(f"/v1/templates/{name}/preview{query}")[part][lang]


# ---- judged ----

def test_a_bad_file_keeps_the_daemon_from_starting_and_every_mistake_is_told(make_daemon, texts):
    put(texts, zh=BAD)
    daemon = with_texts(make_daemon, texts)
    daemon.spawn()
    assert daemon.wait() == 78
    for line in TOLD + [f'3 mistakes in the texts of templates = "{texts}"']:
        assert line in daemon.log(), line
    put(texts, zh=OURS)
    daemon.start()
    assert says(daemon, "reminder.before") == "请示例单位按时报送进度汇报：2025-09-02，还有 15 天"


def judge(*args):
    return subprocess.run([JIEBANGD, *map(str, args)], capture_output=True, text=True, timeout=60)


def test_a_folder_is_judged_without_a_daemon(make_daemon, texts):
    daemon = with_texts(make_daemon, texts)
    daemon.state_dir.mkdir()
    daemon.write_config()
    put(texts, zh=BAD)
    for done in (judge("templates", texts), judge("--config", daemon.config, "--check")):
        assert done.returncode == 78 and not done.stdout
        assert all(line in done.stderr for line in TOLD), done.stderr
    put(texts, zh=OURS)
    done = judge("templates", texts)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "zh reminder.before\n# the texts are good; 1 replaced, the others are those of jiebangd\n"
    assert judge("--config", daemon.config, "--check").returncode == 0
    assert judge("templates", ROOT / "conf/templates").returncode == 0


@pytest.mark.parametrize("args, code, said", [
    (["templates"], 64, "usage: jiebangd templates FOLDER"), (["templates", "--x"], 64, "usage: "),
    (["templates", "/nonexistent/texts"], 78, 'cannot read the folder templates = "/nonexistent/texts": No such file'),
])
def test_a_wrong_command_line(args, code, said):
    done = judge(*args)
    assert done.returncode == code and said in done.stderr


def test_a_file_that_no_language_has_is_a_mistake(texts):
    put(texts, zh=OURS)
    (texts / "cn.conf").write_text(OURS)
    (texts / "notes.txt").write_text("anything")
    done = judge("templates", texts)
    assert done.returncode == 78 and "cn.conf:1: no language has this file; call it zh.conf or en.conf" in done.stderr
    assert "notes" not in done.stderr


def test_a_reload_takes_good_files_and_keeps_the_old_ones_when_new_ones_are_bad(make_daemon, texts):
    daemon = with_texts(make_daemon, texts).start()
    shipped = says(daemon, "reminder.before")
    assert "还有 15 天" in shipped
    put(texts, zh=OURS)
    assert reload(daemon)
    ours = says(daemon, "reminder.before")
    assert ours.startswith("请示例单位")
    put(texts, zh=BAD)
    assert not reload(daemon)
    assert all(line in daemon.log() for line in TOLD)
    assert says(daemon, "reminder.before") == ours
    (texts / "zh.conf").unlink()
    assert reload(daemon) and says(daemon, "reminder.before") == shipped


def test_the_option_itself_is_taken_on_reload(make_daemon, texts):
    put(texts, en="[when.today]\nnow\n")
    daemon = make_daemon().start()
    assert says(daemon, "when.today", lang="en") == "due today"
    daemon.extra = f'templates = "{texts}";'
    daemon.write_config()
    assert reload(daemon) and says(daemon, "when.today", lang="en") == "now"
    assert "needs a restart" not in daemon.log()
    put(texts, en="[when.today]\nthis day\n")
    assert reload(daemon) and says(daemon, "when.today", lang="en") == "this day"


# ---- previewed ----

def test_every_text_is_listed_and_can_be_previewed(daemon):
    listed = daemon.get("/v1/templates")["data"]
    assert len(listed) == len({row["id"] for row in listed}) > 20
    for row in listed:
        shown = daemon.get(f"/v1/templates/{row['id']}/preview")
        for lang in ("zh", "en"):
            assert row["source"][lang] and row["help"][lang] and shown["text"][lang], row
            assert "{" not in shown["message"][lang], shown
            assert shown["text"][lang] in shown["message"][lang], shown
        assert row["replaced"] == []
    assert len(daemon.get("/v1/templates?limit=3")["data"]) == 3


def test_a_preview_of_a_real_obligation_is_what_the_message_says(daemon, receiver):
    endpoint(published(daemon), receiver.url())
    obligation = daemon.get("/v1/obligations?unit=un_1")["data"][0]["id"]
    daemon.post("/v1/clock/advance", {"to": BEFORE_60})
    sent = receiver.wait(1)[0].json()["data"]["text"]
    for lang in ("zh", "en"):
        assert says(daemon, "reminder.before", f"?obligation={obligation}", lang) == sent[lang]
        assert says(daemon, "reminder.before", f"?obligation={obligation}&unit=un_1", lang) == sent[lang]
    assert "逾期 15 天" in says(daemon, "reminder.overdue", f"?obligation={obligation}")
    lead = daemon.get("/v1/units/un_1")["lead"]
    of_unit = says(daemon, "unit.winner", "?unit=un_1", part="message")
    assert lead in of_unit and "已评为优胜单位" in of_unit and "第" not in of_unit.split("”：")[1]


@pytest.mark.parametrize("path, status, said", [
    ("reminder.befor/preview", 404, "there is no text reminder.befor"),
    ("reminder.before/preview?obligation=ob_999999", 404, "there is no obligation ob_999999"),
    ("reminder.before/preview?unit=un_999999", 404, "there is no unit un_999999"),
    ("reminder.before/preview?unit=x", 400, "unit"),
    ("reminder.before/preview?lang=zh", 400, "unknown parameter; known here: unit, obligation"),
])
def test_a_preview_of_nothing_is_refused(daemon, path, status, said):
    answer = daemon.get(f"/v1/templates/{path}", status=status)
    assert said in answer["detail"] and answer["detail_zh"], answer
    if "befor/" in path:
        assert answer["hint"] == "did you mean reminder.before?"


def test_an_obligation_of_another_unit_is_refused(daemon):
    published(daemon)
    obligation = daemon.get("/v1/obligations?unit=un_1")["data"][0]["id"]
    answer = daemon.get(f"/v1/templates/notice/preview?obligation={obligation}&unit=un_2", status=400)
    assert "not this unit's" in answer["detail"] and answer["detail_zh"]


def test_the_client_shows_it(daemon):
    shown = daemon.ctl("template", "preview", "when.overdue", "--lang", "zh", code=0).out.splitlines()
    assert shown[0] == "逾期 15 天" and shown[1] == "" and shown[2].endswith("逾期 15 天。")
    assert daemon.ctl("template", "preview", "when.overdue", "--lang", "en", code=0).out.splitlines()[0] == "15 days overdue"
    assert "reminder.before" in daemon.ctl("template", "list", "-q", code=0).out.splitlines()
    assert daemon.ctl("template", "preview", "nothing").code == 3


# ---- said ----

def test_what_a_file_says_reaches_the_receiver_and_a_body_that_was_written_stays(make_daemon, receiver, texts):
    """Contract 4: the second attempt, after new texts were taken, carries what the first one did."""
    put(texts, zh=OURS)
    daemon = published(with_texts(make_daemon, texts).start())
    endpoint(daemon, receiver.on("/hook", statuses=[500, 200]))
    endpoint(daemon, receiver.on("/other", statuses=[200]))
    daemon.post("/v1/clock/advance", {"to": BEFORE_60})
    receiver.wait(2)
    first = next(got for got in receiver.received if got.path == "/hook")
    text = first.json()["data"]["text"]
    lead = daemon.get("/v1/units/un_1")["lead"]
    assert text["zh"] == f"请{lead}按时报送进度汇报：2025-03-03，还有 60 天"
    assert "due in 60 days" in text["en"] and lead in text["en"]

    put(texts, zh=OURS.replace("请", "务请"))
    assert reload(daemon)
    daemon.post("/v1/clock/advance", {"by": "1h"})
    again = [got for got in until("the second attempt", lambda: receiver.wait(3)) if got.path == "/hook"]
    assert len(again) == 2 and again[0].id == again[1].id and again[0].body == again[1].body
    daemon.post("/v1/clock/advance", {"by": "60d"})
    later = next(got for got in receiver.received if got.id not in {first.id} and got.path == "/hook")
    assert later.json()["data"]["text"]["zh"].startswith(f"务请{lead}按时报送")


# ---- the weekly report ----

WEEKLY = ("[weekly.head]\n{programme}：{overdue} 项{?overdue}！{/overdue}{?states}{states}{/states}\n\n[weekly.state]\n<{count}{state}>\n\n"
          "[weekly.row]\n{lead} {days} {turn} {obligation}\n\n[turn.unit]\n揭榜方\n\n[weekly.tail]\n见 {command}\n")


def test_the_weekly_report_is_said_in_the_words_of_the_files(make_daemon, texts, receiver):
    """The message and the answer, which the writer and the loop say, each with a set of its own."""
    daemon = make_daemon(programmes=ROOT / "conf" / "programmes", extra=f'templates = "{texts}";').start()
    stage.published(daemon)
    stage.listen(daemon, receiver, "office", "/office")
    ask = "/v1/reports/weekly?programme=future-2023"
    quiet = daemon.get(ask)["text"]["zh"]
    assert "周报，截至" in quiet and "待揭榜方" not in quiet
    put(texts, zh=WEEKLY)
    assert reload(daemon)
    assert ("：0 项<") in daemon.get(ask)["text"]["zh"], "a count of 0 is said, and is no condition"
    stage.advance(daemon, to="2025-03-10T09:20:00+08:00")
    sent = [got for got in receiver.at("/office") if got.json()["type"] == "report.weekly"][-1].json()["data"]
    shown = daemon.get(ask + "&at=2025-03-10T09:20:00%2B08:00")
    assert {**sent, "missed": 0, "text": 0} == {**shown, "missed": 0, "text": 0}
    late = sent["obligations"]["overdue"]
    assert late > 0 and f"：{late} 项！<" in sent["text"]["zh"]
    row = sent["late"][0]
    assert f"\n{row['lead']} {row['days_late']} 揭榜方 {row['obligation']}\n" in sent["text"]["zh"]
    assert sent["text"]["zh"].endswith("\n见 jiebangctl obligation list --programme future-2023 --overdue")
    assert sent["text"] == shown["text"]
    assert "The latest:" in sent["text"]["en"], "what a file leaves out stays"
