"""Messages as CloudEvents 1.0 in structured mode, by rules written from the specification (v1.0.2) and its JSON format, not from our code (D20)."""
import json
import re
from datetime import datetime
from urllib.parse import urlsplit

import catalogue
import jsonschema
import pytest
from harness import ROOT, until, verify

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;\s*[\w-]+=(\"[^\"]*\"|[\w-]+))*")


def text(value):
    """Attribute type String: Unicode without control characters, surrogates and noncharacters; the required ones are not empty."""
    return isinstance(value, str) and value != "" and not any(
        ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 or 0xFDD0 <= ord(c) <= 0xFDEF or ord(c) & 0xFFFE == 0xFFFE
        for c in value)


def uri_reference(value):
    return text(value) and re.fullmatch(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", value) is not None


RULES = {  # attribute → (required, what it is)
    "id": (True, text), "source": (True, uri_reference), "specversion": (True, lambda v: v == "1.0"), "type": (True, text),
    "datacontenttype": (False, lambda v: text(v) and MEDIA_TYPE.fullmatch(v)), "subject": (False, text),
    "dataschema": (False, lambda v: uri_reference(v) and urlsplit(v).scheme), "time": (False, lambda v: RFC3339.fullmatch(v) and datetime.fromisoformat(v)),
}


def check_event(received):
    """The event in this request; AssertionError if it is none."""
    media = received.headers["content-type"].split(";")[0].strip().lower()
    assert media == "application/cloudevents+json" and not [h for h in received.headers if h.startswith("ce-")], received.headers
    pairs = json.loads(received.body.decode("utf-8"), object_pairs_hook=lambda p: p)
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), "a member twice"
    event = json.loads(received.body)
    for name in names:
        assert re.fullmatch("[a-z0-9]{1,20}", name) or name == "data_base64", name
        assert event[name] is not None or name == "data"
        if name not in RULES and name not in ("data", "data_base64"):
            assert isinstance(event[name], (str, int, bool)), f"extension {name}"
    for name, (required, rule) in RULES.items():
        assert name in event or not required, name
        assert name not in event or rule(event[name]), f"{name}: {event[name]}"
    assert not ("data" in event and "data_base64" in event)
    return event


@pytest.mark.parametrize("broken", [{"id": ""}, {"source": None}, {"specversion": "1"}, {"type": 7}, {"time": "2025-03-18"}, {"Subject": "x"}, {"data_base64": ""},
                                    {"dataschema": "relative"}, {"subject": ""}])
def test_the_rules_see_what_is_wrong(broken):
    class Request:
        headers = {"content-type": "application/cloudevents+json"}
        body = json.dumps({"id": "1", "source": "urn:x", "specversion": "1.0", "type": "t", "data": {}, **broken}).encode()
    with pytest.raises((AssertionError, TypeError)):
        check_event(Request)


def advance(daemon, to):
    daemon.post("/v1/clock/advance", {"to": to})
    until("all delivered", lambda: not any(daemon.get(f"/v1/deliveries?state={s}")["data"] for s in ("due", "sending")))


def test_events_beside_the_standard_messages(make_daemon, receiver):
    daemon = make_daemon(programmes=ROOT / "conf/programmes").start()
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    made = {path: daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url(path), "format": format_})
            for path, owner, format_ in (("/ce", "unit:un_1", "cloudevents"), ("/plain", "unit:un_1", "standard"),
                                         ("/office-ce", "office", "cloudevents"), ("/office-plain", "office", "standard"))}
    for endpoint in made.values():
        daemon.post(f"/v1/endpoints/{endpoint['id']}/test")
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    advance(daemon, "2025-03-25T12:00:00+08:00")
    daemon.post("/v1/units/un_1/moves", {"move": "withdraw", "reason": "r", "approver": "office", "doc_no": "1"})
    advance(daemon, "2025-03-25T13:00:00+08:00")
    seen, keys = set(), set()
    for ce, plain in (("/ce", "/plain"), ("/office-ce", "/office-plain")):
        events = sorted((check_event(r) for r in receiver.at(ce)), key=lambda e: (e["time"], e["type"], e.get("subject", "")))
        bodies = sorted((r.json() for r in receiver.at(plain)), key=lambda b: (b["timestamp"], b["type"]))
        assert len(events) == len(bodies) > 4
        for event in events:
            # Of a standard message the same data, to the other endpoint; a digest and a report name themselves in it.
            twins = [b for b in bodies if (b["type"], b["timestamp"]) == (event["type"], event["time"])]
            assert twins and any({**b["data"], "see": 0, "text": 0} == {**event["data"], "see": 0, "text": 0} for b in twins), event
            schema = catalogue.load()[event["type"]]["schema"]["properties"]["data"]
            assert event["dataschema"] == schema["$id"] and event["datacontenttype"] == "application/json"
            jsonschema.validate(event["data"], schema)
            unit, obligation = event["data"].get("unit"), event["data"].get("obligation")
            about = [x["id"] for x in (unit, obligation) if isinstance(x, dict) and x.get("id")]
            assert event.get("subject") == ("/".join(about) or None)
            keys.add((event["source"], event["id"]))
            seen.add(event["type"])
        for request in receiver.at(ce):
            verify(request, made[ce]["secret"], now=int(request.headers["webhook-timestamp"]))
            assert request.id == request.json()["id"] and len(request.body) < 20_000
            assert int(request.headers["webhook-attempt"]) == 1
    assert len(keys) == len(receiver.at("/ce")) + len(receiver.at("/office-ce")) and len({source for source, _ in keys}) == 1
    assert seen >= {"obligation.due_soon", "obligation.overdue", "obligation.digest", "report.weekly", "unit.withdrawn", "endpoint.test"}


def test_an_event_is_the_same_at_every_attempt_and_after_a_restart(daemon, receiver):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    url = receiver.on("/hook", statuses=[503, 503, 200])
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": url, "format": "cloudevents", "options": {"retry_s": [3600, 3600]}})
    daemon.post("/v1/clock/advance", {"to": daemon.get("/v1/schedule?unit=un_1&days=200&limit=1")["data"][0]["at"]})
    receiver.wait(1)
    until("on record", lambda: daemon.get("/v1/deliveries?state=due&unit=un_1")["data"])
    daemon.stop()
    daemon.start()
    daemon.post("/v1/clock/advance", {"by": "3h"})
    first, *others = receiver.wait(3)
    assert all(r.body == first.body and r.id == first.id for r in others) and len(others) == 2
    assert check_event(first)["type"] == "obligation.due_soon"
    assert [r.headers["webhook-attempt"] for r in (first, *others)] == ["1", "2", "3"]
    assert daemon.get(f"/v1/deliveries/{first.id}")["attempts"] == 3
    assert daemon.get("/v1/endpoints")["data"][0]["format"] == "cloudevents"


def test_two_endpoints_of_one_address_each_get_their_own(daemon, receiver):
    """What is kept for a URL is not what one of its endpoints understands."""
    for owner, format_ in (("office", "cloudevents"), ("office-2", "standard")):
        if owner == "office-2":
            daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
            owner = "unit:un_1"
        daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url(), "format": format_})
    for round_ in range(3):
        for endpoint in ("ep_1", "ep_2"):
            daemon.post(f"/v1/endpoints/{endpoint}/test")
            got = receiver.wait(round_ * 2 + int(endpoint[3:]))[-1]
            assert ("specversion" in got.json()) == (got.headers["content-type"] == "application/cloudevents+json") == (endpoint == "ep_1")


def test_an_unknown_format_is_refused(daemon, receiver):
    refused = daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": receiver.url(), "format": "cloudevent"})
    assert refused.status == 422 and refused.json()["pointer"] == "/format" and "cloudevents" in refused.json()["detail"] and refused.json()["detail_zh"]
