"""What two years ought to bring, worked out from DOMAIN.md and FEATURES.md alone, fast enough to be asked ten thousand times.

Nothing here looks at the C code, its database or its answers: the calendar is read anew, and the plan, the ladder and the
rules of 2023 are written down again. Where daemon and this file disagree, one of them is wrong.

Days are numbers since 1970-01-01, instants unix seconds; a day begins at 00:00 in Beijing.
"""
import bisect
import csv
import datetime as dt
import functools
import heapq
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAY, HOUR = 86400, 3600
BEIJING_S = 8 * HOUR
NEVER = 1 << 60
SEND_AT = 9 * HOUR + 5 * 60
FIRST_DEATH = 75 * HOUR  # the waits between the attempts add up to 75 h 35 m and 5 s, without jitter
OWED = ("scheduled", "open", "returned")


def day_of(date):
    return date.toordinal() - 719163


def date_of(day):
    return dt.date.fromordinal(day + 719163)


def start(day):
    """The instant at which a day begins; the end of a day is the start of the next."""
    return day * DAY - BEIJING_S


def day_at(at):
    return (at + BEIJING_S) // DAY


def iso(at):
    return dt.datetime.fromtimestamp(at, dt.timezone(dt.timedelta(seconds=BEIJING_S))).isoformat()


def instant(text):
    return int(dt.datetime.fromisoformat(text).timestamp())


def add_months(day, n):
    """The corresponding day, or the month's last where there is none (民法典 202)."""
    date = date_of(day)
    year, month = divmod(date.year * 12 + date.month - 1 + n, 12)
    last = (dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return day_of(dt.date(year, month + 1, min(date.day, last)))


class Calendar:
    """Statutory days off and make-up working days; a Saturday or Sunday that is not listed is off (民法典 203)."""

    def __init__(self, hidden):
        with open(ROOT / "conf" / "calendars" / "cn.csv", encoding="utf-8-sig", newline="") as file:
            rows = [(dt.date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)]
        self.kinds = {day_of(date): kind for date, kind in rows if date.year not in hidden}
        # A year is official when its own National Day is listed.
        self.years = {date.year for date, kind in rows
                      if date.year not in hidden and kind == "holiday" and (date.month, date.day) == (10, 1)}

    def is_off(self, day):
        kind = self.kinds.get(day)
        return kind == "holiday" if kind else (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday

    def next_workday(self, day):
        while self.is_off(day):
            day += 1
        return day

    def workdays_after(self, day, n):
        """The n-th working day after `day`."""
        while n > 0:
            day += 1
            n -= not self.is_off(day)
        return day

    def knows(self, *days):
        return {date_of(day).year for day in days} <= self.years


@functools.lru_cache(maxsize=None)
def calendar_without(hidden):
    return Calendar(hidden)


# ---- the plan and the ladder of 2023 ----

class Due:
    """One obligation of the plan, counted from the day of publication: (rule, n), and its days."""
    __slots__ = ("rule", "n", "opens", "last", "due", "provisional")

    def __init__(self, rule, n, opens, last, due, provisional):
        self.rule, self.n, self.opens, self.last, self.due, self.provisional = rule, n, opens, last, due, provisional


def plan_2023(anchor, calendar):
    """Progress at T+6, 12, 18, 24; mid-term at T+12: rolled, open 15 days before. Acceptance T+24, never rolled, from T+18."""
    rows = []
    for rule, n, months in [("progress", i + 1, 6 * (i + 1)) for i in range(4)] + [("midterm", 1, 12)]:
        last = add_months(anchor, months)
        due = calendar.next_workday(last)
        rows.append(Due(rule, n, max(due - 15, anchor), last, due, not calendar.knows(last, due)))
    last = add_months(anchor, 24)
    return rows + [Due("acceptance", 1, add_months(anchor, 18), last, last, False)]


BEFORE, AFTER, EVERY = (60, 30, 15, 7, 3, 1), (1, 3, 7), 7
ESCALATIONS = (("recommender", 3), ("office", 7))


class Ladder:
    """Every reminder of an obligation that nobody satisfies: (instant, key, recipient), by instant."""

    def __init__(self, due, calendar, until_day):
        days = [(due - n, f"before-{n}", "unit") for n in BEFORE] + [(due, "due", "unit")]
        days += [(due + n, f"after-{n}", "unit") for n in AFTER]
        days += [(calendar.workdays_after(due, n), f"{to}+{n}w", to) for to, n in ESCALATIONS]
        days += [(day, f"repeat-{i + 1}", "unit") for i, day in enumerate(range(due + AFTER[-1] + EVERY, until_day, EVERY))]
        self.steps = sorted((start(day) + SEND_AT, key, to) for day, key, to in days)
        self.ats = [at for at, _, _ in self.steps]

    def between(self, after, to):
        """Steps with after < instant <= to."""
        return self.steps[bisect.bisect_right(self.ats, after):bisect.bisect_right(self.ats, to)]


# ---- a programme over time ----

class Message:
    """One message to one endpoint, naming the steps that it stands for."""
    __slots__ = ("path", "ob", "revision", "steps", "planned_at", "due", "must", "may", "ended", "died")

    def __init__(self, path, ob, steps, planned_at):
        self.path, self.ob, self.revision, self.steps, self.planned_at = path, ob, ob.revision, steps, planned_at
        self.due = ob.due.due
        self.must = self.may = True  # has to be received; is allowed to be
        self.ended = None  # why it is not sent any more, if it has not been by then
        self.died = False  # perhaps: every attempt had failed by then


class Notice:
    """Something happened, and somebody is told of it: no step of a ladder."""
    __slots__ = ("path", "type", "about", "made_at", "must")

    def __init__(self, path, type_, about, made_at, must):
        self.path, self.type, self.about, self.made_at = path, type_, about, made_at  # about: obligation or unit
        self.must = must  # else it is only possible


class Endpoint:
    def __init__(self, path):
        self.path, self.enabled = path, True
        self.changed_at = None  # when it was enabled or disabled last
        self.refuses_since = None  # it answers everything with a failure
        self.unsure = None  # (from, to): what was planned from then on may not have come until then

    def refuse(self, now):
        self.refuses_since = now
        self.unsure = (min(self.unsure[0], now) if self.unsure and self.unsure[1] >= now else now, None)

    def heal(self, now, longest_retry):
        """What waits comes with its next attempt, at the latest after the longest wait; what is dead, only if replayed."""
        long = now - self.unsure[0] > 60 * HOUR
        self.refuses_since, self.unsure = None, (self.unsure[0], NEVER if long else now + longest_retry)

    def keeps_off(self, planned_at, now):
        """Whether a message planned then is certain (True), possible (None) or impossible (False) not to have come yet."""
        if self.refuses_since is not None and planned_at > self.refuses_since:
            return True
        if not self.enabled and planned_at > self.changed_at:
            return True
        until = NEVER if self.unsure and self.unsure[1] is None else self.unsure and self.unsure[1]
        return None if self.unsure and planned_at > self.unsure[0] and until > now else False


class Obligation:
    __slots__ = ("key", "unit", "due", "calendar", "state", "revision", "decided_to", "occasions", "messages", "closed_to", "next")

    def __init__(self, unit, due, calendar):
        self.key, self.unit, self.due, self.calendar = (unit, due.rule, due.n), unit, due, calendar
        self.state, self.revision = "scheduled", 1
        self.decided_to = 0  # steps up to and including this instant are decided
        self.occasions = {}  # (revision, step key) → [outcome, reason]
        self.messages = []
        self.closed_to = 0  # so many of its messages were there when it was settled last
        self.next = None  # instant of the next thing to be done about it

    @property
    def due_at(self):
        return start(self.due.due + 1)

    @property
    def owed(self):
        return self.state in OWED


class Model:
    """Follows what is done to the daemon and says what must have come of it."""

    def __init__(self, anchor, calendar, recommenders, now, horizon):
        self.anchor, self.calendar, self.recommenders, self.now, self.horizon = anchor, calendar, recommenders, now, horizon
        self.ladders = {}
        plan = plan_2023(anchor, calendar)
        self.obligations = {(unit, due.rule, due.n): Obligation(unit, due, calendar)
                            for unit in range(len(recommenders)) for due in plan}
        self.endpoints = {}  # owner → [Endpoint]
        self.by_path = {}
        self.notices = []
        self.queue = []  # (instant, tie, obligation): some are stale
        self.ties = 0
        for obligation in self.obligations.values():
            self.arm(obligation)

    # ---- what is next ----

    def ladder(self, obligation):
        key = (obligation.due.due, id(obligation.calendar))
        if key not in self.ladders:
            self.ladders[key] = Ladder(obligation.due.due, obligation.calendar, day_at(self.horizon) + 30)
        return self.ladders[key]

    def next_of(self, obligation):
        """The instant of the next thing to be done about it: a step, or its opening. None: nothing."""
        if not obligation.owed:
            return None
        ladder, revision = self.ladder(obligation), obligation.revision
        opening = start(obligation.due.opens)
        first = opening if opening > obligation.decided_to else NEVER
        for at, key, _ in ladder.steps[bisect.bisect_right(ladder.ats, obligation.decided_to):]:
            if (revision, key) not in obligation.occasions:
                return min(first, at)
        return first

    def arm(self, obligation):
        obligation.next = self.next_of(obligation)
        if obligation.next is not None:
            self.ties += 1
            heapq.heappush(self.queue, (obligation.next, self.ties, obligation))

    # ---- what is said ----

    def owner(self, obligation, to):
        if to == "unit":
            return ("unit", obligation.unit)
        return ("recommender", self.recommenders[obligation.unit]) if to == "recommender" else ("office",)

    def decide(self, obligation, group, now):
        """Steps of one obligation to one recipient that come together: the last is sent, the others are named by it."""
        endpoints = self.endpoints.get(self.owner(obligation, group[0][2]), ())
        occasions, revision = obligation.occasions, obligation.revision
        for _, key, _ in group[:-1]:
            occasions[revision, key] = ["coalesced", None] if endpoints else ["suppressed", "no_endpoint"]
        enabled = any(e.enabled for e in endpoints)
        occasions[revision, group[-1][1]] = (
            ["sent", None] if enabled else ["held", "endpoint_disabled"] if endpoints else ["suppressed", "no_endpoint"])
        steps = tuple(key for _, key, _ in group)
        for endpoint in endpoints:
            obligation.messages.append(Message(endpoint.path, obligation, steps, now))

    def decide_between(self, obligation, after, to, now):
        """What came due in the meantime, together."""
        groups = {}
        for step in self.ladder(obligation).between(after, to):
            if (obligation.revision, step[1]) not in obligation.occasions:
                groups.setdefault(step[2], []).append(step)
        for group in groups.values():
            self.decide(obligation, group, now)

    def look(self, obligation, to, now):
        if obligation.state == "scheduled" and start(obligation.due.opens) <= to:
            obligation.state = "open"
        self.decide_between(obligation, obligation.decided_to, to, now)
        obligation.decided_to = to
        self.arm(obligation)

    # ---- time ----

    def walk(self, to):
        """The daemon was up all the while: each step at its own instant."""
        while self.queue and self.queue[0][0] <= to:
            at, _, obligation = heapq.heappop(self.queue)
            if obligation.next == at:
                self.look(obligation, at, at)
        self.now = to

    def jump(self, to):
        """It was not: what was missed comes together (contract 7)."""
        late = []
        while self.queue and self.queue[0][0] <= to:
            at, _, obligation = heapq.heappop(self.queue)
            if obligation.next == at:
                obligation.next = None
                late.append(obligation)
        for obligation in late:
            self.look(obligation, to, to)
        self.now = to

    # ---- what people do ----

    def submit(self, obligation):
        obligation.state = "submitted"
        self.silence(obligation, "satisfied")
        self.close(obligation)

    def accept(self, obligation):
        obligation.state = "accepted"

    def cancel(self, obligation):
        obligation.state = "cancelled"
        self.silence(obligation, "cancelled")
        self.close(obligation)

    def give_back(self, obligation):
        obligation.state = "returned"
        obligation.decided_to = self.now
        # A message that died before the report came is not cancelled by it: a replay after the return is true again.
        for message in obligation.messages:
            message.may |= message.died
        self.arm(obligation)

    def silence(self, obligation, reason):
        """What has not left does not leave any more."""
        obligation.next = None
        for message in obligation.messages:
            kept_off = self.by_path[message.path].keeps_off(message.planned_at, self.now)
            if message.must and kept_off is not False:
                message.must, message.may, message.ended = False, kept_off is None, reason
                message.died = self.now - message.planned_at > FIRST_DEATH

    def close(self, obligation):
        """It is settled: whoever was escalated to, and heard of it, is told so (R7)."""
        fresh = obligation.messages[obligation.closed_to:] + [m for m in obligation.messages[:obligation.closed_to] if m.died]
        obligation.closed_to = len(obligation.messages)
        for to, _ in ESCALATIONS:
            told = [m for m in fresh if m.steps[-1].startswith(f"{to}+")]
            if any(m.may for m in told):
                self.notify(self.owner(obligation, to), "obligation.closed", obligation.key, any(m.must for m in told))

    def notify(self, owner, type_, about, must=True):
        self.notices += [Notice(e.path, type_, about, self.now, must) for e in self.endpoints.get(owner, ())]

    # ---- endpoints ----

    def listen(self, owner, path):
        endpoint = self.by_path[path] = Endpoint(path)
        self.endpoints.setdefault(owner, []).append(endpoint)
        return endpoint

    # ---- calendars ----

    def learn(self, calendar):
        """The calendar of a year arrives: what is owed is counted again; a moved date begins its ladder anew (T3).

        What the old date had not said yet is owed still: where the date came nearer it may be past, and is said at once.
        """
        self.calendar = calendar
        fresh = {(d.rule, d.n): d for d in plan_2023(self.anchor, calendar)}
        moved = []
        for key, obligation in self.obligations.items():
            unsaid = obligation.next
            obligation.calendar = calendar
            if not obligation.owed:
                continue
            due, obligation.due = obligation.due, fresh[key[1:]]
            if due.due != obligation.due.due:
                moved.append(key)
                self.silence(obligation, "rescheduled")
                obligation.revision += 1
                nearer = min(obligation.due.due - due.due, obligation.due.opens - due.opens, 0) * DAY
                self.decide_between(obligation, unsaid + nearer - 1, self.now, self.now)
                obligation.decided_to = self.now
            else:
                self.catch_up(obligation)
            self.arm(obligation)
        return moved

    def catch_up(self, obligation):
        """An escalation whose working day turns out to be past goes out at once, with what else was left unsaid since."""
        late = [at for at, key, to in self.ladder(obligation).between(obligation.due_at - 1, self.now)
                if to != "unit" and (obligation.revision, key) not in obligation.occasions]
        if late:
            self.decide_between(obligation, min(late) - 1, self.now, self.now)

    def messages(self):
        return [m for o in self.obligations.values() for m in o.messages]
