"""What one endpoint asks for beside its URL: tries, time and haste of its own, set, shown, and kept to (D4 D6)."""
import threading
from datetime import datetime

import pytest
from harness import until

UNTIL = "2025-01-02T09:05:00+08:00"  # of un_1's first report, due on 2025-03-03


def add(daemon, url, *options, owner="unit:un_1"):
    return daemon.post("/v1/endpoints", {"owner": owner, "url": url, "options": dict(options)})


def test_options_are_set_shown_set_back_and_on_record(published, receiver):
    made = add(published, receiver.url(), ("concurrency", 2))
    path = f"/v1/endpoints/{made['id']}"
    assert made["options"] == {"concurrency": 2} == published.get(path)["options"]
    published.ctl("endpoint", "set", made["id"], "--option", "retry_s=5,60", "--option", "timeout_s=3", code=0)
    assert published.get(path)["options"] == {"concurrency": 2, "timeout_s": 3, "retry_s": [5, 60]}
    published.ctl("endpoint", "set", made["id"], "--option", "concurrency=", "--option", "timeout_s=", code=0)
    shown = published.get(path)
    assert shown["options"] == {"retry_s": [5, 60]} and "secret" not in shown
    published.stop()
    published.start()
    assert published.get(path) == shown
    said = published.get("/v1/events?type=endpoint.changed")["data"]
    assert [e["data"]["options"] for e in said][-1] == {"retry_s": [5, 60]}
    assert [r["object"] for r in published.all("/v1/audit") if r["verb"] == "endpoint_set"] == [made["id"]] * 2


def test_another_address_is_judged_and_taken_by_what_waits(published, receiver):
    made = add(published, receiver.on("/old", statuses=[500]), ("retry_s", [3600]))
    published.post("/v1/clock/advance", {"to": UNTIL})
    path = f"/v1/endpoints/{made['id']}"
    refused = published.request("PATCH", path, {"url": "http://169.254.169.254/"})
    assert refused.status == 422 and refused.json()["pointer"] == "/url"
    new = receiver.on("/new", statuses=[200])
    assert published.request("PATCH", path, {"url": new}).json()["url"] == new
    assert add(published, receiver.url("/third"))["id"]
    taken = published.request("PATCH", path, {"url": receiver.url("/third")})
    assert taken.status == 409 and "URL already" in taken.json()["detail"]
    published.post("/v1/clock/advance", {"to": "2025-01-02T12:00:00+08:00"})
    delivery = published.get("/v1/deliveries?state=delivered")["data"][-1]
    got = [r for r in receiver.received if r.id == delivery["id"]]
    assert [r.path for r in got] == ["/old", "/new"] and got[0].body == got[1].body
    said = published.get("/v1/events?type=endpoint.changed")["data"][-1]["data"]
    assert said["url_changed"] is True and new not in str(said)


@pytest.mark.parametrize("body, pointer, says", [
    ({"options": {"concurrency": 0}}, "/options/concurrency", "1 to 64"),
    ({"options": {"retry": [5]}}, "/options/retry", "did you mean"),
    ({"options": 7}, "/options", "JSON object"),
    ({"option": {}}, "/option", "did you mean"),
])
def test_what_is_no_option_is_refused_and_nothing_changes(published, receiver, body, pointer, says):
    made = add(published, receiver.url())
    path = f"/v1/endpoints/{made['id']}"
    before = published.get(path)
    refused = published.request("PATCH", path, body)
    assert refused.status == 422 and refused.json()["pointer"] == pointer and says in refused.json()["detail"]
    assert refused.json()["detail_zh"]
    refused = published.request("POST", "/v1/endpoints", {"owner": "office", "url": receiver.url("/o"), **body})
    assert refused.status == 422 and refused.json()["pointer"] == pointer
    assert published.get(path) == before and len(published.get("/v1/endpoints")["data"]) == 1
    assert published.ctl("endpoint", "set", made["id"], "--option", "concurrency").code == 2


def test_it_is_tried_as_often_as_it_asks(published, receiver):
    add(published, receiver.on("/own", statuses=[500]), ("retry_s", [10, 20, 40]))
    published.post("/v1/clock/advance", {"to": UNTIL})
    published.post("/v1/clock/advance", {"to": "2025-01-02T10:00:00+08:00"})
    delivery = published.get(f"/v1/deliveries/{published.get('/v1/deliveries')['data'][0]['id']}")
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("dead", "exhausted", 4)
    began = [datetime.fromisoformat(a["started_at"]) for a in delivery["attempt_list"]]
    for wait, before, after in zip([10, 20, 40], began, began[1:]):
        assert wait <= (after - before).total_seconds() <= wait * 1.2 + 1


def test_it_gets_as_much_time_as_it_asks_and_others_theirs(published, receiver):
    """The short one ends first, though the patient one began before it."""
    released = threading.Event()
    patient = add(published, receiver.on("/patient", hang=released), ("timeout_s", 60), owner="office")
    hasty = add(published, receiver.on("/hasty", hang=released), ("timeout_s", 1), owner="unit:un_2")
    for made in (patient, hasty):
        published.post(f"/v1/endpoints/{made['id']}/test", {})
    receiver.wait(2)

    def of(state, made):
        return [d for d in published.get(f"/v1/deliveries?state={state}")["data"] if d["endpoint"] == made["id"]]

    ended = until("the hasty one's end", lambda: of("dead", hasty))
    attempt = published.get(f"/v1/deliveries/{ended[0]['id']}")["attempt_list"][0]
    assert "no answer" in attempt["reason"] or "time" in attempt["reason"], attempt
    assert 1000 <= attempt["elapsed_ms"] < 20000
    assert len(of("sending", patient)) == 1
    released.set()
    until("the patient one's end", lambda: of("delivered", patient))


@pytest.mark.parametrize("concurrency", [1, 3, 9])
def test_no_more_are_under_way_than_it_asks(published, receiver, concurrency):
    released = threading.Event()
    made = add(published, receiver.on("/slow", hang=released), ("concurrency", concurrency), owner="office")
    for _ in range(12):
        published.post(f"/v1/endpoints/{made['id']}/test", {})
    receiver.wait(concurrency, "/slow")
    # What is posted later to another has arrived: whatever was to leave for the first one has left.
    other = add(published, receiver.url("/other"), owner="unit:un_2")
    published.post(f"/v1/endpoints/{other['id']}/test", {})
    receiver.wait(1, "/other")
    assert len(receiver.at("/slow")) == concurrency
    released.set()
    receiver.wait(12, "/slow")
