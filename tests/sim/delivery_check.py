#!/usr/bin/env python3
"""The states of a delivery, tried in every order: `delivery_check.py` walks them all, `--wrong NAME` a broken variant.

One occasion of one obligation, two endpoints, the due date moved once. In between, wherever they fit: SIGKILL, a lost
reply, a failure, a 410, the clock forward or back, the report filed, an endpoint disabled and enabled, a retry by hand,
a backup and its restore. What is committed together is one step here; what stands in memory alone is lost by a kill.

Written from the contract (3, 4, 5, 6, 7 and the delivery states), not from the engine. MOVES is what a delivery may do:
test_delivery_check.py holds it against what the real daemon's database went through."""
import argparse
import sys
from collections import deque
from typing import NamedTuple, Optional

MOVES = {
    "due": {"sending", "held", "cancelled", "superseded", "due"},  # due → due: a retry by hand brings it forward
    "sending": {"delivered", "due", "held", "dead", "cancelled", "superseded"},
    "held": {"due", "cancelled", "superseded", "held"},
    "dead": {"due", "cancelled", "superseded"},
    "delivered": set(), "cancelled": set(), "superseded": set(),
}
BORN = {"due", "held"}
ENDS = {"delivered", "cancelled", "superseded"}
ATTEMPTS = 2   # of the schedule
UNKNOWNS = 2   # in a row: quarantine (three in the daemon; the walk has two kills)
LATEST = 2     # instants are 0 … LATEST

# All of it at once is beyond a test's time: each walk has some of it. The wide ones are for `./dev soak`.
SCOPES = [
    dict(endpoints=1, kills=2, failures=2, edits=1, jumps=1, backups=0),
    dict(endpoints=1, kills=1, failures=1, edits=1, jumps=0, backups=1),
    dict(endpoints=2, kills=1, failures=1, edits=0, jumps=0, backups=0),
]
WIDE = [
    dict(endpoints=1, kills=2, failures=2, edits=2, jumps=1, backups=0),
    dict(endpoints=1, kills=2, failures=1, edits=2, jumps=0, backups=1),
    dict(endpoints=2, kills=1, failures=1, edits=1, jumps=0, backups=0),
]

WRONG = {
    "delivered_before_send": "delivered is written when it is claimed",
    "unrecorded": "bytes leave before the attempt is on record",
    "body_per_attempt": "the body is written anew for each attempt",
    "exactly_due": "due is ready_at == now",
    "recovery_forgets": "what was being sent is left alone at the next start",
    "retry_adds": "a retry by hand does not look whether one is under way",
    "held_vanish": "what comes for a disabled endpoint is dropped",
    "filed_is_reminded": "filing cancels nothing",
    "old_date_is_told": "a moved date supersedes nothing",
    "planned_twice": "the occasion is not on record",
    "id_of_the_boot": "the id has the boot in it",
    "dead_is_final": "who is dead can't be replayed",
    "gone_goes_on": "a 410 is tried again",
    "unknown_counts_as_delivered": "what was being sent at a kill is taken as delivered",
}


class Delivery(NamedTuple):
    state: str
    ready: int = 0
    attempts: int = 0   # of this round
    unknowns: int = 0
    body: Optional[int] = None  # the instant it was written at
    salt: int = 0       # what the id was made of beside the occasion: nothing


class Database(NamedTuple):
    endpoints: int = 1
    revision: int = 0
    filed: bool = False
    planned: frozenset = frozenset()   # revisions
    enabled: tuple = (True, True)
    rows: tuple = ((None, None), (None, None))  # [revision][endpoint]


class World(NamedTuple):
    db: Database
    now: int = 0
    boot: int = 0
    flights: tuple = ((), ())   # of each endpoint: (revision, body, salt, stage); memory
    got: frozenset = frozenset()  # (revision, endpoint, salt, body, said 2xx)
    backup: Optional[Database] = None
    restored: bool = False
    kills: int = 0
    failures: int = 0
    edits: int = 0
    jumps: int = 0
    backups: int = 0


class Broken(Exception):
    pass


def demand(holds, what):
    if not holds:
        raise Broken(what)


# ---- the database ----

def put(db, revision, endpoint, row):
    rows = [list(pair) for pair in db.rows]
    old = rows[revision][endpoint]
    if old is None:
        demand(row.state in BORN, f"a delivery is born {row.state}")
    elif row is not None:
        demand(row.state in MOVES[old.state], f"{old.state} → {row.state}")
    rows[revision][endpoint] = row
    return db._replace(rows=tuple(tuple(pair) for pair in rows))


def each(db):
    return [(r, e, db.rows[r][e]) for r in (0, 1) for e in range(db.endpoints) if db.rows[r][e]]


def moot(db, revision):
    """→ how it ends, if nobody is to hear of it any more."""
    return "cancelled" if db.filed else "superseded" if revision != db.revision else None


def end_waiting(db, state, revisions):
    for r, e, row in each(db):
        if r in revisions and row.state in ("due", "held"):
            db = put(db, r, e, row._replace(state=state))
    return db


# ---- the steps ----

def plan(world, wrong):
    db = world.db
    if db.filed or world.now < 1 or (db.revision in db.planned and wrong != "planned_twice"):
        return
    for e in range(db.endpoints):
        if not db.enabled[e] and wrong == "held_vanish":
            continue
        db = put(db, db.revision, e, Delivery("due" if db.enabled[e] else "held", world.now,
                                              salt=world.boot if wrong == "id_of_the_boot" else 0))
    yield "plan", world._replace(db=db._replace(planned=db.planned | {db.revision}))


def ready(row, now, wrong):
    return row.ready == now if wrong == "exactly_due" else row.ready <= now


def claim(world, wrong):
    for r, e, row in each(world.db):
        if row.state != "due" or not ready(row, world.now, wrong):
            continue
        demand(not world.db.filed, "a reminder of what is filed is begun")
        demand(r == world.db.revision, "a reminder of an old date is begun")
        demand(world.db.enabled[e], "a disabled endpoint is sent to")
        demand(not any(f[0] == r for f in world.flights[e]), "the same message is under way twice")
        body = world.now if row.body is None or wrong == "body_per_attempt" else row.body
        salt = world.boot if wrong == "id_of_the_boot" else row.salt
        state = {"delivered_before_send": "sending", "unrecorded": row.state}.get(wrong, "sending")
        db = world.db
        if wrong != "unrecorded":
            db = put(db, r, e, row._replace(state=state, attempts=row.attempts + 1, body=body))
        if wrong == "delivered_before_send":
            db = put(db, r, e, db.rows[r][e]._replace(state="delivered"))
        yield f"claim {r}{e}", fly(world._replace(db=db), e, (r, body, salt, "claimed"))


def fly(world, e, flight, instead=None):
    flights = [list(f) for f in world.flights]
    if instead is not None:
        flights[e].remove(instead)
    if flight is not None:
        flights[e].append(flight)
    return world._replace(flights=tuple(tuple(f) for f in flights))


def send(world, wrong):
    for e in range(world.db.endpoints):
        for flight in world.flights[e]:
            r, body, salt, stage = flight
            if stage != "claimed":
                continue
            row = world.db.rows[r][e]
            demand(row and (row.state == "sending" or wrong == "delivered_before_send"),
                   "bytes leave, and no attempt is on record")
            ends = [("ok", 0)] + ([("lost", 1), ("fail", 1), ("gone", 1)] if world.failures else [])
            for end, cost in ends:
                after = fly(world, e, (r, body, salt, end), flight)
                yield f"send {r}{e} {end}", after._replace(failures=world.failures - cost, got=world.got | {
                    (r, e, salt, body, end in ("ok", "lost"))})


def record(world, wrong):
    for e in range(world.db.endpoints):
        for flight in world.flights[e]:
            r, _, _, end = flight
            row = world.db.rows[r][e]
            if end == "claimed":
                continue
            after = fly(world, e, None, flight)
            if row is None or row.state != "sending":  # somebody else has ended it
                yield f"record {r}{e}", after
                continue
            db = ended(world, r, e, row, end, wrong)
            demand(end != "gone" or db.rows[r][e].state != "due", "one that said 410 is tried again")
            yield f"record {r}{e}", after._replace(db=db)


def ended(world, r, e, row, end, wrong):
    db = world.db
    over = moot(db, r)
    if end == "ok":
        return put(db, r, e, row._replace(state="delivered", unknowns=0))
    if end == "gone" and wrong != "gone_goes_on":
        db = db._replace(enabled=tuple(on and i != e for i, on in enumerate(db.enabled)))
        for other, f, waiting in each(db):
            if f == e and waiting.state == "due":
                db = put(db, other, f, waiting._replace(state="held"))
        return put(db, r, e, row._replace(state=over or "held"))
    if over:
        return put(db, r, e, row._replace(state=over))
    if not db.enabled[e]:
        return put(db, r, e, row._replace(state="held"))
    if row.attempts >= ATTEMPTS:
        return put(db, r, e, row._replace(state="dead"))
    return put(db, r, e, row._replace(state="due", ready=world.now + 1, unknowns=0))


def recovered(db, now, wrong):
    for r, e, row in each(db):
        if row.state != "sending" or wrong == "recovery_forgets":
            continue
        if wrong == "unknown_counts_as_delivered":
            db = put(db, r, e, row._replace(state="delivered"))
            continue
        unknowns = row.unknowns + 1
        held = unknowns >= UNKNOWNS or not db.enabled[e]
        state = moot(db, r) or ("held" if held else "due")
        db = put(db, r, e, row._replace(state=state, unknowns=unknowns, ready=now))
    return db


def kill(world, wrong):
    if world.kills:
        yield "kill", world._replace(db=recovered(world.db, world.now, wrong), boot=world.boot + 1, flights=((), ()),
                                     kills=world.kills - 1)


def clock(world, _):
    if world.now < LATEST:
        yield "tick", world._replace(now=world.now + 1)
    if world.jumps and world.now < LATEST - 1:
        yield "jump", world._replace(now=LATEST, jumps=0)
    if world.jumps and world.now:
        yield "back", world._replace(now=world.now - 1, jumps=0)


def edit(world, wrong):
    db = world.db
    if not world.edits:
        return
    less = world._replace(edits=world.edits - 1)
    if not db.filed:
        cancelled = db if wrong == "filed_is_reminded" else end_waiting(db, "cancelled", (0, 1))
        yield "file", less._replace(db=cancelled._replace(filed=True))
    if db.revision == 0 and not db.filed:
        moved = db if wrong == "old_date_is_told" else end_waiting(db, "superseded", (0,))
        yield "move", less._replace(db=moved._replace(revision=1))
    for e in range(db.endpoints):
        if db.enabled[e]:
            off = db._replace(enabled=tuple(on and i != e for i, on in enumerate(db.enabled)))
            for r, f, row in each(off):
                if f == e and row.state == "due":
                    off = put(off, r, f, row._replace(state="held"))
            yield f"disable {e}", less._replace(db=off)


def operator(world, wrong):
    """What a person does to get things going again: costs nothing, so that there is always a way."""
    db = world.db
    for e in range(db.endpoints):
        if not db.enabled[e]:
            on = db._replace(enabled=tuple(o or i == e for i, o in enumerate(db.enabled)))
            for r, f, row in each(on):
                if f == e and row.state == "held":
                    on = put(on, r, f, row._replace(state=moot(on, r) or "due", ready=world.now, attempts=0, unknowns=0))
            yield f"enable {e}", world._replace(db=on)
    for r, e, row in each(db):
        states = ("held", "dead", "due", "sending") if wrong == "retry_adds" else ("held", "dead")
        if wrong == "dead_is_final":
            states = ("held",)
        if row.state in states and db.enabled[e]:
            after = moot(db, r) or "due"
            yield f"retry {r}{e}", world._replace(
                db=put(db, r, e, row._replace(state=after, ready=world.now, attempts=0, unknowns=0)))


def copies(world, wrong):
    if world.backups and world.backup is None:
        yield "backup", world._replace(backup=world.db, backups=0)
    if world.backup is not None:
        yield "restore", world._replace(db=recovered(world.backup, world.now, wrong), boot=world.boot + 1,
                                        flights=((), ()), backup=None, restored=True)


STEPS = (plan, claim, send, record, kill, clock, edit, operator, copies)


# ---- what must hold ----

def check(world):
    ids, bodies = {}, {}
    for r, e, salt, body, _ in world.got:
        ids.setdefault((r, e), set()).add(salt)
        bodies.setdefault((r, e), set()).add(body)
    demand(all(len(s) == 1 for s in ids.values()), "one occasion came under two ids")
    if not world.restored:  # what was frozen after the backup is not in it
        demand(all(len(s) == 1 for s in bodies.values()), "one id came with two bodies")
    for r, e, row in each(world.db):
        if row.state == "delivered":
            demand(any(g[:2] == (r, e) and g[4] for g in world.got), "delivered, and no receiver said 2xx")


def healthy(world, wrong):
    """The next step of a world in which nothing fails any more: anything that can be done, is; then time goes on."""
    for step in (record, send, claim, plan, operator):
        for _, after in step(world._replace(failures=0), wrong):
            return after
    return world._replace(now=world.now + 1) if world.now < LATEST + ATTEMPTS else None


def ends_well(world, wrong, known):
    """Whatever has happened: with a healthy network and a person who looks, everyone who is owed it hears of it."""
    path = []
    while world is not None and world not in known:
        path.append(world)
        demand(len(path) < 60, "it goes on for ever")
        following = healthy(world, wrong)
        if following is None:
            db = world.db
            for r, e, row in each(db):
                demand(row.state in ENDS, f"stuck: {row.state}")
            for e in range(db.endpoints):
                told = any(g[:2] == (db.revision, e) and g[4] for g in world.got)
                demand(db.filed or told, "a due reminder was forgotten")
        world = following
    known.update(path)


def walk(scope, wrong=None):
    """→ how many worlds there are. Broken, with the way there, if one of them must not be."""
    budgets = dict(scope)
    start = World(Database(endpoints=budgets.pop("endpoints")), **budgets)
    came_from = {start: None}
    queue, well = deque([start]), set()
    while queue:
        world = queue.popleft()
        label = None
        try:
            check(world)
            ends_well(world, wrong, well)
            for step in STEPS:
                label = step.__name__
                for label, after in step(world, wrong):
                    if after not in came_from:
                        came_from[after] = (world, label)
                        queue.append(after)
        except Broken as broken:
            way = [] if label is None else [f"({label})"]
            while came_from[world]:
                world, label = came_from[world]
                way.append(label)
            raise Broken(f"{broken}: {', '.join(reversed(way))}") from None
    return len(came_from)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", choices=WRONG, metavar="NAME", help="a broken variant, which must be caught")
    parser.add_argument("--wide", action="store_true", help="the larger walks: minutes")
    args = parser.parse_args()
    wrong = args.wrong
    try:
        for scope in WIDE if args.wide else SCOPES:
            print(f"{walk(scope, wrong)} worlds of {scope}, nothing wrong", flush=True)
    except Broken as broken:
        print(broken)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
