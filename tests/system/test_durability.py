"""The contract under SIGKILL: two hundred of them, at random moments, under load, with a live receiver (R8, D3).

Clients file reports and add endpoints all the while and write down what was acknowledged; the clock goes on in small
steps, so that reminders flow. At the end nothing acknowledged is missing, nothing exists twice, every step came.
"""
import hashlib
import http.client
import itertools
import json
import os
import random
import sys
import threading
import time
from collections import defaultdict

import pytest

from harness import ROOT, until

sys.path.append(str(ROOT / "tests" / "sim"))
import expect  # noqa: E402
import invariants  # noqa: E402
import stage  # noqa: E402

KILLS = int(os.environ.get("JIEBANG_KILLS", "200"))
SEED = int(os.environ.get("JIEBANG_SEED", "20230914"))
UNITS, REMINDED = 120, 16  # the first ones never file and hear every reminder; the others file
LIMIT_S = 150  # of killing; a slow machine kills less often rather than for longer
DOWN = (OSError, http.client.HTTPException)
EVERY_S = 0.03  # between two writes of a client


class Client(threading.Thread):
    """Does one write after the other, each until it is acknowledged, under one Idempotency-Key."""

    def __init__(self, daemon, name, writes):
        super().__init__(name=name, daemon=True)
        self.jiebang, self.writes = daemon, writes
        self.acknowledged = []  # (what was asked, the answer)
        self.unexpected = []
        self.repeated = 0
        self.over = threading.Event()

    def run(self):
        for number, (path, body) in enumerate(self.writes):
            key = f"{self.name}-{number}"
            while not self.over.is_set() and not self.attempt(path, body, key):
                self.repeated += 1
                time.sleep(EVERY_S)
            if self.over.wait(EVERY_S):
                return

    def attempt(self, path, body, key):
        try:
            reply = self.jiebang.request("POST", path, body, {"Idempotency-Key": key})
            answer = reply.json()
        except (*DOWN, ValueError):  # an answer cut off within its head looks whole to http.client, and is none
            return False
        if reply.status == 201:
            self.acknowledged.append((body, answer))
        elif reply.status != 503:
            self.unexpected.append(f"{path}: {reply}")
        return reply.status != 503


class Clock(threading.Thread):
    def __init__(self, daemon):
        super().__init__(name="clock", daemon=True)
        self.jiebang, self.over = daemon, threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            try:
                self.jiebang.request("POST", "/v1/clock/advance", {"by": "9h"})
            except DOWN:
                pass


def filings(daemon, moments):
    """A report for each obligation of those who file, in any order."""
    rows = [row["id"] for unit in range(REMINDED + 1, UNITS + 1) for row in daemon.all(f"/v1/obligations?unit=un_{unit}")]
    moments.shuffle(rows)
    return [(f"/v1/obligations/{row}/submissions", {"summary": f"report for {row}", "author": row}) for row in rows]


def additions(receiver, moments):
    """Endpoints without end, each with an address of its own."""
    for number in itertools.count():
        unit = moments.randrange(REMINDED + 1, UNITS + 1)
        yield "/v1/endpoints", {"owner": f"unit:un_{unit}", "url": receiver.url(f"/added/{number}")}


def kill_again_and_again(daemon, moments):
    began, kills = time.monotonic(), 0
    while kills < KILLS and time.monotonic() - began < LIMIT_S:
        if moments.random() < 0.15:
            time.sleep(moments.random() * 0.2)
            daemon.kill()  # while it starts, and recovers what the last kill left
            kills += 1
            daemon.spawn()
            continue
        until("jiebangd ready", daemon.is_ready, every_s=0.01, tries=3000)
        time.sleep(moments.random() ** 2 * 0.5)
        daemon.kill()
        kills += 1
        daemon.spawn()
    until("jiebangd ready", daemon.is_ready)
    return kills


def come_to_rest(daemon):
    """What an operator would do: three kills in one attempt of a message put it into quarantine; it is let go."""
    for _ in range(20):
        stage.advance(daemon, by="2d")
        deliveries = daemon.get("/v1/status")["deliveries"]
        if not any(deliveries[state] for state in ("due", "sending", "held", "dead")):
            return
        for row in daemon.all("/v1/deliveries?state=held"):
            assert row["reason"] == "quarantine", row
        daemon.post("/v1/deliveries/retry", {"state": "held"})
    raise AssertionError(f"never at rest: {deliveries}")


def check_acknowledged(daemon, filer, adder):
    assert filer.unexpected == [] and adder.unexpected == []
    by_obligation = {body["author"]: answer for body, answer in filer.acknowledged}
    assert len(by_obligation) == len(filer.acknowledged) > 20
    for obligation, answer in by_obligation.items():
        seen = daemon.get(f"/v1/obligations/{obligation}")
        assert seen["state"] == "submitted"
        assert [(s["id"], s["version"], s["summary"]) for s in seen["submissions"]] == [(answer["id"], 1, f"report for {obligation}")]
    kept = {e["id"]: e["url"] for e in daemon.all("/v1/endpoints?limit=1000")}
    acknowledged = {answer["id"]: answer["url"] for _, answer in adder.acknowledged}
    assert len(acknowledged) == len(adder.acknowledged) > 20
    assert {i: kept.get(i) for i in acknowledged} == acknowledged
    # The one that was asked for when all ended may be there too, unacknowledged.
    added = [url for url in kept.values() if "/added/" in url]
    assert len(set(added)) == len(added) <= len(acknowledged) + 1


def check_received(daemon, receiver):
    """One id an occasion and endpoint, one body an id; and what the database calls delivered did come, in those bytes."""
    bodies, ids, accepted, kept = defaultdict(set), defaultdict(set), set(), {}
    for got in receiver.received:
        bodies[got.id].add(hashlib.sha256(got.body).hexdigest())
        for told in stage.told(daemon, got, kept):
            if told["step"]:  # what is no step may be told again: returned once more, settled once more
                ids[got.path, told["obligation"], told["step"]].add(got.id)
        accepted.add(got.id)
    assert [i for i, some in bodies.items() if len(some) > 1] == [] and [o for o, some in ids.items() if len(some) > 1] == []
    known = {row["id"]: row["state"] for row in daemon.all("/v1/deliveries?limit=1000")}
    assert set(bodies) <= set(known)
    delivered = {i for i, state in known.items() if state == "delivered"}
    assert delivered <= accepted and len(delivered) > 500
    for message in random.Random(SEED).sample(sorted(delivered), 100):
        assert {hashlib.sha256(daemon.get(f"/v1/deliveries/{message}")["body"].encode()).hexdigest()} == bodies[message]
    repeats = len(receiver.received) - len(accepted)
    return {"messages": len(known), "delivered": len(delivered), "repeats": repeats}


def check_every_step(daemon, receiver, now):
    """Those who never file heard of every step once: a clock that stands still while we are down makes no outage."""
    calendar = expect.Calendar()
    came, kept = defaultdict(set), {}
    for got in receiver.received:
        for told in stage.told(daemon, got, kept):
            if told["step"]:
                came[got.path, told["obligation"]].add(tuple(told["steps"]))
    for unit in range(1, REMINDED + 1):
        owed = stage.owed(daemon, f"un_{unit}")
        for due in expect.plan_2023(stage.ANCHOR, calendar):
            steps = [s for s in expect.ladder(due.due_on, calendar, now)]
            obligation = owed[due.rule, due.n]
            got = stage.occasions(daemon, obligation)
            assert got == {s.key: ("sent", None) for s in steps}, (unit, due)
            assert came[f"/unit/{unit}", obligation] == {(s.key,) for s in steps if s.to == "unit"}, (unit, due)
            assert came["/office", obligation] == {(s.key,) for s in steps if s.to == "office"}, (unit, due)


def test_two_hundred_kills(make_daemon, receiver):
    print(f"again: JIEBANG_SEED={SEED} JIEBANG_KILLS={KILLS} /usr/bin/python3 -m pytest tests/system/test_durability.py")
    moments = random.Random(SEED)
    daemon = make_daemon().start()
    stage.import_list(daemon, UNITS)
    stage.publish(daemon)
    for unit in range(1, REMINDED + 1):
        stage.listen(daemon, receiver, f"unit:un_{unit}", f"/unit/{unit}")
    recommenders = {u["recommender"] for u in daemon.all("/v1/units?programme=future-2023")}
    for number, name in enumerate(sorted(recommenders)):
        stage.listen(daemon, receiver, f"recommender:{name}", f"/recommender/{number}")
    stage.listen(daemon, receiver, "office", "/office")
    filer = Client(daemon, "filer", filings(daemon, moments))
    adder = Client(daemon, "adder", additions(receiver, moments))
    clock = Clock(daemon)
    for thread in (filer, adder, clock):
        thread.start()
    kills = kill_again_and_again(daemon, moments)
    for thread in (clock, filer, adder):
        thread.over.set()
        thread.join()
    come_to_rest(daemon)
    now = expect.dt.datetime.fromisoformat(daemon.get("/v1/clock")["now"])
    check_acknowledged(daemon, filer, adder)
    counts = check_received(daemon, receiver)
    check_every_step(daemon, receiver, now)
    assert daemon.get("/v1/audit/verify")["ok"]
    invariants.check(daemon.state_dir)
    unknown = invariants.rows(daemon.state_dir, "SELECT count(*) FROM attempt WHERE outcome = 'unknown'")[0][0]
    daemon.stop()
    invariants.check(daemon.state_dir)
    print(f"{kills} kills until {now}; {len(filer.acknowledged)} reports, {len(adder.acknowledged)} endpoints, "
          f"{filer.repeated + adder.repeated} writes repeated, {unknown} unknown attempts, {counts}")
    assert kills == KILLS or kills > 50, f"only {kills} kills in {LIMIT_S} s"


@pytest.mark.parametrize("path, body, once", [
    ("/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:1/x"}, ()),
    # The token itself is nowhere in the database, so it can't be told a second time.
    ("/v1/tokens", {"name": "once"}, ("token",))])
def test_an_acknowledged_write_repeated_after_a_kill_is_the_same_write(make_daemon, path, body, once):
    daemon = make_daemon().start()
    first = daemon.request("POST", path, body, {"Idempotency-Key": "k"})
    daemon.kill()
    daemon.start()
    again = daemon.request("POST", path, body, {"Idempotency-Key": "k"})
    assert first.status == again.status == 201
    assert again.json() == {**first.json(), **dict.fromkeys(once)}
    assert len(daemon.get(path)["data"]) == 1


def test_an_answer_is_kept_a_day_of_the_wall_clock(daemon):
    """A simulated clock runs through weeks while an answer is on its way: its repetition is still the same write."""
    stage.published(daemon, units=1)
    obligation = daemon.all("/v1/obligations?unit=un_1")[0]["id"]
    write = ("POST", f"/v1/obligations/{obligation}/submissions", {"summary": "s", "author": "a"}, {"Idempotency-Key": "k"})
    first = daemon.request(*write)
    stage.advance(daemon, by="30d")
    daemon.request("POST", "/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:1/x"}, {"Idempotency-Key": "sweeps"})
    again = daemon.request(*write)
    assert (first.status, again.status) == (201, 201)
    assert again.json() == first.json()


def test_killed_while_it_is_born(make_daemon):
    """The first start makes the database: killed anywhere in it, the next start makes or finds it whole."""
    moments = random.Random(SEED)
    daemon = make_daemon()
    for _ in range(40):
        daemon.spawn()
        time.sleep(moments.random() * 0.08)
        daemon.kill()
        if moments.random() < 0.7:
            for file in (f for f in daemon.state_dir.rglob("*") if f.is_file()):
                file.unlink()
    daemon.start()
    stage.published(daemon, units=5)
    assert daemon.get("/v1/audit/verify")["ok"]
    daemon.stop()
    invariants.check(daemon.state_dir)
