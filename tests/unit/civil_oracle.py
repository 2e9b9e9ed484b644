#!/usr/bin/python3
"""What every day of 1900-2200 is, by Python's calendar and a month adder that shares no idea with ours.

One line a day: date, days since 1970-01-01, weekday (0 = Monday), unix second of its start in Beijing, and the
corresponding days +1 +6 +12 +24 +36 -1 -18 months away (Civil Code art. 202: if there is none, the month's last).
"""
import datetime
import sys

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
EPOCH = datetime.date(1970, 1, 1).toordinal()
MONTHS = (1, 6, 12, 24, 36, -1, -18)


def corresponding(day, months):
    """Walks month by month, then tries 31, 30, 29, 28 downwards until Python agrees that there is such a day."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        elif month == 0:
            year, month = year - 1, 12
    wanted = day.day
    while True:
        try:
            return datetime.date(year, month, wanted)
        except ValueError:
            wanted -= 1


def main():
    day, last = datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)
    lines = []
    while True:
        start = datetime.datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        fields = [day.isoformat(), str(day.toordinal() - EPOCH), str(day.weekday()),
                  str(int((start - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).total_seconds()))]
        fields += [corresponding(day, months).isoformat() for months in MONTHS]
        lines.append(" ".join(fields))
        if day == last:
            break
        day += datetime.timedelta(days=1)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
