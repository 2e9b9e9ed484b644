"""On which day reminders go (R5), and to whom else they go and when, by the rules an obligation was planned by (R2)."""
import datetime as dt
import sys

import pytest

from harness import ROOT, Receiver, until

sys.path.append(str(ROOT / "tests" / "sim"))
import stage  # noqa: E402
from stage import advance, listen, published  # noqa: E402

SHIPPED = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")


def programme(folder, *changes):
    """The programme of 2023 with some of its words changed, in a folder of its own."""
    text = SHIPPED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    programmes = folder / "programmes"
    programmes.mkdir(exist_ok=True)
    (programmes / "future-2023.conf").write_text(text, encoding="utf-8")
    return programmes


def days_off(word):
    return 'days_off = "before";', f'days_off = "{word}";'


def told(receiver, path):
    """(day and time, steps) of each reminder, in the order of arrival."""
    return [(got.json()["timestamp"][5:16], got.json()["data"]["steps"]) for got in receiver.at(path)
            if got.json()["data"].get("steps")]


# Due on Monday 2025-03-03. 30 days before is a Saturday of the Spring Festival (01-28 to 02-04; 01-26 is worked), 15 days
# before a Sunday, and so is the day before.
POLICIES = {
    "send": [("01-02T09:05", ["before-60"]), ("02-01T09:05", ["before-30"]), ("02-16T09:05", ["before-15"]),
             ("02-24T09:05", ["before-7"]), ("02-28T09:05", ["before-3"]), ("03-02T09:05", ["before-1"]), ("03-03T09:05", ["due"])],
    "before": [("01-02T09:05", ["before-60"]), ("01-27T09:05", ["before-30"]), ("02-14T09:05", ["before-15"]),
               ("02-24T09:05", ["before-7"]), ("02-28T09:05", ["before-3", "before-1"]), ("03-03T09:05", ["due"])],
    "after": [("01-02T09:05", ["before-60"]), ("02-05T09:05", ["before-30"]), ("02-17T09:05", ["before-15"]),
              ("02-24T09:05", ["before-7"]), ("02-28T09:05", ["before-3"]), ("03-03T09:05", ["before-1", "due"])],
}


@pytest.mark.parametrize("policy", POLICIES)
def test_what_falls_on_a_day_off_goes_as_the_policy_says(make_daemon, receiver, folder, policy):
    daemon = make_daemon(programmes=programme(folder, days_off(policy))).start()
    first = published(daemon)["progress", 1]
    listen(daemon, receiver, "unit:un_1", "/unit")
    advance(daemon, to="2025-03-03T12:00:00+08:00")
    receiver.wait(len(POLICIES[policy]), path="/unit")
    assert told(receiver, "/unit") == POLICIES[policy]
    explained = next(o for o in daemon.get("/v1/schedule/explain?unit=un_1")["obligations"] if o["obligation"]["id"] == first)
    steps = {step["step"]: step for step in explained["steps"]}
    went = {step: at for at, some in POLICIES[policy] for step in some}
    assert {step: steps[step]["at"][5:16] for step in went} == went
    assert {step: steps[step]["moved_from"] for step in steps if steps[step]["moved_from"] and step in went} == (
        {} if policy == "send" else {"before-30": "2025-02-01", "before-15": "2025-02-16", "before-1": "2025-03-02"})


@pytest.mark.parametrize("written, sent", [("10:00", "10:01"), ("17:30", "17:31"), ("00:00", "00:01"), ("10:01", "10:01")])
def test_nothing_goes_in_a_crowded_minute(make_daemon, receiver, folder, written, sent):
    daemon = make_daemon(programmes=programme(folder, ('send_at = "09:05"', f'send_at = "{written}"'))).start()
    published(daemon)
    listen(daemon, receiver, "unit:un_1", "/unit")
    advance(daemon, to="2025-01-03T00:00:00+08:00")
    receiver.wait(1, path="/unit")
    assert told(receiver, "/unit") == [(f"01-02T{sent}", ["before-60"])]


def test_a_calendar_that_comes_late_moves_what_is_to_be_sent(make_daemon, receiver, folder):
    """Without the calendar of 2025 the weekends decide; with it the Spring Festival does, and nothing is said twice or lost."""
    calendars = folder / "calendars"
    calendars.mkdir()
    lines = (ROOT / "conf" / "calendars" / "cn.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    (calendars / "cn.csv").write_text("".join(lines[:1] + [line for line in lines if line[:4] in ("2023", "2024")]), encoding="utf-8")
    daemon = make_daemon(programmes=programme(folder), calendars=calendars).start()
    first = published(daemon)["progress", 1]
    listen(daemon, receiver, "unit:un_1", "/unit")

    def moment(step):
        shown = next(o for o in daemon.get("/v1/schedule/explain?unit=un_1")["obligations"] if o["obligation"]["id"] == first)
        return next(s["at"][5:16] for s in shown["steps"] if s["step"] == step)

    # 30 days before is Saturday 02-01: by plain weekends it goes on Friday 01-31, a day of the festival as it turns out.
    assert moment("before-30") == "01-31T09:05"
    advance(daemon, to="2025-01-28T12:00:00+08:00")
    assert [steps for _, steps in told(receiver, "/unit")] == [["before-60"]]
    year_2025 = "".join(lines[:1] + [line for line in lines if line[:4] == "2025"])
    assert daemon.request("POST", "/v1/calendars", year_2025, {"Content-Type": "text/csv"}).status == 200
    # The last working day before it was 01-27, which is past: it is said at once.
    assert moment("before-30") == "01-27T09:05"
    receiver.wait(2, path="/unit")
    advance(daemon, to="2025-02-13T12:00:00+08:00")
    assert [steps for _, steps in told(receiver, "/unit")] == [["before-60"], ["before-30"]]


def test_the_recommender_hears_after_the_working_days_across_a_holiday_and_not_before(make_daemon, receiver, folder):
    """Due on 2025-09-30, the eve of eight days off: three working days later is Saturday 10-11, which is worked."""
    daemon = make_daemon(clock="simulated:2025-03-30T00:00:00+08:00").start()
    published(daemon, date="2025-03-30")
    recommender = daemon.get("/v1/units/un_1")["recommender"]
    listen(daemon, receiver, f"recommender:{recommender}", "/recommender")
    advance(daemon, to="2025-10-11T09:04:59+08:00")
    assert receiver.at("/recommender") == []
    advance(daemon, to="2025-10-11T09:05:00+08:00")
    receiver.wait(1, path="/recommender")
    assert told(receiver, "/recommender") == [("10-11T09:05", ["recommender+3w"])]


def test_an_edited_policy_changes_no_running_obligation_and_holds_for_new_ones(make_daemon, receiver, folder):
    programmes = programme(folder)
    daemon = make_daemon(programmes=programmes).start()
    published(daemon)
    programme(folder, days_off("send"), ('{ to = "recommender"; after_workdays = 3; }', '{ to = "recommender"; after_workdays = 1; }'))
    daemon.reload()
    until("reload", lambda: "reloaded" in daemon.log())
    header, _, second = stage.shortlist(2).splitlines(keepends=True)
    assert daemon.request("POST", "/v1/programmes/future-2023/units", header + second, {"Content-Type": "text/csv"}).status == 200
    stage.publish(daemon)
    for unit, path in (("un_1", "/old"), ("un_2", "/new")):
        listen(daemon, receiver, f"unit:{unit}", path)
        name = daemon.get(f"/v1/units/{unit}")["recommender"]
        listen(daemon, receiver, f"recommender:{name}", f"{path}-recommender")
    assert daemon.get("/v1/units/un_1")["recommender"] != daemon.get("/v1/units/un_2")["recommender"]
    advance(daemon, to="2025-03-04T12:00:00+08:00")
    assert told(receiver, "/old")[:len(POLICIES["before"])] == POLICIES["before"]
    assert told(receiver, "/new")[:len(POLICIES["send"])] == POLICIES["send"]
    assert told(receiver, "/old-recommender") == []
    assert told(receiver, "/new-recommender") == [("03-04T09:05", ["recommender+1w"])]
    advance(daemon, to="2025-03-06T12:00:00+08:00")
    assert told(receiver, "/old-recommender") == [("03-06T09:05", ["recommender+3w"])]


# ---- in which second ----

def instant(text):
    return int(dt.datetime.fromisoformat(text).timestamp())


def begun(daemon, endpoint, count):
    """When the attempts at an endpoint began, by the clock that the daemon runs by, once `count` messages have arrived."""
    def arrived():
        return daemon.get(f"/v1/deliveries?endpoint={endpoint['id']}&limit=100")["data"]
    until(f"{count} messages at {endpoint['id']}", lambda: [d["state"] for d in arrived()] == ["delivered"] * count)
    return [instant(attempt["started_at"]) for d in arrived()
            for attempt in daemon.get(f"/v1/deliveries/{d['id']}")["attempt_list"]]


def test_messages_of_one_step_leave_within_its_jitter_and_a_kill_moves_none(make_daemon, receiver, folder):
    daemon = make_daemon(programmes=programme(folder, ('send_at = "09:05";', 'send_at = "09:29"; jitter = "5m";'))).start()
    published(daemon)
    hooks = [listen(daemon, receiver, "unit:un_1", f"/unit/{n}") for n in range(16)]
    step_at = instant("2025-01-02T09:29:00+08:00")
    advance(daemon, to="2025-01-02T09:28:59+08:00")
    advance(daemon, to="2025-01-02T09:29:00+08:00")
    planned = {d["id"]: d["ready_at"] for d in daemon.get("/v1/deliveries?unit=un_1")["data"]}
    assert len(planned) == len(hooks)
    daemon.kill()
    daemon.start()
    assert {d["id"]: d["ready_at"] for d in daemon.get("/v1/deliveries?unit=un_1")["data"]} == planned
    advance(daemon, to="2025-01-02T09:34:00+08:00")
    went = {hook["id"]: begun(daemon, hook, 1) for hook in hooks}
    for n, hook in enumerate(hooks):
        (at,), (got,) = went[hook["id"]], receiver.at(f"/unit/{n}")
        # The step is where it was; what leaves later is the message, and not in the crowded minute 09:30.
        assert got.json()["timestamp"] == "2025-01-02T09:29:00+08:00"
        assert 0 <= at - step_at <= 300 and not 60 <= at - step_at < 120
        assert at == instant(planned[got.id])
    assert len({at for some in went.values() for at in some}) > 3


def test_after_an_outage_no_jitter_delays(make_daemon, receiver, folder):
    daemon = make_daemon(programmes=programme(folder, ('send_at = "09:05";', 'send_at = "09:05"; jitter = "60m";'))).start()
    published(daemon)
    hooks = [listen(daemon, receiver, "unit:un_1", f"/unit/{n}") for n in range(6)]
    advance(daemon, to="2025-01-03T00:00:00+08:00", jump=True)
    assert [begun(daemon, hook, 1) for hook in hooks] == [[instant("2025-01-03T00:00:00+08:00")]] * 6


def test_two_robots_of_one_host_get_nothing_in_one_second(make_daemon, receiver):
    """Four obligations have something to say at one instant, to two endpoints of that host and to one elsewhere."""
    daemon = make_daemon(extra='courier = { spaced_hosts = [ "127.0.0.1" ]; };').start()
    published(daemon)
    elsewhere = Receiver("127.0.0.2")
    try:
        one, two = (listen(daemon, receiver, "unit:un_1", path) for path in ("/one", "/two"))
        other = listen(daemon, elsewhere, "unit:un_1", "/hook")
        advance(daemon, to="2026-03-03T12:00:00+08:00", jump=True)
        now = instant("2026-03-03T12:00:00+08:00")
        assert begun(daemon, other, 4) == [now] * 4
        until("a robot served", lambda: "delivered" in {d["state"] for d in daemon.get(f"/v1/deliveries?endpoint={one['id']}")["data"]})
        # Whatever a restart forgets, it doesn't begin in the second that was taken.
        daemon.stop()
        daemon.start()
        advance(daemon, to="2026-03-03T12:01:00+08:00")
        at_one, at_two = begun(daemon, one, 4), begun(daemon, two, 4)
        # No second is lost between them, and from the start on each takes its turn.
        assert sorted(at_one + at_two) == list(range(now, now + 8))
        assert sorted(at_one) == [now, now + 1, now + 3, now + 5]
    finally:
        elsewhere.close()
