"""Chat robots from outside (D15): what they get, when they are asked, what their codes lead to; their keys nowhere."""
import json
import re
import subprocess
from datetime import datetime
from itertools import pairwise

import pytest
from harness import ROOT, until
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
