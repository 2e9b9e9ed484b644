"""Two years of a programme with everything that goes wrong in two years, told by a seed to a daemon and to the model.

The seed decides all of it: the day of publication, who files early, on time, late or never, whose report is returned and
how often, when endpoints are added, disabled or refuse, when the daemon is stopped, killed or left off for days, when the
calendar of a year comes. At the end the two are compared, and nothing may be missing, surplus, or otherwise said.
"""
import csv
import datetime as dt
import heapq
import io
import json
import random
import re
import sys
from collections import Counter, defaultdict

import invariants
from inline import Inline
from law import DAY, HOUR, ROOT, SEND_AT, add_months, calendar_without, date_of, day_at, day_of, instant, iso, start
from model import KINDS, Model, Silence

CALENDAR = ROOT / "conf" / "calendars" / "cn.csv"
PROGRAMME = ROOT / "conf" / "programmes" / "future-2023.conf"
SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"
LEAD, RECOMMENDER = 4, 6  # columns of the official list
NOTICE = day_of(dt.date(2023, 9, 14))  # no list is public before it
LONGEST_RETRY = 30 * HOUR  # 24 h, a fifth of jitter, and something

# How a unit lives: the chances of filing before it is due, after it, and of being told to correct it.
HABITS = {"punctual": (0.95, 0.05, 0.1), "slow": (0.3, 0.65, 0.2), "sloppy": (0.7, 0.2, 0.7), "silent": (0.1, 0.1, 0.2),
          "mixed": (0.5, 0.3, 0.25)}


RISK = {"overdue": (2, 30), "late": (8, 24), "returned": (4, 12), "behind": (1, 20), "unread": (2, 14)}  # weight, maximum
ENDPOINT_NEWS = {"endpoint.failing": 3, "endpoint.disabled": 1, "endpoint.recovered": 1}  # how often at most an episode
WAYS_OUT = [("withdraw", "withdrawn"), ("withdraw", "withdrawn"), ("terminate", "terminated"), ("revoke", "revoked")]


class Story:
    def __init__(self, seed, units=24, backend=Inline, say=lambda *_: None):
        self.seed, self.say, self.random = seed, say, random.Random(seed)
        self.anchor = self.choose_anchor()
        self.now = start(self.anchor) + self.random.choice([0, 0, 9, 34, 100]) * HOUR
        self.until = start(self.anchor) + self.random.randrange(750, 830) * DAY
        self.hidden = self.random.choice([(), (), (2025, 2026), (2026,)])  # years whose calendar comes later
        self.units = self.choose_units(units)
        self.jitter = self.choose_jitter(seed)
        self.model = Model(self.anchor, calendar_without(self.hidden), [row[RECOMMENDER] for row in self.units], self.now,
                           self.until + 100 * DAY, self.jitter)
        self.daemon = backend(seed, self.now, self.write_calendars)
        if self.jitter:
            self.daemon.use_programmes(self.write_programme(self.daemon.folder / "programmes"))
        self.endpoint_ids = {}
        self.moved, self.extended = [], []  # obligations whose date a late calendar, and whose date a person moved, once a time
        self.todo, self.ties = [], 0
        self.lengthened_at = None
        self.counts = {}

    # ---- the beginning ----

    def choose_anchor(self):
        """Any day, at times a month's last; often one whose T+6, 12, 18 or 24 is a day off or a make-up working day."""
        chance = self.random.random()
        if chance < 0.5:
            day = NOTICE + self.random.randrange(523)
            return day if chance < 0.3 else day_of(date_of(day + 31).replace(day=1)) - 1
        special = sorted(day for day in calendar_without(()).kinds if date_of(day).year >= 2025)
        return max(NOTICE, add_months(self.random.choice(special), -6 * self.random.randrange(2, 5)))

    @staticmethod
    def choose_jitter(seed):
        """The shipped file has none; every third story's messages leave up to so much later. Drawn apart: it changes no story."""
        apart = random.Random(f"jitter {seed}")
        return apart.choice([60, 20 * 60, 3600]) if apart.random() < 0.34 else 0

    def write_programme(self, folder):
        folder.mkdir()
        text = PROGRAMME.read_text(encoding="utf-8")
        jittered = re.sub(r'( *)(send_at = "09:05";)', rf'\1\2 jitter = "{self.jitter}s";', text)
        assert jittered.count("jitter = ") == 2, "both ladders of 2023"
        (folder / PROGRAMME.name).write_text(jittered, encoding="utf-8")
        return folder

    def write_calendars(self, folder):
        folder.mkdir()
        lines = CALENDAR.read_text(encoding="utf-8").splitlines(True)
        (folder / "cn.csv").write_text("".join(line for line in lines if not line.startswith(tuple(map(str, self.hidden)))),
                                       encoding="utf-8")

    def choose_units(self, count):
        with SHORTLIST.open(encoding="utf-8", newline="") as file:
            self.header, *rows = list(csv.reader(file))
        return [rows[i] for i in sorted(self.random.sample(range(len(rows)), count))]

    def ask(self, target):
        status, answer = self.daemon.request("GET", target)
        assert status == 200, (target, status, answer)
        return answer

    def do(self, target, body=None, status=(200, 201, 202)):
        got, answer = self.daemon.request("POST", target, body)
        assert got in (status if isinstance(status, tuple) else (status,)), (target, body, got, answer)
        return answer

    def all(self, target):
        """Every row of a list, page by page."""
        rows, cursor = [], ""
        while cursor is not None:
            page = self.ask(target + ("&" if "?" in target else "?") + "limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            rows, cursor = rows + page["data"], page["next"]
        return rows

    def begin(self):
        self.daemon.start(self.now)
        text = io.StringIO()
        csv.writer(text).writerows([self.header, *self.units])
        self.do("/v1/programmes/future-2023/units", text.getvalue())
        if self.random.random() < 0.7:
            self.add_endpoint(("office",))
        published = self.do("/v1/programmes/future-2023/publication", {"date": str(date_of(self.anchor))})
        assert (published["units"], published["obligations"]) == (len(self.units), 6 * len(self.units)), published
        self.model.jump(self.now)
        self.walk(self.now + 1)
        leads = {row[LEAD]: i for i, row in enumerate(self.units)}
        self.unit_ids = {leads[u["lead"]]: u["id"] for u in self.all("/v1/units?programme=future-2023")}
        index = {unit_id: unit for unit, unit_id in self.unit_ids.items()}
        rows = self.all("/v1/obligations?programme=future-2023")
        self.obligation_ids = {(index[row["unit"]], row["rule"], row["n"]): row["id"] for row in rows}
        assert set(self.obligation_ids) == set(self.model.obligations)
        tasks = {index[u["id"]]: u["task"] for u in self.all("/v1/units?programme=future-2023")}
        self.model.tasks = [tasks[unit] for unit in range(len(self.units))]
        self.write()

    # ---- what will happen ----

    def at(self, when, action, *args):
        self.ties += 1
        heapq.heappush(self.todo, (when, self.ties, action, args))

    def some_time(self, after=None, before=None):
        after, before = after or self.now, before or self.until
        return after + self.random.randrange(max(1, before - after))

    def write(self):
        self.habits = [HABITS[self.random.choice(sorted(HABITS))] for _ in self.units]
        for key, obligation in self.model.obligations.items():
            self.write_filing(key, obligation)
        for year in self.hidden:
            comes = self.some_time(start(day_of(dt.date(year - 1, 10, 1))), start(day_of(dt.date(year, 3, 20))))
            self.at(max(self.now, comes), self.learn_year, year)
        self.write_endpoints()
        self.write_changes()
        for _ in range(self.random.randrange(4, 9)):
            self.at(self.some_time(), self.random.choice([self.jump, self.outage, self.outage]))
        for _ in range(self.random.randrange(3, 7)):
            self.at(self.some_time(), self.random.choice([self.restart, self.kill_now, self.kill_on_the_way]))
        self.write_quiet()

    def write_filing(self, key, obligation):
        before, after, _ = self.habits[key[0]]
        chance, due_at = self.random.random(), obligation.due_at
        if chance < before:
            early = key[1] == "acceptance" and self.random.random() < 0.3  # it may be filed before it opens
            self.at(self.some_time(None if early else start(obligation.due.opens), due_at), self.file, key)
        elif chance < before + after:
            self.at(self.some_time(due_at, due_at + 50 * DAY), self.file, key)
        elif chance > 0.97:
            self.at(self.some_time(), self.end, key, *self.random.choice([("cancellation", "cancelled"), ("waiver", "waived")]))
        if self.random.random() < 0.08:
            self.at(self.some_time(start(obligation.due.due - 40), due_at + 30 * DAY), self.extend, key)
        if self.random.random() < 0.1:
            self.at(self.some_time(start(obligation.due.due - 70), due_at + 40 * DAY), self.hold, key)
        if self.random.random() < 0.05:
            self.at(self.some_time(before=start(obligation.due.opens)), self.file_too_early, key)

    def write_changes(self):
        for unit in range(len(self.units)):
            if self.random.random() < 0.08:
                self.at(self.some_time(), self.leave, unit, *self.random.choice(WAYS_OUT))
            if self.random.random() < 0.1:
                self.at(self.some_time(), self.lengthen, unit)
            if self.random.random() < 0.5:
                self.at(self.some_time(self.model.window_end_at(unit) - 20 * DAY), self.decide, unit)
            if self.random.random() < 0.03:
                self.at(self.some_time(), self.ask_for_more_time, unit)
        if self.random.random() < 0.15:
            self.at(self.some_time(before=self.now + 60 * DAY), self.publish_anew)
        if self.random.random() < (0.6 if date_of(self.anchor + 1).day == 1 else 0.2):
            self.at(self.some_time(before=start(add_months(self.anchor, 22))), self.shift)

    def write_quiet(self):
        for key, obligation in self.model.obligations.items():
            for act, chance in ((self.acknowledge, 0.2), (self.snooze, 0.15)):
                if self.random.random() < chance:
                    self.at(self.some_time(start(obligation.due.due - 70), obligation.due_at + 40 * DAY), act, key)
        for _ in range(self.random.randrange(9)):
            self.at(self.some_time(), self.keep_silent)

    def write_endpoints(self):
        chance = self.random.random
        owners = [("unit", i) for i in range(len(self.units)) if chance() < 0.75]
        owners += [("recommender", name) for name in sorted({r[RECOMMENDER] for r in self.units}) if chance() < 0.7]
        for owner in owners + [("office",)]:
            if owner not in self.model.endpoints:
                self.at(self.now if chance() < 0.6 else self.some_time(), self.add_endpoint, owner)
        for _ in range(self.random.randrange(4)):
            self.at(self.some_time(), self.add_second_endpoint)
        for _ in range(self.random.randrange(3, 10)):
            self.at(self.some_time(), self.refuse_for_a_while)
        for _ in range(self.random.randrange(2, 6)):
            self.at(self.some_time(), self.disable_for_a_while)

    # ---- time ----

    def walk(self, to):
        if to > self.now:
            self.daemon.walk(to)
            self.model.walk(to)
            self.now = to

    def jump(self):
        to = self.now + self.random.randrange(1, 20 * DAY)
        self.say("jump", iso(to))
        self.daemon.jump(to)
        self.model.jump(to)
        self.now = to

    def settle(self):
        """After a start: what is due now is decided and delivered before we go on; what is in quarantine is let go."""
        self.walk(self.now + 1)
        for _ in range(20):  # who is in quarantine is out of it by then; what else is held stays so
            if not self.ask("/v1/deliveries?state=held&limit=1")["data"] or not self.do("/v1/deliveries/retry", {"state": "held"})["retried"]:
                return
            self.walk(self.now + 1)

    def stop(self):
        if self.random.random() < 0.5:
            self.daemon.stop()
        else:
            self.daemon.kill()

    def start_again(self):
        self.daemon.start(self.now)
        assert self.daemon.now() == self.now
        self.settle()

    def outage(self):
        """Down for days: the daemon starts at a later instant."""
        self.stop()
        self.now += self.random.randrange(HOUR, 25 * DAY)
        self.say("outage until", iso(self.now))
        self.model.jump(self.now)
        self.start_again()

    def restart(self):
        self.say("restart", iso(self.now))
        self.stop()
        self.start_again()

    def kill_now(self):
        self.say("kill", iso(self.now))
        self.daemon.kill()
        self.start_again()

    def kill_on_the_way(self):
        """SIGKILL while the clock walks: wherever it got to, nothing is lost and nothing is planned twice."""
        to = self.now + self.random.randrange(5, 40) * DAY
        reached = self.daemon.walk_and_die(to, self.random)
        assert self.now <= reached <= to, (self.now, reached, to)
        self.say("killed on the way at", iso(reached), "to", iso(to))
        self.model.walk(reached)
        self.now = reached
        self.settle()

    # ---- what people do ----

    def path(self, key, act):
        return f"/v1/obligations/{self.obligation_ids[key]}/{act}"

    def file(self, key):
        obligation = self.model.obligations[key]
        if not obligation.owed or obligation.state == "scheduled" and key[1] != "acceptance":
            return
        if obligation.held_until is not None:
            self.release(key)  # what was missed is said, and then it is filed
        reply = self.do(self.path(key, "submissions"), {"summary": f"{key} {iso(self.now)}", "receipt": "R-1"}, status=201)
        assert reply["late"] == (self.now >= obligation.due_at), (reply, obligation.due)
        self.model.submit(obligation)
        chance, returned = self.random.random(), self.habits[key[0]][2]
        if chance < returned:
            self.at(self.now + self.random.randrange(1, 9 * DAY), self.give_back, key)
        elif chance < returned + 0.4:
            self.at(self.now + self.random.randrange(1, 9 * DAY), self.accept, key)

    def give_back(self, key):
        if key[0] in self.model.left:
            return
        self.do(self.path(key, "return"), {"comment": "缺少指标实测值"})
        self.model.give_back(self.model.obligations[key])
        if self.random.random() < 0.8:
            self.at(self.now + self.random.randrange(1, 20 * DAY), self.file, key)

    def accept(self, key):
        if key[0] in self.model.left:
            return
        if key[1] == "acceptance":  # items of its checklist miss, and nobody hands in files here (O5)
            assert self.do(self.path(key, "acceptance"), {"comment": "通过"}, status=409)["rule"] == "materials"
            return
        self.do(self.path(key, "acceptance"), {"comment": "通过"})
        self.model.accept(self.model.obligations[key])

    def file_too_early(self, key):
        if self.model.obligations[key].state == "scheduled" and key[1] != "acceptance":
            self.do(self.path(key, "submissions"), {"summary": "too early"}, status=409)

    def end(self, key, act, state):
        """Somebody rules that it is not owed."""
        if self.model.obligations[key].owed:
            self.do(self.path(key, act), {"reason": "不再需要"})
            self.model.end(self.model.obligations[key], state)

    def extend(self, key):
        obligation = self.model.obligations[key]
        day = max(obligation.due.due, self.now // DAY + 1) + self.random.randrange(1, 60)
        if obligation.owed and key[1] != "acceptance":
            self.do(self.path(key, "extension"), {"due_on": str(date_of(day)), "reason": "疫情"})
            self.model.extend(obligation, day)
            self.extended.append(key)

    def hold(self, key):
        obligation = self.model.obligations[key]
        if not obligation.watched or obligation.held_until is not None:
            return
        last_day = (self.now + 8 * HOUR) // DAY + self.random.randrange(1, 30)
        self.do(self.path(key, "hold"), {"until": str(date_of(last_day)), "reason": "专项审计"})
        self.model.hold(obligation, last_day)
        if self.random.random() < 0.3:
            self.at(self.now + self.random.randrange(10 * DAY), self.release, key)
        if self.random.random() < 0.3:  # one that is over when the hold ends
            self.at(self.some_time(self.now, start(last_day)), self.keep_silent, key[0], 2)

    def release(self, key):
        obligation = self.model.obligations[key]
        if obligation.held_until is not None:
            self.do(self.path(key, "release"), {"reason": "审计结束"})
            self.model.release(obligation)

    # ---- quiet ----

    def acknowledge(self, key):
        obligation = self.model.obligations[key]
        if obligation.watched:
            until = self.model.acknowledged_until(obligation)
            self.hear(key, "acknowledgement", {"note": "在写"}, "acknowledged", until)

    def snooze(self, key):
        if self.model.obligations[key].watched:
            day = day_at(self.now) + self.random.randrange(40)
            self.hear(key, "snooze", {"until": str(date_of(day))}, "snoozed", start(day + 1))

    def hear(self, key, act, body, kind, until):
        seen = self.do(self.path(key, act), body)
        self.model.hear(self.model.obligations[key], kind, until)
        got = seen["quiet"]["kind"], instant(seen["quiet"]["at"]), instant(seen["quiet"]["until"]), seen["quiet"]["active"]
        assert got == (kind, self.now, until, True), (key, seen["quiet"])
        if self.random.random() < 0.2:
            self.kill_now()  # it was answered, so it is kept

    def keep_silent(self, unit=None, days=60):
        """By one to three matchers; some are ended before their time, some followed by another about the same unit."""
        unit = self.random.randrange(len(self.units)) if unit is None else unit
        task = self.model.tasks[unit]
        known = {"programme": "future-2023", "track": task.rsplit("-", 1)[0], "task": task, "unit": unit,
                 "recommender": self.units[unit][RECOMMENDER], "kind": self.random.choice(sorted(KINDS.values())),
                 "recipient": self.random.choice(["unit", "recommender", "office", "reviewer"])}
        match = {name: known[name] for name in self.random.sample(sorted(known), self.random.randrange(1, 4))}
        day = day_at(self.now) + self.random.randrange(days)
        asked = {**match, "unit": self.unit_ids[unit]} if "unit" in match else match
        made = self.do("/v1/silences", {**asked, "reason": "系统迁移", "until": str(date_of(day))}, status=201)
        silence = Silence(match, self.now, start(day + 1))
        assert made["id"] == f"si_{len(self.model.silences) + 1}" and instant(made["expires_at"]) == silence.ends, made
        self.model.silences.append(silence)
        self.say("silence", match, iso(self.now), iso(silence.ends))
        if self.random.random() < 0.3:
            self.at(self.some_time(self.now, silence.ends + 5 * DAY), self.end_silence, made["id"], silence)
        if self.random.random() < 0.4:
            self.at(self.some_time(self.now, silence.ends), self.keep_silent, unit)

    def end_silence(self, silence_id, silence):
        over = silence.ends <= self.now
        self.do(f"/v1/silences/{silence_id}/expire", status=409 if over else 200)
        silence.ends = min(silence.ends, self.now)

    def learn_year(self, year):
        """Usually in the autumn before, sometimes too late. What waits is sent first, so that nothing is uncertain."""
        self.make_good()
        self.hidden = tuple(y for y in self.hidden if y != year)
        self.say("calendar of", year, iso(self.now))
        lines = CALENDAR.read_text(encoding="utf-8").splitlines(True)
        reply = self.do("/v1/calendars", lines[0] + "".join(line for line in lines if line.startswith(str(year))))
        moved = self.model.learn(calendar_without(self.hidden))
        assert reply["moved"] == len(moved), (reply, moved)
        self.moved += moved
        self.walk(self.now + 1)

    # ---- changes ----

    def leave(self, unit, move, how):
        if unit not in self.model.left:
            self.say(how, iso(self.now), unit)
            self.do(f"/v1/units/{self.unit_ids[unit]}/moves", {"move": move, "reason": "经营困难"})
            self.model.leave(unit, how)

    def ask_for_more_time(self, unit):
        """The notice says 不超过2年, and the programme knows no extension: refused, quoting it."""
        if self.model.delivering(unit):
            refused = self.do(f"/v1/units/{self.unit_ids[unit]}/changes",
                              {"kind": "extension", "months": 6, "reason": "进口受限", "approver": "处长"}, status=409)
            assert "不超过2年" in refused.get("clause", ""), refused

    def lengthen(self, unit, how=None):
        """Granted all the same, with a document number. Two of one second, as after an outage, would be told in the same words."""
        if how is None and self.lengthened_at == self.now:
            self.at(self.now + 1, self.lengthen, unit)
            return
        months = self.random.randrange(1, 13)
        act = {"months": months, "reason": "进口受限", "approver": "司长", "doc_no": "工信厅科函〔2025〕7号"}
        if how == "unit.resumed":
            past = self.model.window_end_at(unit, months) <= self.now  # it would be over again: nothing is resumed
            self.do(f"/v1/units/{self.unit_ids[unit]}/decision", {"as": "resume", **act}, status=422 if past else 200)
            if past:
                return
        elif self.model.delivering(unit):
            self.do(f"/v1/units/{self.unit_ids[unit]}/changes", {"kind": "extension", **act})
        else:
            return
        self.lengthened_at = self.now
        self.say("longer by", months, iso(self.now), unit)
        self.moved += self.model.lengthen(unit, months, how)

    def decide(self, unit):
        """About a window that ended (O9): it goes on until later, or is terminated."""
        if unit not in self.model.ended or unit in self.model.left or unit in self.model.asked:
            return
        if self.random.random() < 0.5:
            self.lengthen(unit, "unit.resumed")
        else:
            self.do(f"/v1/units/{self.unit_ids[unit]}/decision", {"as": "terminate", "reason": "未按期完成"})
            self.model.leave(unit, "terminated")

    def publish_anew(self):
        """The day of publication was some days off: what is owed moves with it."""
        self.make_good()
        day = max(NOTICE, self.model.anchor + self.random.choice([-9, -2, -1, 1, 2, 8]))
        if day == self.model.anchor:
            return
        self.say("published on", date_of(day), iso(self.now))
        reply = self.do("/v1/programmes/future-2023/publication",
                        {"date": str(date_of(day)), "correct": True, "reason": "以发布日期为准"})
        self.compare_moved(self.model.publish_anew(day), reply["moved_obligations"])

    def shift(self):
        self.make_good()
        months = self.random.choice([1, 3, 6])
        self.say("shifted by", months, iso(self.now))
        reply = self.do("/v1/programmes/future-2023/shift",
                        {"months": months, "reason": "疫情", "approver": "司长", "doc_no": "工信厅科函〔2020〕18号"})
        self.compare_moved(self.model.shift(months), reply["obligations"])

    def compare_moved(self, moved, count):
        assert count == len(moved), (count, moved)
        self.moved += moved
        self.walk(self.now + 1)

    # ---- endpoints ----

    def add_endpoint(self, owner):
        path = f"/{len(self.endpoint_ids)}-{owner[0]}"
        name = {"unit": lambda: f"unit:{self.unit_ids[owner[1]]}", "recommender": lambda: f"recommender:{owner[1]}",
                "office": lambda: "office"}[owner[0]]()
        self.daemon.answer(path)
        made = self.do("/v1/endpoints", {"owner": name, "url": self.daemon.url(path)}, status=201)
        self.endpoint_ids[path], self.daemon.secrets[path] = made["id"], made["secret"]
        self.model.listen(owner, path)

    def add_second_endpoint(self):
        if self.model.endpoints:
            self.add_endpoint(self.random.choice(sorted(self.model.endpoints, key=str)))

    def some_endpoint(self):
        return self.random.choice(list(self.model.by_path.values())) if self.model.by_path else None

    def refuse_for_a_while(self):
        endpoint = self.some_endpoint()
        if endpoint is None or endpoint.refuses_since is not None:
            return
        endpoint.refuse(self.now)
        answer = self.random.choice([(500,), (503,), (302,), (429, 7200), (0,), (404,), (410,)])
        self.daemon.answer(endpoint.path, *answer)
        endpoint.gone = answer == (410,)
        # Short ones are survived by retrying, long ones by an operator's replay; the longest is dead for a month.
        self.at(self.now + self.random.choice([2, 20, 20, 200, 720]) * HOUR, self.stop_refusing, endpoint)

    def stop_refusing(self, endpoint):
        if endpoint.refuses_since is not None:
            endpoint.heal(self.now, LONGEST_RETRY)
            self.daemon.answer(endpoint.path)
            if endpoint.enabled and endpoint.gone:  # a 410 may have disabled it; what was only paused comes back by itself
                self.do(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/enable")

    def disable_for_a_while(self):
        endpoint = self.some_endpoint()
        if endpoint is None or not endpoint.enabled:
            return
        self.do(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/disable", {"reason": "moving house"})
        endpoint.disable(self.now)
        # Whatever was waiting for its next attempt is held from now on.
        if endpoint.unsure:
            endpoint.unsure = (endpoint.unsure[0], 1 << 60)
        self.at(self.now + self.random.randrange(1, 30 * DAY), self.enable, endpoint)

    def enable(self, endpoint):
        if not endpoint.enabled:
            self.do(f"/v1/endpoints/{self.endpoint_ids[endpoint.path]}/enable")
            endpoint.enable(self.now)

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
        for endpoint in self.model.by_path.values():
            self.stop_refusing(endpoint)
            self.enable(endpoint)
        self.walk(self.now + 3 * DAY)
        for state in ("held", "dead"):
            self.do("/v1/deliveries/retry", {"state": state})
        self.walk(start(day_at(self.now - 1) + 4))  # to a midnight: a second after 09:05 what is jittered has yet to leave

    # ---- the comparison ----

    def compare(self):
        for key, expected in self.model.obligations.items():
            self.compare_obligation(key, expected, self.ask(f"/v1/obligations/{self.obligation_ids[key]}"))
        self.compare_risk()
        self.compare_received()
        told = [e["obligation"] for e in self.events("obligation.rescheduled")]
        assert sorted(told) == sorted(self.obligation_ids[key] for key in self.moved + self.extended)
        deliveries = self.ask("/v1/status")["deliveries"]
        assert not any(deliveries[state] for state in ("due", "sending", "held", "dead")), deliveries
        self.daemon.stop()
        invariants.check(self.daemon.state_dir)

    def compare_risk(self):
        scores = {}
        for unit, unit_id in self.unit_ids.items():
            seen, facts = self.ask(f"/v1/units/{unit_id}/risk"), self.model.risk(unit)
            assert {t["term"]: t["fact"] for t in seen["terms"]} == facts, (unit, seen, facts)
            score = None if unit in self.model.left else sum(
                min(most, weight * (facts[term] or 0)) for term, (weight, most) in RISK.items())
            assert seen["score"] == score, (unit, seen, score)
            scores[unit_id] = score
        listed = [u["id"] for u in self.all("/v1/units?programme=future-2023&sort=risk")]
        assert listed == sorted(scores, key=lambda u: (-1 if scores[u] is None else scores[u]) * -10**6 + int(u[3:])), listed

    def events(self, kind):
        rows, cursor = [], ""
        while True:
            page = self.ask(f"/v1/events?limit=1000&type={kind}" + cursor)
            if not page["data"]:
                return rows
            rows, cursor = rows + page["data"], f"&cursor={page['next']}"

    def compare_obligation(self, key, expected, seen):
        due = expected.due
        want = [str(date_of(due.opens)), str(date_of(due.last)), str(date_of(due.due)), due.provisional, expected.state,
                expected.revision]
        got = [seen[k] for k in ("opens_on", "last_day_on", "due_on", "provisional", "state", "revision")]
        assert got == want, f"{key}: {got}, expected {want}"
        assert instant(seen["due_at"]) == expected.due_at
        assert seen["overdue"] == (expected.owed and self.now >= expected.due_at), (key, seen)
        got = seen["next_step"] and instant(seen["next_step"]["at"])
        step = self.model.next_of(expected)  # a hold that ends before it is no step
        wanted = step if expected.next is None or step is None else max(expected.next, step)
        assert got == wanted, f"{key}: next {got}, expected {wanted}"
        got = seen["next_said"] and instant(seen["next_said"]["at"])
        assert got == self.model.next_said(expected), f"{key}: next said {got}, expected {self.model.next_said(expected)}"
        self.compare_occasions(key, seen, expected)

    def compare_occasions(self, key, seen, expected):
        got = {(o["revision"], o["step"]): [o["outcome"], o["reason"]] for o in seen["occasions"] if o["step"] != "open"}
        assert len(got) == len(seen["occasions"])
        silenced = {(o["revision"], o["step"]): int(o["silence"][3:]) - 1 for o in seen["occasions"] if o["silence"]}
        assert silenced == {step: n for step, n in expected.silenced.items() if n is not None}, (key, silenced, expected.silenced)
        assert sorted(got) == sorted(expected.occasions), f"{key}: steps {got}, expected {expected.occasions}"
        last_of = defaultdict(list)
        for message in expected.messages:
            last_of[message.revision, message.steps[-1]].append(message)
        for step, outcome in expected.occasions.items():
            allowed = [outcome]
            if step in last_of:
                ends = [["cancelled", reason] for m in last_of[step] if not m.must
                        for reason in ([m.ended, expected.over, "rescheduled"] if m.died else [m.ended])]
                allowed = (["sent", None], *ends) if any(m.may for m in last_of[step]) else ends
            assert got[step] in allowed, f"{key} {step}: {got[step]}, expected {allowed}"

    def compare_received(self):
        """Every message that must have come has, none came that may not; an occasion has one id, an id one body."""
        names = {self.obligation_ids[key]: o for key, o in self.model.obligations.items()}
        wanted = {(m.path, m.ob.key, m.revision, m.steps): m for m in self.model.messages()}
        noted = {(n.path, n.type, n.about, n.made_at): n for n in self.model.notices}
        assert len(noted) == len(self.model.notices)
        ids, bodies, accepted, surplus, sends, slots = {}, {}, set(), [], self.daemon.sends, defaultdict(set)
        for got in sends:
            if got.id in bodies:
                assert bodies[got.id][:2] == (got.path, got.body), f"an id with two bodies: {got.body}"
                said = bodies[got.id][2]
            else:
                said = self.compare_body(got, json.loads(got.body), names, wanted)
                bodies[got.id] = got.path, got.body, said
                for name in said:
                    assert ids.setdefault(name, got.id) == got.id, f"an occasion with two ids: {name}"
                    # What several acts of people lead to in one second is not one slot.
                    if name in wanted and wanted[name].slot is not None and (wanted[name].planned_at + 8 * HOUR) % DAY == SEND_AT:
                        slots[got.path, wanted[name].planned_at].add(got.id)
            for name in said:
                if name not in wanted and name not in noted and name[1] != "calendar.missing" and name[1] not in ENDPOINT_NEWS:
                    surplus.append(name)
                elif got.status == 200:
                    accepted.add(name)
        self.compare_news(bodies.values())
        self.compare_departures(wanted, bodies)
        assert not [slot for slot, some in slots.items() if len(some) > 1], "what is due at one instant came in two messages"
        if self.daemon.exact:
            twice = [i for i, n in Counter(s.id for s in sends if s.status == 200 and s.heard).items() if n > 1]
            assert not twice, f"taken by their receivers, and sent once more: {twice[:9]} ({len(twice)})"
        missing = [k for some in (wanted, noted) for k, m in some.items() if m.must and k not in accepted]
        surplus += [k for k in accepted if k in wanted and not wanted[k].may]
        assert not missing and not surplus, f"missing {missing[:9]} ({len(missing)}), surplus {surplus[:9]} ({len(surplus)})"
        self.counts = {"messages": len(wanted), "requests": len(sends), "notices": len(noted), "moved": len(self.moved),
                       "uncertain": sum(m.may != m.must for m in wanted.values())}

    def compare_departures(self, wanted, bodies):
        """Within its jitter a message leaves at any second, but for those in which everybody's timers go off (R5). Some are off
        for other reasons: a hold, an endpoint that was enabled again."""
        left = Counter()
        for got in self.daemon.sends:
            message = next((wanted[name] for name in bodies[got.id][2] if name in wanted), None)
            if got.at is None or got.attempt > 1 or message is None or message.leaves_by == message.planned_at:
                continue
            assert got.at >= message.planned_at, (message.steps, iso(got.at), iso(message.planned_at))
            left["all"] += 1
            left["in time"] += got.at <= message.leaves_by
            left["later"] += got.at > message.planned_at
            left["crowded"] += got.at % 1800 < 60
        if self.jitter == 0 or left["all"] < 20:
            return
        assert left["in time"] > 0.8 * left["all"] and left["later"] > 0.8 * left["in time"], left
        assert left["crowded"] <= 2 + left["all"] / 50, left

    def compare_news(self, bodies):
        """An endpoint that fails is told of elsewhere, so often an episode, and on another day each time (D7 D17)."""
        paths, told = {i: path for path, i in self.endpoint_ids.items()}, defaultdict(list)
        for path, body, _ in bodies:
            said = json.loads(body)
            if said["type"] in ENDPOINT_NEWS:
                about = said["data"]["detail"]
                assert path != paths[about["endpoint"]], f"told on the way that fails: {body}"
                told[path, said["type"], about["endpoint"], about["failing_since"]].append(about["days"])
        for key, days in told.items():
            assert len(days) == len(set(days)) <= ENDPOINT_NEWS[key[1]], (key, days)
        for type_ in ENDPOINT_NEWS:
            seen = Counter((e["data"]["endpoint"], e["data"].get("failing_since"), e["data"].get("reason")) for e in self.events(type_))
            assert not [k for k, n in seen.items() if k[1] and n > 1], f"{type_} more than once an episode: {seen}"

    def compare_body(self, got, body, names, wanted):
        """The names of what it tells: one of a plain message, more of a digest."""
        data, at = body["data"], instant(body["timestamp"])
        if body["type"] != "obligation.digest" and "obligation" not in data:  # about a unit, or a programme as a whole
            return [self.about(got, body["type"], data.get("unit") and data["unit"]["id"], at, data.get("detail"))]
        if body["type"] != "obligation.digest":
            owed, lead = data["obligation"], data["unit"]["lead"]
            item = {**owed, "obligation": owed["id"], "type": body["type"], "lead": lead, "step": data.get("step"),
                    "steps": data.get("steps"), "nominal_at": body["timestamp"]}
            return [self.compare_item(got, item, at, names, wanted)]
        items = [item for item in self.all(f"/v1/messages/{got.id.decode() if isinstance(got.id, bytes) else got.id}/items") if item["told"]]
        assert data["counts"]["items"] == len(items) == len(data["items"]) + data["more"] > 0, (body, items)
        assert [(i.get("obligation"), i.get("step")) for i in data["items"]] == \
            [(i["obligation"], i["step"]) for i in items[:len(data["items"])]], (body, items)
        assert len(got.body) < 20000, len(got.body)
        return [self.compare_item(got, item, at, names, wanted) for item in items]

    def about(self, got, type_, unit, at, detail):
        """Of one unit's two endpoints each is a matter of its own."""
        about = {i: u for u, i in self.unit_ids.items()}[unit] if unit else None
        return got.path, type_, (about, detail["endpoint"]) if type_ in ENDPOINT_NEWS else about, at

    def compare_item(self, got, item, at, names, wanted):
        if not item["obligation"]:
            return self.about(got, item["type"], item["unit"], instant(item["nominal_at"]), item.get("detail"))
        obligation = names[item["obligation"]]
        assert item["lead"] == self.units[obligation.unit][LEAD], item
        if not item["step"]:
            return got.path, item["type"], obligation.key, instant(item["nominal_at"])
        name = (got.path, obligation.key, item["revision"], tuple(item["steps"]))
        message = wanted.get(name)
        if message:
            assert item["step"] == message.steps[-1] and item["due_on"] == str(date_of(message.due)), item
            step = item["step"].removeprefix("review-")
            what = "obligation" if step == item["step"] else "review"
            assert item["type"] == what + (".due_soon" if step.startswith(("before", "due")) else ".overdue"), item
            assert at == message.planned_at, (item, at, message.planned_at)
        return name


def run(seed, units=24, backend=Inline, say=lambda *_: None, journal=None):
    """One story from beginning to end: its counts. A failure names the command that tells it again.

    `journal`, a list, gets the whole conversation with an inline daemon.
    """
    story = Story(seed, units, backend, say)
    if journal is not None:
        story.daemon.lines = journal
    try:
        story.run()
        return {**story.counts, "journal": story.daemon.journal.hexdigest()[:16]}
    except BaseException:
        wire = "" if story.daemon.exact else " --wire"
        print(f"\nseed {seed} failed at {iso(story.now)}; again: "
              f"/usr/bin/python3 tests/sim/soak.py --seed {seed} --units {units}{wire}\n{story.daemon.account()}", file=sys.stderr)
        raise
    finally:
        story.daemon.close()
