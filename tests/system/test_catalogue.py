"""The catalogue of messages: schemas that an independent validator takes, examples that fit them, and payloads that do.

Every Receiver holds what arrives against the same schemas (catalogue.py); here is that this notices."""
import json

import catalogue
import jsonschema
import pytest
from harness import ROOT, Receiver, until


@pytest.fixture(scope="module")
def types():
    return catalogue.load()


def test_the_list_and_its_groups(types):
    assert len(types) == 26 and list(types)[:2] == ["obligation.due_soon", "obligation.overdue"]
    assert {t["group"] for t in types.values()} == {"reminder", "digest", "report", "notice", "endpoint", "test"}
    assert {n for n, t in types.items() if not t["filter"]} == {"obligation.digest", "endpoint.test"}
    assert all(t["name"]["zh"] and t["name"]["en"] for t in types.values())


def test_schemas_are_schemas_and_examples_fit(types):
    for name, entry in types.items():
        schema = entry["schema"]
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["properties"]["data"]["$id"] == f"urn:jiebang:data:{name}:1"
        catalogue.check(entry["example"])
        assert entry["example"]["type"] == name and len(json.dumps(entry["example"])) < 20_000
        # Members may come to be added: a receiver of today takes them.
        more = json.loads(json.dumps(entry["example"]))
        more["data"]["new"] = 1
        jsonschema.validate(more, schema)


BROKEN = [
    ("data/days_left", "seven"), ("data/days_left", None), ("data/unit/id", "ob_7"), ("data/unit/id", "un_0x"),
    ("data/obligation/due_on", "2025-13-01"), ("data/obligation/due_at", "2025-03-04T00:00:00Z"), ("data/obligation/provisional", "no"),
    ("data/text", {"zh": "…"}), ("data/steps", "before-7"), ("data/surprise", 1), ("timestamp", "now"), ("type", "obligation.late"),
]


@pytest.mark.parametrize("where, what", BROKEN)
def test_what_does_not_fit_is_noticed(types, where, what):
    payload = json.loads(json.dumps(types["obligation.due_soon"]["example"]))
    *way, last = where.split("/")
    inside = payload
    for step in way:
        inside = inside[step]
    if what is None:
        del inside[last]
    else:
        inside[last] = what
    with pytest.raises(AssertionError):
        catalogue.check(payload)


def test_a_receiver_that_gets_such_a_thing_fails(types):
    import urllib.request
    server = Receiver()
    payload = json.loads(json.dumps(types["endpoint.test"]["example"]))
    for test in (True, "yes"):
        payload["data"]["test"] = test
        request = urllib.request.Request(server.url(), json.dumps(payload).encode(), {"Content-Type": "application/json", "webhook-signature": "v1,x"})
        assert urllib.request.urlopen(request).status == 200
    with pytest.raises(AssertionError, match="'yes' is not of type 'boolean'"):
        server.close()


def test_what_a_programme_says_in_its_life_is_in_the_catalogue(make_daemon, receiver):
    """Every kind of message that can be provoked in one go, as it comes from the shipped programme; judged by the receiver."""
    daemon = make_daemon(programmes=ROOT / "conf/programmes").start()
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    units = daemon.get("/v1/units?limit=8")["data"]
    for owner in ("office", "unit:un_1", "unit:un_2", "unit:un_3", f"recommender:{units[0]['recommender']}"):
        daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url()})
    daemon.post("/v1/endpoints/ep_2/test")
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    advance(daemon, "2025-03-01T12:00:00+08:00")
    first = daemon.get("/v1/units/un_1")["obligations"][0]["id"]
    daemon.post(f"/v1/obligations/{first}/submissions", {"content": daemon.get(f"/v1/obligations/{first}/form")["skeleton"], "summary": "a"}, status=(201, 422))
    daemon.post(f"/v1/obligations/{daemon.get('/v1/units/un_2')['obligations'][0]['id']}/extension", {"due_on": "2025-03-10", "reason": "flood", "approver": "office"})
    daemon.post("/v1/units/un_1/changes", {"kind": "lead", "lead": "示例新单位", "how": "renamed", "reason": "r"})
    daemon.post("/v1/units/un_3/moves", {"move": "withdraw", "reason": "r", "approver": "office", "doc_no": "1"})
    daemon.post("/v1/programmes/future-2023/shift", {"months": 1, "reason": "r", "approver": "office", "doc_no": "2"})
    advance(daemon, "2025-06-20T12:00:00+08:00")
    seen = {r.json()["type"] for r in receiver.received}
    assert seen >= {"endpoint.test", "obligation.due_soon", "obligation.overdue", "obligation.digest", "report.weekly", "obligation.rescheduled",
                    "unit.changed", "unit.withdrawn"}, seen


def advance(daemon, to):
    daemon.post("/v1/clock/advance", {"to": to})
    until("all delivered", lambda: not any(daemon.get(f"/v1/deliveries?state={s}")["data"] for s in ("due", "sending")))


def test_the_client_and_the_refusal(daemon):
    listed = daemon.ctl("event", "types", "-o", "json", code=0).json()
    assert [t["id"] for t in listed] == list(catalogue.load())
    shown = daemon.ctl("event", "types", "report.weekly", "-o", "json", code=0).json()
    assert shown == catalogue.load()["report.weekly"]
    assert "每周简报" in daemon.ctl("--lang", "zh", "event", "types", code=0).out
    refused = daemon.request("GET", "/v1/event-types/obligation.overdu")
    assert refused.status == 404 and "obligation.overdue" in refused.json()["hint"] and refused.json()["detail_zh"]
