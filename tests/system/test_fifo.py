"""Strict order as an option: the next message waits until the one before is delivered, dead or cancelled (D20)."""
import threading

from harness import until

UNTIL = "2025-01-02T09:05:00+08:00"


def add(daemon, url, owner="office", **options):
    return daemon.post("/v1/endpoints", {"owner": owner, "url": url, "options": options})


def made_in_order(daemon, endpoint):
    """The ids of its messages, oldest first."""
    return [m["id"] for m in reversed(daemon.get(f"/v1/messages?endpoint={endpoint['id']}&limit=1000")["data"])]


def settled(daemon):
    return not any(daemon.get(f"/v1/deliveries?state={state}")["data"] for state in ("due", "sending"))


def messages(daemon, receiver, endpoint, n, path):
    """n test messages that wait behind one which hangs; the first is never retried, being a test."""
    for _ in range(n):
        daemon.post(f"/v1/endpoints/{endpoint['id']}/test", {})
    receiver.wait(1, path)


def test_one_at_a_time_in_the_order_they_were_made(published, receiver):
    released = threading.Event()
    made = add(published, receiver.on("/fifo", hang=released), fifo=True, concurrency=8)
    messages(published, receiver, made, 12, "/fifo")
    # What is posted later to another has arrived, and still only one is under way here.
    other = add(published, receiver.url("/other"), owner="unit:un_2")
    published.post(f"/v1/endpoints/{other['id']}/test", {})
    receiver.wait(1, "/other")
    assert len(receiver.at("/fifo")) == 1
    released.set()
    receiver.wait(12, "/fifo")
    until("all settled", lambda: settled(published))
    assert [r.id for r in receiver.at("/fifo")] == made_in_order(published, made)


def test_what_fails_is_waited_for_through_its_retries(published, receiver):
    """The first fails twice, the third until it is dead; later ones are made meanwhile, and none overtakes."""
    made = add(published, receiver.on("/fifo", statuses=[500, 503, 200, 200, 500, 500, 500, 200]), owner="unit:un_1",
               fifo=True, retry_s=[60, 60])
    quick = add(published, receiver.on("/quick"), owner="unit:un_1")
    published.post("/v1/clock/advance", {"to": UNTIL})
    receiver.wait(1, "/fifo")
    for _ in range(60):
        if len(receiver.at("/fifo")) >= 9:
            break
        until("no attempt under way", lambda: not published.get("/v1/deliveries?state=sending")["data"])
        published.post("/v1/clock/advance", {"by": "3d"})
    until("no attempt under way", lambda: not published.get("/v1/deliveries?state=sending")["data"])
    order = made_in_order(published, made)
    got = [r.id for r in receiver.at("/fifo")]
    assert len(got) >= 8
    assert got[:8] == [order[0]] * 3 + [order[1]] + [order[2]] * 3 + [order[3]]
    states = {d["id"]: d["state"] for d in published.get(f"/v1/deliveries?endpoint={made['id']}&limit=1000")["data"]}
    assert [states[i] for i in order[:4]] == ["delivered", "delivered", "dead", "delivered"]
    assert len(receiver.at("/quick")) == len(made_in_order(published, quick))


def test_later_ones_wait_while_the_first_is_retried(published, receiver):
    made = add(published, receiver.on("/fifo", statuses=[500, 200]), owner="unit:un_1", fifo=True, retry_s=[3600])
    published.post("/v1/clock/advance", {"to": UNTIL})
    until("the failure on record", lambda: published.get("/v1/deliveries?state=due")["data"][0]["attempts"] == 1)
    order = made_in_order(published, made)
    order += [published.post(f"/v1/endpoints/{made['id']}/test", {})["id"] for _ in range(3)]
    other = add(published, receiver.url("/other"), owner="unit:un_2")
    published.post(f"/v1/endpoints/{other['id']}/test", {})
    receiver.wait(1, "/other")
    assert len(receiver.at("/fifo")) == 1
    due = {d["id"]: d["attempts"] for d in published.get("/v1/deliveries?state=due")["data"]}
    assert [due[i] for i in order] == [1, 0, 0, 0]
    published.kill()
    published.start()  # what waits in order waits in order after a kill
    published.post("/v1/clock/advance", {"by": "2h"})
    receiver.wait(5, "/fifo")
    assert [r.id for r in receiver.at("/fifo")] == [order[0]] + order


def test_in_order_is_an_option_that_can_be_taken_back(published, receiver):
    released = threading.Event()
    made = add(published, receiver.on("/fifo", hang=released), fifo=True)
    messages(published, receiver, made, 4, "/fifo")
    published.ctl("endpoint", "set", made["id"], "--option", "fifo=false", code=0)
    assert published.get(f"/v1/endpoints/{made['id']}")["options"] == {}
    published.post(f"/v1/endpoints/{made['id']}/test", {})
    receiver.wait(4, "/fifo")  # as many as an endpoint may have at once
    released.set()
    refused = published.request("PATCH", f"/v1/endpoints/{made['id']}", {"options": {"fifo": "perhaps"}})
    assert refused.status == 422 and refused.json()["pointer"] == "/options/fifo" and refused.json()["detail_zh"]
