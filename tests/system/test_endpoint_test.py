"""`endpoint test`: one marked message over a connection of its own, its times, its verdict in words, and an exit code (D18)."""
import json
import re
import shutil
import socket
import tempfile
import threading

import harness
import pytest


@pytest.fixture(scope="module")
def tested():
    folder = tempfile.mkdtemp(prefix="jb-")
    daemon = harness.Daemon(folder, extra='courier = { timeout = "1s"; connect_timeout = "1s"; };').start()
    receiver = harness.Receiver()
    yield daemon, receiver
    receiver.close()
    daemon.close()
    shutil.rmtree(folder, ignore_errors=True)


def add(daemon, url):
    return daemon.post("/v1/endpoints", {"owner": "office", "url": url})["id"]


def test_what_it_shows(tested):
    daemon, receiver = tested
    endpoint = add(daemon, receiver.on("/good", statuses=[200], body="收到".encode(), delay_s=0.02))
    for _ in range(2):  # the second one makes a connection of its own too
        run = daemon.ctl("endpoint", "test", endpoint, "-o", "json", code=0).json()
        assert run["delivered"] is True and run["state"] == "delivered" and run["verdict"] == "the test message arrived"
        times = run["attempt"]["times"]
        assert times["connect_ms"] >= 0 and times["lookup_ms"] >= 0 and times["tls_ms"] is None
        assert 20 <= times["first_byte_ms"] <= times["total_ms"] == run["attempt"]["elapsed_ms"]
        assert run["attempt"]["excerpt"] == "收到"
    sent = receiver.at("/good")
    assert len(sent) == 2 and all(r.json()["type"] == "endpoint.test" for r in sent)
    shown = daemon.ctl("endpoint", "test", endpoint, code=0).out
    assert re.search(r"^status +200$", shown, re.M) and re.search(r"^total ms +\d+$", shown, re.M) and "收到" in shown
    assert "测试消息已送达" in daemon.ctl("endpoint", "test", endpoint, "--lang", "zh", code=0).out
    # Of other messages nobody asks where the time goes.
    delivery = daemon.get(f"/v1/deliveries/{run['id']}")
    assert delivery["attempt_list"][0]["times"] == times


@pytest.mark.parametrize("answer,said,in_chinese", [
    ({"statuses": [500]}, "problem of its own", "接收端自身出错"), ({"statuses": [404]}, "nothing at this path", "没有可接收 POST"),
    ({"statuses": [401]}, "other credentials", "拒绝授权"), ({"statuses": [302], "headers": {"Location": "/good"}}, "redirect is not followed", "不跟随重定向"),
    ({"statuses": [429], "headers": {"Retry-After": "0"}}, "asked too often", "过于频繁"), ({"statuses": [400]}, "refuses what it was sent", "接收端拒绝"),
    ({"statuses": [200], "drop": True}, "no complete HTTP answer", "完整的 HTTP 应答"), ({"hang": True}, "in time", "时限"),
    ({"statuses": [410]}, "gone for good", "永久失效"),
])
def test_why_it_failed(tested, answer, said, in_chinese):
    daemon, receiver = tested
    path = "/" + said.replace(" ", "-")
    if "hang" in answer:
        answer = {"hang": threading.Event()}
    endpoint = add(daemon, receiver.on(path, **answer))
    run = daemon.ctl("endpoint", "test", endpoint, code=1)
    assert said in run.out, run
    assert len(receiver.at(path)) == 1, "retried"
    zh = daemon.ctl("endpoint", "test", endpoint, "--lang", "zh")
    if answer.get("statuses") == [410]:
        assert zh.code == 6 and "已停用" in zh.err, "410 has disabled it"
    else:
        assert zh.code == 1 and in_chinese in zh.out, zh
    if "hang" in answer:
        answer["hang"].set()


@pytest.mark.parametrize("url,said", [
    ("http://127.0.0.1:{closed}/x", "nobody listens there"), ("http://nobody.invalid/x", "name does not exist"),
    ("https://127.0.0.1:{plain}/x", "no TLS connection"),
])
def test_where_it_did_not_get(tested, url, said):
    daemon, receiver = tested
    with socket.socket() as closed:  # bound, and not listening
        closed.bind(("127.0.0.1", 0))
        endpoint = add(daemon, url.format(closed=closed.getsockname()[1], plain=receiver.port))
        run = daemon.ctl("endpoint", "test", endpoint, "-o", "json", code=1)
    got = json.loads(run.out)
    assert said in got["verdict"] and got["delivered"] is False and got["attempt"]["times"]["first_byte_ms"] is None


def test_of_what_is_not_there(tested):
    assert tested[0].ctl("endpoint", "test", "ep_999").code == 3
