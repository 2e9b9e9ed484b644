"""Two years of a programme, run through the real daemon on a simulated clock, with everything that goes wrong in two years.

A seed decides all of it: the day of publication, who files early, on time, late or never, whose report is returned,
when endpoints are added, disabled or refuse, when the daemon is stopped, killed or left off for days. The same story
is told to expect.Expectation; at the end the two are compared. `soak.py --seed N` tells one story again.
"""
import csv
import datetime as dt
import heapq
import http.client
import io
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import harness
import invariants
import stage
from expect import BEIJING, DAY, NEVER, ROOT, Calendar, Endpoint, Expectation, add_months, instant

CALENDAR = ROOT / "conf" / "calendars" / "cn.csv"
SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"
LEAD, RECOMMENDER = 4, 6  # columns of the official list
SECOND = dt.timedelta(seconds=1)
LONGEST_RETRY = 30 * dt.timedelta(hours=1)  # 24 h, a fifth of jitter, and something


def iso(at):
    return at.isoformat()


class World:
    def __init__(self, seed, units=16, say=lambda *_: None):
        self.seed, self.say = seed, say
        self.random = random.Random(seed)
        self.anchor = self.choose_anchor()
        self.until = instant(self.anchor) + self.random.randrange(750, 830) * DAY
        self.folder = Path(tempfile.mkdtemp(prefix="jb-sim-"))
        self.receiver = harness.Receiver()
        begin = instant(self.anchor) + self.random.choice([0, 0, 9, 34, 100]) * dt.timedelta(hours=1)
        self.daemon = harness.Daemon(self.folder, clock=f"simulated:{iso(begin)}", calendars=self.write_calendar())
        self.now = begin
        self.units = self.choose_units(units)
        self.expected = Expectation(self.calendar, self.anchor, [row[RECOMMENDER] for row in self.units])
        self.expected.now = begin
        self.endpoint_ids, self.secrets = {}, {}
        self.moved = []  # obligations whose date a late calendar moved, once for each time
        self.todo = []  # (when, tie, action)

    def choose_anchor(self):
        """Any day; often one whose T+6, 12, 18 or 24 is a day off or a make-up working day."""
        if self.random.random() < 0.5:
            return dt.date(2023, 1, 1) + self.random.randrange(780) * DAY
        special = sorted(d for d in Calendar().kinds if d.year >= 2025)
        return add_months(self.random.choice(special), -6 * self.random.randrange(2, 5))

    def write_calendar(self):
        """The calendar as far as it is known at first. In half of the stories the later years are published meanwhile."""
        self.hidden = self.random.choice([[], [], [2025, 2026], [2026]])
        self.calendar = Calendar(years=[y for y in range(2020, 2030) if y not in self.hidden])
        folder = self.folder / "calendars"
        folder.mkdir()
        self.calendar_lines = CALENDAR.read_text(encoding="utf-8").splitlines(True)
        (folder / "cn.csv").write_text("".join(l for l in self.calendar_lines if not l.startswith(tuple(map(str, self.hidden)))),
                                       encoding="utf-8")
        return folder

    def learn_year(self, year):
        """Usually in the autumn before, sometimes too late. What waits is sent first, so that nothing is uncertain."""
        self.make_good()
        self.hidden.remove(year)
        self.say("calendar of", year, iso(self.now))
        text = self.calendar_lines[0] + "".join(l for l in self.calendar_lines if l.startswith(str(year)))
        reply = self.daemon.request("POST", "/v1/calendars", text, {"Content-Type": "text/csv"})
        assert reply.status == 200, reply
        self.calendar = Calendar(years=[y for y in range(2020, 2030) if y not in self.hidden])
        moved = self.expected.learn(self.calendar)
        assert reply.json()["moved"] == len(moved), (reply, moved)
        self.moved += moved
        self.walk(self.now + SECOND)

    def choose_units(self, count):
        with SHORTLIST.open(encoding="utf-8", newline="") as file:
            self.header, *rows = list(csv.reader(file))
        return [rows[i] for i in sorted(self.random.sample(range(len(rows)), count))]

    def close(self):
        self.daemon.close()
        self.receiver.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the beginning ----

    def begin(self):
        self.daemon.start()
        text = io.StringIO()
        csv.writer(text).writerows([self.header, *self.units])
        reply = self.daemon.request("POST", "/v1/programmes/future-2023/units", text.getvalue(), {"Content-Type": "text/csv"})
        assert reply.status == 200, reply
        if self.random.random() < 0.7:
            self.add_endpoint(("office",))
        published = self.daemon.post("/v1/programmes/future-2023/publication", {"date": str(self.anchor)})
        assert (published["units"], published["obligations"]) == (len(self.units), 6 * len(self.units)), published
        self.expected.jump(self.now)
        self.walk(self.now + SECOND)
        leads = {row[LEAD]: i for i, row in enumerate(self.units)}
        self.unit_ids = {leads[u["lead"]]: u["id"] for u in self.daemon.all("/v1/units?programme=future-2023")}
        self.obligation_ids = {}
        for unit, unit_id in self.unit_ids.items():
            for row in self.daemon.all(f"/v1/obligations?unit={unit_id}"):
                self.obligation_ids[unit, row["rule"], row["n"]] = row["id"]
        assert set(self.obligation_ids) == set(self.expected.obligations)
        self.write_the_story()

    def at(self, when, action, *args):
        heapq.heappush(self.todo, (when, len(self.todo) + self.random.random(), action, args))

    def some_time(self, start=None, end=None):
        start, end = start or self.now, end or self.until
        return start + self.random.randrange(max(1, int((end - start).total_seconds()))) * SECOND

    def write_the_story(self):
        chance = self.random.random
        for key, obligation in self.expected.obligations.items():
            due, habit = obligation.due_at, chance()
            if habit < 0.15:  # early, before it opens
                self.at(self.some_time(due - 60 * DAY, due - 16 * DAY), self.file, key)
            elif habit < 0.55:
                self.at(self.some_time(due - 14 * DAY, due), self.file, key)
            elif habit < 0.8:
                self.at(self.some_time(due, due + 50 * DAY), self.file, key)
        for year in list(self.hidden):
            self.at(max(self.now, self.some_time(instant(dt.date(year - 1, 10, 1)), instant(dt.date(year, 3, 20)))), self.learn_year, year)
        owners = [("unit", i) for i in range(len(self.units)) if chance() < 0.75]
        owners += [("recommender", name) for name in sorted({r[RECOMMENDER] for r in self.units}) if chance() < 0.7]
        for owner in owners + [("office",)]:
            if owner not in self.expected.endpoints:
                self.at(self.now if chance() < 0.6 else self.some_time(), self.add_endpoint, owner)
        for _ in range(self.random.randrange(4)):
            self.at(self.some_time(), self.add_second_endpoint)
        for _ in range(self.random.randrange(3, 10)):
            self.at(self.some_time(), self.refuse_for_a_while)
        for _ in range(self.random.randrange(2, 6)):
            self.at(self.some_time(), self.disable_for_a_while)
        for _ in range(self.random.randrange(4, 9)):
            self.at(self.some_time(), self.random.choice([self.jump, self.outage, self.outage]))
        for _ in range(self.random.randrange(3, 7)):
            self.at(self.some_time(), self.random.choice([self.restart, self.kill_now, self.kill_on_the_way]))

    # ---- time ----

    def advance(self, to, jump=False):
        self.daemon.post("/v1/clock/advance", {"to": iso(to), "jump": jump})

    def walk(self, to):
        if to > self.now:
            self.advance(to)
            self.expected.walk(to)
            self.now = to

    def jump(self):
        to = self.now + self.random.randrange(1, 20 * 86400) * SECOND
        self.say("jump", iso(to))
        self.advance(to, jump=True)
        self.expected.jump(to)
        self.now = to

    def settle(self):
        """After a start: what is due now is decided and delivered before we go on; what is in quarantine is let go."""
        self.walk(self.now + SECOND)
        while self.daemon.get("/v1/deliveries?state=held&limit=1")["data"]:
            before = self.daemon.post("/v1/deliveries/retry", {"state": "held"})["retried"]
            self.walk(self.now + SECOND)
            if not before:
                return

    def stop(self):
        if self.random.random() < 0.5:
            self.daemon.stop()
        else:
            self.daemon.kill()

    def start(self, later=None):
        self.daemon.clock = f"simulated:{iso(self.now)}"
        self.daemon.start()
        if later:
            assert self.clock() == self.now
        self.settle()

    def outage(self):
        """Down for days: the daemon starts at a later instant."""
        self.stop()
        self.now += self.random.randrange(3600, 25 * 86400) * SECOND
        self.say("outage until", iso(self.now))
        self.expected.jump(self.now)
        self.start(later=True)

    def restart(self):
        self.say("restart", iso(self.now))
        self.stop()
        self.start()

    def kill_now(self):
        self.say("kill", iso(self.now))
        self.daemon.kill()
        self.start()

    def clock(self):
        return dt.datetime.fromisoformat(self.daemon.get("/v1/clock")["now"]).astimezone(BEIJING)

    def kill_on_the_way(self):
        """SIGKILL while the clock walks: wherever it got to, nothing is lost and nothing is planned twice."""
        to = self.now + self.random.randrange(5, 40) * DAY
        walker = threading.Thread(target=self.advance_unheard, args=(to,))
        walker.start()
        time.sleep(self.random.random() * 0.25)  # where on the way: any moment is a good one
        self.daemon.kill()
        walker.join()
        self.daemon.clock = f"simulated:{iso(self.now)}"
        self.daemon.start()
        reached = self.clock()
        assert self.now <= reached <= to, (self.now, reached, to)
        self.say("killed on the way at", iso(reached), "to", iso(to))
        self.expected.walk(reached)
        self.now = reached
        self.settle()

    def advance_unheard(self, to):
        try:
            self.advance(to)
        except (OSError, http.client.HTTPException):
            pass

    # ---- what people do ----

    def file(self, key):
        obligation = self.expected.obligations[key]
        if not obligation.owed:
            return
        reply = self.daemon.post(f"/v1/obligations/{self.obligation_ids[key]}/submissions",
                                 {"summary": f"{key} {iso(self.now)}", "receipt": "R-1"}, status=201)
        assert reply["late"] == (self.now >= obligation.due_at), (reply, obligation.due)
        self.expected.submit(obligation)
        chance = self.random.random()
        if chance < 0.25:
            self.at(self.now + self.random.randrange(1, 9 * 86400) * SECOND, self.give_back, key)
        elif chance < 0.6:
            self.at(self.now + self.random.randrange(1, 9 * 86400) * SECOND, self.accept, key)

    def give_back(self, key):
        self.daemon.post(f"/v1/obligations/{self.obligation_ids[key]}/return", {"comment": "缺少指标实测值"})
        self.expected.give_back(self.expected.obligations[key])
        if self.random.random() < 0.8:
            self.at(self.now + self.random.randrange(1, 20 * 86400) * SECOND, self.file, key)

    def accept(self, key):
        self.daemon.post(f"/v1/obligations/{self.obligation_ids[key]}/acceptance", {"comment": "通过"})
        self.expected.accept(self.expected.obligations[key])

    # ---- endpoints ----

    def add_endpoint(self, owner):
        path = f"/{len(self.endpoint_ids)}-{owner[0]}"
        name = {"unit": lambda: f"unit:{self.unit_ids[owner[1]]}", "recommender": lambda: f"recommender:{owner[1]}",
                "office": lambda: "office"}[owner[0]]()
        made = self.daemon.post("/v1/endpoints", {"owner": name, "url": self.receiver.on(path)}, status=201)
        self.endpoint_ids[path], self.secrets[path] = made["id"], made["secret"]
        self.expected.endpoints.setdefault(owner, []).append(Endpoint(path))

    def add_second_endpoint(self):
        if self.expected.endpoints:
            self.add_endpoint(self.random.choice(sorted(self.expected.endpoints, key=str)))

    def some_endpoint(self):
        all_of_them = sum(self.expected.endpoints.values(), [])
        return self.random.choice(all_of_them) if all_of_them else None

    def refuse_for_a_while(self):
        endpoint = self.some_endpoint()
        if endpoint is None or endpoint.refuses_since:
            return
        endpoint.refuse(self.now)
        how = self.random.choice([{"statuses": [500]}, {"statuses": [503]}, {"statuses": [302], "headers": {"Location": "/x"}},
                                  {"statuses": [429], "headers": {"Retry-After": "7200"}}, {"drop": True}, {"statuses": [404]}, {"statuses": [410]}])
        self.receiver.on(endpoint.path, **how)
        # Short ones are survived by retrying, long ones by an operator's replay.
        self.at(self.now + self.random.choice([2, 20, 20, 200]) * dt.timedelta(hours=1), self.stop_refusing, endpoint)

    def stop_refusing(self, endpoint):
        if endpoint.refuses_since:
            endpoint.heal(self.now, LONGEST_RETRY)
            self.receiver.on(endpoint.path)
            if endpoint.enabled:  # a 410 may have disabled it
                self.daemon.post(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/enable")

    def disable_for_a_while(self):
        endpoint = self.some_endpoint()
        if endpoint is None or not endpoint.enabled:
            return
        self.daemon.post(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/disable", {"reason": "moving house"})
        endpoint.enabled, endpoint.changed_at = False, self.now
        # Whatever was waiting for its next attempt is held from now on.
        if endpoint.unsure:
            endpoint.unsure = (endpoint.unsure[0], NEVER)
        self.at(self.now + self.random.randrange(1, 30 * 86400) * SECOND, self.enable, endpoint)

    def enable(self, endpoint):
        if not endpoint.enabled:
            self.daemon.post(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/enable")
            endpoint.enabled, endpoint.changed_at = True, self.now

    # ---- the run ----

    def run(self):
        self.begin()
        while self.todo and self.todo[0][0] <= self.until:
            when, _, action, args = heapq.heappop(self.todo)
            self.walk(when)
            action(*args)
        self.walk(self.until)
        self.make_good()
        self.compare()

    def make_good(self):
        """Everything heals, an operator replays what died, and calm returns."""
        for endpoint in sum(self.expected.endpoints.values(), []):
            self.stop_refusing(endpoint)
            self.enable(endpoint)
        self.walk(self.now + 3 * DAY)
        for state in ("held", "dead"):
            self.daemon.post("/v1/deliveries/retry", {"state": state})
        self.walk(self.now + 3 * DAY)

    def state_of_the_daemon(self):
        """What it says of itself, if it still does: for a failure's report."""
        try:
            return self.daemon.request("GET", "/metrics").body.decode() + str(self.daemon.get("/v1/status"))
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {error!r}"

    # ---- the comparison ----

    def compare(self):
        self.compare_obligations()
        self.compare_received()
        told = [self.daemon.get(f"/v1/obligations/{e['obligation']}") for e in stage.events(self.daemon, "obligation.rescheduled")]
        assert sorted(o["id"] for o in told) == sorted(self.obligation_ids[key] for key in self.moved)
        assert self.daemon.get("/v1/audit/verify")["ok"]
        status = self.daemon.get("/v1/status")
        assert {k: status["deliveries"][k] for k in ("due", "sending", "held", "dead")} == dict.fromkeys(
            ("due", "sending", "held", "dead"), 0), status
        invariants.check(self.daemon.state_dir)
        self.daemon.stop()
        invariants.check(self.daemon.state_dir)

    def compare_obligations(self):
        for key, expected in self.expected.obligations.items():
            seen = self.daemon.get(f"/v1/obligations/{self.obligation_ids[key]}")
            due = expected.due
            assert [seen[k] for k in ("opens_on", "last_day_on", "due_on", "provisional", "state", "revision")] == \
                [str(due.opens_on), str(due.last_day_on), str(due.due_on), due.provisional, expected.state, expected.revision], (key, seen)
            assert dt.datetime.fromisoformat(seen["due_at"]) == expected.due_at
            assert seen["overdue"] == (expected.owed and self.now >= expected.due_at), (key, seen)
            self.compare_next(key, seen, expected)
            self.compare_occasions(key, seen, expected)

    def compare_next(self, key, seen, expected):
        wanted = expected.next_at(self.now)
        got = seen["next_step"] and dt.datetime.fromisoformat(seen["next_step"]["at"])
        assert got == wanted, f"{key}: next {got}, expected {wanted}"

    def compare_occasions(self, key, seen, expected):
        got = {(o["revision"], o["step"]): [o["outcome"], o["reason"]] for o in seen["occasions"] if o["step"] != "open"}
        assert len(got) == len(seen["occasions"])
        assert sorted(got) == sorted(expected.occasions), f"{key}: steps {got}, expected {expected.occasions}"
        last_of = defaultdict(list)
        for message in expected.messages:
            last_of[message.revision, message.steps[-1]].append(message)
        for step, outcome in expected.occasions.items():
            allowed = [outcome]
            if step in last_of:
                ends = [["cancelled", m.ended] for m in last_of[step] if not m.must]
                allowed = (["sent", None], *ends) if any(m.may for m in last_of[step]) else ends
            assert got[step] in allowed, f"{key} {step}: {got[step]}, expected {allowed}"

    def compare_received(self):
        ids, bodies, accepted, closings = defaultdict(set), defaultdict(set), set(), defaultdict(set)
        for got in self.receiver.received:
            path = got.path
            body = got.json()
            data = body["data"]
            if body["type"] == "obligation.closed":
                message = (path, data["obligation"]["id"], dt.datetime.fromisoformat(body["timestamp"]))
                closings[message].add(got.id)
            else:
                message = (path, data["obligation"]["id"], data["obligation"]["revision"], tuple(data["steps"]))
                ids[message].add(got.id)
            bodies[got.id].add((path, got.body))
            stamp = got.headers["webhook-timestamp"]
            assert got.headers["webhook-signature"] == harness.signature(self.secrets[path], got.id, stamp, got.body)
            if got.status == 200:
                accepted.add(message)
        assert all(len(some) == 1 for some in ids.values()), "an occasion with two ids"
        assert all(len(some) == 1 for some in bodies.values()), "an id with two bodies"
        names = {id(o): self.obligation_ids[key] for key, o in self.expected.obligations.items()}
        wanted = {(m.path, names[id(m.obligation)], m.revision, m.steps): m for m in self.expected.messages()}
        missing = [k for k, m in wanted.items() if m.must and k not in accepted]
        surplus = [k for k in ids if k not in wanted] + [k for k in accepted if k in wanted and not wanted[k].may]
        assert not missing and not surplus, f"missing {missing[:9]} ({len(missing)}), surplus {surplus[:9]} ({len(surplus)})"
        self.compare_closings(closings, accepted, names)
        self.compare_bodies(wanted)
        self.counts = {"messages": len(wanted), "requests": len(self.receiver.received),
                       "moved": len(self.moved), "uncertain": sum(m.may != m.must for m in wanted.values())}

    def compare_closings(self, seen, accepted, names):
        wanted = {(c.path, names[id(c.obligation)], c.made_at): c for c in self.expected.closings}
        assert all(len(some) == 1 for some in seen.values()), "a closing notice with two ids"
        missing = [k for k, c in wanted.items() if c.must and k not in accepted]
        surplus = [k for k in seen if k not in wanted]
        assert not missing and not surplus, f"closing notices: missing {missing[:9]}, surplus {surplus[:9]}"

    def compare_bodies(self, wanted):
        for got in self.receiver.received:
            body = got.json()
            data = body["data"]
            if body["type"] == "obligation.closed":
                continue
            message = wanted.get((got.path, data["obligation"]["id"], data["obligation"]["revision"], tuple(data["steps"])))
            assert data["step"] == message.steps[-1] and data["obligation"]["due_on"] == str(message.due_on), body
            assert data["unit"]["lead"] == self.units[message.obligation.unit][LEAD], body
            before = data["step"] == "due" or data["step"].startswith("before")
            assert body["type"] == ("obligation.due_soon" if before else "obligation.overdue"), body
            assert dt.datetime.fromisoformat(body["timestamp"]) == message.planned_at, (body, message.planned_at)


def replay_command(seed, units):
    return f"/usr/bin/python3 tests/sim/soak.py --seed {seed} --units {units}"


def run(seed, units=16, say=lambda *_: None):
    """One story from beginning to end. A failure names the command that tells it again."""
    world = World(seed, units, say)
    try:
        world.run()
        return world.counts
    except BaseException:
        print(f"\nseed {seed} failed at {iso(world.now)}; again: {replay_command(seed, units)}", file=sys.stderr)
        print(world.daemon.log()[-4000:], world.state_of_the_daemon(), sep="\n", file=sys.stderr)
        raise
    finally:
        world.close()
