"""Chat robots from outside (D15): what they get, when they are asked, what their codes lead to; their keys nowhere."""
import json
import re
import socket
import sqlite3
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from harness import JIEBANGCTL, ROOT, WAIT_S, clean_env, until
from robots import KINDS, Robots, text_of

MORNING = "2024-09-02T10:05:00+08:00"
SECRETS = {"dingtalk": "SEC" + "0123456789abcdef" * 4, "feishu": "jiebang-test-secret"}


@pytest.fixture
def robots():
    fake = Robots()
    yield fake
    fake.close()


@pytest.fixture
def published(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    daemon.post("/v1/clock/advance", {"to": MORNING})
    return daemon


def add(daemon, robot, owner="office", options=None, **more):
    body = {"owner": owner, "url": robot.url, "format": robot.kind, "options": options or {}, **more}
    if robot.secret:
        body["secret"] = robot.secret
    return daemon.post("/v1/endpoints", body)


def send_test(daemon, made):
    return daemon.post(f"/v1/endpoints/{made['id']}/test", {})["id"]


def delivery(daemon, message):
    return daemon.get(f"/v1/deliveries/{message}")


def ended(daemon, message, state):
    def seen():
        got = delivery(daemon, message)
        return got if got["state"] == state else None
    return until(f"{message} {state}", seen)


def advance(daemon, by):
    daemon.post("/v1/clock/advance", {"by": by})


def attempts_of(daemon, made):
    """The instants of all its attempts, by the daemon's clock."""
    rows = daemon.get(f"/v1/deliveries?endpoint={made['id']}&limit=500")["data"]
    at = [a["started_at"] for row in rows for a in delivery(daemon, row["id"])["attempt_list"]]
    return sorted(datetime.fromisoformat(instant) for instant in at)


def most_in_a_minute(instants):
    return max(sum(1 for other in instants if 0 <= (other - first).total_seconds() <= 60) for first in instants)


# ---- what they get ----

def test_each_kind_is_told_and_signed_as_it_wants(published, robots):
    for kind in KINDS:
        for secret in {None, SECRETS.get(kind)}:
            robot = robots.add(kind, secret=secret)
            made = add(published, robot)
            assert made["format"] == kind and "secret" not in made
            assert made["signature"] == ("word" if secret else "none")
            message = send_test(published, made)
            frozen = json.loads(ended(published, message, "delivered")["body"])
            (got,) = robot.accepted
            assert "测试" in text_of(got)
            assert {k: v for k, v in got.items() if k not in ("timestamp", "sign")} == frozen
    refused = published.request("POST", "/v1/endpoints", {"owner": "office", "url": robots.add("wecom").url, "format": "wecom", "secret": "x"})
    assert refused.status == 422 and refused.json()["pointer"] == "/secret" and "没有密钥" in refused.json()["detail_zh"]


def test_a_secret_that_is_replaced_signs_alone_and_at_once(published, robots):
    robot = robots.add("dingtalk", secret=SECRETS["dingtalk"])
    made = add(published, robot)
    robot.secret = "SEC" + "f" * 64
    rotated = published.post(f"/v1/endpoints/{made['id']}/rotate", {"secret": robot.secret})
    assert "secret" not in rotated
    ended(published, send_test(published, made), "delivered")


def test_options_of_a_group(published, robots):
    cases = [
        ("wecom", {"keyword": "揭榜通知", "mentions": "zhang,li"}, ["【揭榜通知】", "<@zhang><@li>"]),
        ("wecom", {"mentions": "all,13800001111"}, ['"mentioned_list": ["@all"], "mentioned_mobile_list": ["13800001111"]']),
        ("dingtalk", {"keyword": "揭榜通知", "mentions": "13800001111"}, ["【揭榜通知】", '"atMobiles": ["13800001111"]', "@13800001111"]),
        ("feishu", {"keyword": "揭榜通知", "mentions": "all"}, ["【揭榜通知】", '<at user_id=\\"all\\">']),
        ("feishu", {"language": "en"}, ["this is a test"]),
        ("dingtalk", {"plain_text": True}, ['"msgtype": "text"']),
    ]
    for kind, options, says in cases:
        robot = robots.add(kind, keyword=options.get("keyword"))
        made = add(published, robot, options=options)
        listed = {k: v.split(",") if k == "mentions" else v for k, v in options.items()}
        assert made["options"] == listed
        ended(published, send_test(published, made), "delivered")
        said = json.dumps(robot.accepted, ensure_ascii=False)
        assert all(words in said for words in says), said


def test_a_reminder_says_what_a_standard_endpoint_reads(published, robots, receiver):
    robot = robots.add("wecom")
    add(published, robot, owner="unit:un_1")
    published.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url()})
    published.post("/v1/clock/advance", {"to": "2025-01-02T09:05:00+08:00"})
    (got,) = receiver.wait(1)
    robots.wait_asked(robot, 1)
    assert robot.texts == [got.json()["data"]["text"]["zh"]]


# ---- codes ----

def test_a_refusal_in_a_200_is_a_failure(published, robots, receiver):
    """(what it says, the message's end, why, the endpoint's state); a code that nobody knows is no success."""
    cases = [
        ("wecom", 93000, "held", "disowned", "disabled"), ("dingtalk", 310000, "held", "disowned", "disabled"),
        ("feishu", 19021, "held", "disowned", "disabled"), ("dingtalk", 460101, "dead", "rejected", "enabled"),
        ("feishu", 9499, "dead", "rejected", "enabled"), ("wecom", 777, "dead", "test", "enabled"),
    ]
    for kind, code, state, reason, endpoint in cases:
        robot = robots.add(kind, says=[code])
        made = add(published, robot)
        got = ended(published, send_test(published, made), state)
        assert got["reason"] == reason and got["last_reason"].startswith(f"code {code}"), got
        shown = published.get(f"/v1/endpoints/{made['id']}")
        assert shown["state"] == endpoint and (endpoint == "enabled" or shown["state_reason"] == "disowned")


def test_an_answer_is_judged_whole_or_is_no_success(published, robots):
    """Longer than a robot ever is: its code might stand behind what was kept of it."""
    for floods, state in [(1000, "delivered"), (3000, "dead"), (70000, "dead")]:
        robot = robots.add("feishu", floods=floods)
        got = ended(published, send_test(published, add(published, robot)), state)
        assert got["last_status"] == 200 and (state == "delivered" or got["last_reason"] == "no code in the answer")


def test_a_robot_that_refuses_everything_is_told_of_and_loses_nothing(published, robots, receiver):
    robot = robots.add("dingtalk", secret=SECRETS["dingtalk"])
    published.post("/v1/endpoints", {"owner": "office", "url": receiver.url()})
    made = add(published, robot)
    robot.secret = "SECanother"
    first = send_test(published, made)
    ended(published, first, "held")
    (told,) = receiver.wait(1)
    assert told.json()["type"] == "endpoint.disowned" and made["id"] in told.json()["data"]["text"]["zh"]
    assert told.json()["data"]["detail"]["said"] == "code 310000: keyword, signature or address"
    (event,) = published.get("/v1/events?type=endpoint.disabled")["data"]
    assert event["data"]["message"] == first and event["data"]["reason"] == "disowned"
    robot.secret = SECRETS["dingtalk"]
    published.post(f"/v1/endpoints/{made['id']}/enable", {})
    ended(published, first, "delivered")
    assert len(robot.asked) == 2


# ---- when ----

def test_a_hundred_never_exceed_twenty_in_any_minute(published, robots):
    dingtalk = add(published, robots.add("dingtalk"))
    feishu = add(published, robots.add("feishu"))
    for made in (dingtalk, feishu):
        for _ in range(100):
            send_test(published, made)
    published.post("/v1/clock/advance", {"to": "2024-09-02T10:25:00+08:00"})
    at = attempts_of(published, dingtalk)
    assert len(at) == 100 and 15 <= most_in_a_minute(at) <= 20
    at = attempts_of(published, feishu)
    assert len(at) == 100 and most_in_a_minute(at) > 20
    assert max(sum(1 for other in at if 0 <= (other - first).total_seconds() <= 1) for first in at) <= 5


def test_feishu_is_not_asked_when_all_the_world_asks(published, robots):
    feishu, wecom = robots.add("feishu"), robots.add("wecom")
    made = [add(published, feishu), add(published, wecom)]
    published.post("/v1/clock/advance", {"to": "2024-09-02T10:30:00+08:00"})
    messages = [send_test(published, one) for one in made]
    ended(published, messages[1], "delivered")
    advance(published, "59s")
    assert delivery(published, messages[0])["attempts"] == 0
    advance(published, "1s")
    ended(published, messages[0], "delivered")


def test_a_block_of_ten_minutes_is_kept_for_all_its_messages(published, robots):
    robot = robots.add("dingtalk", says=[130101])
    made = add(published, robot)
    ended(published, send_test(published, made), "dead")  # a test is not repeated
    second = send_test(published, made)
    advance(published, "599s")
    assert delivery(published, second)["attempts"] == 0 and len(robot.asked) == 1
    published.stop()
    published.start()
    assert delivery(published, second)["attempts"] == 0
    advance(published, "1s")
    ended(published, second, "delivered")


def test_a_webhook_may_ask_for_a_rate_too(published, receiver):
    made = published.post("/v1/endpoints", {"owner": "office", "url": receiver.url(), "options": {"rate_per_minute": 8}})
    free = published.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/free")})
    for _ in range(30):
        send_test(published, made)
        send_test(published, free)
    receiver.wait(30, "/free")
    advance(published, "10m")
    at = attempts_of(published, made)
    assert len(at) == 30 and most_in_a_minute(at) <= 8
    assert len(set(attempts_of(published, free))) == 1
    for _ in range(20):
        send_test(published, made)
    published.ctl("endpoint", "set", made["id"], "--option", "rate_per_minute=", code=0)
    receiver.wait(50, "/hook")


# ---- what is too long for one message ----

def rows_in(texts):
    return [line for text in texts for line in text.split("\n") if line.startswith("· ")]


def test_a_digest_is_cut_at_its_rows_and_what_arrived_is_not_sent_again(make_daemon, robots):
    """260 units are late on one day, and the office reads of all of them. The second part is refused once, and the daemon is
    killed in between."""
    daemon = make_daemon(programmes=ROOT / "conf" / "programmes").start()
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    daemon.post("/v1/clock/advance", {"to": "2025-03-12T09:04:00+08:00"})
    robot = robots.add("wecom", says=[0, -1])
    made = add(daemon, robot, options={"keyword": "揭榜通知", "mentions": "zhang"})
    advance(daemon, "60s")
    assert [code for code, _ in robot.asked] == [0, -1, 0, 0, 0]  # as many as may go at once
    daemon.kill()
    daemon.start()
    advance(daemon, "2m")
    rows = sorted(daemon.get(f"/v1/deliveries?endpoint={made['id']}&limit=500")["data"], key=lambda r: int((r["id"] + "-1").split("-")[1]))
    assert [r["id"] for r in rows[1:]] == [f"{rows[0]['id']}-{n + 2}" for n in range(len(rows) - 1)]
    assert [r["attempts"] for r in rows] == [1, 2] + [1] * (len(rows) - 2) and {r["state"] for r in rows} == {"delivered"}
    texts = [text_of(json.loads(delivery(daemon, r["id"])["body"])) for r in rows]
    assert sorted(texts) == sorted(robot.texts) and 3 < len(texts) < 20
    for i, text in enumerate(texts):
        assert text.startswith(f"第 {i + 1}/{len(texts)} 条\n【揭榜通知】\n") and len(text.encode()) <= 4096
        assert ("<@zhang>" in text) == (i == 0)
    items = daemon.get(f"/v1/messages/{rows[0]['id']}/items?limit=500")["data"]
    assert len(rows_in(texts)) == len(set(rows_in(texts))) == len(items) == 260
    told = [n for n in daemon.get("/v1/units/un_1/notices?limit=500")["data"] if n["digest"]]
    assert [n["id"] for n in told] == [rows[0]["id"]]  # once, in however many parts
    counts = daemon.get("/v1/status")["deliveries"]
    assert counts["due"] == counts["sending"] == 0


# ---- secrets ----

def test_its_key_is_nowhere(published, robots):
    """Answers, events, the audit, metrics, the log, the client, what an answer echoes; and gone with the endpoint."""
    for kind in KINDS:
        robot = robots.add(kind)
        made = add(published, robot, owner="unit:un_1")
        assert made["url"].endswith("…" + robot.key[-4:])
        robot.echoes = True
        ended(published, send_test(published, made), "dead")
        again = published.request("POST", "/v1/endpoints", {"owner": "unit:un_1", "url": robot.url, "format": kind})
        assert again.status == 409
        set_again = published.ctl("endpoint", "set", made["id"], "--url", robot.url + "0", "--option", "timeout_s=9", code=0)
        said = [set_again.out, json.dumps(made), str(again), str(published.request("GET", "/metrics"))]
        said += [json.dumps(published.get(path)) for path in (
            "/v1/endpoints", f"/v1/endpoints/{made['id']}", "/v1/units/un_1", "/v1/events?limit=500",
            f"/v1/deliveries/{published.get('/v1/deliveries')['data'][0]['id']}", "/v1/audit?limit=500")]
        said += [published.ctl("endpoint", "list", "-o", form, code=0).out for form in ("json", "wide", "csv")]
        said.append(published.request("DELETE", f"/v1/endpoints/{made['id']}").body.decode())
        said.append(published.log())
        assert all(robot.key not in text for text in said)
    published.stop()
    with sqlite3.connect(published.state_dir / "jiebang.db") as db:
        assert [row for (row,) in db.execute("SELECT url FROM endpoint") if "…" not in row] == []


def test_nobody_sees_it_among_the_processes(folder, robots):
    """The client waits for an answer that does not come; of its arguments the URL is blanked."""
    robot = robots.add("dingtalk")
    door = folder / "door.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(door))
        silent.listen()
        argv = [JIEBANGCTL, "--server", f"unix:{door}", "endpoint", "add", "--owner", "office", f"--url={robot.url}", "--format", "dingtalk"]
        client = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_env())
        try:
            shown = Path(f"/proc/{client.pid}/cmdline")
            until("its URL blanked", lambda: b"endpoint" in shown.read_bytes() and robot.key.encode() not in shown.read_bytes())
            connection, _ = silent.accept()
            with connection:
                connection.settimeout(WAIT_S)
                asked = b""
                while robot.key.encode() not in asked:
                    more = connection.recv(65536)
                    assert more, asked
                    asked += more
            assert b"dingtalk" in shown.read_bytes()
        finally:
            client.kill()
            client.wait()


def test_no_crash_leaves_it_on_a_disk(daemon):
    about = Path(f"/proc/{daemon.process.pid}")
    assert re.search(r"Max core file size\s+0\s+0\s", (about / "limits").read_text())
    assert int((about / "coredump_filter").read_text(), 16) == 0
