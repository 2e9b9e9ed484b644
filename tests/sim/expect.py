"""The dates and the ladder of 2023 in the words of Python's datetime, worked out from DOMAIN.md and FEATURES.md alone.

The black-box tests hold the daemon against these. What becomes of a whole programme over two years stands in model.py.

Nothing here looks at the C code, its database or its answers: dates are Python's, the calendar is read anew, the
ladder and the plan of 2023 are written down again. Where daemon and this file disagree, one of them is wrong.
"""
import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEIJING = dt.timezone(dt.timedelta(hours=8))
DAY = dt.timedelta(days=1)
SEND_AT = dt.time(9, 5)
WEEKLY_AT = dt.time(9, 20)


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

    def last_workday(self, day):
        while self.is_off(day):
            day -= DAY
        return day

    def workdays_after(self, day, n):
        """The n-th working day after `day`."""
        while n > 0:
            day += DAY
            n -= not self.is_off(day)
        return day


def weekly(after, calendar, end):
    """The weekly reports of 2023 after an instant: on Mondays, or the week's first working day after a Monday off."""
    day, slots = after.date() - after.weekday() * DAY, []
    while instant(day) <= end:
        work = [d for d in (day + n * DAY for n in range(7)) if not calendar.is_off(d)]
        slots += [instant(work[0], WEEKLY_AT)] if work else []
        day += 7 * DAY
    return [slot for slot in slots if after < slot <= end]


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
    day: dt.date  # by the arithmetic, wherever days off put it


BEFORE, AFTER, EVERY = (60, 30, 15, 7, 3, 1), (1, 3, 7), 7
ESCALATIONS = (("recommender", 3), ("office", 7))


def ladder(due_on, calendar, until, days_off="send"):
    """Every reminder of an obligation that nobody satisfies, up to `until`; days_off: "send" or, as shipped, "before"."""
    def step(day, key, to="unit"):
        # Nothing is sent on a day off, but the working day before it (R5); what comes after the due day is never said before it is over.
        early = calendar.last_workday(day) if days_off == "before" else day
        return Step(instant(early if day <= due_on or early > due_on else calendar.next_workday(day), SEND_AT), key, to, day)

    steps = [step(due_on - n * DAY, f"before-{n}") for n in BEFORE] + [step(due_on, "due")]
    steps += [step(due_on + n * DAY, f"after-{n}") for n in AFTER]
    steps += [step(calendar.workdays_after(due_on, n), f"{to}+{n}w", to) for to, n in ESCALATIONS]
    number = 1
    while instant(due_on + (AFTER[-1] + EVERY * number) * DAY, SEND_AT) <= until + 30 * DAY:
        steps.append(step(due_on + (AFTER[-1] + EVERY * number) * DAY, f"repeat-{number}"))
        number += 1
    return sorted((s for s in steps if s.at <= until), key=lambda s: (s.at, s.to, s.day))
