"""The planner from outside: outage, clock guard, zone, dry run, forecast, late calendars, isolation, publication.

Rows of FEATURES.md: P1, P12, T3-T8, R1, R8, O2. What is right is said by tests/sim/expect.py, which knows DOMAIN.md only.
"""
import datetime as dt
import http.client
import os
import random
import re
import shutil
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import harness
from harness import ROOT, until

sys.path.append(str(ROOT / "tests" / "sim"))
import expect  # noqa: E402
import invariants  # noqa: E402
import stage  # noqa: E402
from stage import advance, beijing, file_report, listen, occasions, published  # noqa: E402

CALENDAR = expect.Calendar()
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def delivered(receiver, path):
    """What arrived at a path, as lists of steps in the order of arrival."""
    return [got.json()["data"]["steps"] for got in receiver.at(path)]


# ---- R1: the ladder ----

def test_sixty_days_past_due_exactly_the_listed_steps(daemon, receiver):
    owed = published(daemon)
    for owner, path in (("unit:un_1", "/unit"), ("recommender:示例北京工业和信息化厅（虚构）", "/recommender"), ("office", "/office")):
        listen(daemon, receiver, owner, path)
    due = dt.date(2025, 3, 3)
    end = expect.instant(due + 61 * expect.DAY)
    advance(daemon, to=end.isoformat())
    wanted = expect.ladder(due, CALENDAR, end)
    got = daemon.get(f"/v1/obligations/{owed['progress', 1]}")
    assert {o["step"]: o["at"] for o in got["occasions"] if o["step"] != "open"} == \
        {s.key: s.at.isoformat() for s in wanted}
    for to in ("unit", "recommender", "office"):
        assert delivered(receiver, f"/{to}") == [[s.key] for s in wanted if s.to == to]
    assert [s.key for s in wanted if s.to == "unit"][-3:] == ["repeat-5", "repeat-6", "repeat-7"]
    assert got["state"] == "open" and got["overdue"] and got["days_left"] == -61


def test_overdue_flips_at_midnight_and_not_before(daemon):
    obligation = published(daemon)["progress", 1]
    for at, overdue, late in (("2025-03-03T23:59:59+08:00", False, False), ("2025-03-04T00:00:00+08:00", True, True)):
        advance(daemon, to=at)
        seen = daemon.get(f"/v1/obligations/{obligation}")
        assert (seen["overdue"], seen["due_at"]) == (overdue, "2025-03-04T00:00:00+08:00")
        assert [o["id"] for o in daemon.all("/v1/obligations?overdue=1")] == ([obligation] if overdue else [])
        assert daemon.get("/v1/status")["programmes"][0]["overdue"] == int(overdue)
    assert file_report(daemon, obligation)["late"] is True
    assert daemon.get(f"/v1/obligations/{obligation}")["overdue"] is False


def test_a_report_of_the_last_second_is_in_time(daemon):
    obligation = published(daemon)["progress", 1]
    advance(daemon, to="2025-03-03T23:59:59+08:00")
    assert file_report(daemon, obligation)["late"] is False


# ---- many at once ----

def test_everyone_overdue_at_once_is_one_message_to_the_office(daemon, receiver):
    """R4: 260 units of one publication date. The office gets one message, each recommender one, each unit one."""
    published(daemon, units=None)
    units = daemon.all("/v1/units?programme=future-2023")
    recommenders = Counter(u["recommender"] for u in units)
    listen(daemon, receiver, "office", "/office")
    for number, name in enumerate(sorted(recommenders)):
        listen(daemon, receiver, f"recommender:{name}", f"/recommender/{number}")
    for unit in units[:5]:
        listen(daemon, receiver, f"unit:{unit['id']}", f"/{unit['id']}")
    advance(daemon, to="2025-03-12T09:05:00+08:00")
    (office,) = receiver.at("/office")
    assert len(office.body) < 20000 and office.json()["type"] == "obligation.digest"
    data = office.json()["data"]
    assert data["counts"] == {"items": 260, "units": 260, "overdue": 260, "due_soon": 0, "notices": 0}
    assert data["more"] == 260 - len(data["items"]) and {i["step"] for i in data["items"]} == {"office+7w"}
    assert "260" in data["text"]["zh"] and "逾期 9 天" in data["text"]["zh"] and "9 days overdue" in data["text"]["en"]
    items = stage.told(daemon, office)
    assert {i["unit"] for i in items} == {u["id"] for u in units} and all(i["told"] for i in items)
    assert daemon.ctl("message", "items", office.id, "-o", "jsonl", code=0).out.count("\n") == 260
    for number, (name, count) in enumerate(sorted(recommenders.items())):
        (got,) = receiver.at(f"/recommender/{number}")
        mine = stage.told(daemon, got)
        assert len(mine) == count and {i["steps"][0] for i in mine} == {"recommender+3w"}
        assert {i["unit"] for i in mine} == {u["id"] for u in units if u["recommender"] == name}
    for unit in units[:5]:  # the unit's own ladder, a message a step
        assert len({got.id for got in receiver.at(f"/{unit['id']}")}) == 7 + 3
    invariants.check(daemon.state_dir)


def test_more_messages_to_one_endpoint_than_it_has_room_for(make_daemon, folder, receiver):
    """The rest follows at once, not with the next day's step."""
    daemon = make_daemon(programmes=stage.without_digests(folder)).start()
    published(daemon, units=None)
    receiver.on("/office", delay_s=0.002)
    listen(daemon, receiver, "office", "/office")
    for count, at in ((260, "2025-03-12T09:05:00+08:00"), (260 + 520, "2025-09-11T09:05:00+08:00")):
        advance(daemon, to=at)
        assert len({got.id for got in receiver.at("/office")}) == count
    assert daemon.get("/v1/status")["deliveries"]["due"] == 0


def test_many_programmes_open_on_the_same_day(make_daemon, folder):
    """Thirty programmes published on one day: everything they owe opens, and is counted, in one transaction."""
    programmes = folder / "programmes"
    programmes.mkdir()
    text = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")
    ids = [f"many-{i:02}" for i in range(30)]
    for name in ids:
        (programmes / f"{name}.conf").write_text(text.replace('id = "future-2023"', f'id = "{name}"'), encoding="utf-8")
    daemon = make_daemon(programmes=programmes).start()
    for name in ids:
        stage.import_list(daemon, 2, programme=name)
        stage.publish(daemon, programme=name)
    advance(daemon, to="2025-03-04")
    assert [(p["overdue"], p["owed"]) for p in daemon.get("/v1/status")["programmes"]] == [(2, 12)] * 30
    invariants.check(daemon.state_dir)


# ---- T5: after an outage ----

def outage_by_jump(daemon):
    advance(daemon, by="10d", jump=True)


def outage_by_restart(daemon):
    daemon.stop()
    daemon.clock = "simulated:2025-03-04T10:00:00+08:00"
    daemon.start()
    advance(daemon, by="1s")


@pytest.mark.parametrize("outage", [outage_by_jump, outage_by_restart])
def test_ten_days_off_become_one_message_that_names_each(daemon, receiver, outage):
    owed = published(daemon, units=2)
    listen(daemon, receiver, "unit:un_1", "/one")
    listen(daemon, receiver, "unit:un_2", "/two")
    advance(daemon, to="2025-02-22T10:00:00+08:00")
    satisfied = stage.owed(daemon, "un_2")["progress", 1]
    file_report(daemon, satisfied)
    receiver.clear()
    outage(daemon)
    missed = ["before-7", "before-3", "before-1", "due", "after-1"]
    assert delivered(receiver, "/one") == [missed] and delivered(receiver, "/two") == []
    body = receiver.at("/one")[0].json()
    assert body["type"] == "obligation.overdue" and body["data"]["step"] == "after-1"
    got = occasions(daemon, owed["progress", 1])
    assert [got[step] for step in missed] == [("coalesced", None)] * 4 + [("sent", None)]
    assert not set(missed) & set(occasions(daemon, satisfied))


def test_ten_days_off_over_three_steps(daemon, receiver):
    """The row of FEATURES.md to the letter: three steps, one message naming all three, one sent and two coalesced."""
    owed = published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-03-05T10:00:00+08:00")
    receiver.clear()
    advance(daemon, by="13d", jump=True)
    assert delivered(receiver, "/one") == [["after-3", "after-7", "repeat-1"]]
    got = occasions(daemon, owed["progress", 1])
    assert [got[s] for s in ("after-3", "after-7", "repeat-1")] == [("coalesced", None)] * 2 + [("sent", None)]
    advance(daemon, to="2025-04-01")
    assert delivered(receiver, "/one")[1:] == [["repeat-2"], ["repeat-3"]]


def test_an_outage_of_many_deadlines_sends_the_oldest_first(make_daemon, receiver):
    """In the order of claims, that is: one at a time here, since order is not promised beyond it."""
    daemon = make_daemon(extra="courier = { in_flight_per_endpoint = 1; };").start()
    published(daemon, units=3)
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-03-10")
    receiver.clear()
    advance(daemon, to="2026-09-10", jump=True)
    got = [body["data"]["obligation"] for body in (r.json() for r in receiver.at("/one"))]
    assert len(got) == 6 and [o["due_on"] for o in got] == sorted(o["due_on"] for o in got)


# ---- T6: the clock guard, on the real clock ----

class StagedTime:
    """The real clock as the daemon sees it, stepped by a file; the monotonic clock goes on undisturbed."""

    def __init__(self, folder):
        assert FAKETIME, "libfaketime is missing: apt-get install faketime"
        self.file = folder / "now"
        self.env = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "Asia/Shanghai",
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, text):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"@{text}")
        fresh.rename(self.file)


@pytest.fixture
def staged(folder):
    time_ = StagedTime(folder)
    time_.set("2025-02-27 10:00:00")
    return time_


@pytest.fixture
def real_daemon(make_daemon, staged):
    return make_daemon(clock="real", env=staged.env).start()


def quiet(receiver, daemon, path="/one"):
    """What arrived once nothing is under way any more."""
    until("deliveries at rest", lambda: not any(daemon.get("/v1/status")["deliveries"][s] for s in ("due", "sending")))
    return delivered(receiver, path)


def test_a_step_ahead_holds_and_a_person_lets_go(real_daemon, staged, receiver):
    daemon = real_daemon
    owed = published(daemon, units=2)
    listen(daemon, receiver, "unit:un_1", "/one")
    staged.set("2025-04-08 10:00:00")  # +40 days while it runs
    # It serves and records, and this very write makes it look at the clock.
    assert file_report(daemon, stage.owed(daemon, "un_2")["progress", 1])["late"] is True
    clock = daemon.get("/v1/clock")
    assert clock["hold"] and re.search("40 days 0 hours|39 days 23 hours", clock["hold"]["reason"]), clock
    file_report(daemon, owed["midterm", 1], author="someone")
    assert len(stage.events(daemon, "clock.hold")) == 1
    assert quiet(receiver, daemon) == []
    assert "before-3" not in occasions(daemon, owed["progress", 1])
    daemon.post("/v1/clock/accept")
    receiver.wait(1, "/one")
    assert quiet(receiver, daemon) == [["before-3", "before-1", "due", "after-1", "after-3", "after-7", "repeat-1", "repeat-2", "repeat-3", "repeat-4"]]
    assert daemon.get("/v1/clock")["hold"] is None
    assert [e["type"] for e in stage.events(daemon, "clock.accepted")] == ["clock.accepted"]
    # What was satisfied during the hold ends as suppressed, with its reason.
    held = occasions(daemon, stage.owed(daemon, "un_2")["progress", 1])
    assert {held[s] for s in ("before-3", "due", "after-7", "repeat-4")} == {("suppressed", "satisfied")}
    invariants.check(daemon.state_dir)


def refused_publication(daemon):
    stage.publish(daemon, date="2024-01-01", status=409)


def trial_import(daemon):
    reply = daemon.request("POST", "/v1/programmes/future-2023/units?dry_run=1", stage.shortlist(3), {"Content-Type": "text/csv"})
    assert reply.status == 422, reply  # they stand on the list already


def refused_report(daemon):
    file_report(daemon, "ob_999", status=404)


@pytest.mark.parametrize("request_", [refused_publication, trial_import, refused_report])
def test_a_step_noticed_by_a_request_that_changes_nothing_holds_as_well(real_daemon, staged, receiver, request_):
    daemon = real_daemon
    published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    staged.set("2025-04-08 10:00:00")
    request_(daemon)
    assert daemon.get("/v1/clock")["hold"] and len(stage.events(daemon, "clock.hold")) == 1
    daemon.post("/v1/tokens", {"name": "another write"})
    assert daemon.get("/v1/clock")["hold"] and len(stage.events(daemon, "clock.hold")) == 1
    assert quiet(receiver, daemon) == []


def test_a_step_back_sends_nothing_again(real_daemon, staged, receiver):
    daemon = real_daemon
    owed = published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    daemon.stop()
    staged.set("2025-02-28 10:00:00")
    daemon.start()
    receiver.wait(1, "/one")
    assert quiet(receiver, daemon) == [["before-3"]]
    staged.set("2025-02-27 10:00:00")  # back a day while it runs
    daemon.post("/v1/tokens", {"name": "looks at the clock"})
    assert daemon.get("/v1/clock")["hold"]
    daemon.post("/v1/clock/accept")
    daemon.post("/v1/tokens", {"name": "goes on"})
    assert daemon.get("/v1/clock")["hold"] is None
    assert quiet(receiver, daemon) == [["before-3"]]
    daemon.stop()
    staged.set("2025-02-28 11:00:00")  # the same hour a second time
    daemon.start()
    daemon.post("/v1/tokens", {"name": "a day later"})
    assert quiet(receiver, daemon) == [["before-3"]]
    assert occasions(daemon, owed["progress", 1])["before-3"] == ("sent", None)


def start_on_hold(daemon):
    """/readyz is no on clock hold, so we wait for life instead."""
    daemon.spawn()

    def alive():
        try:
            return daemon.request("GET", "/healthz").status == 200
        except OSError:
            return False
    until("jiebangd alive", alive)


@pytest.mark.parametrize("at, holds", [
    ("2025-02-27 09:30:00", False), ("2025-02-27 08:00:00", True),  # back half an hour, two hours
    ("2026-03-30 10:00:00", False), ("2026-07-12 10:00:00", True),  # 396 and 500 days ahead
])
def test_the_clock_at_start(real_daemon, staged, receiver, at, holds):
    daemon = real_daemon
    published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    daemon.stop()
    staged.set(at)
    start_on_hold(daemon)
    assert bool(daemon.get("/v1/clock")["hold"]) == holds
    assert daemon.request("GET", "/readyz").status == (503 if holds else 200)
    assert len(stage.events(daemon, "clock.hold")) == int(holds)
    if holds:
        daemon.stop()
        start_on_hold(daemon)  # the hold outlives a restart, and is told once
        assert daemon.get("/v1/clock")["hold"] and len(stage.events(daemon, "clock.hold")) == 1
        assert quiet(receiver, daemon) == []
        daemon.post("/v1/clock/accept")
        assert daemon.get("/v1/clock")["hold"] is None


# ---- T4, T7, T8 ----

def test_the_zone_of_the_server_changes_nothing(make_daemon):
    exports = []
    for zone in ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"):
        daemon = make_daemon(env={"TZ": zone}).start()
        published(daemon, units=20, date="2024-08-31")
        advance(daemon, to="2025-03-01T00:00:00+08:00")
        exports.append((stage.export(daemon), [(s["at"], s["step"]) for s in daemon.all("/v1/schedule?days=400&limit=1000")]))
        daemon.stop()
    assert exports[0] == exports[1] == exports[2] and len(exports[0][0].splitlines()) == 121


def simulate(daemon, *more, wrap=()):
    return harness.run([*wrap, harness.JIEBANGD, "simulate", "--config", daemon.config, "--programme", "future-2023", *more],
                       env={"ASAN_OPTIONS": "detect_leaks=0"} if wrap else None)


def test_the_dry_run_of_two_years_repeats_itself_and_opens_no_socket(daemon, receiver, folder):
    published(daemon, units=None)
    listen(daemon, receiver, "office", "/office")
    listen(daemon, receiver, "unit:un_7", "/seven")
    before = invariants.rows(daemon.state_dir, "SELECT count(*), max(seq) FROM audit")
    first = simulate(daemon, "--until", "2026-09-02")
    trace = folder / "trace"
    second = simulate(daemon, "--until", "2026-09-02", wrap=["strace", "-f", "-e", "trace=network", "-o", trace])
    assert first.code == 0 and first.err == "", first.err[:2000]
    assert first.out == second.out
    calls = [line for line in trace.read_text().splitlines() if re.search(r"\b(socket|connect|bind|sendto)\(", line)]
    assert calls == []
    rows = [line.split() for line in first.out.splitlines() if not line.startswith("#")]
    steps = [(r[0], r[4]) for r in rows if r[1] == "step" and r[2] == "un_7"]
    wanted = [s for due in expect.plan_2023(stage.ANCHOR, CALENDAR)
              for s in expect.ladder(due.due_on, CALENDAR, expect.instant(dt.date(2026, 9, 3)) - dt.timedelta(seconds=1))]
    assert sorted(steps) == sorted((s.at.isoformat(), s.key) for s in wanted)
    assert sum(r[1] == "message" and r[2] == "un_7" and r[6] == "ep_2" for r in rows) == sum(s.to == "unit" for s in wanted)
    # It looked at a copy: nothing was sent, nothing changed.
    assert receiver.received == [] and daemon.get("/v1/clock")["now"] == "2024-09-02T00:00:00+08:00"
    assert invariants.rows(daemon.state_dir, "SELECT count(*), max(seq) FROM audit") == before


def test_a_dry_run_begins_behind_what_was_decided(daemon, receiver):
    """The daemon has just said what was due at this very instant: that is not to come any more."""
    published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-01-02T09:05:00+08:00")
    assert delivered(receiver, "/one") == [["before-60"]]
    done = simulate(daemon, "--until", "2025-02-01")
    assert done.code == 0 and "before-60" not in done.out and done.out.count("before-30") == 2, done


def test_an_empty_dry_run_says_why(daemon, make_daemon):
    assert "future-2023 is not published" in simulate(daemon, "--until", "2025-01-01").out
    published(daemon)
    done = simulate(daemon, "--until", "2024-09-03")
    assert done.code == 0 and "comes at 2025-01-02T09:05:00+08:00" in done.out and "# 0 steps, 0 messages" in done.out, done
    past = simulate(daemon, "--until", "2024-09-01")
    assert past.code == 64 and "is over" in past.err and "2024-09-02T00:00:01" in past.err, past
    for obligation in daemon.all("/v1/obligations?unit=un_1"):
        daemon.post(f"/v1/obligations/{obligation['id']}/cancellation", {"reason": "x"})
    assert "comes at 2026-09-03T00:00:00+08:00" in simulate(daemon, "--until", "2025-02-01").out  # the window's end
    daemon.post("/v1/units/un_1/moves", {"move": "withdraw", "reason": "x"})
    assert "nobody owes anything any more" in simulate(daemon, "--until", "2025-02-01").out


def test_the_forecast_is_what_is_then_sent(daemon, receiver):
    published(daemon, units=5)
    for i in range(1, 6):
        listen(daemon, receiver, f"unit:un_{i}", f"/un_{i}")
    listen(daemon, receiver, "office", "/office")
    advance(daemon, to="2025-02-20T12:00:00+08:00")
    file_report(daemon, stage.owed(daemon, "un_3")["progress", 1])
    receiver.clear()
    forecast = daemon.all("/v1/schedule?days=30")
    listening = [(s["obligation"], s["step"]) for s in forecast if s["endpoints"] and s["step"] != "open"]
    assert "un_3" not in {s["unit"] for s in forecast} and {s["to"] for s in forecast} == {"unit", "recommender", "office"}
    advance(daemon, by="30d")
    sent = [(told["obligation"], told["step"]) for r in receiver.received for told in stage.told(daemon, r)]
    assert sorted(sent) == sorted(listening) and len(sent) == 4 * 8 + 4  # 4 units: 3, 1 before, due, 1, 3, 7 after, 2 weeks; office
    assert [s["at"] for s in forecast] == sorted(s["at"] for s in forecast)


def test_explain_shows_where_a_date_comes_from(daemon):
    published(daemon)
    rows = {(r["obligation"]["rule"], r["obligation"]["n"]): r for r in daemon.get("/v1/schedule/explain?unit=un_1")["obligations"]}
    row = rows["progress", 1]
    for text in (row["arithmetic"]["zh"], row["arithmetic"]["en"]):
        assert "2024-09-02" in text and "6" in text and "2025-03-02" in text and "2025-03-03" in text, text
    assert row["rule"]["id"] == "progress" and row["rule"]["clause"]
    assert [s["step"] for s in row["steps"]][:8] == ["before-60", "before-30", "open", "before-15", "before-7", "before-3", "before-1", "due"] \
        or {s["step"] for s in row["steps"]} >= {"before-60", "due", "after-7", "recommender+3w", "office+7w"}
    window = rows["acceptance", 1]
    assert "不超过2年" in window["rule"]["clause"] or "不超过2年" in str(window["rule"]), window["rule"]


# ---- T3, R8: a calendar that comes late ----

@pytest.fixture
def calendar_until_2025(folder):
    calendars = folder / "calendars"
    calendars.mkdir()
    lines = (ROOT / "conf" / "calendars" / "cn.csv").read_text(encoding="utf-8").splitlines(True)
    (calendars / "cn.csv").write_text("".join(line for line in lines if not line.startswith("2026")), encoding="utf-8")
    return calendars, lines[0] + "".join(line for line in lines if line.startswith("2026"))


def test_a_late_calendar_moves_what_it_makes_certain(make_daemon, receiver, calendar_until_2025):
    calendars, year_2026 = calendar_until_2025
    daemon = make_daemon(calendars=calendars, clock="simulated:2024-08-17T00:00:00+08:00").start()
    anchor = dt.date(2024, 8, 17)  # T+18 is 17 February 2026: Tuesday, and New Year's Day of the lunar year
    owed = published(daemon, units=3, date=anchor)
    listen(daemon, receiver, "unit:un_1", "/one")
    poor, full = expect.Calendar(years={2023, 2024, 2025}), CALENDAR
    third = owed["progress", 3]

    def of_third():
        return [r.json()["data"]["steps"] for r in receiver.at("/one") if r.json()["data"].get("obligation", {}).get("id") == third]

    seen = daemon.get(f"/v1/obligations/{third}")
    assert seen["provisional"] and seen["due_on"] == "2026-02-17" == str(expect.plan_2023(anchor, poor)[2].due_on)
    assert ",yes," in stage.export(daemon) or ",1," in stage.export(daemon) or ",true," in stage.export(daemon)
    advance(daemon, to="2025-12-25")
    assert of_third() == [["before-60"]]  # of 2025-12-19, under the date of then
    receiver.on("/one", statuses=[503])
    advance(daemon, to="2026-01-18T12:00:00+08:00")  # before-30 of the 18th is refused, and waits
    receiver.on("/one")
    receiver.clear()
    moved = daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    assert moved.status == 200, moved
    wanted = expect.plan_2023(anchor, full)
    changed = sum(a.due_on != b.due_on for a, b in zip(expect.plan_2023(anchor, poor), wanted))
    assert changed == 1 and moved.json()["moved"] == 3 * changed
    seen = daemon.get(f"/v1/obligations/{third}")
    assert (seen["due_on"], seen["provisional"], seen["revision"]) == (str(wanted[2].due_on), False, 2) == ("2026-02-24", False, 2)
    for (rule, n), obligation in owed.items():
        if (rule, n) != ("progress", 3):
            assert daemon.get(f"/v1/obligations/{obligation}")["revision"] == 1
    told = stage.events(daemon, "obligation.rescheduled")
    assert sorted(e["obligation"] for e in told) == sorted(stage.owed(daemon, f"un_{i}")["progress", 3] for i in (1, 2, 3))
    assert (told[0]["data"]["old_due_on"], told[0]["data"]["due_on"]) == ("2026-02-17", "2026-02-24")
    # The unsent message of the old date never leaves; the ladder of the new one begins anew under its revision.
    states = {m["step"]: m["state"] for m in daemon.all(f"/v1/messages?obligation={third}")}
    assert states == {"before-60": "delivered", "before-30": "superseded"}
    advance(daemon, to="2026-02-26")
    after = [s for s in expect.ladder(wanted[2].due_on, full, beijing("2026-02-26 00:00")) if s.at > beijing("2026-01-18 12:00")]
    assert of_third() == [[s.key] for s in after]
    assert {r.json()["data"]["obligation"]["revision"] for r in receiver.at("/one")
            if r.json()["data"].get("obligation", {}).get("id") == third} == {2}
    assert len({r.id for r in receiver.received}) == len(receiver.received)
    # Again: nothing.
    again = daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    assert again.json()["moved"] == 0 and len(stage.events(daemon, "obligation.rescheduled")) == 3
    assert daemon.get(f"/v1/obligations/{third}")["revision"] == 2
    invariants.check(daemon.state_dir)


def test_a_trial_import_of_a_calendar_moves_nothing(make_daemon, calendar_until_2025):
    calendars, year_2026 = calendar_until_2025
    daemon = make_daemon(calendars=calendars).start()
    published(daemon, date="2024-08-17")
    before = stage.export(daemon)
    trial = daemon.request("POST", "/v1/calendars?dry_run=1", year_2026, {"Content-Type": "text/csv"})
    assert trial.json()["moved"] == 1 and stage.export(daemon) == before
    assert stage.events(daemon, "obligation.rescheduled") == []
    real = daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    assert real.json()["moved"] == 1 and stage.export(daemon) != before


def test_trials_beside_real_changes_leave_no_trace(make_daemon, calendar_until_2025, folder):
    """A trial that shares its transaction with others is undone before they run: nobody plans by its calendar."""
    calendars, year_2026 = calendar_until_2025
    programmes = folder / "programmes"
    programmes.mkdir()
    text = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")
    ids = [f"many-{i:02}" for i in range(24)]
    for name in ids:
        (programmes / f"{name}.conf").write_text(text.replace('id = "future-2023"', f'id = "{name}"'), encoding="utf-8")
    daemon = make_daemon(calendars=calendars, programmes=programmes).start()
    for name in ids:
        stage.import_list(daemon, 1, programme=name)
    done = threading.Event()

    def trials():
        while not done.is_set():
            daemon.request("POST", "/v1/calendars?dry_run=1", year_2026, {"Content-Type": "text/csv"})

    threads = [threading.Thread(target=trials) for _ in range(4)]
    for thread in threads:
        thread.start()
    publishing = [threading.Thread(target=stage.publish, args=(daemon, "2024-08-17", name)) for name in ids]
    for thread in publishing:
        thread.start()
    for thread in publishing:
        thread.join()
    done.set()
    for thread in threads:
        thread.join()
    due = {row.split(",")[6] for row in stage.export(daemon).splitlines()[1:] if ",progress,3," in row}
    assert due == {"2026-02-17"}


# ---- P1, P12 ----

YEAR_2027 = "date,kind,name\n2027-10-01,holiday,国庆节\n"
NEW_YEAR_2027 = "".join(f"2027-01-0{day},holiday,元旦\n" for day in range(1, 6))

RULES = re.compile(r"(before|after|after_workdays|months|times|every_months|opens_before_days|then_every_days|limit) = \[?\s*\d+")


def test_editing_another_programme_changes_no_date_of_this_one(make_daemon, folder):
    programmes = folder / "programmes"
    programmes.mkdir()
    text = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")
    (programmes / "future-2023.conf").write_text(text, encoding="utf-8")
    other = text.replace('id = "future-2023"', 'id = "future-2025"')
    (programmes / "future-2025.conf").write_text(other, encoding="utf-8")
    daemon = make_daemon(programmes=programmes).start()
    for name in ("future-2023", "future-2025"):
        stage.import_list(daemon, 12, programme=name)
    stage.publish(daemon)
    before = [row for row in stage.export(daemon).splitlines() if row.startswith("future-2023")]
    assert len(before) == 72
    places = list(RULES.finditer(other))
    assert len(places) >= 12
    for place in places:
        edited = other[:place.start()] + re.sub(r"\d+", lambda m: str(int(m[0]) + 1), place[0], count=1) + other[place.end():]
        assert edited != other
        (programmes / "future-2025.conf").write_text(edited, encoding="utf-8")
        seen = daemon.log().count("reloaded") + daemon.log().count("reload refused")
        daemon.reload()
        until("reload", lambda: daemon.log().count("reloaded") + daemon.log().count("reload refused") > seen)
        now = [row for row in stage.export(daemon).splitlines() if row.startswith("future-2023")]
        assert now == before, place[0]
    assert daemon.log().count("reload refused") < len(places) / 2
    # And the other one was published by its last rules, none of which are ours.
    stage.publish(daemon, programme="future-2025")
    assert [row for row in stage.export(daemon).splitlines() if row.startswith("future-2023")] == before


def test_editing_the_rules_of_a_running_programme_changes_no_date(make_daemon, folder, calendar_until_2025):
    """What was planned stays planned (R2), also when a calendar arrives that has every date computed again."""
    calendars, year_2026 = calendar_until_2025
    programmes = folder / "programmes"
    programmes.mkdir()
    file = programmes / "future-2023.conf"
    text = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    daemon = make_daemon(programmes=programmes, calendars=calendars).start()
    published(daemon)
    before = stage.export(daemon)
    file.write_text(text.replace("every_months = 6; times = 4", "every_months = 5; times = 4"), encoding="utf-8")
    daemon.reload()
    until("reload", lambda: "reloaded" in daemon.log())
    assert stage.export(daemon) == before
    daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    rows = [row.split(",") for row in stage.export(daemon).splitlines()[1:]]
    assert sorted((r[3], int(r[4]), r[5], r[6]) for r in rows) == sorted(
        (d.rule, d.n, str(d.opens_on), str(d.due_on)) for d in expect.plan_2023(stage.ANCHOR, CALENDAR))


LARGE = {
    # what is done, after what; how many there are of what it makes; all of them
    "import": (stage.import_list, [], "SELECT count(*) FROM unit", 260),
    "publication": (stage.publish, [stage.import_list], "SELECT count(*) FROM obligation", 1560),
    "calendar": (lambda d: d.request("POST", "/v1/calendars", YEAR_2027 + NEW_YEAR_2027, {"Content-Type": "text/csv"}),
                 [stage.import_list, lambda d: stage.publish(d, "2025-01-02")],
                 "SELECT count(*) FROM obligation WHERE revision = 2", 260),  # T+24 falls on 2 January; acceptance never rolls
}


@pytest.mark.parametrize("what", LARGE)
def test_killed_in_the_middle_of_something_large_leaves_none_or_all(make_daemon, folder, what):
    act, before, count, everything = LARGE[what]
    seed = random.SystemRandom().randrange(10**9)
    print("seed", seed)
    moments = random.Random(seed)
    daemon = make_daemon().start()
    for earlier in before:
        earlier(daemon)
    daemon.stop()
    pristine = folder / "pristine"
    shutil.copytree(daemon.state_dir, pristine)
    for number in range(10):
        shutil.rmtree(daemon.state_dir)
        shutil.copytree(pristine, daemon.state_dir)
        daemon.start()
        replies = []
        asker = threading.Thread(target=lambda: replies.append(unless_killed(act, daemon)))
        asker.start()
        time.sleep((number + moments.random()) * 0.03)  # from before its beginning to after its end
        daemon.kill()
        asker.join()
        made = invariants.rows(daemon.state_dir, count)[0][0]
        assert made in (0, everything) and (made == everything or replies == [None]), (made, replies)
        daemon.start()
        invariants.check(daemon.state_dir)
        if what == "publication":
            again = [stage.publish(daemon) for _ in range(2)]
            assert [a["obligations"] for a in again] == [0 if made else everything, 0]
        daemon.stop()


def unless_killed(act, daemon):
    """What it answered, or None."""
    try:
        return act(daemon)
    except (OSError, http.client.HTTPException):
        return None


# ---- messages under way while the world changes ----

def test_a_message_under_way_when_the_date_moves_is_not_sent_again(make_daemon, receiver, calendar_until_2025):
    """Its body is frozen and names the old date: what the moved date's own ladder says replaces it (contract 3)."""
    calendars, year_2026 = calendar_until_2025
    daemon = make_daemon(calendars=calendars, clock="simulated:2024-08-17T00:00:00+08:00").start()
    third = published(daemon, date="2024-08-17")["progress", 3]
    advance(daemon, to="2025-12-18T12:00:00+08:00")
    gate = threading.Event()
    receiver.on("/one", statuses=[500], hang=gate)
    listen(daemon, receiver, "unit:un_1", "/one")
    walker = threading.Thread(target=advance, args=(daemon, "2025-12-19T09:05:00+08:00"))
    walker.start()
    receiver.wait(1, "/one")
    daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    gate.set()
    walker.join()
    receiver.on("/one")
    advance(daemon, to="2025-12-22T00:00:00+08:00")
    assert len([r for r in receiver.at("/one") if r.json()["data"].get("obligation", {}).get("id") == third]) == 1
    states = {m["step"]: m["state"] for m in daemon.all(f"/v1/messages?obligation={third}")}
    assert states == {"before-60": "superseded"}
    assert occasions(daemon, third, revision=1)["before-60"] == ("cancelled", "rescheduled")
    invariants.check(daemon.state_dir)


def test_a_dead_message_of_a_moved_date_is_not_replayed_in_bulk(make_daemon, receiver, calendar_until_2025):
    calendars, year_2026 = calendar_until_2025
    daemon = make_daemon(calendars=calendars, clock="simulated:2024-08-17T00:00:00+08:00").start()
    third = published(daemon, date="2024-08-17")["progress", 3]
    advance(daemon, to="2025-12-18T12:00:00+08:00")
    receiver.on("/one", statuses=[500])
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-12-24T00:00:00+08:00")
    assert [d["state"] for d in daemon.all("/v1/deliveries") if d["obligation"] == third] == ["dead"]
    daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    receiver.on("/one")
    receiver.clear()
    daemon.post("/v1/deliveries/retry", {"state": "dead"})
    advance(daemon, by="1s")
    assert [r for r in receiver.at("/one") if r.json()["data"].get("obligation", {}).get("id") == third] == []
    assert {m["step"]: m["state"] for m in daemon.all(f"/v1/messages?obligation={third}")} == {"before-60": "superseded"}


def test_a_report_filed_between_two_attempts_ends_them(daemon, receiver):
    obligation = published(daemon)["progress", 1]
    receiver.on("/one", statuses=[500])
    listen(daemon, receiver, "unit:un_1", "/one")
    advance(daemon, to="2025-01-02T09:30:00+08:00")
    tried = len(receiver.at("/one"))
    assert tried > 1
    file_report(daemon, obligation)
    assert {m["step"]: m["state"] for m in daemon.all("/v1/messages")} == {"before-60": "cancelled"}
    receiver.on("/one")
    advance(daemon, by="30d")
    assert len(receiver.at("/one")) == tried
    assert occasions(daemon, obligation) == {"before-60": ("cancelled", "satisfied")}


def test_a_report_filed_while_its_reminder_is_under_way_ends_it(daemon, receiver):
    obligation = published(daemon)["progress", 1]
    gate = threading.Event()
    receiver.on("/one", statuses=[500], hang=gate)
    listen(daemon, receiver, "unit:un_1", "/one")
    walker = threading.Thread(target=advance, args=(daemon, "2025-01-02T09:05:00+08:00"))
    walker.start()
    receiver.wait(1, "/one")
    file_report(daemon, obligation)
    gate.set()
    walker.join()
    receiver.on("/one")
    advance(daemon, by="30d")
    assert len(receiver.at("/one")) == 1
    assert occasions(daemon, obligation) == {"before-60": ("cancelled", "satisfied")}
    invariants.check(daemon.state_dir)


def test_an_owner_with_many_endpoints_is_told_on_each(daemon, receiver):
    obligation = published(daemon)["progress", 1]
    for i in range(40):
        listen(daemon, receiver, "unit:un_1", f"/{i}")
    advance(daemon, to="2025-01-03")
    assert sorted(got.path for got in receiver.received) == sorted(f"/{i}" for i in range(40))
    assert len({got.id for got in receiver.received}) == 40
    assert occasions(daemon, obligation) == {"before-60": ("sent", None)}


def test_a_report_returned_after_a_step_back_goes_on_with_what_was_not_said(real_daemon, staged, receiver):
    """The clock said 10:00, sends the morning's reminder, and is corrected to 08:00: that step has been, and stays so."""
    daemon = real_daemon
    owed = published(daemon)
    listen(daemon, receiver, "unit:un_1", "/one")
    daemon.stop()
    staged.set("2025-02-28 10:00:00")
    daemon.start()
    receiver.wait(1, "/one")
    file_report(daemon, owed["progress", 1])
    staged.set("2025-02-28 08:00:00")
    daemon.post(f"/v1/obligations/{owed['progress', 1]}/return", {"comment": "指标缺实测值"})
    assert daemon.get(f"/v1/obligations/{owed['progress', 1]}")["next_step"]["step"] == "before-1"
    receiver.wait(2, "/one")
    daemon.stop()
    staged.set("2025-03-02 10:00:00")
    daemon.start()
    receiver.wait(3, "/one")  # between the two reminders the unit is told of the return
    until("deliveries at rest", lambda: not any(daemon.get("/v1/status")["deliveries"][s] for s in ("due", "sending")))
    assert [got.json()["data"].get("steps") for got in receiver.at("/one")] == [["before-3"], None, ["before-1"]]
    assert "store refuses" not in daemon.log()
    invariants.check(daemon.state_dir)


# ---- escalations count working days, and a calendar may come after them ----


@pytest.mark.parametrize("days, import_at, recommender_at, office_at", [
    # The New Year turns out to be longer: the third working day was told of already, and is not told of again.
    ("2027-01-01,holiday,元旦\n", "2027-01-04T12:00:00+08:00", "2027-01-04T09:05:00+08:00", "2027-01-11T09:05:00+08:00"),
    (NEW_YEAR_2027, "2027-01-04T12:00:00+08:00", "2027-01-04T09:05:00+08:00",
     "2027-01-13T09:05:00+08:00"),
    # The weekend turns out to be worked: the third working day is past, and is made up for at once.
    ("2027-01-02,workday,元旦\n2027-01-03,workday,元旦\n", "2027-01-03T12:00:00+08:00", "2027-01-03T12:00:00+08:00",
     "2027-01-06T09:05:00+08:00"),
], ids=["later", "much later", "earlier"])
def test_a_calendar_that_comes_among_the_escalations(make_daemon, receiver, days, import_at, recommender_at, office_at):
    daemon = make_daemon(clock="simulated:2024-12-30T00:00:00+08:00").start()
    window = published(daemon, date="2024-12-30")["acceptance", 1]
    recommender = daemon.get("/v1/units/un_1")["recommender"]
    for owner, path in (("unit:un_1", "/unit"), (f"recommender:{recommender}", "/recommender"), ("office", "/office")):
        listen(daemon, receiver, owner, path)
    assert daemon.get(f"/v1/obligations/{window}")["due_on"] == "2026-12-30"
    advance(daemon, to=import_at)
    reply = daemon.request("POST", "/v1/calendars", YEAR_2027 + days, {"Content-Type": "text/csv"})
    assert reply.status == 200 and reply.json()["moved"] == 0, reply
    advance(daemon, to="2027-02-01")
    for path, step, at in (("/recommender", "recommender+3w", recommender_at), ("/office", "office+7w", office_at)):
        got = [(told["steps"], r.json()["timestamp"]) for r in receiver.at(path)
               for told in stage.told(daemon, r) if told["obligation"] == window]
        assert got == [([step], at)]
    told = [r.json()["data"]["step"] for r in receiver.at("/unit") if r.json()["data"].get("obligation", {}).get("id") == window]
    assert len(told) == len(set(told))
    assert "store refuses" not in daemon.log()
    invariants.check(daemon.state_dir)


def test_an_obligation_whose_opening_turns_out_to_be_past_opens_at_once(make_daemon, calendar_until_2025):
    """T+18 is Saturday 28 February 2026, a make-up working day: the date moves from Monday back, the opening with it."""
    calendars, year_2026 = calendar_until_2025
    daemon = make_daemon(calendars=calendars, clock="simulated:2024-08-28T00:00:00+08:00").start()
    third = published(daemon, date="2024-08-28")["progress", 3]
    advance(daemon, to="2026-02-14T12:00:00+08:00")
    seen = daemon.get(f"/v1/obligations/{third}")
    assert (seen["due_on"], seen["opens_on"], seen["state"]) == ("2026-03-02", "2026-02-15", "scheduled")
    daemon.request("POST", "/v1/calendars", year_2026, {"Content-Type": "text/csv"})
    advance(daemon, by="1s")
    seen = daemon.get(f"/v1/obligations/{third}")
    assert (seen["due_on"], seen["opens_on"], seen["state"]) == ("2026-02-28", "2026-02-13", "open")
    assert [e["obligation"] for e in stage.events(daemon, "obligation.opened")].count(third) == 1
    # So is the step of fifteen days, which the old date had for tomorrow.
    assert sorted(occasions(daemon, third, revision=2)) == ["before-15"]
    advance(daemon, to="2026-02-28T12:00:00+08:00")
    assert sorted(occasions(daemon, third, revision=2)) == ["before-1", "before-15", "before-3", "before-7", "due"]
