"""The expectation itself, held against the worked cases of the domain (民法典 art. 201-203) and a calendar in hand."""
import csv
import datetime as dt
import random

import expect
import law

CALENDAR = expect.Calendar()


def test_due_dates_of_the_worked_cases():
    with open(expect.ROOT / "tests" / "data" / "due-date-vectors.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            last = expect.add_months(dt.date.fromisoformat(row["published"]), int(row["months"]))
            assert str(last) == row["last_day_art202"], row
            assert str(CALENDAR.next_workday(last)) == row["due_art203"], row


def test_the_plan_of_the_invented_publication_date():
    rows = {(d.rule, d.n): d for d in expect.plan_2023(dt.date(2024, 9, 2), CALENDAR)}
    assert {key: str(d.due_on) for key, d in rows.items()} == {
        ("progress", 1): "2025-03-03", ("progress", 2): "2025-09-02", ("progress", 3): "2026-03-02",
        ("progress", 4): "2026-09-02", ("midterm", 1): "2025-09-02", ("acceptance", 1): "2026-09-02"}
    assert str(rows["progress", 1].opens_on) == "2025-02-16" and str(rows["acceptance", 1].opens_on) == "2026-03-02"


def test_escalation_counts_working_days_across_a_holiday():
    steps = {s.key: s for s in expect.ladder(dt.date(2025, 9, 30), CALENDAR, expect.instant(dt.date(2026, 1, 1)))}
    # National Day 2025 is 1-8 October; the 9th and 10th work, and so does Saturday the 11th.
    assert str(steps["recommender+3w"].at) == "2025-10-11 09:05:00+08:00"
    assert str(steps["office+7w"].at) == "2025-10-16 09:05:00+08:00"
    assert str(steps["after-7"].at.date()) == "2025-10-07" and str(steps["repeat-1"].at.date()) == "2025-10-14"


def test_model_and_expectation_agree():
    """Two writings of the same law: one in dates, one in numbers."""
    numbers = law.calendar_without(())
    for seed in range(200):
        anchor = dt.date(2022, 12, 1) + random.Random(seed).randrange(1000) * expect.DAY
        due = [[row.rule, row.n, *map(law.date_of, (row.opens, row.last, row.due)), row.provisional]
               for row in law.plan_2023(law.day_of(anchor), numbers)]
        assert due == [[row.rule, row.n, row.opens_on, row.last_day_on, row.due_on, row.provisional]
                       for row in expect.plan_2023(anchor, CALENDAR)]
        ladder = law.Ladder(law.day_of(anchor), numbers, law.day_of(anchor) + 140).steps
        until = expect.instant(anchor + 99 * expect.DAY, expect.SEND_AT)
        assert sorted((at, key, to) for at, key, to in ladder if at <= int(until.timestamp())) == sorted(
            (int(step.at.timestamp()), step.key, step.to) for step in expect.ladder(anchor, CALENDAR, until, "before"))
