"""Standard Webhooks to the letter: signatures that others verify, rotation with overlap, key pairs, deletion (D1 D2 D11 D20)."""
import threading

import pytest
from harness import until
from webhooks import JUDGES, by_public_key, by_python

UNTIL = "2025-01-02T09:05:00+08:00"  # of un_1's first report, due on 2025-03-03


def add(daemon, url, owner="unit:un_1", **more):
    return daemon.post("/v1/endpoints", {"owner": owner, "url": url, **more})


def ping(daemon, receiver, made, path="/hook"):
    """A test message, as it arrived."""
    before = len(receiver.at(path))
    daemon.post(f"/v1/endpoints/{made['id']}/test", {})
    return receiver.wait(before + 1, path)[-1]


def signatures(received):
    return received.headers["webhook-signature"].split(" ")


@pytest.mark.parametrize("judge", JUDGES)
def test_others_verify_what_arrives_and_see_each_change(published, receiver, judge):
    made = add(published, receiver.url())
    published.post("/v1/clock/advance", {"to": UNTIL})
    for got in [receiver.wait(1)[0], ping(published, receiver, made)]:
        assert judge(got, made["secret"])
        assert got.json().keys() == {"type", "timestamp", "data"}
        body, got.body = got.body, got.body.replace(b"data", b"date")
        assert not judge(got, made["secret"])
        got.body = body
        for name in ("webhook-id", "webhook-timestamp"):
            value = got.headers[name]
            got.headers[name] = value[:-1] + ("1" if value[-1] != "1" else "2")
            assert not judge(got, made["secret"])
            got.headers[name] = value
        assert judge(got, made["secret"])
        assert not judge(got, "whsec_" + "A" * 43 + "=")


def test_both_secrets_sign_during_the_overlap_and_one_after(published, receiver):
    made = add(published, receiver.url())
    rotated = published.post(f"/v1/endpoints/{made['id']}/rotate", {"overlap_s": 3600})
    assert rotated["secret"] not in ("", made["secret"]) and rotated["older_until"] == "2024-09-02T01:00:00+08:00"
    shown = published.get(f"/v1/endpoints/{made['id']}")
    assert "secret" not in shown and shown["older_until"] == rotated["older_until"]
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 2
    for judge in JUDGES:
        assert judge(got, made["secret"]) and judge(got, rotated["secret"])
    both, got.headers["webhook-signature"] = signatures(got), signatures(got)[0]
    assert by_python(got, rotated["secret"]) and not by_python(got, made["secret"]), both
    published.post("/v1/clock/advance", {"by": "59m"})
    assert len(signatures(ping(published, receiver, made))) == 2
    published.post("/v1/clock/advance", {"by": "1m"})
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 1 and by_python(got, rotated["secret"])


def test_the_overlap_is_a_day_unless_told_otherwise(published, receiver):
    made = add(published, receiver.url())
    said = published.ctl("-o", "json", "endpoint", "rotate", made["id"], code=0).json()
    assert said["older_until"] == "2024-09-03T00:00:00+08:00" and said["secret"].startswith("whsec_")
    assert by_python(ping(published, receiver, made), said["secret"])


def test_rotations_in_a_row_sign_newest_first_up_to_four(published, receiver):
    made = add(published, receiver.url())
    path = f"/v1/endpoints/{made['id']}/rotate"
    secrets = [made["secret"]]
    for hours in (1, 2, 3):
        secrets.insert(0, published.post(path, {"overlap_s": hours * 3600})["secret"])
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 4
    for signed, secret in zip(signatures(got), secrets):
        got.headers["webhook-signature"] = signed
        assert by_python(got, secret)
    refused = published.request("POST", path, {}).json()
    assert refused["rule"] == "secrets" and "4 secrets" in refused["detail"] and "2024-09-02T01:00" in refused["detail"]
    assert refused["detail_zh"] and refused["hint_zh"]
    published.post("/v1/clock/advance", {"by": "1h"})  # the first ends, and leaves room
    secrets = [published.post(path, {"overlap_s": 60})["secret"]] + secrets[:3]
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 4 and all(by_python(got, s) for s in secrets)
    last = published.post(path, {"overlap_s": 0})["secret"]  # one has leaked: all earlier ones end
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 1 and by_python(got, last)
    assert published.get(f"/v1/endpoints/{made['id']}")["older_until"] is None


def test_a_retry_is_signed_afresh_with_what_is_good_then(published, receiver):
    made = add(published, receiver.on("/hook", statuses=[500, 200]), options={"retry_s": [7200]})
    published.post("/v1/clock/advance", {"to": UNTIL})
    receiver.wait(1)
    until("the failure on record", lambda: published.get("/v1/deliveries?state=due")["data"][0]["attempts"] == 1)
    rotated = published.post(f"/v1/endpoints/{made['id']}/rotate", {"overlap_s": 3600})
    published.post("/v1/clock/advance", {"by": "3h"})
    first, second = receiver.wait(2)
    assert (first.id, first.body) == (second.id, second.body)
    assert by_python(first, made["secret"]) and by_python(second, rotated["secret"])
    assert len(signatures(second)) == 1
    assert [r.headers["webhook-attempt"] for r in (first, second)] == ["1", "2"]


@pytest.mark.parametrize("body, pointer, says", [
    ({"overlap_s": -1}, "/overlap_s", "0 to 2592000"),
    ({"overlap_s": 2592001}, "/overlap_s", "30 days"),
    ({"overlap_s": "a day"}, "/overlap_s", "seconds"),
    ({"overlap_s": []}, "/overlap_s", "seconds"),
    ({"secret": "geheim"}, "/secret", "whsec_"),
    ({"signature": "rsa"}, "/signature", "hmac or ed25519"),
    ({"signature": "ed25519", "secret": "whsec_" + "A" * 32}, "/secret", "public half"),
    ({"overlap": 1}, "/overlap", "did you mean"),
])
def test_a_wrong_rotation_is_refused_and_the_secret_stays(published, receiver, body, pointer, says):
    made = add(published, receiver.url())
    refused = published.request("POST", f"/v1/endpoints/{made['id']}/rotate", body)
    assert refused.status == 422 and refused.json()["pointer"] == pointer and says in refused.json()["detail"]
    assert refused.json()["detail_zh"]
    got = ping(published, receiver, made)
    assert len(signatures(got)) == 1 and by_python(got, made["secret"])


def test_a_killed_daemon_has_both_secrets_or_the_old_one(published, receiver):
    """A rotation that was answered is on disk; one that was not has changed nothing or all of it."""
    made = add(published, receiver.url())
    known = [made["secret"]]
    for _ in range(2):
        known.insert(0, published.post(f"/v1/endpoints/{made['id']}/rotate", {})["secret"])
        published.kill()
        published.start()
        got = ping(published, receiver, made)
        assert len(signatures(got)) == len(known) and all(by_python(got, s) for s in known)


def test_a_key_pair_signs_and_its_public_half_is_shown(published, receiver):
    made = add(published, receiver.url(), signature="ed25519")
    assert "secret" not in made and made["public_key"].startswith("whpk_")
    assert published.get(f"/v1/endpoints/{made['id']}")["public_key"] == made["public_key"]
    got = ping(published, receiver, made)
    assert signatures(got)[0].startswith("v1a,") and len(signatures(got)) == 1
    assert by_public_key(got, made["public_key"])
    got.body += b" "
    assert not by_public_key(got, made["public_key"])
    # From one kind to the other is a rotation, and both sign meanwhile.
    rotated = published.post(f"/v1/endpoints/{made['id']}/rotate", {"signature": "hmac"})
    got = ping(published, receiver, made)
    assert [s.partition(",")[0] for s in signatures(got)] == ["v1", "v1a"]
    assert by_python(got, rotated["secret"]) and by_public_key(got, made["public_key"])
    assert published.get(f"/v1/endpoints/{made['id']}")["public_key"] is None


def test_secrets_stand_in_no_event_log_or_audit(published, receiver):
    made = add(published, receiver.url())
    rotated = published.post(f"/v1/endpoints/{made['id']}/rotate", {})
    ping(published, receiver, made)
    said = str(published.get("/v1/events?limit=1000")) + str(published.get("/v1/audit?limit=1000")) + published.log()
    for secret in (made["secret"], rotated["secret"]):
        assert secret not in said and secret.removeprefix("whsec_") not in said
    assert published.get("/v1/events?type=endpoint.rotated")["data"][0]["data"]["endpoint"] == made["id"]


def test_messages_about_a_unit_are_numbered(published, receiver):
    add(published, receiver.url("/unit"))
    add(published, receiver.url("/office"), owner="office")
    published.post("/v1/clock/advance", {"to": "2025-04-02T09:05:00+08:00"})
    until("quiet", lambda: not published.get("/v1/deliveries?state=due")["data"])
    numbers = [int(r.headers["webhook-sequence"]) for r in receiver.at("/unit")]
    assert len(numbers) > 3 and sorted(numbers) == sorted(set(numbers)) and min(numbers) == 1
    made = published.get("/v1/endpoints?owner=office")["data"][0]
    assert "webhook-sequence" not in ping(published, receiver, made, "/office").headers


# ---- deletion ----

def test_a_deleted_endpoint_is_told_nothing_and_its_history_stays(published, receiver):
    kept = add(published, receiver.on("/kept"), owner="office")
    made = add(published, receiver.on("/gone", statuses=[200, 500]), options={"retry_s": [86400]})
    ping(published, receiver, made, "/gone")
    published.post("/v1/clock/advance", {"to": UNTIL})
    until("the failure on record", lambda: published.get("/v1/deliveries?state=due")["data"][0]["attempts"] == 1)
    path = f"/v1/endpoints/{made['id']}"
    said = published.request("DELETE", path)
    assert said.status == 200 and said.json()["state"] == "deleted" and said.json()["cancelled"] == 1
    cancelled = published.get("/v1/deliveries?state=cancelled")["data"]
    assert [(d["endpoint"], d["reason"]) for d in cancelled] == [(made["id"], "endpoint_deleted")]
    assert len(published.get(f"/v1/deliveries/{cancelled[0]['id']}")["attempt_list"]) == 1
    assert [e["id"] for e in published.get("/v1/endpoints")["data"]] == [kept["id"]]
    assert published.get("/v1/units/un_1")["endpoints"] == []
    assert published.get(path)["state"] == "deleted"
    for verb in ("enable", "disable", "test", "rotate"):
        assert published.request("POST", f"{path}/{verb}", {}).status == 404
    assert published.request("DELETE", path).status == 404
    assert published.request("PATCH", path, {"options": {}}).status == 404
    refused = published.request("POST", f"/v1/deliveries/{cancelled[0]['id']}/retry")
    assert refused.status == 409
    count = len(receiver.at("/gone"))
    published.post("/v1/clock/advance", {"by": "60d"})
    assert len(receiver.at("/gone")) == count
    assert published.get("/v1/events?type=endpoint.deleted")["data"][0]["data"]["cancelled"] == 1
    # Its address may be used again, by an endpoint that begins anew.
    again = add(published, receiver.url("/gone"))
    assert again["id"] != made["id"]
    published.ctl("endpoint", "delete", again["id"], code=0)
    assert published.get("/v1/status")["endpoints"] == {"enabled": 1, "disabled": 0, "paused": 0}


def test_what_was_held_goes_and_what_is_under_way_ends(published, receiver):
    released = threading.Event()
    made = add(published, receiver.on("/slow", hang=released, statuses=[500]))
    published.post(f"/v1/endpoints/{made['id']}/test", {})
    receiver.wait(1, "/slow")
    held = add(published, receiver.url("/held"), owner="unit:un_2")
    published.post(f"/v1/endpoints/{held['id']}/disable", {})
    published.post("/v1/clock/advance", {"to": UNTIL})
    waiting = published.get("/v1/deliveries?state=held")["data"]
    assert waiting and {d["endpoint"] for d in waiting} == {held["id"]}
    assert published.request("DELETE", f"/v1/endpoints/{held['id']}").json()["cancelled"] == len(waiting)
    assert published.get("/v1/deliveries?state=held")["data"] == []
    published.request("DELETE", f"/v1/endpoints/{made['id']}")
    released.set()
    until("its end", lambda: not published.get("/v1/deliveries?state=sending")["data"])
    assert published.get("/v1/deliveries?state=due")["data"] == []
    assert {d["reason"] for d in published.get("/v1/deliveries?state=cancelled")["data"]} == {"endpoint_deleted"}
