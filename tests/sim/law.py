"""The law on dates and the rules of 2023, worked out from DOMAIN.md and FEATURES.md alone: days, the calendar, the plan, the ladder.

Nothing here looks at the C code: the calendar is read anew, and the plan and the ladder are written down again.

Days are numbers since 1970-01-01, instants unix seconds; a day begins at 00:00 in Beijing.
"""
import bisect
import csv
import datetime as dt
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DAY, HOUR = 86400, 3600
BEIJING_S = 8 * HOUR
SEND_AT = 9 * HOUR + 5 * 60


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

    def last_workday(self, day):
        while self.is_off(day):
            day -= 1
        return day

    def send_day(self, day, due):
        """Nothing is sent on a day off (R5): it goes on the last working day before, which shortens no lead time; but nothing
        that follows the due day is said before that day is over: it goes on the first working day after."""
        early = self.last_workday(day)
        return early if day <= due or early > due else self.next_workday(day)

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


PLAN = {("progress", 1): 6, ("progress", 2): 12, ("progress", 3): 18, ("progress", 4): 24, ("midterm", 1): 12, ("acceptance", 1): 24}
WINDOW, ASK_FROM, OPENS_BEFORE = 24, 18, 15


def due_2023(rule, n, anchor, calendar, shift=0, more=0):
    """Progress at T+6, 12, 18, 24; mid-term at T+12: rolled, open 15 days before. Acceptance T+24, never rolled, from T+18.

    Always from the anchor, never chained: a shift of the programme is so many months more, and so is a longer window for
    what is due with its end.
    """
    last = add_months(anchor, PLAN[rule, n] + shift + (more if PLAN[rule, n] == WINDOW else 0))
    if rule == "acceptance":
        return Due(rule, n, add_months(anchor, ASK_FROM + shift), last, last, False)
    due = calendar.next_workday(last)
    return Due(rule, n, max(due - OPENS_BEFORE, anchor), last, due, not calendar.knows(last, due))


def plan_2023(anchor, calendar):
    return [due_2023(rule, n, anchor, calendar) for rule, n in PLAN]


# What is said before the due day, on it, after it, and then every so many days; and who else hears of it, after working days.
LADDERS = {
    "owed": ("", "unit", (60, 30, 15, 7, 3, 1), (1, 3, 7), 7, (("recommender", 3), ("office", 7))),
    # Filed, and to be reviewed: it is the reviewer who is reminded, by the review's own deadline (O3).
    "review": ("review-", "reviewer", (1,), (1, 3), 7, (("office", 3),)),
}
REVIEW_WORKDAYS = CORRECTION_WORKDAYS = 5
DIGESTS = ("recommender", "office")  # what is due for them at one instant is one message to each endpoint (R4)


class Ladder:
    """Every reminder of an obligation that nobody satisfies: (instant, key, recipient), by instant."""

    def __init__(self, due, calendar, until_day, phase="owed"):
        word, whom, before, after, every, escalations = LADDERS[phase]
        days = [(due - n, f"{word}before-{n}", whom) for n in before] + [(due, f"{word}due", whom)]
        days += [(due + n, f"{word}after-{n}", whom) for n in after]
        days += [(calendar.workdays_after(due, n), f"{word}{to}+{n}w", to) for to, n in escalations]
        days += [(day, f"{word}repeat-{i + 1}", whom) for i, day in enumerate(range(due + after[-1] + every, until_day, every))]
        # Of those that are sent at one instant the one with the latest day is the last.
        sends = sorted((start(calendar.send_day(day, due)) + SEND_AT, day, key, to) for day, key, to in days)
        self.steps = [(at, key, to) for at, _, key, to in sends]
        self.ats = [at for at, _, _ in self.steps]

    def between(self, after, to):
        """Steps with after < instant <= to."""
        return self.steps[bisect.bisect_right(self.ats, after):bisect.bisect_right(self.ats, to)]
