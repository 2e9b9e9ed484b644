"""What the tests of the planner, of faults and of durability put on the stage before the play begins."""
import csv
import datetime as dt
import io
import re

from expect import BEIJING, ROOT

PROGRAMME = "future-2023"
SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"
ANCHOR = dt.date(2024, 9, 2)  # invented, as everywhere: the real date is not known


def shortlist(units=None):
    """The list, or its first rows, as text."""
    with SHORTLIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    text = io.StringIO()
    csv.writer(text).writerows(rows if units is None else rows[:units + 1])
    return text.getvalue()


def import_list(daemon, units=None, programme=PROGRAMME):
    reply = daemon.request("POST", f"/v1/programmes/{programme}/units", shortlist(units), {"Content-Type": "text/csv"})
    assert reply.status == 200, reply
    return reply.json()


def publish(daemon, date=ANCHOR, programme=PROGRAMME, **options):
    return daemon.post(f"/v1/programmes/{programme}/publication", {"date": str(date)}, **options)


def published(daemon, units=1, date=ANCHOR):
    """A programme on its way, and the ids of what its first unit owes: (rule, n) → id."""
    import_list(daemon, units)
    publish(daemon, date)
    return owed(daemon, daemon.get("/v1/units?limit=1")["data"][0]["id"])


def owed(daemon, unit):
    return {(o["rule"], o["n"]): o["id"] for o in daemon.all(f"/v1/obligations?unit={unit}")}


def listen(daemon, receiver, owner, path):
    """An endpoint of `owner` at the receiver."""
    return daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url(path)}, status=201)


def advance(daemon, to=None, by=None, jump=False):
    return daemon.post("/v1/clock/advance", {**({"to": to} if to else {"by": by}), "jump": jump})


# What the shipped form of a progress report (conf/programmes/future-2023.conf) requires, and no more.
REPORT = {"period_from": "2024-09-02", "period_until": "2025-03-02", "goals_planned": ["样机一台"], "goals_reached": ["样机一台"],
          "next_steps": "整机测试", "percent_complete": 40, "risk": "low"}


def told(daemon, got, kept=None):
    """What a received request tells, item by item: the data of a plain message, or the items of a digest, which `kept` remembers by id."""
    body = got.json()
    if body["type"] != "obligation.digest":
        data = body["data"]
        return [{"type": body["type"], "obligation": data.get("obligation", {}).get("id"), "unit": data.get("unit", {}).get("id"),
                 "step": data.get("step"), "steps": data.get("steps", [])}]
    kept = {} if kept is None else kept
    if got.id not in kept:
        kept[got.id] = [item for item in daemon.all(f"/v1/messages/{got.id}/items") if item["told"]]
    assert len(kept[got.id]) == body["data"]["counts"]["items"]
    return kept[got.id]


def without_digests(folder):
    """The programme of 2023 for those who want every message to the office by itself, and none that only counts."""
    text = (ROOT / "conf" / "programmes" / f"{PROGRAMME}.conf").read_text(encoding="utf-8")
    programmes = folder / "programmes-without-digests"
    programmes.mkdir()
    text = re.sub(r"(?m)^rollup = .*\n", "", text)
    (programmes / f"{PROGRAMME}.conf").write_text(text.replace('digests = [ "recommender", "office" ]', "digests = [ ]"), encoding="utf-8")
    assert "digests = [ ]" in (programmes / f"{PROGRAMME}.conf").read_text(encoding="utf-8")
    return programmes


def file_report(daemon, obligation, status=201, **content):
    return daemon.post(f"/v1/obligations/{obligation}/submissions", {"summary": "done", **content}, status=status)


def occasions(daemon, obligation, revision=None):
    """step → (outcome, reason), of all revisions or one."""
    rows = daemon.get(f"/v1/obligations/{obligation}")["occasions"]
    return {o["step"]: (o["outcome"], o["reason"]) for o in rows
            if o["step"] != "open" and (revision is None or o["revision"] == revision)}


def export(daemon):
    reply = daemon.request("GET", "/v1/schedule/export")
    assert reply.status == 200, reply
    return reply.body.decode()


def events(daemon, type_):
    rows, cursor = [], ""
    while True:
        page = daemon.get(f"/v1/events?limit=1000&type={type_}" + (f"&cursor={cursor}" if cursor else ""))
        if not page["data"]:
            return rows
        rows += page["data"]
        cursor = page["next"]


def beijing(text):
    """An instant from "2025-03-03 09:05"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BEIJING)
