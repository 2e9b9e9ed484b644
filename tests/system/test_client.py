"""jiebangctl against a fake daemon: what it asks, what it prints, how it exits.

JIEBANG_GOLDEN=write renews the files in tests/data/golden/.
"""
import csv
import fcntl
import io
import json
import os
import pty
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import termios
import threading
import unicodedata
from pathlib import Path

import pytest

import fake_daemon
from fake_daemon import Answer, FakeDaemon, problem

ROOT = Path(__file__).resolve().parents[2]
JIEBANGCTL = os.environ.get("JIEBANGCTL", str(ROOT / "build" / "jiebangctl"))
GOLDEN = ROOT / "tests" / "data" / "golden"
WAIT_S = 60


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"


def environment(**more):
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS") if key in os.environ}
    return {**kept, **{key: value for key, value in more.items() if value is not None}}


def ctl(*args, stdin=b"", **env):
    done = subprocess.run([JIEBANGCTL, *args], input=stdin, capture_output=True, timeout=WAIT_S, env=environment(**env))
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def fake(folder):
    made = FakeDaemon(folder)
    yield made
    made.close()


@pytest.fixture
def run(fake):
    """run("unit", "list") → Result, over the Unix socket."""
    def go(*args, **options):
        return ctl("--server", f"unix:{fake.path}", *args, **options)
    return go


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def in_terminal(args, width=80, stdout_only=False, seen=None, **env):
    """Runs with stdout (and stderr) on a terminal of this width. Returns the code and what the terminal got.

    `seen` is called with all that came so far, each time that more comes.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, width, 0, 0))
    process = subprocess.Popen([JIEBANGCTL, *args], stdin=subprocess.DEVNULL, stdout=slave,
                               stderr=subprocess.DEVNULL if stdout_only else slave,
                               env=environment(**{"TERM": "xterm", **env}))
    os.close(slave)
    got = b""
    while True:
        try:
            got += os.read(master, 65536)
        except OSError:  # EIO: the other side is closed
            break
        if seen:
            seen(got.decode(errors="replace"))
    os.close(master)
    return process.wait(WAIT_S), got.decode()


# ---- golden files: every verb, both languages ----

ACT = ["--reason", "x", "--approver", "王", "--doc-no", "工信函1号"]

VERBS = {
    "status": ["status"],
    "programme-list": ["programme", "list"],
    "programme-show": ["programme", "show", "future-2023"],
    "programme-publish": ["programme", "publish", "future-2023", "--date", "2024-09-02"],
    "programme-shift": ["programme", "shift", "future-2023", "--months", "6", *ACT],
    "task-list": ["task", "list", "--programme", "future-2023"],
    "unit-list": ["unit", "list"],
    "unit-show": ["unit", "show", "un_1042"],
    "unit-show-unpublished": ["unit", "show", "un_8"],
    "unit-risk": ["unit", "risk", "un_1042"],
    "report-weekly": ["report", "weekly", "future-2023"],
    "unit-notices": ["unit", "notices", "un_1042"],
    "message-items": ["message", "items", "msg_a1"],
    "unit-import": ["unit", "import", "--programme", "future-2023", "FILE"],
    "unit-changes": ["unit", "changes", "un_1042"],
    "unit-extend": ["unit", "extend", "un_1042", "--months", "6", *ACT],
    "unit-window": ["unit", "window", "un_1042", "--ends-on", "2026-12-31", *ACT],
    "unit-lead": ["unit", "lead", "un_1042", "--name", "新名", "--how", "renamed", "--reason", "x"],
    "unit-partner": ["unit", "partner", "un_1042", "--add", "伙伴", "--reason", "x"],
    "unit-contact": ["unit", "contact", "un_1042", "--phone", "01068200000"],
    "unit-content": ["unit", "content", "un_1042", "--project", "新题目", "--reason", "x"],
    "unit-withdraw": ["unit", "withdraw", "un_1042", "--reason", "x"],
    "unit-terminate": ["unit", "terminate", "un_1042", "--reason", "x"],
    "unit-revoke": ["unit", "revoke", "un_1042", "--reason", "x"],
    "unit-move": ["unit", "move", "un_1042", "--move", "win"],
    "change-list": ["change", "list"],
    "decision-list": ["decision", "list"],
    "decision-resolve": ["decision", "resolve", "un_1042", "--as", "resume", "--months", "6", *ACT],
    "obligation-list": ["obligation", "list"],
    "obligation-show": ["obligation", "show", "ob_98231"],
    "obligation-accept": ["obligation", "accept", "ob_98231"],
    "obligation-return": ["obligation", "return", "ob_98231", "--comment", "again"],
    "obligation-ack": ["obligation", "ack", "ob_98231", "--note", "being written"],
    "obligation-snooze": ["obligation", "snooze", "ob_98231", "--until", "2025-02-20"],
    "silence-add": ["silence", "add", "--unit", "un_7", "--reason", "moving", "--until", "2025-03-01"],
    "silence-list": ["silence", "list"], "silence-expire": ["silence", "expire", "si_1"],
    "obligation-cancel": ["obligation", "cancel", "ob_98231", "--reason", "twice"],
    "obligation-waive": ["obligation", "waive", "ob_98231", "--reason", "merged"],
    "obligation-hold": ["obligation", "hold", "ob_98231", "--until", "2025-03-31", "--reason", "lawsuit", "--approver", "王"],
    "obligation-release": ["obligation", "release", "ob_98231", "--reason", "settled"],
    "obligation-extend": ["obligation", "extend", "ob_98231", "--due", "2025-04-30", "--reason", "late parts"],
    "obligation-add": ["obligation", "add", "--unit", "un_1042", "--name", "现场检查材料", "--due", "2025-06-30"],
    "milestone-list": ["milestone", "list", "un_1042"],
    "milestone-set": ["milestone", "set", "un_1042", "--file", str(ROOT / "tests" / "data" / "milestones.json")],
    "milestone-update": ["milestone", "update", "un_1042", "--n", "1", "--percent", "50"],
    "report-submit": ["report", "submit", "--obligation", "ob_98231", "--summary", "on plan"],
    "report-form": ["report", "form", "--obligation", "ob_98231"],
    "report-list": ["report", "list", "--obligation", "ob_98231"],
    "report-show": ["report", "show", "sb_12"],
    "report-diff": ["report", "diff", "ob_98231"],
    "material-add": ["material", "add", "--obligation", "ob_98231", "--item", "request", "FILE"],
    "material-list": ["material", "list", "--obligation", "ob_98231"],
    "material-show": ["material", "show", "ma_7"],
    "material-get": ["material", "get", "ma_7", "--to", "-"],
    "material-remove": ["material", "remove", "ma_7", "--reason", "superseded"],
    "material-checklist": ["material", "checklist", "--obligation", "ob_98231"],
    "material-verify": ["material", "verify"],
    "submission-list": ["submission", "list"],
    "submission-show": ["submission", "show", "sb_12"],
    "schedule-next": ["schedule", "next", "--days", "30"],
    "schedule-explain": ["schedule", "explain", "un_1042"],
    "endpoint-add": ["endpoint", "add", "--owner", "unit:un_1042", "--url", "https://hook.example.cn/x"],
    "endpoint-list": ["endpoint", "list"],
    "endpoint-show": ["endpoint", "show", "ep_7"],
    "endpoint-set": ["endpoint", "set", "ep_7", "--option", "concurrency=2"],
    "endpoint-rotate": ["endpoint", "rotate", "ep_7", "--overlap", "3600"],
    "endpoint-delete": ["endpoint", "delete", "ep_7"],
    "endpoint-test": ["endpoint", "test", "ep_7"],
    "endpoint-enable": ["endpoint", "enable", "ep_7"],
    "endpoint-disable": ["endpoint", "disable", "ep_7"],
    "message-list": ["message", "list"],
    "message-show": ["message", "show", "msg_a1"],
    "delivery-list": ["delivery", "list"],
    "delivery-show": ["delivery", "show", "msg_a1"],
    "delivery-retry": ["delivery", "retry", "msg_a1"],
    "delivery-retry-all": ["delivery", "retry", "--state", "dead"],
    "clock-show": ["clock", "show"],
    "clock-advance": ["clock", "advance", "30d"],
    "clock-accept": ["clock", "accept"],
    "clock-resume": ["clock", "resume"],
    "event-tail": ["event", "tail"],
    "event-types": ["event", "types"],
    "event-type": ["event", "types", "endpoint.test"],
    "calendar-list": ["calendar", "list"],
    "calendar-check": ["calendar", "check"],
    "calendar-import": ["calendar", "import", "FILE"],
    "template-list": ["template", "list"],
    "template-preview": ["template", "preview", "digest.tail"],
    "audit-list": ["audit", "list"],
    "audit-verify": ["audit", "verify"],
    "token-add": ["token", "add", "backup"],
    "token-list": ["token", "list"],
    "token-revoke": ["token", "revoke", "tk_3"],
}


def check_golden(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("JIEBANG_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", VERBS)
def test_golden(run, folder, name, lang):
    file = folder / "list.csv"
    file.write_text("x\n")
    args = [str(file) if arg == "FILE" else arg for arg in VERBS[name]]
    result = run(*args, "--lang", lang)
    assert result.code == 0, result
    shown = f"{result.out}--- stderr\n{result.err}".replace(str(file), "FILE")
    check_golden(f"{name}.{lang}", shown)


def test_every_command_has_a_golden_file():
    """A verb that is added to the table is seen here."""
    table = (ROOT / "client" / "table.c").read_text()
    rows = re.findall(r'^\t\{ "(\w+)", (?:"(\w+)"|NULL)', table, re.M)
    alone = {"completion", "help", "version", "__complete"}
    want = {f"{noun}-{verb}".rstrip("-") for noun, verb in rows if noun not in alone} - {"schedule-export"}
    assert want <= set(VERBS)


@pytest.mark.parametrize("form", ["wide", "json", "jsonl", "csv"])
@pytest.mark.parametrize("name", ["status", "report-weekly", "unit-list", "unit-show", "obligation-show", "schedule-explain",
                                  "unit-notices", "event-tail", "delivery-show"])
def test_golden_forms(run, name, form):
    result = run(*VERBS[name], "-o", form)
    assert (result.code, result.err) == (0, "") or form == "wide"
    check_golden(f"{name}.{form}", result.out)


# ---- what the requests are ----

REQUESTS = [
    ("programme publish future-2023 --date 2024-09-02 --note n --dry-run",
     "POST", "/v1/programmes/future-2023/publication?dry_run=1", {"date": "2024-09-02", "note": "n"}),
    ("unit list --programme future-2023 --task t/1 --state winner --recommender 北京 --search a&b --limit 7", "GET",
     "/v1/units?programme=future-2023&task=t%2F1&state=winner&recommender=%E5%8C%97%E4%BA%AC&q=a%26b&limit=7", None),
    ("unit list --sort risk", "GET", "/v1/units?sort=risk&limit=500", None),
    ("obligation list --unit un_1 --programme p --state open --overdue --due-before 2025-01-01", "GET",
     "/v1/obligations?unit=un_1&programme=p&state=open&overdue=1&due_before=2025-01-01&limit=500", None),
    ("obligation cancel ob_98231 --reason twice", "POST", "/v1/obligations/ob_98231/cancellation", {"reason": "twice"}),
    ("obligation accept ob_98231", "POST", "/v1/obligations/ob_98231/acceptance", {}),
    ("obligation return ob_98231 --comment 缺少指标", "POST", "/v1/obligations/ob_98231/return", {"comment": "缺少指标"}),
    ("report submit --obligation ob_98231 --summary s --receipt R-1 --author 李雷", "POST",
     "/v1/obligations/ob_98231/submissions", {"summary": "s", "receipt": "R-1", "author": "李雷"}),
    ("report weekly p --recommender 北京 --at 2025-01-06T09:20:00+08:00", "GET",
     "/v1/reports/weekly?programme=p&recommender=%E5%8C%97%E4%BA%AC&at=2025-01-06T09%3A20%3A00%2B08%3A00", None),
    ("schedule next --days 7 --programme p --unit un_1", "GET", "/v1/schedule?days=7&programme=p&unit=un_1&limit=500", None),
    ("schedule explain un_1042", "GET", "/v1/schedule/explain?unit=un_1042", None),
    ("endpoint add --owner office --url http://127.0.0.1:1/ --format feishu", "POST", "/v1/endpoints",
     {"owner": "office", "url": "http://127.0.0.1:1/", "format": "feishu"}),
    ("endpoint list --owner recommender:北京", "GET", "/v1/endpoints?owner=recommender%3A%E5%8C%97%E4%BA%AC&limit=500", None),
    ("endpoint set ep_7 --url http://x/ --option concurrency=2 --option retry_s=5,60 --option timeout_s=", "PATCH", "/v1/endpoints/ep_7",
     {"url": "http://x/", "options": {"concurrency": "2", "retry_s": "5,60", "timeout_s": None}}),
    ("endpoint test ep_7", "POST", "/v1/endpoints/ep_7/test", None),
    ("endpoint rotate ep_7 --overlap 0 --signature ed25519", "POST", "/v1/endpoints/ep_7/rotate", {"overlap_s": "0", "signature": "ed25519"}),
    ("endpoint delete ep_7", "DELETE", "/v1/endpoints/ep_7", None),
    ("message list --unit un_1 --obligation ob_2 --endpoint ep_3 --state dead", "GET",
     "/v1/messages?unit=un_1&obligation=ob_2&endpoint=ep_3&state=dead&limit=500", None),
    ("delivery list --state held --endpoint ep_3 --unit un_1", "GET",
     "/v1/deliveries?state=held&endpoint=ep_3&unit=un_1&limit=500", None),
    ("delivery retry msg_a1", "POST", "/v1/deliveries/msg_a1/retry", None),
    ("delivery retry --state dead --unit un_7 --programme future-2023 --type obligation.overdue --created-from 2025-03-01", "POST",
     "/v1/deliveries/retry", {"state": "dead", "unit": "un_7", "programme": "future-2023", "type": "obligation.overdue",
                              "created_from": "2025-03-01"}),
    ("delivery retry --state held --endpoint ep_7 --dry-run", "POST", "/v1/deliveries/retry?dry_run=1",
     {"state": "held", "endpoint": "ep_7"}),
    ("clock advance 30d", "POST", "/v1/clock/advance", {"by": "30d"}),
    ("clock advance --to 2025-03-03T09:00:00+08:00 --jump", "POST", "/v1/clock/advance",
     {"to": "2025-03-03T09:00:00+08:00", "jump": True}),
    ("clock resume", "POST", "/v1/clock/accept", None),
    ("event tail --cursor s2 --type a.b --limit 1", "GET", "/v1/events?type=a.b&limit=1&cursor=s2", None),
    ("event tail", "GET", "/v1/events?last=10", None),
    ("event tail -n 3 --unit un_1", "GET", "/v1/events?unit=un_1&last=3", None),
    ("event tail --from 1", "GET", "/v1/events?limit=500&cursor=0", None),
    ("event tail --from 8 --limit 2", "GET", "/v1/events?limit=2&cursor=7", None),
    ("token add n --role admin --expires-on 2026-01-01", "POST", "/v1/tokens",
     {"name": "n", "role": "admin", "expires_on": "2026-01-01"}),
    ("token revoke tk_3", "POST", "/v1/tokens/tk_3/revoke", None),
    ("unit show a/b?c#d%00", "GET", "/v1/units/a%2Fb%3Fc%23d%2500", None),
    ("-o json unit list --limit 3", "GET", "/v1/units?limit=3", None),
    ("unit show -- -x", "GET", "/v1/units/-x", None),
]


@pytest.mark.parametrize("line,method,target,body", REQUESTS)
def test_request(fake, run, line, method, target, body):
    run(*line.split(" "), "--lang", "en") if " -- " not in line else run(*line.split(" "))
    request = fake.requests[0]
    assert (request.method, request.target) == (method, target)
    assert request.headers["accept-language"].startswith("en")
    if body is None:
        assert request.body == b"" and "content-type" not in request.headers
    else:
        assert request.json() == body and request.headers["content-type"] == "application/json"
    # A clock moved by a span keeps no answer under a key: that request goes out once, and without one.
    keyed = method in ("POST", "PATCH", "DELETE") and not (body and "by" in body)
    assert ("idempotency-key" in request.headers) == keyed


def test_report_content(fake, run, folder):
    content = {"percent": 40, "指标": [1.5, None, True], "text": "\u001b[2J"}
    file = folder / "report.json"
    file.write_text(json.dumps(content, ensure_ascii=True))
    assert run("report", "submit", "--obligation", "ob_98231", "--file", str(file), "--summary", "s").code == 0
    assert fake.requests[-1].json() == {"summary": "s", "content": content}
    assert run("report", "submit", "--obligation", "ob_98231", "--file", "-", stdin=b'{"a":1}').code == 0
    assert fake.requests[-1].json() == {"content": {"a": 1}}


def test_report_fields(fake, run, folder):
    """--field takes its type from the form, adds to a list, and goes before the file's."""
    file = folder / "report.json"
    file.write_text(json.dumps({"percent": 1, "a\"b": 2}))
    report = ["report", "submit", "--obligation", "ob_98231", "--file", str(file)]
    assert run(*report, "--field", "percent=40", "--field", "goals=甲=乙", "--field", "goals=丙", "--field", "x=7").code == 0
    assert fake.requests[-1].json() == {"content": {"a\"b": 2, "percent": 40, "goals": ["甲=乙", "丙"], "x": "7"}}
    # What is no number goes as it is: the server says what is wrong with it.
    assert run(*report, "--field", "percent=4O").code == 0 and fake.requests[-1].json()["content"]["percent"] == "4O"
    for words, says in ((["--field", "percent"], "is not FIELD=VALUE"), (["--field", "=1"], "is not FIELD=VALUE"),
                        (["--field", "percent=1", "--field", "percent=2"], "given twice")):
        sent = len([r for r in fake.requests if r.method == "POST"])
        result = run(*report, *words)
        assert result.code == 2 and says in result.err and len([r for r in fake.requests if r.method == "POST"]) == sent


def test_report_form_skeleton(fake, run):
    skeleton = run("report", "form", "--obligation", "ob_98231", "--skeleton")
    assert json.loads(skeleton.out) == {"percent": None, "goals": [""]}
    fake.on("GET", "/v1/obligations/ob_98231/form", Answer(200, {"obligation": "ob_98231", "rule": "r", "version": 1,
                                                                  "name": {"zh": "x", "en": "x"}, "form": None}))
    assert "any JSON object is taken" in run("report", "form", "--obligation", "ob_98231").out
    assert run("report", "form", "--obligation", "ob_98231", "--skeleton").out == "{}\n"


def test_mistakes_of_a_report_are_all_told(fake, run):
    fake.on("POST", "/v1/obligations/ob_98231/submissions", Answer(422, {
        "title": "Unprocessable Content", "status": 422, "detail": "first", "pointer": "/content/a",
        "errors": [{"pointer": "/content/a", "detail": "the first", "detail_zh": "第一"},
                   {"pointer": "/content/b\u001b[2J", "detail": "second"}], "error_count": 3}))
    result = run("report", "submit", "--obligation", "ob_98231")
    assert result.code == 2
    for words in ("/content/a: the first", "/content/b", ": second", "1 more"):
        assert words in result.err, result.err
    assert "\x1b" not in result.err and "第一" in run("--lang", "zh", "report", "submit", "--obligation", "ob_98231").err


@pytest.mark.parametrize("content,words", [
    (b"{", "is not JSON"), (b"[1]", "must hold one JSON object"), (b'{"a":1,"a":2}', "is not JSON"),
    (b'"' + b"x" * 70000 + b'"', "larger than the 65536 bytes"), (b"", "is not JSON"),
])
def test_report_content_is_checked_before_it_is_sent(fake, run, content, words):
    result = run("report", "submit", "--obligation", "ob_98231", "--file", "-", stdin=content)
    assert result.code == 2 and words in result.err and fake.requests == []


def test_secret_comes_from_a_file(fake, run, folder):
    (folder / "s").write_text("whsec_abc\n")
    assert run("endpoint", "add", "--owner", "office", "--url", "http://x/", "--secret-file", str(folder / "s")).code == 0
    assert fake.requests[-1].json()["secret"] == "whsec_abc"


def test_a_url_that_is_a_key_comes_from_a_file_or_standard_input(fake, run, folder):
    url = "https://oapi.dingtalk.com/robot/send?access_token=0123"
    (folder / "u").write_text(url + "\n")
    assert run("endpoint", "add", "--owner", "office", "--format", "dingtalk", "--url-file", str(folder / "u")).code == 0
    assert fake.requests[-1].json() == {"owner": "office", "format": "dingtalk", "url": url}
    assert run("endpoint", "set", "ep_7", "--url", "-", stdin=url.encode()).code == 0
    assert fake.requests[-1].json() == {"url": url}
    assert run("endpoint", "set", "ep_7", f"--url={url}", "--url", url + "4").code == 0
    assert fake.requests[-1].json() == {"url": url + "4"}
    (folder / "s").write_text("SEC01\n")
    assert run("endpoint", "rotate", "ep_7", "--secret-file", str(folder / "s")).code == 0
    assert fake.requests[-1].json() == {"secret": "SEC01"}
    count = len(fake.requests)
    for argv, words in [(["--url-file", str(folder / "none")], "No such file"), (["--url", "-"], "- holds no usable URL"), ([], "--url is required")]:
        result = run("endpoint", "add", "--owner", "office", *argv, stdin=b"two words")
        assert result.code == 2 and words in result.err and len(fake.requests) == count


# ---- imports ----

def test_import_streams_the_bytes(fake, run, folder):
    data = bytes(range(256)) * 8192  # 2 MiB that are no text: encoding is the server's to judge
    (folder / "list.csv").write_bytes(data)
    args = ["unit", "import", "--programme", "future-2023", "--reason", "原则上", "--dry-run"]
    result = run(*args, str(folder / "list.csv"))
    request = fake.requests[-1]
    assert result.code == 0 and request.body == data
    assert request.target == "/v1/programmes/future-2023/units?reason=%E5%8E%9F%E5%88%99%E4%B8%8A&dry_run=1"
    assert request.headers["content-type"] == "text/csv" and request.headers["content-length"] == str(len(data))
    run(*args, "-", stdin=data)
    assert fake.requests[-1].body == data and fake.requests[-1].headers["transfer-encoding"] == "chunked"


def test_import_problems_name_every_row(fake, run, folder):
    file = folder / "list.csv"
    file.write_text("x\n")
    errors = [{"line": n, "column": "项目名称", "rule": "required", "detail": f"empty {n}"} for n in range(2, 402)]
    fake.on("POST", "/v1/programmes/future-2023/units",
            problem(422, "Unprocessable", "402 rows are wrong", errors=errors, error_count=402))
    result = run("unit", "import", "--programme", "future-2023", str(file))
    assert result.code == 2 and result.out == ""
    lines = result.err.splitlines()
    assert lines[0] == "jiebangctl: Unprocessable: 402 rows are wrong"
    assert lines[1] == f"  {file}:2: 项目名称: empty 2 [required]"
    assert len(lines) == 402 and lines[-1] == "  and 2 more"


@pytest.mark.parametrize("make,words", [
    (lambda p: None, "No such file"), (lambda p: p.mkdir(), "Is a directory"), (lambda p: p.touch(), "is empty"),
])
def test_import_of_no_file(fake, run, folder, make, words):
    make(folder / "f")
    result = run("unit", "import", "--programme", "p", str(folder / "f"))
    assert result.code == 2 and words in result.err and fake.requests == []


def test_import_too_large_is_not_sent(fake, run, folder):
    with open(folder / "f", "wb") as file:
        file.truncate(256 * 1024 * 1024 + 1)
    result = run("unit", "import", "--programme", "p", str(folder / "f"))
    assert result.code == 2 and "larger than the 268435456 bytes" in result.err and fake.requests == []


def test_import_shows_progress_on_a_terminal_only(fake, folder):
    with open(folder / "f", "wb") as file:
        file.truncate(8 * 1024 * 1024)
    gate = threading.Event()

    def slow(request):  # answers when the bar was seen
        assert gate.wait(WAIT_S)
        return fake_daemon.canned(request)

    def seen(shown):
        if "the server is checking" in shown:
            gate.set()

    fake.on("POST", "/v1/programmes/future-2023/units", slow)
    args = ["unit", "import", "--programme", "future-2023", str(folder / "f")]
    code, shown = in_terminal(["--server", f"unix:{fake.path}", *args], seen=seen)
    assert code == 0 and "imported 2 units" in shown.split("\r\x1b[K")[-1]
    assert "\x1b" not in ctl("--server", f"unix:{fake.path}", *args).err


# ---- lists ----

def test_material_shows_progress_on_a_terminal_only(fake, folder):
    with open(folder / "f", "wb") as file:
        file.truncate(8 * 1024 * 1024)
    gate = threading.Event()
    upload = {"id": "up_x", "obligation": "ob_98231", "offset": 1024 * 1024, "material": None}

    def whole(request):  # answers when the bar was seen
        assert gate.wait(WAIT_S) and request.headers["upload-offset"] == "1048576" and len(request.body) == 7 * 1024 * 1024
        assert request.headers["content-type"] == "application/offset+octet-stream"
        return Answer(201, fake_daemon.MATERIAL)

    def seen(shown):
        if "the server is checking" in shown:
            gate.set()

    fake.on("POST", "/v1/obligations/ob_98231/materials", Answer(200, upload))
    fake.on("PATCH", "/v1/uploads/up_x", whole)
    args = ["material", "add", "--obligation", "ob_98231", "--item", "request", str(folder / "f")]
    code, shown = in_terminal(["--server", f"unix:{fake.path}", *args], seen=seen)
    assert code == 0 and "going on at byte 1048576 of 8388608" in shown and "ma_7" in shown.split("\r\x1b[K")[-1]
    assert "\x1b" not in ctl("--server", f"unix:{fake.path}", *args).err


@pytest.mark.parametrize("status,code", [(413, 2), (422, 2), (507, 1), (503, 1)])
def test_material_refused_on_the_way(fake, run, folder, status, code):
    (folder / "f").write_bytes(b"x")
    fake.on("POST", "/v1/obligations/ob_98231/materials", Answer(201, {"id": "up_x", "offset": 0, "material": None}))
    fake.on("PATCH", "/v1/uploads/up_x", problem(status, "Refused", "why it is"))
    result = run("material", "add", "--obligation", "ob_98231", "--item", "request", str(folder / "f"))
    assert result.code == code and "why it is" in result.err and [r.method for r in fake.requests] == ["POST", "PATCH"]


def test_material_gives_up_when_nothing_moves(fake, run, folder):
    """The server says 409 each time: a few tries, then what to do."""
    (folder / "f").write_bytes(b"x")
    fake.on("POST", "/v1/obligations/ob_98231/materials", Answer(201, {"id": "up_x", "offset": 0, "material": None}))
    fake.on("PATCH", "/v1/uploads/up_x", problem(409, "Conflict", "another request is at work"))
    result = run("material", "add", "--obligation", "ob_98231", "--item", "request", str(folder / "f"))
    assert result.code == 5 and "goes on where the upload stopped" in result.err
    assert [r.method for r in fake.requests].count("PATCH") == 5


def many(count):
    return [{**fake_daemon.UNIT, "id": f"un_{n}"} for n in range(1, count + 1)]


def test_all_pages_are_walked(fake, run):
    fake.on("GET", "/v1/units", lambda request: fake_daemon.page(many(1234), request.query))
    assert run("unit", "list", "-q").out.split() == [f"un_{n}" for n in range(1, 1235)]
    assert [request.query.get("cursor") for request in fake.requests] == [None, "c500", "c1000"]
    assert len(json.loads(run("unit", "list", "-o", "json").out)) == 1234
    assert len(run("unit", "list", "-o", "jsonl").out.splitlines()) == 1234
    assert len(list(csv.DictReader(io.StringIO(run("unit", "list", "-o", "csv").out)))) == 1234
    text = run("unit", "list").out.splitlines()
    assert len(text) == 1235 and sum("LEAD" in line for line in text) == 1


@pytest.mark.parametrize("limit,pages", [(1, ["1"]), (500, ["500"]), (501, ["500", "1"]), (1000, ["500", "500"])])
def test_limit(fake, run, limit, pages):
    fake.on("GET", "/v1/units", lambda request: fake_daemon.page(many(1234), request.query))
    assert len(run("unit", "list", "-q", "--limit", str(limit)).out.split()) == limit
    assert [request.query["limit"] for request in fake.requests] == pages


def test_a_page_is_shown_before_the_next_one_comes(fake):
    """The second page is held back until the first one was read from the pipe."""
    gate = threading.Event()

    def pages(request):
        if "cursor" in request.query:
            assert gate.wait(WAIT_S)
        return fake_daemon.page(many(600), request.query)

    fake.on("GET", "/v1/units", pages)
    with subprocess.Popen([JIEBANGCTL, "--server", f"unix:{fake.path}", "unit", "list", "-o", "jsonl"],
                          stdout=subprocess.PIPE, env=environment()) as process:
        first = [process.stdout.readline() for _ in range(500)]
        gate.set()
        assert json.loads(first[-1])["id"] == "un_500" and len(process.stdout.readlines()) == 100


def test_columns_stay_in_line_across_pages(fake, run):
    def pages(request):
        return fake_daemon.page(many(700), request.query)

    fake.on("GET", "/v1/units", pages)
    starts = {columns(line[:line.index("delivering")]) for line in run("unit", "list").out.splitlines()[1:]}
    assert len(starts) == 1


def test_a_list_that_does_not_move_on_ends(fake, run):
    fake.on("GET", "/v1/units", Answer(200, {"data": [fake_daemon.UNIT], "next": "same"}))
    result = run("unit", "list", "-q")
    assert result.code == 1 and "does not move on" in result.err and len(fake.requests) == 2


def test_a_broken_list_is_no_whole_json(fake, run):
    def pages(request):
        return problem(503, "Busy") if "cursor" in request.query else fake_daemon.page(many(600), request.query)

    fake.on("GET", "/v1/units", pages)
    result = run("unit", "list", "-o", "json")
    assert result.code == 1
    with pytest.raises(json.JSONDecodeError):
        json.loads(result.out)


@pytest.mark.parametrize("form,out", [("json", "[]\n"), ("jsonl", ""), ("text", "")])
def test_empty_list(fake, run, form, out):
    fake.on("GET", "/v1/units", Answer(200, {"data": [], "next": None}))
    result = run("unit", "list", "-o", form)
    assert (result.code, result.out) == (0, out)
    assert (result.err == "jiebangctl: nothing found\n") == (form == "text")
    assert run("unit", "list", "-o", "csv").out.startswith("id,lead,")


def test_no_header(run):
    assert run("unit", "list", "--no-header").out.startswith("un_1042")
    assert run("unit", "list", "-o", "csv", "--no-header").out.startswith("un_1042,")


def test_csv_is_safe_for_spreadsheets(run):
    rows = list(csv.DictReader(io.StringIO(run("unit", "list", "-o", "csv").out)))
    assert rows[1]["lead"].startswith("'=HYPERLINK(\"http://evil\"") and rows[1]["recommender"] == "'@上海"
    assert rows[2]["lead"] == "'-1+1 Ltd" and rows[2]["recommender"] == "'+86"
    assert rows[0]["overdue"] == "0" and rows[0]["next.due_on"] == "2025-03-03"


def test_numbers_in_csv_stay_numbers(fake, run):
    fake.on("GET", "/v1/units", Answer(200, {"data": [{"id": "un_1", "overdue": -3}], "next": None}))
    assert next(csv.DictReader(io.StringIO(run("unit", "list", "-o", "csv").out)))["overdue"] == "-3"


# ---- the terminal ----

HOSTILE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@pytest.mark.parametrize("form", ["text", "wide", "json", "jsonl", "csv"])
@pytest.mark.parametrize("args", [["unit", "list"], ["unit", "show", "un_7"], ["schedule", "explain", "un_7"],
                                  ["unit", "notices", "un_7"]])
def test_server_text_never_drives_the_terminal(fake, run, form, args):
    evil = "a\x1b]0;x\x07\u009b2J\u202eb\u2066c\x7fd\u2028e\tf\ng\U000e0041h"
    unit = {**fake_daemon.LATE, "lead": evil, "project": evil, "task_name": evil, "state": evil,
            "obligations": fake_daemon.OBLIGATIONS, "endpoints": [{**fake_daemon.ENDPOINT, "url": evil}]}
    fake.on("GET", "/v1/units", Answer(200, {"data": [unit], "next": None}))
    fake.on("GET", "/v1/units/un_7", Answer(200, unit))
    fake.on("GET", "/v1/schedule/explain", Answer(200, {**fake_daemon.EXPLAIN, "unit": unit}))
    fake.on("GET", "/v1/units/un_7/notices", Answer(200, {"data": [{**fake_daemon.NOTICE, "type": evil, "owner": evil, "reason": evil}], "next": None}))
    result = run(*args, "-o", form)
    assert result.code == 0 and "a" in result.out
    assert not HOSTILE.search(result.out) and "\U000e0041" not in result.out
    if form in ("json", "jsonl"):
        assert evil in json.dumps(json.loads(result.out.splitlines()[0] if form == "jsonl" else result.out),
                                  ensure_ascii=False).encode().decode("unicode_escape").encode("latin-1").decode() \
            or any(evil in str(value) for value in flat(result.out, form))


def flat(text, form):
    value = json.loads(text.splitlines()[0] if form == "jsonl" else text)
    stack, found = [value], []
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
        else:
            found.append(item)
    return found


def test_problems_are_cleaned_too(fake, run):
    fake.on("GET", "/v1/units/un_1", problem(409, "\x1b[31mno", "\u202edetail\n\x9b2J", rule="r\x07", hint="h\x1bh"))
    result = run("unit", "show", "un_1")
    assert result.code == 4 and not HOSTILE.search(result.err)
    assert result.err.count("\n") == 3  # the newline in it makes no line of its own


def test_export_is_raw_in_a_pipe_and_clean_on_a_terminal(fake, run):
    body = "programme,unit\nfuture-2023,\x1b[2Jun_1\n"
    fake.on("GET", "/v1/schedule/export", Answer(200, body, "text/csv"))
    assert run("schedule", "export").out == body
    code, shown = in_terminal(["--server", f"unix:{fake.path}", "schedule", "export"])
    assert code == 0 and "\x1b" not in shown and "\ufffd[2Jun_1" in shown
    assert run("schedule", "export", "-o", "json").code == 2


@pytest.mark.parametrize("locale", ["C", "POSIX", "zh_CN.GBK", "C.UTF-8"])
def test_widths_hold_in_every_locale(run, locale):
    """Chinese takes two columns, also when the locale says ASCII."""
    lines = run("unit", "list", "--lang", "zh", LC_ALL=locale).out.splitlines()
    starts = {columns(line[:line.index(word)]) for line, word in
              zip(lines, ["状态", "攻关中", "攻关中", "已入围"])}
    assert len(starts) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["unit-list", "obligation-list", "schedule-next", "message-list", "delivery-list",
                                  "endpoint-list", "event-tail", "audit-list", "task-list", "submission-list"])
def test_lists_fit_a_terminal(fake, name, lang):
    out = in_terminal(["--server", f"unix:{fake.path}", *VERBS[name], "--lang", lang, "--color", "never"],
                      stdout_only=True)[1]
    assert max(columns(line) for line in out.splitlines()) <= 80, out


LONG_UNIT = {
    **fake_daemon.UNIT, "lead": "示例" * 60, "project": "项目" * 60, "partners": ["联合" * 20] * 4, "task_name": "任务" * 50,
    "obligations": [{**fake_daemon.OBLIGATIONS[n % 6], "id": f"ob_{n}", "name": fake_daemon.name("汇报" * 30, "R" * 90)}
                    for n in range(60)],
    "endpoints": [{**fake_daemon.ENDPOINT, "id": f"ep_{n}", "url": "https://x/" + "y" * 200} for n in range(9)],
}
MANY_PROGRAMMES = {**fake_daemon.STATUS, "deliveries": dict.fromkeys(
    ["due", "sending", "delivered", "held", "dead", "cancelled", "superseded"], 123456),
                   "hold": {"reason": "jump of 40 days", "since": fake_daemon.NOW},
                   "programmes": [{**fake_daemon.STATUS["programmes"][0], "id": f"future-20{n}"} for n in range(10, 60)]}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("args", [["status"], ["unit", "show", "un_1042"], ["unit", "show", "un_8"]])
@pytest.mark.parametrize("full", [False, True])
def test_one_screen(fake, run, args, lang, full):
    if full:
        fake.on("GET", "/v1/units/un_1042", Answer(200, LONG_UNIT))
        fake.on("GET", "/v1/status", Answer(200, MANY_PROGRAMMES))
    for out in (run(*args, "--lang", lang).out,
                in_terminal(["--server", f"unix:{fake.path}", *args, "--lang", lang, "--color", "never"])[1]):
        lines = out.splitlines()
        assert 5 < len(lines) <= 25, out
        assert max(columns(line) for line in lines) <= 80, out


def test_unit_show_keeps_what_is_not_finished(fake, run):
    done = [{**fake_daemon.OBLIGATIONS[1], "id": f"ob_{n}"} for n in range(40)]
    waiting = [{**fake_daemon.OBLIGATIONS[2], "id": "ob_900"}]
    fake.on("GET", "/v1/units/un_1042", Answer(200, {**fake_daemon.UNIT, "obligations": done + waiting, "endpoints": []}))
    out = run("unit", "show", "un_1042").out
    assert "○  ob_900" in out and "more: jiebangctl obligation list --unit un_1042" in out


@pytest.mark.parametrize("state,words", [
    ("submitted", "reviewer: review it"), ("returned", "unit: correct it and file again"), ("open", "unit: file it"),
    ("scheduled", "unit: wait until it opens"), ("accepted", "nothing is owed"),
])
def test_whose_turn(fake, run, state, words):
    row = {**fake_daemon.OBLIGATIONS[2], "state": state}
    fake.on("GET", "/v1/units/un_1", Answer(200, {**fake_daemon.UNIT, "obligations": [row], "endpoints": []}))
    assert words in run("unit", "show", "un_1").out


@pytest.mark.parametrize("unit_state,state,words", [
    ("acceptance_requested", "returned", "unit: correct it and file again"),
    ("acceptance_requested", "scheduled", "programme office: assign an evaluator"),
    ("acceptance_requested", "submitted", "reviewer: review it"),
    ("under_evaluation", "accepted", "evaluator: evaluate"), ("pending_decision", "open", "programme office: decide"),
])
def test_whose_turn_by_the_units_state(fake, run, unit_state, state, words):
    row = {**fake_daemon.OBLIGATIONS[2], "state": state}
    unit = {**fake_daemon.UNIT, "state": unit_state, "obligations": [row], "endpoints": []}
    fake.on("GET", "/v1/units/un_1", Answer(200, unit))
    assert words in run("unit", "show", "un_1").out


def test_what_waits_for_somebody_comes_before_what_is_not_open(fake, run):
    rows = [{**fake_daemon.OBLIGATIONS[3], "id": "ob_1", "due_on": "2025-04-01"},
            {**fake_daemon.OBLIGATIONS[2], "id": "ob_2", "due_on": "2026-09-02", "state": "submitted"}]
    fake.on("GET", "/v1/units/un_1", Answer(200, {**fake_daemon.UNIT, "obligations": rows, "endpoints": []}))
    out = run("unit", "show", "un_1").out
    assert "next          Progress report ob_2" in out and "reviewer: review it" in out


def test_a_whole_list_is_asked_without_paging(fake, run):
    rows = [{"year": year, "holidays": 28, "workdays": 6} for year in range(2023, 2027)]
    fake.on("GET", "/v1/calendars", Answer(200, {"data": rows}))
    assert run("calendar", "list", "-q").out.split() == ["2023", "2024", "2025", "2026"]
    assert run("calendar", "list", "-q", "--limit", "1").out.split() == ["2023"]
    assert {request.target for request in fake.requests} == {"/v1/calendars"}
    fake.on("GET", "/v1/calendars", Answer(200, {}))
    assert run("calendar", "list").code == 1


@pytest.mark.parametrize("now,percent", [("2024-09-01", "0%"), ("2024-09-02", "0%"), ("2025-09-02", "50%"),
                                         ("2026-09-01", "99%"), ("2026-09-02", "100%"), ("2030-01-01", "100%")])
def test_window_bar(fake, run, now, percent):
    fake.on("GET", "/v1/clock", Answer(200, {**fake_daemon.CLOCK, "now": f"{now}T12:00:00+08:00"}))
    line = next(x for x in run("unit", "show", "un_1042").out.splitlines() if x.startswith("window"))
    assert f" {percent}  " in line
    assert line.count("▓") == int(percent[:-1]) * 20 // 100 and line.count("▓") + line.count("░") == 20


@pytest.mark.parametrize("now,en,zh", [
    ("2025-03-02T23:59:59+08:00", "in 1 day", "还有 1 天"), ("2025-03-03T00:00:00+08:00", "today", "今天"),
    ("2025-03-03T23:59:59+08:00", "today", "今天"), ("2025-03-03T16:00:00Z", "1 day ago", "1 天前"),
    ("2025-02-16T00:00:00+08:00", "in 15 days", "还有 15 天"),
])
def test_distance_counts_from_the_daemons_day(fake, run, now, en, zh):
    row = {**fake_daemon.OBLIGATIONS[2], "overdue": False}
    fake.on("GET", "/v1/clock", Answer(200, {**fake_daemon.CLOCK, "now": now}))
    fake.on("GET", "/v1/obligations", Answer(200, {"data": [row], "next": None}))
    for lang, words in (("en", en), ("zh", zh)):
        assert f"2025-03-03 · {words}" in run("obligation", "list", "--lang", lang).out


COLOUR = [
    (["--color", "always"], {}, False, True), (["--color", "always"], {"NO_COLOR": "1"}, False, True),
    (["--color", "never"], {}, True, False), ([], {}, True, True), ([], {"NO_COLOR": "1"}, True, False),
    ([], {"NO_COLOR": ""}, True, True), ([], {}, False, False), ([], {"TERM": "dumb"}, True, False),
]


@pytest.mark.parametrize("args,env,terminal,coloured", COLOUR)
def test_colour(fake, run, args, env, terminal, coloured):
    for command in (["obligation", "list"], ["status"], ["unit", "show", "un_1042"]):
        if terminal:
            out = in_terminal(["--server", f"unix:{fake.path}", *command, *args], stdout_only=True, **env)[1]
        else:
            out = run(*command, *args, **env).out
        assert ("\x1b[31m" in out) == coloured


LOCALES = [
    ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US"}, True), ({"LC_MESSAGES": "zh_TW", "LANG": "en"}, True),
    ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN"}, True), ({"LC_ALL": "C", "LANG": "zh_CN"}, False),
    ({"LANG": "fr_FR"}, False), ({}, False),
]


@pytest.mark.parametrize("env,chinese", LOCALES)
def test_language_by_locale(run, env, chinese):
    assert run("unit", "list", **env).out.startswith("单位编号" if chinese else "ID")
    assert run("unit", "list", "--lang", "en", **env).out.startswith("ID")
    assert ("没有命令" in run("nonsense", **env).err) == chinese


# ---- exit codes and problems ----

STATUSES = [
    (400, {}, 2), (413, {}, 2), (422, {}, 2), (404, {}, 3), (401, {}, 4), (403, {}, 4), (409, {"rule": "cap"}, 4),
    (409, {}, 6), (412, {}, 6), (405, {}, 1), (429, {}, 1), (500, {}, 1), (503, {}, 1), (507, {}, 1),
]


@pytest.mark.parametrize("status,more,code", STATUSES)
def test_status_to_exit_code(fake, run, status, more, code):
    fake.on("GET", "/v1/units/un_1", problem(status, "Title", "the detail", **more))
    result = run("unit", "show", "un_1")
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("jiebangctl: Title: the detail\n")


def test_problem_in_full(fake, run):
    fake.on("POST", "/v1/obligations/ob_1/return",
            problem(409, "Refused", "not submitted", pointer="/comment", rule="moves", clause="退回", hint="wait"))
    for lang, labels in (("en", ["where:  ", "rule:   ", "clause: ", "hint:   "]),
                         ("zh", ["位置：", "规则：", "条款：", "提示："])):
        result = run("obligation", "return", "ob_1", "--comment", "c", "--lang", lang)
        assert result.code == 4
        assert result.err.splitlines()[1:] == [f"  {label}{value}" for label, value in
                                               zip(labels, ["/comment", "moves", "退回", "wait"])]


def test_a_problem_in_the_persons_language(fake, run, folder):
    """What the daemon says in both languages is shown in one; what has no Chinese yet comes in English."""
    (folder / "f").write_text("x\n")
    fake.on("POST", "/v1/programmes/p/units",
            problem(422, "Bad", "two wrong", title_zh="有误", detail_zh="两处错误", hint="look", hint_zh="请看", error_count=2,
                    errors=[{"line": 2, "column": "任务", "rule": "task", "detail": "no task", "detail_zh": "没有任务"},
                            {"line": 3, "column": "任务", "rule": "task", "detail": "newer"}]))
    said = {lang: run("unit", "import", "--programme", "p", str(folder / "f"), "--lang", lang).err.replace(str(folder), "")
            for lang in ("en", "zh")}
    assert said["en"] == "jiebangctl: Bad: two wrong\n  hint:   look\n  /f:2: 任务: no task [task]\n  /f:3: 任务: newer [task]\n"
    assert said["zh"] == "jiebangctl: 有误：两处错误\n  提示：请看\n  /f:2：任务: 没有任务 [task]\n  /f:3：任务: newer [task]\n"


@pytest.mark.parametrize("answer", [Answer(502, "<html>\x1b[2J</html>", "text/html"), Answer(502), Answer(502, [1]),
                                    Answer(302, "", headers={"Location": "/v1/clock"})])
def test_errors_without_a_problem(fake, run, answer):
    fake.on("GET", "/v1/units/un_1", answer)
    result = run("unit", "show", "un_1")
    assert (result.code, result.out) == (1, "")
    assert result.err == f"jiebangctl: the server answered with HTTP status {answer.status}\n"


@pytest.mark.parametrize("raw", [
    b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":", b"HTTP/1.1 200 OK\r\n\r\nnot json",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":1}{}", b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\":\"\xff\"}"[:46],
])
def test_garbage(fake, run, raw):
    fake.on("GET", "/v1/units/un_1", raw)
    result = run("unit", "show", "un_1")
    assert result.code in (1, 5) and result.out == "" and "jiebangctl:" in result.err and not HOSTILE.search(result.err)


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": None}, []])
def test_a_list_without_data(fake, run, body):
    fake.on("GET", "/v1/units", Answer(200, json.dumps(body)))
    result = run("unit", "list")
    assert result.code == 1 and "no list" in result.err


ODD = [None, [], {}, "", 0, -1, True, 2**53, 1.5e300, "x" * 300, "2025-13-99", [[[]]], [None, 1, "a"], {"zh": 1, "en": []},
       {"name": {"name": {"name": 7}}}]


def bend(value, chance):
    """The same shape with some members of another type, as a newer or a broken daemon might send."""
    if chance.random() < 0.15:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: bend(member, chance) for key, member in value.items() if chance.random() > 0.05}
    if isinstance(value, list):
        return [bend(item, chance) for item in value]
    return value


@pytest.mark.parametrize("form", ["text", "wide", "json", "csv"])
@pytest.mark.parametrize("name", VERBS)
def test_bent_answers_never_break_the_client(fake, run, folder, name, form):
    chance = random.Random(f"{name} {form}")

    def bent(request):
        answer = fake_daemon.canned(request)
        body = bend(answer.body, chance)
        if isinstance(body, dict) and "next" in body and request.path != "/v1/events":
            body["next"] = None
        return Answer(answer.status, body)

    for rule in [*(("GET", path) for path in fake_daemon.OBJECTS), *(("POST", path) for path in fake_daemon.WRITES),
                 *(("GET", f"/v1/{noun}") for noun in fake_daemon.LISTS), ("GET", "/v1/events")]:
        fake.on(*rule, bent)
    file = folder / "list.csv"
    file.write_text("x\n")
    args = [str(file) if arg == "FILE" else arg for arg in VERBS[name]]
    result = run(*args, "-o", form, "--limit", "20", "--timeout", "20")
    assert result.code in range(7) and not re.search("Sanitizer|runtime error", result.err) and "broken:" not in result.err, result


def test_unreachable(folder):
    """It says which address was tried and what to look at, in the person's language."""
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(folder / "stale"))
    stale.close()  # as a daemon that was killed leaves it
    running, listening = ("systemctl status jiebangd", "systemctl status jiebangd"), ("listen in jiebangd.conf", "jiebangd.conf 的 listen")
    for server, (en, zh) in ((f"unix:{folder}/none", running), ("http://127.0.0.1:1", listening), (f"unix:{folder}/stale", running),
                             (f"unix:{folder}/{'x' * 200}", running)):
        result = ctl("--server", server, "status")
        assert (result.code, result.out) == (5, "") and f"cannot reach the daemon at {server}: " in result.err
        assert en in result.err, result
        result = ctl("--server", server, "status", "--lang", "zh")
        assert result.code == 5 and f"无法连接 {server} 上的服务" in result.err and zh in result.err
    assert "连接被拒绝" in ctl("--server", f"unix:{folder}/stale", "status", "--lang", "zh").err


def test_a_socket_that_is_not_for_us(folder):
    """Only root may look into the folder: the daemon's socket is there, and not for this user."""
    program, closed = folder / "jiebangctl", folder / "closed"
    shutil.copy(JIEBANGCTL, program)  # where it was built may be closed to others as well
    folder.chmod(0o755)
    closed.mkdir(0o700)
    argv = ["setpriv", "--reuid", "65534", "--clear-groups", "--", program, "--server", f"unix:{closed}/d.sock", "status"]
    done = subprocess.run(argv, capture_output=True, timeout=WAIT_S, env=environment())
    assert done.returncode == 5 and b"try sudo" in done.stderr, done


def test_who_has_no_token_is_told_how_to_give_one(fake, run):
    fake.on("GET", "/v1/status", problem(401, "Unauthorized", "a token is wanted"))
    assert "--token-file FILE or JIEBANG_TOKEN" in run("status").err
    assert "--token-file" in run("status", "--lang", "zh").err
    assert "--token-file" not in run("status", JIEBANG_TOKEN="jb_wrong").err
    assert run("status").code == 4


@pytest.mark.parametrize("args, member, secret", [
    (VERBS["endpoint-add"], "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), (VERBS["token-add"], "token", "jbt_secret")])
def test_quiet_gives_what_is_shown_only_once(fake, run, args, member, secret):
    result = run(*args, "-q")
    assert (result.code, result.out, result.err) == (0, secret + "\n", "")
    # The same write under its key again: the secret is not kept, and a script must not take nothing for it.
    path = fake.requests[-1].path
    fake.on("POST", path, Answer(201, {**fake_daemon.WRITES[path].body, member: None}))
    result = run(*args, "-q")
    assert (result.code, result.out) == (1, "") and "not shown again" in result.err
    result = run(*args)
    assert result.code == 0 and "not shown again" in result.err and "keep the" not in result.err


def test_one_is_no_plural(fake, run, folder):
    (folder / "f").write_text("x\n")
    fake.on("POST", "/v1/programmes/p/units", Answer(200, {"imported": 1, "dry_run": False, "units_total": 9, "warnings": []}))
    assert run("unit", "import", "--programme", "p", str(folder / "f")).out == "imported 1 unit into p, which now has 9\n"


def test_an_empty_schedule_says_why(fake, run):
    fake.on("GET", "/v1/schedule", Answer(200, {"data": [], "next": None}))
    assert "--days looks further" in run("schedule", "next").err and "须先公布" in run("schedule", "next", "--lang", "zh").err
    assert run("schedule", "next", "-o", "json").out == "[]\n"


STEPS = {"before-30": "截止前 30 天", "due": "截止当日", "after-3": "逾期 3 天", "repeat-2": "第 2 次催办", "open": "开放",
         "recommender+3w": "逾期 3 个工作日报推荐单位", "office+7w": "逾期 7 个工作日报项目办", "before-": "before-",
         "after-x": "after-x", "review-office+2w": "审核逾期 2 个工作日报项目办", "something new": "something new"}
REASONS = {"no_endpoint": "没有接收端", "status 503": "状态码 503", "egress: loopback address": "不允许访问：回环地址",
           "timeout: no complete answer": "应答超时", "something new": "something new"}


def test_steps_and_reasons_in_both_languages(fake, run):
    rows = [{"step": step, "revision": 1, "at": fake_daemon.NOW, "outcome": "suppressed", "reason": reason}
            for step, reason in zip(STEPS, [*REASONS] * 3)]
    fake.on("GET", "/v1/obligations/ob_1", Answer(200, {**fake_daemon.OBJECTS["/v1/obligations/ob_98231"], "occasions": rows}))
    english, chinese = run("obligation", "show", "ob_1").out, run("obligation", "show", "ob_1", "--lang", "zh").out
    for en, zh in [*STEPS.items(), *REASONS.items()]:
        assert en in english and zh in chinese, (en, zh, chinese)


def test_closed_connection_is_tried_once_more_with_the_same_key(fake, run):
    seen = []

    def once(request):
        seen.append(request.headers["idempotency-key"])
        return b"" if len(seen) == 1 else fake_daemon.canned(request)

    fake.on("POST", "/v1/clock/accept", once)
    assert run("clock", "accept").code == 0
    assert len(seen) == 2 and seen[0] == seen[1] and re.fullmatch("[a-z2-7]{26}", seen[0])


def test_upload_is_repeated_whole(fake, run, folder):
    seen = []

    def once(request):
        seen.append((request.headers["idempotency-key"], len(request.body)))
        return b"" if len(seen) == 1 else fake_daemon.canned(request)

    fake.on("POST", "/v1/programmes/future-2023/units", once)
    (folder / "f").write_bytes(b"x" * 300000)
    assert run("unit", "import", "--programme", "future-2023", str(folder / "f")).code == 0
    assert len(set(seen)) == 1 and len(seen) == 2 and seen[0][1] == 300000
    seen.clear()
    result = run("unit", "import", "--programme", "future-2023", "-", stdin=b"x" * 300000)
    assert result.code == 5 and len(seen) == 1  # a pipe can't be read twice


def test_unknown_outcome_names_the_key(fake, run):
    fake.on("POST", "/v1/clock/accept", b"")
    result = run("clock", "accept")
    assert result.code == 5 and len(fake.requests) == 2
    key = fake.requests[0].headers["idempotency-key"]
    assert f"--idempotency-key {key}" in result.err
    del fake.rules["POST", "/v1/clock/accept"]
    assert run("clock", "accept", "--idempotency-key", key).code == 0
    writes = [request for request in fake.requests if request.method == "POST"]
    assert writes[-1].headers["idempotency-key"] == key


def test_reads_say_nothing_about_changes(fake, run):
    fake.on("GET", "/v1/status", b"")
    result = run("status")
    assert result.code == 5 and "idempotency" not in result.err and "broke off" in result.err


def test_a_new_key_for_every_write(fake, run):
    run("delivery", "retry", "msg_a1", "msg_a1", "msg_a1")
    assert len({request.headers["idempotency-key"] for request in fake.requests if request.method == "POST"}) == 3


def test_timeout(fake, run):
    gate = threading.Event()
    fake.on("GET", "/v1/status", lambda request: gate.wait(WAIT_S) and b"")
    result = run("status", "--timeout", "1")
    gate.set()
    assert result.code == 5 and "no complete answer" in result.err


def test_retry_goes_on_after_a_refusal(run):
    result = run("delivery", "retry", "msg_zz", "msg_a1", "-q")
    assert (result.code, result.out) == (3, "msg_a1\n")


def test_audit_that_is_broken(fake, run):
    fake.on("GET", "/v1/audit/verify", Answer(200, {"ok": False, "entries": 9, "first_bad": 4}))
    result = run("audit", "verify")
    assert result.code == 1 and "broken at entry 4" in result.err
    fake.on("GET", "/v1/audit/verify", Answer(200, {"entries": 9}))
    assert run("audit", "verify").code == 1


# ---- output that can't be written ----

def test_full_disk(fake, folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([JIEBANGCTL, "--server", f"unix:{fake.path}", "unit", "list"], stdout=full,
                              stderr=subprocess.PIPE, env=environment(), timeout=WAIT_S)
    assert done.returncode == 1 and b"cannot write the output: No space left" in done.stderr


def test_closed_pipe_is_quiet_and_ends_the_walk(fake):
    fake.on("GET", "/v1/units", lambda request: fake_daemon.page(many(100000), request.query))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([JIEBANGCTL, "--server", f"unix:{fake.path}", "unit", "list", "-o", "jsonl"], stdout=writer,
                          stderr=subprocess.PIPE, env=environment(), timeout=WAIT_S)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"") and len(fake.requests) == 1


def test_closed_stdout_is_noticed(fake):
    """The socket must not get the number 1, or results would go to the daemon."""
    done = subprocess.run(["/bin/sh", "-c", f"exec '{JIEBANGCTL}' --server unix:{fake.path} status >&-"],
                          stderr=subprocess.PIPE, env=environment(), timeout=WAIT_S)
    assert done.returncode == 1 and b"cannot write the output" in done.stderr


# ---- server and token ----

def test_tcp_and_environment(fake):
    assert ctl("status", JIEBANG_SERVER=fake.url).code == 0
    assert ctl("status", JIEBANG_SERVER=fake.url + "/").code == 0
    assert ctl("--server", f"unix:{fake.path}", "status", JIEBANG_SERVER="http://127.0.0.1:1").code == 0


def test_proxies_are_not_used(fake):
    assert ctl("--server", fake.url, "status", http_proxy="http://127.0.0.1:1", all_proxy="http://127.0.0.1:1").code == 0


@pytest.mark.parametrize("server", ["", "unix:", "ftp://x", "http://", "http://a/b", "http://u:p@h", "localhost:80"])
def test_bad_server(server):
    result = ctl("--server", server, "status")
    assert result.code == 2 and "--server" in result.err


def test_token(fake, run, folder):
    file = folder / "token"
    file.write_text("  from-file\n")
    file.chmod(0o600)
    run("status", JIEBANG_TOKEN="from-env")
    assert fake.requests[-1].headers["authorization"] == "Bearer from-env"
    result = run("status", "--token-file", str(file), JIEBANG_TOKEN="from-env")
    assert fake.requests[-1].headers["authorization"] == "Bearer from-file" and result.err == ""
    file.chmod(0o644)
    assert "others can read" in run("status", "--token-file", str(file)).err
    run("status")
    assert "authorization" not in fake.requests[-1].headers


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"line\nline", "令牌".encode()])
def test_unusable_token(fake, run, folder, content):
    (folder / "token").write_bytes(content)
    assert run("status", "--token-file", str(folder / "token")).code == 2
    assert run("status", "--token-file", str(folder / "none")).code == 2
    assert fake.requests == []


def test_token_in_the_clear_is_told():
    result = ctl("--server", "http://jiebang.invalid", "--timeout", "5", "status", JIEBANG_TOKEN="t")
    assert "unencrypted" in result.err and result.code == 5
    assert "unencrypted" not in ctl("--server", "http://127.0.0.1:1", "status", JIEBANG_TOKEN="t").err


# ---- usage ----

USAGE = [
    ("", "usage:"), ("unt", 'did you mean "unit"?'), ("unit", "wants a verb: list, show, risk, notices, import"),
    ("unit lst", 'did you mean "list"?'), ("unit list --programe x", 'did you mean "--programme"?'),
    ("unit list --programme", "wants a value: PROGRAMME"), ("unit list extra", 'unexpected argument "extra"'),
    ("unit show", "argument UNIT is missing"), ("unit show a b", 'unexpected argument "b"'),
    ("unit show ''", "is empty"), ("unit import f", "--programme is required"),
    ("unit list --state flying", "is not one of applied, recommended"), ("unit list -o xml", "is not one of text"),
    ("unit list --limit 0", "from 1 to 100000"), ("unit list --limit -1", "from 1 to 100000"),
    ("unit list --overdue", "unknown option --overdue"), ("obligation list --overdue=1", "takes no value"),
    ("obligation list --due-before 2025-02-30", "is not a date"), ("programme publish p --date tomorrow", "is not a date"),
    ("programme publish p", "--date is required"), ("obligation return ob_1", "--comment is required"),
    ("clock advance", "either DURATION or --to"), ("clock advance 30", "is not a duration"),
    ("clock advance 30d --to 2025-01-01", "exclude each other"), ("clock advance --to noon", "is not an instant"),
    ("delivery retry", "either DELIVERY… or --state"), ("delivery retry msg_1 --state dead", "exclude each other"),
    ("delivery retry msg_1 --dry-run", "exclude each other"), ("delivery retry --state due", "one of held, dead"),
    ("status --idempotency-key a/b", "a key of 1 to 64"), ("--frobnicate", "unknown option --frobnicate"),
    ("-x", "unknown option -x"), ("completion fish", "is not one of bash, zsh"), ("status --timeout soon", "duration"),
    ("clock accept --watch 5", "--watch is for reads"), ("event tail --watch 5s", "--watch is for reads"),
    ("event tail --from 3 --cursor s3", "--from and --cursor exclude each other"),
    ("event tail --lines 3 --from 3", "--lines and --from exclude each other"), ("event tail --lines 0", "from 1 to 100000"),
    ("status --watch 0", "is not a duration"), ("help nonsense", "no command"), ("help unit fly", "has no verb"),
]


@pytest.mark.parametrize("line,words", USAGE)
def test_usage(fake, run, line, words):
    result = run(*[word.strip("'") for word in line.split(" ") if word])
    assert (result.code, result.out) == (2, "")
    assert words in result.err and fake.requests == []


def test_bad_utf8_argument(fake):
    done = subprocess.run([JIEBANGCTL, "--server", f"unix:{fake.path}", "unit", "show", b"\xff\x1b[2J"],
                          capture_output=True, env=environment(), timeout=WAIT_S)
    assert done.returncode == 2 and b"\x1b" not in done.stderr and b"\xff" not in done.stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_for_everything(run, lang):
    overview = run("help", "--lang", lang)
    assert overview.code == 0 and overview.err == ""
    for name, args in VERBS.items():
        noun, verb = (args[0], args[1]) if len(args) > 1 else (args[0], None)
        assert noun in overview.out
        shown = run("help", *args[:2], "--lang", lang)
        assert shown.code == 0 and f"jiebangctl {' '.join(args[:2])}" in shown.out and "/v1/" in shown.out
        assert run(*args[:2], "--help", "--lang", lang).out == shown.out
        assert not verb or verb in run("help", noun, "--lang", lang).out


def test_version(run):
    assert re.fullmatch(r"jiebangctl \d+\.\d+\.\d+\n", run("version").out)
    assert run("--version").out == run("version").out == run("unit", "list", "--version").out


def test_every_text_is_in_both_languages():
    for file in (ROOT / "client").glob("*.c"):
        for en, zh in re.findall(r'\{ "([^"]*)",\s*"([^"]*)" \}', file.read_text()):
            if en and re.search(r"[一-鿿]", zh):
                assert not re.search(r"[\u3000-\u303f]", en), en
    say = (ROOT / "client" / "say.c").read_text()
    rows = re.findall(r"\[TEXT_\w+\] =\s*\{(.*?)\},?\n\t?(?=\[|\};|\})", say, re.S)
    for row in rows:
        english, chinese = re.fullmatch(r'\s*((?:"(?:\\.|[^"])*"\s*)+),\s*((?:"(?:\\.|[^"])*"\s*)+)', row).groups()
        assert re.search(r"[一-鿿：]", chinese) and not re.search(r"[一-鿿：]", english)
        assert sorted(re.findall("%[1-6]", english)) == sorted(re.findall("%[1-6]", chinese))
    assert len(rows) > 60


# ---- events ----

def test_tail_goes_on_from_a_cursor(fake, run):
    result = run("event", "tail", "-q")
    assert result.out.split() == ["1", "2", "3", "4", "5"] and fake.requests[-1].query["cursor"] == "s5"
    assert run("event", "tail", "-q", "--cursor", "s3").out.split() == ["4", "5"]
    # The last ones, as tail(1) has it; from one on; from the beginning.
    assert run("event", "tail", "-q", "--lines", "2").out.split() == ["4", "5"]
    assert run("event", "tail", "-q", "--limit", "2").out.split() == ["4", "5"]
    assert run("event", "tail", "-q", "--from", "4").out.split() == ["4", "5"]
    assert run("event", "tail", "-q", "--from", "1", "--limit", "2").out.split() == ["1", "2"]
    assert "--cursor s5" in run("event", "tail").err


def sse(*rows, more=""):
    """Events as a stream sends them; `more` is what stands behind the last whole one."""
    return Answer(200, "".join(f"id: {row['seq']}\ndata: {json.dumps(row)}\n\n" for row in rows) + more, "text/event-stream")


def follow(fake, *args, n):
    """The first n lines of a tail that follows, and what it said until it was ended."""
    with subprocess.Popen([JIEBANGCTL, "--server", f"unix:{fake.path}", "event", "tail", "--follow", *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        lines = [process.stdout.readline().decode().strip() for _ in range(n)]
        process.send_signal(signal.SIGTERM)
        return lines, process.stderr.read().decode()


def test_follow_survives_a_restart(fake):
    """The stream breaks inside an event, ends properly, is not there and has no room: every event comes once."""
    rows = [{**fake_daemon.EVENTS[0], "seq": n} for n in range(1, 10)]
    turns, asked, ready = iter([
        sse(*rows[:3], more='id: 4\ndata: {"seq": 4, "at'), b"", b"", sse(more="retry: 2000\nid: 3\n\n"),
        sse(*rows[3:5], more=":\nid: 7\n\n: what is not whole\nid: 9"), problem(503, "Busy", "later"), sse(*rows[7:9])]), [], threading.Event()

    def stream(request):
        asked.append(request.query)
        turn = next(turns, None)
        if turn is None:
            ready.wait(WAIT_S)
        return turn if turn is not None else sse()

    fake.on("GET", "/v1/events/stream", stream)
    lines, err = follow(fake, "-q", "--type", "a.b", n=7)
    ready.set()
    assert [int(line) for line in lines] == [1, 2, 3, 4, 5, 8, 9]
    assert [query.get("cursor") for query in asked[:7]] == [None, "3", "3", "3", "3", "7", "7"]
    assert asked[0]["last"] == "10" and all(query["type"] == "a.b" for query in asked)
    assert err.count("trying again") == err.count("connected again") + 1 or err.count("trying again") == err.count("connected again")
    assert 3 <= err.count("connected again") <= 4


@pytest.mark.parametrize("answer,code,said", [
    (problem(400, "Bad", "cursor is beyond the end"), 2, "beyond the end"), (problem(403, "No", "not you"), 4, "not you"),
    (problem(503, "Busy", "too many"), 1, "too many"), (sse(more="data: {\n\n"), 1, "no stream of events"),
    (sse(more="x" * 1100000), 1, "no stream of events"),
])
def test_follow_is_refused(fake, run, answer, code, said):
    fake.on("GET", "/v1/events/stream", answer)
    result = run("event", "tail", "--follow", "--cursor", "3")
    assert said in result.err and fake.requests[-1].query["cursor"] == "3", result
    assert result.code == code


def test_the_answer_to_a_test_is_not_waited_for_without_end(fake, run):
    fake.on("GET", "/v1/deliveries/msg_test", Answer(200, {"id": "msg_test", "state": "sending", "attempt_list": []}))
    result = run("endpoint", "test", "ep_7", "--timeout", "1s")
    assert result.code == 1 and "delivery show msg_test" in result.err and result.out == ""


def test_follow_ends_with_its_limit(fake, run):
    fake.on("GET", "/v1/events/stream", sse(*[{**fake_daemon.EVENTS[0], "seq": n} for n in range(1, 10)]))
    assert run("event", "tail", "--follow", "-q", "--from", "1", "--limit", "4").out.split() == ["1", "2", "3", "4"]
    assert fake.requests[-1].query == {"cursor": "0"}


def test_watch_shows_what_has_changed(fake):
    """The second look sees another day, and a terminal is cleared before it."""
    days = iter(["2025-02-16", "2025-02-17", "2025-02-18"])
    fake.on("GET", "/v1/obligations", Answer(200, {"data": [fake_daemon.OBLIGATIONS[2]], "next": None}))
    fake.on("GET", "/v1/clock", lambda request: Answer(200, {**fake_daemon.CLOCK,
                                                             "now": f"{next(days, '2025-03-01')}T09:00:00+08:00"}))
    with subprocess.Popen([JIEBANGCTL, "--server", f"unix:{fake.path}", "obligation", "list", "--watch", "1", "--no-header"],
                          stdout=subprocess.PIPE, env=environment()) as process:
        lines = [process.stdout.readline().decode() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
    assert "in 15 days" in lines[0] and "in 14 days" in lines[1]


def test_follow_of_a_daemon_that_is_not_there(folder):
    assert ctl("--server", f"unix:{folder}/none", "event", "tail", "--follow").code == 5


# ---- completion and the man page ----

COMPLETIONS = [
    (["un"], ["unit"]), (["unit", ""], ["list", "show", "risk", "notices", "import", "changes", "extend", "window", "lead", "partner",
                      "contact", "content", "withdraw", "terminate", "revoke", "move"]), (["unit", "s"], ["show"]),
    (["unit", "show", ""], ["un_1042", "un_7", "un_8"]), (["unit", "show", "un_1"], ["un_1042"]),
    (["delivery", "retry", "msg_a1", "msg_"], ["msg_a1"]), (["unit", "list", "--programme", ""], ["future-2023"]),
    (["unit", "list", "--prog"], ["--programme"]), (["unit", "list", "-o", "j"], ["json", "jsonl"]),
    (["endpoint", "add", "--owner", "unit:un_7"], ["unit:un_7"]), (["endpoint", "add", "--format", "d"], ["dingtalk"]),
    (["unit", "import", ""], ["<file>"]), (["report", "submit", "--obligation", "ob_11"], ["ob_11"]),
    (["nonsense", ""], []), (["status", ""], []), (["completion", ""], ["bash", "zsh", "mdoc"]), (["__"], []),
]


@pytest.mark.parametrize("words,offered", COMPLETIONS)
def test_complete(run, words, offered):
    result = run("__complete", "--", *words)
    assert (result.code, result.out.splitlines(), result.err) == (0, offered, "")


def test_complete_without_a_daemon(folder):
    result = ctl("__complete", "--", "--server", f"unix:{folder}/none", "unit", "show", "")
    assert (result.code, result.out) == (0, "")


def bash_complete(line, path):
    """What bash itself puts into COMPREPLY."""
    script = f"""PATH={Path(JIEBANGCTL).parent}:$PATH
source <(jiebangctl completion bash)
COMP_WORDS=({line}) COMP_CWORD=$(({len(line.split())} - 1))
[ "${{COMP_LINE:=x}}" ] && _jiebangctl && printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, timeout=WAIT_S,
                          env=environment(JIEBANG_SERVER=f"unix:{path}"))
    return done.stdout.decode().split(), done.stderr.decode()


def test_bash_script_works_in_bash(fake):
    assert bash_complete("jiebangctl unit show un_", fake.path) == (["un_1042", "un_7", "un_8"], "")
    assert bash_complete("jiebangctl prog", fake.path) == (["programme"], "")
    assert bash_complete(f"jiebangctl --server unix:{fake.path} task l", "none") == (["list"], "")


@pytest.mark.parametrize("shell,file", [("bash", "jiebangctl.bash"), ("zsh", "_jiebangctl")])
def test_completion_files_are_current(run, shell, file):
    out = run("completion", shell).out
    assert out == (ROOT / "client" / "completion" / file).read_text()
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=out.encode(), check=True, timeout=WAIT_S)


def test_man_page_is_current_and_clean(run):
    page = (ROOT / "client" / "jiebangctl.1").read_text()
    begin, end = '.\\" BEGIN generated\n', '.\\" END generated\n'
    assert page[page.index(begin) + len(begin):page.index(end)] == run("completion", "mdoc").out
    lint = subprocess.run(["mandoc", "-T", "lint", str(ROOT / "client" / "jiebangctl.1")], capture_output=True, text=True,
                          timeout=WAIT_S)
    # The daemon's pages are not installed where the tests run; everything else counts.
    rest = [line for line in lint.stdout.splitlines() if "referenced manual not found: Xr jiebangd" not in line]
    assert rest == []


def test_layout_of_the_client():
    """One library, one file."""
    for library, home in (("curl/curl.h", "call.c"), ("libsmartcols.h", "write_table.c")):
        users = [file.name for file in (ROOT / "client").glob("*.[ch]") if library in file.read_text()]
        assert users == [home]


# ---- the weekly report ----

def test_the_only_published_programme_need_not_be_named(fake, run):
    assert run("report", "weekly", "--recommender", "北京").code == 0
    assert [r.target for r in fake.requests] == [
        "/v1/programmes?limit=500", "/v1/reports/weekly?recommender=%E5%8C%97%E4%BA%AC&programme=future-2023"]


@pytest.mark.parametrize("ids,says", [([], "no programme is published"), (["a", "b"], "name one: a, b")])
def test_which_programme_is_asked_back(fake, run, ids, says):
    rows = [{"id": id_, "published_on": "2024-09-02"} for id_ in ids] + [{"id": "future-2025", "published_on": None}]
    fake.on("GET", "/v1/programmes", fake_daemon.Answer(200, {"data": rows, "next": None}))
    asked = run("report", "weekly", "--lang", "en")
    assert (asked.code, asked.out) == (2, "") and says in asked.err
    assert len(fake.requests) == 1


def test_a_shorter_report_still_counts_the_rest(run):
    shown = run("report", "weekly", "future-2023", "--limit", "1", "--lang", "en").out
    assert "ob_98231" in shown and "ob_11" not in shown and "7 more" in shown
