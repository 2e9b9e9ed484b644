"""What ought to happen, worked out from DOMAIN.md and FEATURES.md alone.

Nothing here looks at the C code, its database or its answers: dates are Python's, the calendar is read anew, the
ladder and the plan of 2023 are written down again. Where daemon and this file disagree, one of them is wrong.
"""
import csv
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEIJING = dt.timezone(dt.timedelta(hours=8))
DAY = dt.timedelta(days=1)
SEND_AT = dt.time(9, 5)
NEVER = dt.datetime(2999, 1, 1, tzinfo=BEIJING)


def instant(day, time=dt.time(0)):
    return dt.datetime.combine(day, time, BEIJING)


class Calendar:
    """Statutory days off and make-up working days; a Saturday or Sunday that is not listed is off (art. 203)."""

    def __init__(self, path=ROOT / "conf" / "calendars" / "cn.csv", years=None):
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [(dt.date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)]
        self.kinds = {day: kind for day, kind in rows if years is None or day.year in years}
        # The notice of a year may list a day of the year before; its own National Day makes the year official.
        self.years = {day.year for day, kind in self.kinds.items() if kind == "holiday" and (day.month, day.day) == (10, 1)}

    def is_off(self, day):
        kind = self.kinds.get(day)
        return kind == "holiday" if kind else day.weekday() >= 5

    def next_workday(self, day):
        while self.is_off(day):
            day += DAY
        return day

    def workdays_after(self, day, n):
        """The n-th working day after `day`."""
        while n > 0:
            day += DAY
            n -= not self.is_off(day)
        return day


def add_months(day, n):
    """The corresponding day, or the month's last where there is none (art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    month += 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - DAY).day
    return dt.date(year, month, min(day.day, last))


@dataclass(frozen=True)
class Due:
    """One obligation of the 2023 plan, counted from the day of publication."""
    rule: str
    n: int
    opens_on: dt.date
    last_day_on: dt.date
    due_on: dt.date
    provisional: bool


def plan_2023(anchor, calendar):
    """Progress at T+6, 12, 18, 24; mid-term at T+12: rolled, open 15 days before. Acceptance T+24, never rolled, from T+18."""
    rows = []
    for rule, n, months in [("progress", i + 1, 6 * (i + 1)) for i in range(4)] + [("midterm", 1, 12)]:
        last = add_months(anchor, months)
        due = calendar.next_workday(last)
        rows.append(Due(rule, n, max(due - 15 * DAY, anchor), last, due, not {last.year, due.year} <= calendar.years))
    last = add_months(anchor, 24)
    rows.append(Due("acceptance", 1, add_months(anchor, 18), last, last, False))
    return rows


@dataclass(frozen=True)
class Step:
    at: dt.datetime
    key: str
    to: str  # unit, recommender, office


BEFORE, AFTER, EVERY = (60, 30, 15, 7, 3, 1), (1, 3, 7), 7
ESCALATIONS = (("recommender", 3), ("office", 7))


def ladder(due_on, calendar, until):
    """Every reminder of an obligation that nobody satisfies, up to `until`."""
    def step(day, key, to="unit"):
        return Step(instant(day, SEND_AT), key, to)

    steps = [step(due_on - n * DAY, f"before-{n}") for n in BEFORE] + [step(due_on, "due")]
    steps += [step(due_on + n * DAY, f"after-{n}") for n in AFTER]
    steps += [step(calendar.workdays_after(due_on, n), f"{to}+{n}w", to) for to, n in ESCALATIONS]
    number = 1
    while instant(due_on + (AFTER[-1] + EVERY * number) * DAY, SEND_AT) <= until:
        steps.append(step(due_on + (AFTER[-1] + EVERY * number) * DAY, f"repeat-{number}"))
        number += 1
    return sorted((s for s in steps if s.at <= until), key=lambda s: (s.at, s.to))


# ---- a programme over time ----

@dataclass
class Message:
    """One message to one endpoint, naming the steps that it stands for."""
    path: str
    obligation: "Obligation"
    revision: int
    steps: tuple
    planned_at: dt.datetime
    due_on: dt.date
    must: bool = True  # has to be received
    may: bool = True  # is allowed to be received
    ended: str = None  # why it is not sent any more, if it has not been by then


@dataclass
class Closing:
    """Whoever was escalated to is told that it is settled (R7)."""
    path: str
    obligation: "Obligation"
    made_at: dt.datetime
    must: bool  # an escalation certainly reached him; else it is only possible that one did


@dataclass
class Endpoint:
    path: str
    enabled: bool = True
    changed_at: dt.datetime = None  # when it was enabled or disabled last
    refuses_since: dt.datetime = None  # it answers everything with a failure
    unsure: tuple = None  # (from, to): what was planned from then on may not have come until then

    def refuse(self, now):
        self.refuses_since = now
        self.unsure = (min(self.unsure[0], now) if self.unsure and self.unsure[1] >= now else now, None)

    def heal(self, now, longest_retry):
        """What waits comes with its next attempt, at the latest after the longest wait; what is dead, only if replayed."""
        long = now - self.unsure[0] > dt.timedelta(hours=60)
        self.refuses_since, self.unsure = None, (self.unsure[0], NEVER if long else now + longest_retry)

    def keeps_off(self, planned_at, now):
        """Whether a message planned then is certain (True), possible (None) or impossible (False) not to have come yet."""
        if self.refuses_since and planned_at > self.refuses_since or not self.enabled and planned_at > self.changed_at:
            return True
        return None if self.unsure and planned_at > self.unsure[0] and (self.unsure[1] or NEVER) > now else False


@dataclass
class Obligation:
    unit: int
    due: Due
    calendar: Calendar
    state: str = "scheduled"
    revision: int = 1
    decided_to: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=BEIJING)  # steps up to and including this instant are decided
    occasions: dict = field(default_factory=dict)  # (revision, step key) → [outcome, reason]
    messages: list = field(default_factory=list)
    closed_to: int = 0  # so many of its messages were there when it was settled last
    steps: list = None  # the ladder as far as it was needed, up to `reach`
    reach: dt.datetime = None

    @property
    def due_at(self):
        return instant(self.due.due_on + DAY)

    @property
    def owed(self):
        return self.state in ("scheduled", "open", "returned")

    def ladder(self, until):
        if self.steps is None or self.reach < until:
            self.reach = until + 400 * DAY
            self.steps = ladder(self.due.due_on, self.calendar, self.reach)
        return self.steps

    def decided(self, step):
        return (self.revision, step.key) in self.occasions

    def next_at(self, now):
        """The instant of the next thing to be done about it: a step, or its opening."""
        if not self.owed:
            return None
        coming = [s.at for s in self.ladder(now + 100 * DAY) if s.at > self.decided_to and not self.decided(s)]
        opening = instant(self.due.opens_on)
        return min(coming + ([opening] if opening > self.decided_to else []))


class Expectation:
    """Follows what is done to the daemon and says what must have come of it."""

    def __init__(self, calendar, anchor, recommenders):
        self.anchor, self.recommenders = anchor, recommenders  # recommender of each unit
        self.obligations = {(unit, due.rule, due.n): Obligation(unit, due, calendar)
                            for unit in range(len(recommenders)) for due in plan_2023(anchor, calendar)}
        self.endpoints = {}  # owner → [Endpoint]
        self.closings = []
        self.now = instant(anchor)

    def owner(self, obligation, to):
        return {"unit": ("unit", obligation.unit), "recommender": ("recommender", self.recommenders[obligation.unit]),
                "office": ("office",)}[to]

    def _decide(self, obligation, group, now):
        """Steps of one obligation to one recipient that come together: the last is sent, the others are named by it."""
        endpoints = self.endpoints.get(self.owner(obligation, group[0].to), [])
        for step in group[:-1]:
            obligation.occasions[obligation.revision, step.key] = ["coalesced", None] if endpoints else ["suppressed", "no_endpoint"]
        enabled = any(e.enabled for e in endpoints)
        obligation.occasions[obligation.revision, group[-1].key] = (
            ["sent", None] if enabled else ["held", "endpoint_disabled"] if endpoints else ["suppressed", "no_endpoint"])
        for endpoint in endpoints:
            obligation.messages.append(Message(endpoint.path, obligation, obligation.revision, tuple(s.key for s in group), now,
                                               obligation.due.due_on))

    def _groups(self, obligation, after, to, together):
        groups = {}
        for step in obligation.ladder(to):
            if after < step.at <= to and not obligation.decided(step):
                groups.setdefault((step.to, None if together else step.at), []).append(step)
        for group in groups.values():
            self._decide(obligation, group, to if together else group[0].at)

    def _pass(self, to, together):
        for obligation in self.obligations.values():
            if not obligation.owed:
                continue
            if obligation.state == "scheduled" and instant(obligation.due.opens_on) <= to:
                obligation.state = "open"
            self._groups(obligation, obligation.decided_to, to, together)
            obligation.decided_to = to
        self.now = to

    def walk(self, to):
        """The daemon was up all the while: each step at its own instant."""
        self._pass(to, together=False)

    def jump(self, to):
        """It was not: what was missed comes together (contract 7)."""
        self._pass(to, together=True)

    def submit(self, obligation):
        obligation.state = "submitted"
        self._silence(obligation, "satisfied")
        self._close(obligation)

    def accept(self, obligation):
        obligation.state = "accepted"

    def give_back(self, obligation):
        obligation.state = "returned"
        obligation.decided_to = self.now

    def _silence(self, obligation, reason):
        """What has not left does not leave any more."""
        endpoints = {e.path: e for e in sum(self.endpoints.values(), [])}
        for message in obligation.messages:
            kept_off = endpoints[message.path].keeps_off(message.planned_at, self.now)
            if message.must and kept_off is not False:
                message.must, message.may, message.ended = False, kept_off is None, reason

    def _close(self, obligation):
        fresh, obligation.closed_to = obligation.messages[obligation.closed_to:], len(obligation.messages)
        for to, _ in ESCALATIONS:
            told = [m for m in fresh if m.steps[-1].startswith(f"{to}+")]
            if any(m.may for m in told):
                self.closings += [Closing(e.path, obligation, self.now, any(m.must for m in told))
                                  for e in self.endpoints[self.owner(obligation, to)]]

    def learn(self, calendar):
        """The calendar of a year arrives: what is owed is counted again; a moved date begins its ladder anew (T3).

        What the old date had not said yet is owed still: where the date came nearer it may be past, and is said at once.
        """
        fresh = {(d.rule, d.n): d for d in plan_2023(self.anchor, calendar)}
        moved = []
        for key, obligation in self.obligations.items():
            unsaid = obligation.next_at(self.now)
            obligation.calendar, obligation.steps = calendar, None
            if not obligation.owed:
                continue
            due, obligation.due = obligation.due, fresh[key[1:]]
            if due.due_on != obligation.due.due_on:
                moved.append(key)
                self._silence(obligation, "rescheduled")
                obligation.revision += 1
                nearer = min(obligation.due.due_on - due.due_on, obligation.due.opens_on - due.opens_on, dt.timedelta())
                self._groups(obligation, unsaid + nearer - dt.timedelta(seconds=1), self.now, together=True)
                obligation.decided_to = self.now
            else:
                self._catch_up(obligation)
        return moved

    def _catch_up(self, obligation):
        """An escalation whose working day turns out to be past goes out at once, with what else was left unsaid since."""
        late = [s.at for s in obligation.ladder(self.now)
                if obligation.due_at <= s.at <= self.now and s.to != "unit" and not obligation.decided(s)]
        if late:
            self._groups(obligation, min(late) - dt.timedelta(seconds=1), self.now, together=True)

    def messages(self):
        return [m for o in self.obligations.values() for m in o.messages]
