"""Reminders leave the house: signatures, retries, verdicts, guard, caps (D1 D3 D4 D5 D8 D12 D13), through the real daemon."""
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from harness import ROOT, run, until, verify

sys.path.append(str(ROOT / "tests" / "sim"))
import stage  # noqa: E402

WAITS = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]  # Standard Webhooks
BEFORE_60 = "2025-01-02T09:05:00+08:00"                          # of un_1's first report, due on 2025-03-03


def published(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    return daemon


def endpoint(daemon, url, unit=1):
    return daemon.post("/v1/endpoints", {"owner": f"unit:un_{unit}", "url": url})


def only_delivery(daemon, unit=1):
    listed = daemon.all(f"/v1/deliveries?unit=un_{unit}")
    assert len(listed) == 1, listed
    return daemon.get(f"/v1/deliveries/{listed[0]['id']}")


def instants(delivery):
    return [datetime.fromisoformat(a["started_at"]) for a in delivery["attempt_list"]]


def test_a_reminder_is_signed_and_says_what_is_due(daemon, receiver):
    made = endpoint(published(daemon), receiver.url())
    daemon.post("/v1/clock/advance", {"to": BEFORE_60})
    got = receiver.wait(1)[0]
    verify(got, made["secret"])
    said = got.json()
    assert said["type"] == "obligation.due_soon" and said["timestamp"] == BEFORE_60
    assert said["data"]["unit"]["id"] == "un_1" and said["data"]["obligation"]["due_on"] == "2025-03-03"
    assert said["data"]["days_left"] == 60 and said["data"]["steps"] == ["before-60"]
    assert "还有 60 天" in said["data"]["text"]["zh"] and "due in 60 days" in said["data"]["text"]["en"]
    assert len(got.body) < 20000 and got.headers["content-type"].startswith("application/json")
    assert only_delivery(daemon)["body"].encode() == got.body


def test_an_endpoint_that_always_fails_sees_the_schedule_then_the_message_is_dead(daemon, receiver):
    endpoint(published(daemon), receiver.on("/hook", statuses=[500]))
    daemon.post("/v1/clock/advance", {"to": "2025-01-07T00:00:00+08:00"})
    delivery = only_delivery(daemon)
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("dead", "exhausted", 10)
    began = instants(delivery)
    for wait, before, after in zip(WAITS, began, began[1:]):
        assert wait <= (after - before).total_seconds() <= wait * 1.2 + 1, (wait, began)
    got = receiver.received
    assert len(got) == 10 and len({r.id for r in got}) == 1 and len({r.body for r in got}) == 1
    events = [e for e in daemon.get("/v1/events?limit=1000")["data"] if e["type"] == "endpoint.exhausted"]
    assert len(events) == 1 and events[0]["data"]["message"] == delivery["id"]
    # Replayed by hand it goes out again under the same id.
    receiver.on("/hook", statuses=[200])
    daemon.ctl("delivery", "retry", delivery["id"], code=0)
    assert until("replay", lambda: only_delivery(daemon)["state"] == "delivered")
    assert receiver.received[-1].id == delivery["id"]


def test_retry_after_lengthens_the_wait(daemon, receiver):
    endpoint(published(daemon), receiver.on("/hook", statuses=[503, 200], headers={"Retry-After": "4000"}))
    daemon.post("/v1/clock/advance", {"to": "2025-01-03T00:00:00+08:00"})
    first, second = instants(only_delivery(daemon))
    assert timedelta(seconds=4000) <= second - first <= timedelta(seconds=4801)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 404, 429, 500, 502, 504])
def test_what_is_not_2xx_is_tried_again(daemon, receiver, status):
    endpoint(published(daemon), receiver.on("/hook", statuses=[status, 204], headers={"Location": receiver.url("/other")}))
    daemon.post("/v1/clock/advance", {"to": "2025-01-03T00:00:00+08:00"})
    delivery = only_delivery(daemon)
    assert [a["status"] for a in delivery["attempt_list"]] == [status, 204] and delivery["state"] == "delivered"
    assert not receiver.at("/other"), "a redirect was followed"


def test_gone_disables_the_endpoint_and_holds_what_follows(daemon, receiver):
    made = endpoint(published(daemon), receiver.on("/hook", statuses=[410, 200]))
    daemon.post("/v1/clock/advance", {"to": "2025-02-02T00:00:00+08:00"})
    states = Counter(d["state"] for d in daemon.all("/v1/deliveries?unit=un_1"))
    assert states == {"held": 2} and len(receiver.received) == 1
    assert daemon.get(f"/v1/endpoints/{made['id']}")["state_reason"] == "gone"
    daemon.ctl("endpoint", "enable", made["id"], code=0)
    until("held messages delivered", lambda: {d["state"] for d in daemon.all("/v1/deliveries?unit=un_1")} == {"delivered"})


def test_filing_a_report_stops_its_reminders(daemon, receiver):
    endpoint(published(daemon), receiver.url())
    daemon.post("/v1/clock/advance", {"to": "2025-02-02T12:00:00+08:00"})
    assert [r.json()["data"]["step"] for r in receiver.wait(2)] == ["before-60", "before-30"]
    filed = daemon.ctl("report", "submit", "--obligation", "ob_1", "--summary", "示例", code=0)
    assert "sb_1" in filed.out
    daemon.post("/v1/clock/advance", {"to": "2025-04-01T00:00:00+08:00"})
    about = [r.json()["data"]["obligation"]["id"] for r in receiver.received]
    assert about == ["ob_1", "ob_1"], about


def test_a_filed_report_cancels_a_reminder_that_waits_for_its_retry(daemon, receiver):
    endpoint(published(daemon), receiver.on("/hook", statuses=[500]))
    daemon.post("/v1/clock/advance", {"to": "2025-01-02T10:00:00+08:00"})
    daemon.ctl("report", "submit", "--obligation", "ob_1", "--summary", "示例", code=0)
    delivery = only_delivery(daemon)
    assert (delivery["state"], delivery["reason"]) == ("cancelled", "satisfied")
    occasion = daemon.get("/v1/obligations/ob_1")["occasions"][0]
    assert (occasion["step"], occasion["outcome"]) == ("before-60", "cancelled")
    before = len(receiver.received)
    daemon.post("/v1/clock/advance", {"to": "2025-01-03T10:00:00+08:00"})
    assert len(receiver.received) == before


def test_the_guard_refuses_private_addresses(make_daemon, receiver):
    daemon = make_daemon()
    daemon.write_config()
    text = daemon.config.read_text().replace('allow = [ "127.0.0.0/8" ]', "allow = [ ]")
    daemon.write_config = lambda: daemon.config.write_text(text)
    published(daemon.start())
    for url in ("http://127.0.0.1:1/x", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/latest",
                "http://[64:ff9b::7f00:1]/", "ftp://example.org/", "http://u:p@example.org/"):
        reply = daemon.request("POST", "/v1/endpoints", {"owner": "unit:un_1", "url": url})
        assert reply.status == 422 and reply.json()["pointer"] == "/url", (url, str(reply))
    # A name is judged when it has been resolved: the endpoint exists, and nothing leaves the house.
    endpoint(daemon, f"http://localhost:{receiver.port}/hook")
    daemon.post("/v1/clock/advance", {"to": "2025-01-03T00:00:00+08:00"})
    delivery = only_delivery(daemon)
    assert (delivery["state"], delivery["reason"]) == ("held", "egress") and "loopback" in delivery["last_reason"]
    assert not receiver.received


def test_one_hanging_endpoint_delays_nobody(make_daemon, receiver):
    import threading
    daemon = published(make_daemon(extra='courier = { timeout = "3s"; connect_timeout = "3s"; };').start())
    hang = threading.Event()
    endpoint(daemon, receiver.on("/hang", hang=hang), unit=1)
    for unit in range(2, 42):
        endpoint(daemon, receiver.url(f"/{unit}"), unit=unit)
    walk = threading.Thread(target=lambda: daemon.post("/v1/clock/advance", {"to": "2025-01-02T09:05:01+08:00"}))
    walk.start()
    receiver.wait(41)
    # The others were all received while the hanging one was still under way.
    assert daemon.all("/v1/deliveries?unit=un_1")[0]["state"] == "sending"
    hang.set()
    walk.join()


def test_an_endless_answer_ends_at_the_cap(make_daemon, folder):
    import os
    import subprocess
    daemon = published(make_daemon().start())
    catcher = subprocess.Popen([os.path.join(os.path.dirname(os.environ.get("JIEBANGD", str(ROOT / "build/jiebangd"))), "receiver"),
                                "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(catcher.stdout.readline())
        endpoint(daemon, f"http://127.0.0.1:{port}/endless-body")
        daemon.post("/v1/clock/advance", {"to": "2025-01-02T09:05:01+08:00"})
        attempt = only_delivery(daemon)["attempt_list"][0]
        assert attempt["status"] == 200 and len(attempt["excerpt"]) <= 256
    finally:
        catcher.kill()


def test_catching_up_keeps_the_configured_rate(make_daemon, receiver):
    daemon = published(make_daemon(extra="catch_up_per_second = 20;").start())
    for unit in range(1, 81):
        endpoint(daemon, receiver.url(f"/{unit}"), unit=unit)
    began = time.time()
    daemon.post("/v1/clock/advance", {"to": "2025-01-03T00:00:00+08:00", "jump": True})
    # Counted from before the first one left: a receiver that is slow to look sees them late, and never too early.
    for i, at in enumerate(sorted(r.at for r in receiver.wait(80))):
        # Two budgets can touch at the turn of a second, never three.
        assert i < 20 * (int(at - began) + 2), f"message {i} after {at - began} s"


def test_the_rate_of_catching_up_follows_a_reload(make_daemon, receiver):
    """At one a second a hundred would take longer than anybody waits here. The advance is answered when all are sent."""
    daemon = published(make_daemon(extra="catch_up_per_second = 1;").start())
    for i in range(100):
        endpoint(daemon, receiver.url(f"/{i}"))
    with ThreadPoolExecutor(1) as pool:
        advanced = pool.submit(daemon.post, "/v1/clock/advance", {"to": BEFORE_60, "jump": True})
        receiver.wait(1)
        daemon.config.write_text(daemon.config.read_text().replace("catch_up_per_second = 1;", "catch_up_per_second = 0;"))
        daemon.reload()
        until("the reload's end", lambda: "reloaded programmes" in daemon.log())
        advanced.result()
    assert len({request.id for request in receiver.wait(100)}) == 100
    assert "needs a restart" not in daemon.log()


def test_a_test_message_is_marked_and_not_retried(daemon, receiver):
    made = endpoint(published(daemon), receiver.on("/hook", statuses=[500, 200]))
    reply = daemon.ctl("-o", "json", "endpoint", "test", made["id"], code=1).json()
    got = receiver.wait(1)[0]
    verify(got, made["secret"], now=time.time())
    assert got.json()["type"] == "endpoint.test" and got.json()["data"]["test"] is True and "测试" in got.json()["data"]["text"]["zh"]
    assert reply["state"] == "dead" and reply["attempt"]["status"] == 500
    assert len(receiver.received) == 1


def test_the_independent_implementation_agrees(daemon, receiver):
    """openssl computes the signature: neither our C nor our Python."""
    import base64
    made = endpoint(published(daemon), receiver.url())
    daemon.post("/v1/clock/advance", {"to": BEFORE_60})
    got = receiver.wait(1)[0]
    key = base64.b64decode(made["secret"].removeprefix("whsec_")).hex()
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    mac = run(["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}"], stdin=signed).out.split()[-1]
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(bytes.fromhex(mac)).decode()


def test_what_a_stop_finds_not_begun_is_given_back_unharmed(make_daemon, folder, receiver):
    import sqlite3
    import threading
    quick = 'courier = { timeout = "1s"; connect_timeout = "1s"; };'
    daemon = published(make_daemon(extra=quick, programmes=stage.without_digests(folder)).start())
    hang = threading.Event()
    receiver.on("/office", hang=hang)
    daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/office")})

    def walk():
        try:
            daemon.request("POST", "/v1/clock/advance", {"to": "2025-03-12T10:00:00+08:00"})
        except OSError:
            pass  # the stop takes its answer away

    # 260 units are overdue at once: one office, four of its messages under way, others claimed ahead of them.
    walking = threading.Thread(target=walk)
    walking.start()
    receiver.wait(4)
    daemon.stop()
    walking.join()
    hang.set()
    with sqlite3.connect(daemon.state_dir / "jiebang.db") as db:
        ends = Counter((outcome, (reason or "")[:9]) for outcome, reason in db.execute("SELECT outcome, reason FROM attempt"))
        states = Counter(state for state, in db.execute("SELECT state FROM delivery"))
        counted = db.execute("SELECT count(*) FROM delivery WHERE ready_at = 0 AND round > 0").fetchone()[0]
    assert ends["failed", "not begun"] >= 4 and not any(outcome in (None, "unknown") for outcome, _ in ends), ends
    assert states == {"due": 260} and counted == 0, (states, counted)


def test_a_token_is_never_stored_in_clear(daemon):
    first = daemon.post("/v1/tokens", {"name": "clerk"}, headers={"Idempotency-Key": "k1"})
    again = daemon.post("/v1/tokens", {"name": "clerk"}, headers={"Idempotency-Key": "k1"})
    assert first["token"].startswith("jb_") and again["id"] == first["id"] and again["token"] is None
    daemon.stop()
    for file in (f for f in daemon.state_dir.rglob("*") if f.is_file()):
        assert first["token"].encode() not in file.read_bytes(), file


def test_a_correction_of_the_calendar_survives_a_restart(daemon):
    def days(year):
        return next(y for y in daemon.get("/v1/calendars")["data"] if y["year"] == year)
    before = days(2026)
    text = (ROOT / "conf/calendars/cn.csv").read_text(encoding="utf-8")
    year = [line for line in text.splitlines() if line.startswith("2026-") and not line.startswith("2026-10-10")]
    reply = daemon.request("POST", "/v1/calendars", "date,kind,name\n" + "\n".join(year) + "\n", {"Content-Type": "text/csv"})
    assert reply.status == 200, reply
    assert days(2026)["workdays"] == before["workdays"] - 1
    daemon.stop()
    daemon.start()
    assert days(2026)["workdays"] == before["workdays"] - 1


def test_a_cancelled_obligation_is_silent_and_an_ad_hoc_date_is_planned_beside_the_rest(make_daemon, receiver, folder):
    """O1: half-yearly and two dates of its own make 4 + 2; cancelling one stops its steps."""
    text = (ROOT / "conf/programmes/future-2023.conf").read_text(encoding="utf-8")
    extra = ('obligations = (\n\t{ id = "adhoc"; kind = "ad_hoc"; zh = "专项"; en = "Ad hoc"; on_dates = [ "2025-05-20", "2025-06-20" ];\n'
             '\t  opens_before_days = 15; roll = "none"; satisfied_by = "submission"; ladder = "default"; clause = "ours"; },')
    programmes = folder / "programmes"
    programmes.mkdir()
    (programmes / "p.conf").write_text(text.replace("obligations = (", extra, 1), encoding="utf-8")
    daemon = published(make_daemon(programmes=programmes).start())
    mine = daemon.all("/v1/obligations?unit=un_1")
    assert sorted(o["due_on"] for o in mine if o["rule"] == "adhoc") == ["2025-05-20", "2025-06-20"]
    assert sum(o["rule"] == "progress" for o in mine) == 4
    endpoint(daemon, receiver.on("/hook", statuses=[500]))
    gone, kept = (o["id"] for o in mine if o["rule"] == "adhoc")
    daemon.post("/v1/clock/advance", {"to": "2025-03-22T00:00:00+08:00"})
    refused = daemon.ctl("obligation", "cancel", gone, "--reason", " ")
    assert refused.code == 2 and "reason" in refused.err
    assert daemon.ctl("-o", "json", "obligation", "cancel", gone, "--reason", "asked twice", code=0).json()["state"] == "cancelled"
    assert {d["state"] for d in daemon.all("/v1/deliveries?unit=un_1") if d["obligation"] == gone} == {"cancelled"}
    receiver.on("/hook", statuses=[200])
    before = len(receiver.received)
    daemon.post("/v1/clock/advance", {"to": "2025-06-21T12:00:00+08:00"})
    about = {r.json()["data"]["obligation"]["id"] for r in receiver.received[before:]}
    assert kept in about and gone not in about
    again = daemon.ctl("obligation", "cancel", gone, "--reason", "again")
    assert again.code == 4 and "cancelled" in again.err


def test_a_filed_report_is_on_disk_before_it_is_acknowledged(daemon, folder):
    """Contract 1, as the kernel sees it: the log is synced between reading the request and answering it."""
    import re
    import signal
    import subprocess
    published(daemon)
    trace = folder / "trace"
    tracer = subprocess.Popen(["strace", "-f", "-y", "-e", "trace=recvfrom,sendmsg,fdatasync,fsync", "-o", trace,
                               "-p", str(daemon.process.pid)], stderr=subprocess.PIPE, text=True)
    assert "attached" in tracer.stderr.readline()
    daemon.post("/v1/obligations/ob_1/submissions", {"summary": "示例"})
    tracer.send_signal(signal.SIGINT)
    tracer.wait()
    calls = [m[1] for line in trace.read_text().splitlines()
             if (m := re.search(r"(recvfrom\(.*POST|f(?:data)?sync\(\d+<[^>]*jiebang\.db-wal>|sendmsg\(.*HTTP/1\.1 201)", line))]
    kinds = ["read" if c.startswith("recv") else "sync" if "sync" in c.split("(")[0] else "answer" for c in calls]
    assert kinds[0] == "read" and kinds[-1] == "answer" and "sync" in kinds[1:-1], calls


def test_an_occasion_told_to_two_endpoints_ends_as_the_better_of_both(daemon, receiver):
    published(daemon)
    endpoint(daemon, receiver.on("/dead", statuses=[500]))
    endpoint(daemon, receiver.on("/good", statuses=[200]))
    daemon.post("/v1/clock/advance", {"to": "2025-01-07T00:00:00+08:00"})
    assert {d["state"] for d in daemon.all("/v1/deliveries?unit=un_1")} == {"dead", "delivered"}
    occasion = daemon.get("/v1/obligations/ob_1")["occasions"][0]
    assert (occasion["step"], occasion["outcome"], occasion["reason"]) == ("before-60", "sent", None)
