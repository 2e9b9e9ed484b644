"""R11: the weekly report of the shipped programme, from outside: when it comes and to whom, through restarts, kills and long
stops; that it says what `report weekly` says at the same instant; and that a recommender reads of its own units only.
"""
import datetime as dt
import json
import sys
import threading
import urllib.parse
from pathlib import Path

import pytest

import harness
from harness import ROOT

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sim"))
import expect  # noqa: E402
import invariants  # noqa: E402
import stage  # noqa: E402
from stage import advance, beijing, events, file_report, listen, published  # noqa: E402

SHIPPED = ROOT / "conf" / "programmes"
WEEKLY = "/v1/reports/weekly?programme=future-2023"


@pytest.fixture
def shipped(make_daemon):
    daemon = make_daemon(programmes=SHIPPED).start()
    yield daemon
    invariants.check(daemon.state_dir)


def reports(receiver, path):
    """The weekly reports that arrived at a path, each once, in order."""
    by_id = {got.id: got for got in receiver.at(path) if got.json()["type"] == "report.weekly"}
    return sorted(by_id.values(), key=lambda got: got.json()["timestamp"])


def stamps(receiver, path):
    return [got.json()["timestamp"] for got in reports(receiver, path)]


def data_of(got):
    """The data as it stands in the body, byte for byte."""
    head, sep, rest = got.body.partition(b',"data":')
    assert sep and rest.endswith(b"}")
    return rest[:-1]


def answer(daemon, **query):
    reply = daemon.request("GET", WEEKLY + "".join(f"&{name}={urllib.parse.quote(value)}" for name, value in query.items()))
    assert reply.status == 200, reply
    return reply.body


# ---- when ----

def test_mondays_and_after_holidays_the_next_working_day(make_daemon, receiver):
    """National Day 2024, both Spring Festivals; the whole week of 16 February 2026 is off, and has none."""
    daemon = make_daemon(programmes=SHIPPED).start()
    published(daemon)
    listen(daemon, receiver, "office", "/office")
    advance(daemon, to="2025-02-10T09:19:59+08:00")
    daemon.stop()
    daemon.start()
    advance(daemon, to="2026-03-03")
    got = stamps(receiver, "/office")
    assert got == [at.isoformat() for at in expect.weekly(expect.instant(stage.ANCHOR), expect.Calendar(), beijing("2026-03-03 00:00"))]
    days = [stamp[:10] for stamp in got]
    assert days[:5] == ["2024-09-02", "2024-09-09", "2024-09-18", "2024-09-23", "2024-09-30"]  # 中秋: 16 and 17 September
    assert "2024-10-08" in days and "2025-02-05" in days and "2026-02-09" in days and "2026-02-24" in days
    assert not [day for day in days if "2026-02-15" < day < "2026-02-24"]
    assert [event["data"] for event in events(daemon, "report.weekly")][-1] == {"week_on": "2026-03-02", "missed": 0, "recipients": 1}


@pytest.mark.parametrize("outage", ["jump", "restart"])
def test_a_long_stop_leaves_one_that_says_so(make_daemon, receiver, outage):
    daemon = make_daemon(programmes=SHIPPED).start()
    published(daemon)
    listen(daemon, receiver, "office", "/office")
    advance(daemon, to="2024-11-04T12:00:00+08:00")
    before = len(reports(receiver, "/office"))
    if outage == "jump":
        advance(daemon, to="2024-12-05T10:00:00+08:00", jump=True)
    else:
        daemon.stop()
        daemon.clock = "simulated:2024-12-05T10:00:00+08:00"
        daemon.start()
        advance(daemon, by="1s")
    fresh = reports(receiver, "/office")[before:]
    assert len(fresh) == 1, [got.json() for got in fresh]
    data = fresh[0].json()["data"]
    assert data["missed"] == 3 and data["week"] == {"from_on": "2024-12-02", "to_on": "2024-12-08"}  # of 11, 18 and 25 November
    assert "此前 3 期" in data["text"]["zh"] and "3 earlier ones" in data["text"]["en"]
    advance(daemon, to="2024-12-10")
    (last,) = reports(receiver, "/office")[before + 1:]
    assert last.json()["timestamp"] == "2024-12-09T09:20:00+08:00" and last.json()["data"]["missed"] == 0
    invariants.check(daemon.state_dir)


def test_killed_at_the_moment_none_is_lost_and_none_made_twice(make_daemon, receiver):
    """SIGKILL somewhere around the report's instant, five weeks in a row: a repeat has the same id and the same body."""
    daemon = make_daemon(programmes=SHIPPED).start()
    published(daemon, units=8)
    listen(daemon, receiver, "office", "/office")
    for name in sorted({unit["recommender"] for unit in daemon.all("/v1/units")}):
        listen(daemon, receiver, f"recommender:{name}", f"/{len(name)}-{urllib.parse.quote(name)}")
    at = beijing("2024-10-14 09:20")
    for week in range(5):
        advance(daemon, to=(at - dt.timedelta(seconds=1)).isoformat())
        heard = len(receiver.received)
        walker = threading.Thread(target=walk_unheard, args=(daemon, at + dt.timedelta(hours=1)))
        walker.start()
        if week % 2:  # in the middle of sending; else before or after, as it comes
            receiver.wait(heard + 1)
        daemon.kill()
        walker.join()
        daemon.start()
        advance(daemon, to=(at + dt.timedelta(hours=2)).isoformat())
        at += dt.timedelta(days=7)
    bodies = {}
    for got in receiver.received:
        assert bodies.setdefault(got.id, got.body) == got.body, "an id with two bodies"
    wanted = [slot.isoformat() for slot in expect.weekly(beijing("2024-09-02 00:00"), expect.Calendar(), at - dt.timedelta(days=6))]
    for path in {got.path for got in receiver.received}:
        weeks = [got.json()["data"]["week"]["from_on"] for got in reports(receiver, path)]
        assert len(weeks) == len(wanted) == len(set(weeks)), (path, weeks)
    daemon.stop()
    invariants.check(daemon.state_dir)


def walk_unheard(daemon, to):
    try:
        advance(daemon, to=to.isoformat())
    except (OSError, EOFError, AssertionError, harness.http.client.HTTPException):
        pass  # it is killed meanwhile


def test_none_when_nothing_is_left_to_report(shipped, receiver):
    published(shipped, units=2)
    listen(shipped, receiver, "office", "/office")
    names = [shipped.get(f"/v1/units/un_{n}")["recommender"] for n in (1, 2)]
    assert names[0] != names[1]
    for n, name in enumerate(names, 1):
        listen(shipped, receiver, f"recommender:{name}", f"/{n}")
    advance(shipped, to="2024-09-10")
    assert [len(reports(receiver, path)) for path in ("/office", "/1", "/2")] == [2, 2, 2]
    shipped.post("/v1/units/un_1/moves", {"move": "withdraw", "reason": "经营困难"})
    advance(shipped, to="2024-09-20")
    assert [len(reports(receiver, path)) for path in ("/office", "/1", "/2")] == [3, 2, 3]
    shipped.post("/v1/units/un_2/moves", {"move": "terminate", "reason": "未按期"})
    advance(shipped, to="2024-12-01")
    assert [len(reports(receiver, path)) for path in ("/office", "/1", "/2")] == [3, 2, 3]
    assert shipped.get("/v1/status")["next_due_at"] is None


def test_a_changed_file_changes_the_day_and_reports_no_week_twice(make_daemon, folder, receiver):
    programmes = folder / "weekly-programmes"
    programmes.mkdir()
    file, text = programmes / "future-2023.conf", (SHIPPED / "future-2023.conf").read_text(encoding="utf-8")
    rollup = next(line for line in text.splitlines() if line.startswith("rollup"))

    def write(line):
        file.write_text(text.replace(rollup, line), encoding="utf-8")
        daemon.stop()
        daemon.start()

    file.write_text(text, encoding="utf-8")
    daemon = make_daemon(programmes=programmes).start()
    published(daemon)
    listen(daemon, receiver, "office", "/office")
    advance(daemon, to="2024-10-14T10:00:00+08:00")
    count = len(reports(receiver, "/office"))
    write('rollup = { weekday = 4; at = "16:10"; to = [ "office" ]; };')
    advance(daemon, to="2024-10-25")
    assert stamps(receiver, "/office")[count:] == ["2024-10-24T16:10:00+08:00"]  # the week of the 14th has had its own
    write("")
    advance(daemon, to="2024-11-20")
    write(rollup)
    advance(daemon, to="2024-11-26")
    assert stamps(receiver, "/office")[count + 1:] == ["2024-11-25T09:20:00+08:00"]  # what was not wanted was not missed
    assert reports(receiver, "/office")[-1].json()["data"]["missed"] == 0


# ---- what ----

def stage_a_busy_programme(daemon, receiver):
    """Two years of the first twelve units would take long; until three weeks after the first report's due date will do."""
    published(daemon, units=12)
    units = daemon.all("/v1/units")
    recommenders = sorted({unit["recommender"] for unit in units})
    listen(daemon, receiver, "office", "/office")
    for n, name in enumerate(recommenders):
        listen(daemon, receiver, f"recommender:{name}", f"/recommender/{n}")
    advance(daemon, to="2025-02-20T12:00:00+08:00")
    first = {unit["id"]: stage.owed(daemon, unit["id"])["progress", 1] for unit in units}
    for unit in units[:3]:
        file_report(daemon, first[unit["id"]])
    advance(daemon, to="2025-03-20T12:00:00+08:00")
    file_report(daemon, first[units[3]["id"]])
    file_report(daemon, first[units[4]["id"]])
    daemon.post(f"/v1/obligations/{first[units[3]['id']]}/acceptance", {})
    daemon.post(f"/v1/obligations/{first[units[4]['id']]}/return", {"comment": "补充指标"})
    daemon.post("/v1/units/un_6/moves", {"move": "withdraw", "reason": "经营困难"})
    return units, recommenders


def test_it_equals_what_the_client_shows_at_the_same_instant(shipped, receiver):
    """R11 to the letter. The clock stands at the instant of sending; byte for byte, for the office and each recommender."""
    units, recommenders = stage_a_busy_programme(shipped, receiver)
    advance(shipped, to="2025-03-24T09:20:00+08:00")
    got = reports(receiver, "/office")[-1]
    assert got.json()["timestamp"] == "2025-03-24T09:20:00+08:00"
    assert answer(shipped) == data_of(got)
    shown = shipped.ctl("report", "weekly", "future-2023", "-o", "json", code=0).out
    assert json.loads(shown) == got.json()["data"] and list(json.loads(shown)) == list(got.json()["data"])
    assert shipped.ctl("report", "weekly", "-o", "json", code=0).out == shown  # one is published: it need not be named
    for n, name in enumerate(recommenders):
        mine = reports(receiver, f"/recommender/{n}")[-1]
        assert answer(shipped, recommender=name) == data_of(mine)
        assert shipped.ctl("report", "weekly", "future-2023", "--recommender", name, "-o", "json", code=0).json() == mine.json()["data"]
    advance(shipped, to="2025-03-24T18:00:00+08:00")
    assert answer(shipped) != data_of(got)
    assert answer(shipped, at="2025-03-24T09:20:00+08:00") == data_of(got)
    assert shipped.ctl("report", "weekly", "--at", "2025-03-24T09:20:00+08:00", "-o", "json", code=0).out == shown


def test_what_it_counts(shipped, receiver):
    units, recommenders = stage_a_busy_programme(shipped, receiver)
    advance(shipped, to="2025-03-24T09:20:00+08:00")
    data = reports(receiver, "/office")[-1].json()["data"]
    assert data["programme"]["id"] == "future-2023" and data["recommender"] is None
    assert data["week"] == {"from_on": "2025-03-24", "to_on": "2025-03-30"}
    assert (data["units"]["total"], data["units"]["left"]) == (12, 11)
    assert (data["units"]["delivering"], data["units"]["withdrawn"]) == (11, 1)
    # Twelve: three filed early and never judged, one accepted, one returned (to be corrected by the 27th), one left.
    assert data["obligations"] == {"overdue": 6, "overdue_units": 6, "due_this_week": 1, "due_next_week": 0}
    assert data["obligations"]["overdue"] == shipped.get("/v1/status")["programmes"][0]["overdue"]
    assert data["review"] == {"recommender": 3, "office": 0, "overdue": 3}
    assert data["past_week"] == {"filed": 2, "accepted": 1, "returned": 1}
    assert data["decisions"] == {"open": 0} and data["deliveries"] == {"endpoints_disabled": 0, "endpoints_failing": 0, "dead": 0}
    assert (len(data["late"]), data["limit"], data["more"]) == (9, 20, 0)
    assert [row["turn"] for row in data["late"]] == ["recommender"] * 3 + ["unit"] * 6
    assert {(row["due_on"], row["days_late"]) for row in data["late"]} == {("2025-02-27", 25), ("2025-03-03", 21)}
    for row in data["late"]:
        assert f"{row['lead']}“{row['project']}”：第 1 次进度汇报，逾期 {row['days_late']} 天" in data["text"]["zh"]
        assert f"{row['days_late']} days late" in data["text"]["en"]
    assert "逾期 6" in data["text"]["zh"] and "6 overdue" in data["text"]["en"]
    assert data["see"] == {"path": "/v1/obligations?programme=future-2023&overdue=1",
                           "command": "jiebangctl obligation list --programme future-2023 --overdue"}
    assert len(shipped.get(data["see"]["path"])["data"]) == 6
    whole, parts = data, [reports(receiver, f"/recommender/{n}")[-1].json()["data"] for n in range(len(recommenders))]
    for group, member in (("units", "total"), ("obligations", "overdue"), ("review", "overdue"), ("past_week", "filed")):
        assert sum(part[group][member] for part in parts) == whole[group][member]


def test_a_recommender_reads_of_its_own_units_only(shipped, receiver):
    units, recommenders = stage_a_busy_programme(shipped, receiver)
    advance(shipped, to="2025-03-25")
    assert len(recommenders) > 2
    for n, name in enumerate(recommenders):
        own = {unit["id"] for unit in units if unit["recommender"] == name}
        others = [unit["lead"] for unit in units if unit["recommender"] != name]
        got = reports(receiver, f"/recommender/{n}")[-1]
        data = got.json()["data"]
        assert data["recommender"] == name and data["units"]["total"] == len(own)
        assert {row["unit"] for row in data["late"]} <= own
        assert not [lead for lead in others if lead.encode() in got.body]
        assert {unit["id"] for unit in shipped.get(data["see"]["path"])["data"]} == own


def test_more_than_fit_are_counted_and_the_body_stays_small(shipped, receiver):
    published(shipped, units=None)
    listen(shipped, receiver, "office", "/office")
    advance(shipped, to="2025-03-10T09:20:00+08:00")
    got = reports(receiver, "/office")[-1]
    data = got.json()["data"]
    assert len(got.body) < 20000 and data["obligations"]["overdue"] == 260
    assert 10 <= len(data["late"]) <= 20 and data["more"] == 260 - len(data["late"])
    assert f"另有 {data['more']} 项" in data["text"]["zh"] and f"and {data['more']} more" in data["text"]["en"]


def test_dead_and_failing_endpoints_are_told(shipped, receiver):
    published(shipped, units=3)
    listen(shipped, receiver, "office", "/office")
    receiver.on("/un_1", statuses=[500])
    listen(shipped, receiver, "unit:un_1", "/un_1")
    disabled = listen(shipped, receiver, "unit:un_2", "/un_2")
    shipped.post(f"/v1/endpoints/{disabled['id']}/disable", {"reason": "搬迁"})
    advance(shipped, to="2025-01-02T12:00:00+08:00")
    assert json.loads(answer(shipped))["deliveries"] == {"endpoints_disabled": 1, "endpoints_failing": 1, "dead": 0}
    advance(shipped, to="2025-01-06T09:20:00+08:00")
    data = reports(receiver, "/office")[-1].json()["data"]
    assert data["deliveries"] == {"endpoints_disabled": 1, "endpoints_failing": 0, "dead": 1}
    assert "未能送达的消息 1" in data["text"]["zh"] and "1 messages given up" in data["text"]["en"]
    # Paused after five days, it is probed with what died.
    advance(shipped, to="2025-01-13T09:20:00+08:00")
    assert json.loads(answer(shipped))["deliveries"] == {"endpoints_disabled": 2, "endpoints_failing": 0, "dead": 0}


# ---- what is refused ----

@pytest.mark.parametrize("query,status,says", [
    ("", 400, "programme: is required"),
    ("?programme=nothing", 404, "there is no programme"),
    ("?programme=future-2023&recommender=nobody", 404, "no unit that it recommended"),
    ("?programme=future-2023&at=yesterday", 400, "at: must be an instant"),
    ("?programme=future-2023&limit=3", 400, "unknown parameter"),
])
def test_bad_questions(shipped, query, status, says):
    published(shipped)
    reply = shipped.request("GET", "/v1/reports/weekly" + query)
    assert reply.status == status and says in reply.json()["detail"] and reply.json()["detail_zh"], reply


def test_the_client_says_which_programme_it_wants(shipped):
    none = shipped.ctl("report", "weekly", "--lang", "en", code=2)
    assert "no programme is published" in none.err
    assert "没有已公布的批次" in shipped.ctl("report", "weekly", "--lang", "zh", code=2).err
