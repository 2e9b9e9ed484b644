"""Contract 10 and its neighbours: disk full, a foreign lock, a second daemon, foreign and broken state, rude endpoints.

The full disk is a small tmpfs, so these tests need root (mount).
"""
import datetime as dt
import http.client
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from harness import ROOT, until

sys.path.append(str(ROOT / "tests" / "sim"))
import invariants  # noqa: E402
import stage  # noqa: E402
from expect import BEIJING  # noqa: E402
from stage import advance, file_report, listen, occasions, published  # noqa: E402

# ---- the disk fills ----

DISK_BYTES = 6 * 1024 * 1024


@pytest.fixture
def small_disk(folder):
    disk = folder / "0" / "state"
    disk.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "jiebang-test", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk):
    """Takes all that is left. Returns the file to delete."""
    ballast = disk / "ballast"
    top_up(ballast)
    assert shutil.disk_usage(disk).free < 4096
    return ballast


def top_up(ballast):
    """→ how many bytes there were still to take."""
    taken = 0
    with ballast.open("ab", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                while (n := file.write(b"\0" * size)) == size:
                    taken += n
            except OSError:
                pass
            size //= 2
    return taken


def write_until_refused(daemon, ballast, tries=400):
    """The database has some room of its own; endpoints with long addresses use it up. A file system may give back later
    what it had set aside: it is taken as well, until nothing comes back. Returns what was accepted, and the refusal."""
    accepted = []
    for i in range(tries):
        url = f"http://127.0.0.1:1/{i}-" + "x" * 1500
        reply = daemon.request("POST", "/v1/endpoints", {"owner": "unit:un_2", "url": url})
        if reply.status == 201:
            accepted.append(url)
        elif top_up(ballast) == 0:
            return accepted, reply
    raise AssertionError("the disk was never full")


def test_a_full_disk_refuses_writes_and_nothing_else(small_disk, make_daemon):
    daemon = make_daemon().start()
    owed = published(daemon, units=2)
    ballast = fill(small_disk)
    accepted, refusal = write_until_refused(daemon, ballast)
    assert refusal.status == 507 and refusal.headers["content-type"].startswith("application/problem+json"), refusal
    assert "full" in refusal.json()["detail"] and "state_dir" in refusal.json()["hint"], refusal
    # Reads go on, and see that what was refused is not there.
    assert {e["url"] for e in daemon.all("/v1/endpoints")} == set(accepted)
    assert daemon.get("/v1/status")["endpoints"]["enabled"] == len(accepted)
    assert daemon.request("POST", f"/v1/obligations/{owed['progress', 1]}/submissions", {"summary": "x" * 3000}).status == 507
    assert daemon.get(f"/v1/obligations/{owed['progress', 1]}")["submissions"] == []
    large = daemon.request("POST", "/v1/calendars", (ROOT / "conf/calendars/cn.csv").read_bytes().replace(b"2024-", b"2031-"),
                           {"Content-Type": "text/csv"})
    assert large.status in (422, 507), large
    # Space comes back; nobody restarts anything.
    ballast.unlink()
    until("the daemon heals", lambda: daemon.request("GET", "/readyz").status == 200)
    assert file_report(daemon, owed["progress", 1])["version"] == 1
    assert daemon.get("/v1/audit/verify")["ok"]
    invariants.check(daemon.state_dir)
    daemon.stop()
    daemon.start()
    assert {e["url"] for e in daemon.all("/v1/endpoints")} == set(accepted)
    assert len(daemon.get(f"/v1/obligations/{owed['progress', 1]}")["submissions"]) == 1


def test_the_outcome_of_an_attempt_waits_for_the_disk(small_disk, make_daemon, receiver):
    """The receiver has said 200 while the disk was full: that is recorded later, and the message is not sent again."""
    daemon = make_daemon().start()
    published(daemon, units=2)
    gate = threading.Event()
    receiver.on("/slow", hang=gate)
    listen(daemon, receiver, "unit:un_1", "/slow")
    walker = threading.Thread(target=advance_quietly, args=(daemon, "2025-01-03T00:00:00+08:00"))
    walker.start()
    receiver.wait(1, "/slow")
    ballast = fill(small_disk)
    _, refusal = write_until_refused(daemon, ballast)
    assert refusal.status == 507
    gate.set()
    until("the trouble is noticed", lambda: "store refuses" in daemon.log())
    assert daemon.request("GET", "/readyz").status == 503
    assert daemon.get("/v1/status")["deliveries"]["sending"] == 1
    ballast.unlink()
    until("recorded", lambda: daemon.get("/v1/status")["deliveries"]["delivered"] == 1)
    walker.join()
    advance(daemon, to="2025-01-10T00:00:00+08:00")
    assert len(receiver.at("/slow")) == 1
    message = daemon.get("/v1/deliveries?state=delivered")["data"][0]
    assert message["attempts"] == 1 and message["last_status"] == 200
    assert daemon.request("GET", "/readyz").status == 200
    invariants.check(daemon.state_dir)


def advance_quietly(daemon, to):
    """The walk may be broken off by the trouble that the test makes; it is taken up again afterwards."""
    try:
        daemon.request("POST", "/v1/clock/advance", {"to": to})
    except (OSError, http.client.HTTPException):
        pass


def test_steps_that_came_due_on_a_full_disk_are_sent_when_it_heals(small_disk, make_daemon, receiver):
    daemon = make_daemon().start()
    owed = published(daemon, units=2)
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-01-01T00:00:00+08:00")
    ballast = fill(small_disk)
    write_until_refused(daemon, ballast)
    reply = daemon.request("POST", "/v1/clock/advance", {"to": "2025-01-03T00:00:00+08:00"})
    assert reply.status == 507 and receiver.at("/one") == [], reply
    ballast.unlink()
    until("the daemon heals", lambda: daemon.request("GET", "/readyz").status == 200)
    advance(daemon, to="2025-01-03T00:00:00+08:00")
    assert [r.json()["data"]["steps"] for r in receiver.at("/one")] == [["before-60"]]
    assert occasions(daemon, owed["progress", 1]) == {"before-60": ("sent", None)}
    invariants.check(daemon.state_dir)


def test_a_start_on_a_full_disk_says_so(small_disk, make_daemon):
    daemon = make_daemon().start()
    published(daemon)
    daemon.stop()
    ballast = fill(small_disk)
    refuses_to_start(daemon, 74, "full", "state_dir")
    ballast.unlink()
    daemon.start()
    invariants.check(daemon.state_dir)


def test_stopped_on_a_full_disk_it_repeats_what_it_could_not_record(small_disk, make_daemon, receiver):
    """A repeated notice costs a glance: same id, same body."""
    daemon = make_daemon(extra='courier = { timeout = "1s"; connect_timeout = "1s"; };').start()
    published(daemon, units=2)
    gate = threading.Event()
    receiver.on("/slow", hang=gate)
    listen(daemon, receiver, "unit:un_1", "/slow")
    walker = threading.Thread(target=advance_quietly, args=(daemon, "2025-01-02T09:05:00+08:00"))
    walker.start()
    receiver.wait(1, "/slow")
    ballast = fill(small_disk)
    write_until_refused(daemon, ballast)
    gate.set()
    daemon.stop()  # within its own deadline
    walker.join()
    ballast.unlink()
    daemon.start()
    advance(daemon, by="1h")
    got = receiver.at("/slow")
    assert len(got) == 2 and len({(r.id, r.body) for r in got}) == 1
    assert daemon.get("/v1/status")["deliveries"]["delivered"] == 1
    invariants.check(daemon.state_dir)


def test_retries_come_by_themselves_on_the_real_clock(make_daemon, receiver):
    """No poke, no advance: the one timer wakes the daemon for the second and the third attempt."""
    daemon = make_daemon(clock="real", extra='courier = { retry = [ "2s", "2s" ]; };').start()
    stage.import_list(daemon, 1)
    receiver.on("/one", statuses=[503, 500, 200])
    listen(daemon, receiver, "unit:un_1", "/one")
    # Due in about two weeks: what should have been said by now is said at once, in one message.
    stage.publish(daemon, dt.datetime.now(BEIJING).date() - dt.timedelta(days=170))
    receiver.wait(3, "/one")
    until("delivered", lambda: daemon.get("/v1/status")["deliveries"]["delivered"] == 1)
    got = receiver.at("/one")
    assert [r.status for r in got] == [503, 500, 200] and len({(r.id, r.body) for r in got}) == 1
    assert all(later.at - sooner.at >= 1 for sooner, later in zip(got, got[1:]))
    made = daemon.get("/v1/deliveries")["data"][0]
    outcomes = daemon.get(f"/v1/deliveries/{made['id']}")["attempt_list"]
    assert [(a["outcome"], a["status"]) for a in outcomes] == [("failed", 503), ("failed", 500), ("delivered", 200)]


def test_a_foreign_lock_refuses_for_as_long_as_it_is_held(make_daemon):
    daemon = make_daemon().start()
    owed = published(daemon)
    foreign = sqlite3.connect(daemon.state_dir / "jiebang.db", isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    reply = daemon.request("POST", f"/v1/obligations/{owed['progress', 1]}/submissions", {"summary": "x"})
    assert reply.status == 503 and reply.headers["content-type"].startswith("application/problem+json"), reply
    assert daemon.get("/v1/status")["programmes"][0]["submitted"] == 0  # readers never wait
    foreign.execute("ROLLBACK")
    foreign.close()
    file_report(daemon, owed["progress", 1])
    invariants.check(daemon.state_dir)


# ---- whose state it is ----

def refuses_to_start(daemon, code, *words):
    """The daemon ends with this status, and its last words help."""
    daemon.log_file.unlink(missing_ok=True)
    daemon.spawn()
    assert daemon.wait() == code, daemon.log()
    assert all(word in daemon.log() for word in words), daemon.log()
    daemon.check_sanitizers()


def test_a_second_daemon_is_sent_away(make_daemon):
    first = make_daemon().start()
    second = make_daemon()
    second.state_dir = first.state_dir
    refuses_to_start(second, 75, "another daemon", str(first.state_dir))
    assert first.request("GET", "/readyz").status == 200
    first.kill()
    second.start()  # the lock dies with its holder, also by SIGKILL


def test_state_of_another_clock_is_refused(make_daemon):
    daemon = make_daemon().start()
    daemon.stop()
    daemon.clock = "real"
    refuses_to_start(daemon, 78, "simulated", "state_dir")
    other = make_daemon(clock="real").start()
    other.stop()
    other.clock = "simulated:2024-09-02T00:00:00+08:00"
    refuses_to_start(other, 78, "real", "state_dir")
    daemon.clock = "simulated:2024-09-02T00:00:00+08:00"
    daemon.start()  # untouched by the refusal


def test_a_newer_schema_is_refused_and_left_alone(make_daemon):
    daemon = make_daemon().start()
    daemon.stop()
    file = daemon.state_dir / "jiebang.db"
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = file.read_bytes()
    refuses_to_start(daemon, 74, "99", "newer")
    assert file.read_bytes() == before


def scribble(file):
    file.write_bytes(b"this is no database, and never was one. " * 400)


def foreign_database(file):
    file.unlink()
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE somebody_elses (thing TEXT)")
    db.commit()
    db.close()


def broken_pages(file):
    """A good head, and behind it what a dying disk left of the rest."""
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))


@pytest.mark.parametrize("spoil", [scribble, foreign_database, broken_pages])
def test_a_spoilt_database_gives_a_clear_end(make_daemon, spoil):
    daemon = make_daemon().start()
    published(daemon, units=3)
    daemon.stop()
    # A clean stop leaves everything in the one file.
    assert all(rest.stat().st_size == 0 for rest in daemon.state_dir.glob("jiebang.db-wal"))
    for rest in daemon.state_dir.glob("jiebang.db-*"):
        rest.unlink()
    spoil(daemon.state_dir / "jiebang.db")
    before = (daemon.state_dir / "jiebang.db").read_bytes()
    refuses_to_start(daemon, 74, "database")
    assert (daemon.state_dir / "jiebang.db").read_bytes() == before


def test_a_state_dir_that_cannot_be_is_named(make_daemon):
    daemon = make_daemon()
    daemon.state_dir.parent.mkdir(exist_ok=True)
    daemon.spawn()
    daemon.kill()
    shutil.rmtree(daemon.state_dir)
    daemon.state_dir.symlink_to("/proc/nothing/here")
    daemon.write_config()
    daemon.log_file.unlink(missing_ok=True)
    with pytest.raises(OSError):
        daemon.state_dir.mkdir()
    spawn_without_folder(daemon)
    assert daemon.wait() == 74 and str(daemon.state_dir) in daemon.log(), daemon.log()


def spawn_without_folder(daemon):
    import harness
    with daemon.log_file.open("ab") as log:
        daemon.process = subprocess.Popen([harness.JIEBANGD, "--config", str(daemon.config)], stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, env=harness.clean_env(), cwd=daemon.folder)


# ---- endpoints that want no more ----

def test_many_messages_answered_gone_at_once_disable_the_endpoint_once(daemon, receiver):
    """Four attempts are under way when the first 410 comes; the other three say the same about an endpoint disabled already.
    A test that has its answer is over; those that had none are held."""
    gate = threading.Event()
    receiver.on("/gone", statuses=[410], hang=gate)
    made = listen(daemon, receiver, "office", "/gone")
    for _ in range(20):  # reminders of one instant would be one digest
        daemon.post(f"/v1/endpoints/{made['id']}/test", status=202)
    receiver.wait(4, "/gone")
    gate.set()
    until("the endpoint is disabled and its messages held", lambda: (n := daemon.get("/v1/status")["deliveries"])["dead"] + n["held"] == 20)
    endpoint = daemon.get(f"/v1/endpoints/{made['id']}")
    assert (endpoint["state"], endpoint["state_reason"]) == ("disabled", "gone")
    assert [e["data"]["reason"] for e in stage.events(daemon, "endpoint.disabled")] == ["gone"]
    status = daemon.get("/v1/status")
    assert status["endpoints"] == {"enabled": 0, "disabled": 1, "paused": 0} and status["deliveries"]["dead"] >= 4
    held = status["deliveries"]["held"]
    invariants.check(daemon.state_dir)
    receiver.on("/gone")
    daemon.post(f"/v1/endpoints/{made['id']}/enable")
    advance(daemon, by="1s")
    assert daemon.get("/v1/status")["deliveries"]["delivered"] == held
    assert len({r.id for r in receiver.at("/gone") if r.status == 200}) == held
    invariants.check(daemon.state_dir)


def test_held_and_dead_messages_of_those_who_filed_meanwhile_are_not_replayed_in_bulk(daemon, receiver):
    published(daemon, units=2)
    for i in (1, 2):
        receiver.on(f"/{i}", statuses=[500])
        listen(daemon, receiver, f"unit:un_{i}", f"/{i}")
    advance(daemon, to="2025-01-07T00:00:00+08:00")  # dead after four days, and the endpoint is paused after five
    assert daemon.get("/v1/status")["deliveries"]["dead"] == 2
    assert len(receiver.at("/1")) == 10  # nine waits, ten attempts
    file_report(daemon, stage.owed(daemon, "un_1")["progress", 1])
    for i in (1, 2):
        receiver.on(f"/{i}")
    receiver.clear()
    assert daemon.post("/v1/deliveries/retry", {"state": "dead"})["retried"] == 1
    advance(daemon, by="1s")
    assert receiver.at("/1") == [] and len(receiver.at("/2")) == 1
    assert occasions(daemon, stage.owed(daemon, "un_1")["progress", 1])["before-60"] == ("cancelled", "satisfied")
    assert occasions(daemon, stage.owed(daemon, "un_2")["progress", 1])["before-60"] == ("sent", None)
    invariants.check(daemon.state_dir)
