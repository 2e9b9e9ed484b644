"""The harness itself: what it verifies and records has to be right, or the tests built on it prove nothing."""
import http.client
import threading

import pytest

import harness

# The published example of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, STAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def received(**changed):
    headers = {"webhook-id": ID, "webhook-timestamp": STAMP, "webhook-signature": SIGNATURE}
    body = changed.pop("body", BODY)
    headers.update({k.replace("_", "-"): v for k, v in changed.items()})
    return harness.Received(float(STAMP), "POST", "/hook", headers, body)


def test_signature_is_the_published_one():
    assert harness.signature(SECRET, ID, STAMP, BODY) == SIGNATURE
    harness.verify(received(), SECRET)


@pytest.mark.parametrize("change", [
    {"body": BODY + b" "}, {"webhook_id": ID + "x"}, {"webhook_timestamp": "1614265331"},
    {"webhook_signature": SIGNATURE.replace("g0", "g1")}, {"webhook_signature": SIGNATURE + " " + SIGNATURE},
    {"webhook_timestamp": "1614265000"}, {"webhook_timestamp": "soon"},
], ids=str)
def test_verify_refuses(change):
    with pytest.raises(AssertionError):
        harness.verify(received(**change), SECRET)


def post(receiver, path):
    return harness.exchange(http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=10), "POST", path, {"a": 1})


def test_receiver_records_and_behaves(receiver):
    receiver.on("/r", statuses=[500, 302, 204], headers={"Location": receiver.url("/elsewhere")})
    assert [post(receiver, "/r?x=1").status for _ in range(4)] == [500, 302, 204, 204]
    assert [(r.method, r.path, r.json()) for r in receiver.wait(4, "/r")] == [("POST", "/r?x=1", {"a": 1})] * 4
    assert receiver.at("/elsewhere") == []


def test_receiver_drops_and_hangs(receiver):
    receiver.on("/drop", drop=True)
    with pytest.raises((http.client.HTTPException, OSError)):
        post(receiver, "/drop")
    gate = threading.Event()
    receiver.on("/hang", hang=gate)
    replies = []
    caller = threading.Thread(target=lambda: replies.append(post(receiver, "/hang").status))
    caller.start()
    receiver.wait(1, "/hang")
    assert replies == []
    gate.set()
    caller.join()
    assert replies == [200]


def test_receiver_says_when_too_few_came(receiver):
    with pytest.raises(AssertionError, match="0 requests"):
        receiver.wait(1, timeout=0.1)
