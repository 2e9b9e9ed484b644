"""A payload has less than 20 kB, whatever is long: names, texts of an operator, reasons, lists of dates (D11).

The bound itself is asserted for every payload that any test receives (catalogue.Checked.judge); here is what comes close."""
from harness import ROOT, until

LONG = {  # as long as the list takes them, in octets that JSON writes as two
    "lead": '"' * 250, "project": "示" * 80 + '\\' * 250, "recommender": "推" * 60 + '"' * 300,
}
SUITE = "\n\n".join(f"[{name}]\n" + body for name, body in {
    "reminder.before": '"' + "{lead}{project}{recommender}" * 20, "reminder.overdue": '"' + "{lead}{project}{recommender}" * 20,
    "notice": "{what}" + '"' * 1900, "obligation.rescheduled": '"' * 1999, "unit.changed": '"' * 1999, "obligation.returned": '"' * 1999,
    "digest.head": '"' * 600, "digest.tail": '"' * 600, "digest.row": "{lead}{project}" * 60, "weekly.head": '"' * 2000, "weekly.tail": '"' * 600,
}.items())


def advance(daemon, to):
    daemon.post("/v1/clock/advance", {"to": to})
    until("all delivered", lambda: not any(daemon.get(f"/v1/deliveries?state={s}")["data"] for s in ("due", "sending")))


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def test_everything_long_at_once(make_daemon, folder, receiver):
    texts = folder / "texts"
    texts.mkdir()
    for language in ("zh", "en"):
        (texts / f"{language}.conf").write_text(SUITE + "\n", encoding="utf-8")
    daemon = make_daemon(programmes=ROOT / "conf/programmes", extra=f'templates = "{texts}";').start()
    tasks = daemon.get("/v1/tasks?programme=future-2023&limit=40")["data"]
    rows = ["赛道,任务,项目名称,牵头单位,联合体单位,推荐单位,类别"] + [
        ",".join((t["track"]["name"]["zh"], t["id"], quoted(f"{n}{LONG['project']}"), quoted(f"{n}{LONG['lead']}"), "", quoted(LONG["recommender"]), "揭榜单位"))
        for n, t in enumerate(tasks)]
    imported = daemon.request("POST", "/v1/programmes/future-2023/units", "\n".join(rows) + "\n", {"Content-Type": "text/csv"})
    assert imported.status == 200 and imported.json()["imported"] == len(tasks), imported
    for format_ in ("standard", "cloudevents"):
        for owner in ("office", "unit:un_1", "unit:un_2", f"recommender:{LONG['recommender']}"):
            daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url(f"/{format_}"), "format": format_})
    daemon.post("/v1/programmes/future-2023/publication", {"date": "2024-09-02"})
    # A plan of 64 milestones; a change with every text as long as it may be, in octets that JSON writes as six.
    advance(daemon, "2025-03-20T12:00:00+08:00")
    long = {"reason": "\x01" * 1000, "approver": "\x02" * 250, "doc_no": "\x03" * 120}
    daemon.post("/v1/units/un_1/changes", {"kind": "content", "project": "示" * 80 + '"' * 250, **long})
    filed = daemon.get("/v1/units/un_1")["obligations"][0]["id"]
    daemon.post(f"/v1/obligations/{filed}/submissions", {"receipt": "1"}, status=201)
    daemon.post(f"/v1/obligations/{filed}/return", {"comment": "\x01" * 2000})
    daemon.post("/v1/programmes/future-2023/shift", {"months": 1, **long})
    advance(daemon, "2025-03-20T13:00:00+08:00")
    for path in ("/standard", "/cloudevents"):
        sizes = {}
        for got in receiver.at(path):
            sizes.setdefault(got.json()["type"], []).append(len(got.body))
        assert set(sizes) >= {"obligation.due_soon", "obligation.overdue", "obligation.digest", "report.weekly", "unit.changed", "obligation.rescheduled"}
        assert max(max(s) for s in sizes.values()) > 12_000, f"nothing came close: {sizes}"
        assert all(s < 20_000 for of in sizes.values() for s in of), sizes
    change = [r.json()["data"] for r in receiver.at("/standard") if r.json()["type"] == "unit.changed"][0]
    assert change["detail"]["kind"] == "content" and change["detail"]["reason"].endswith("…")
    moved = [r.json()["data"] for r in receiver.at("/standard") if r.json()["type"] == "obligation.rescheduled" and "unit" not in r.json()["data"]]
    assert moved
    for data in moved:
        detail = data["detail"]
        assert detail["units"] == len(tasks) and len(detail["unit_list"]) + detail["more"] == len(tasks)
        assert detail["see"] == {"path": "/v1/obligations?programme=future-2023", "command": "jiebangctl obligation list --programme future-2023"}
    feed = [e for e in daemon.get("/v1/events?type=unit.changed&last=1")["data"]]
    assert feed[0]["data"]["reason"] == long["reason"], "the event has all of it"


def test_many_dates_of_one_unit(make_daemon, folder, receiver):
    """The unit is told of the first, how many more there are, and where."""
    programmes = folder / "monthly"
    programmes.mkdir()
    monthly = (ROOT / "tests/data/practice-monthly.conf").read_text(encoding="utf-8")
    (programmes / "monthly.conf").write_text(monthly.replace("months = 24", "months = 48"), encoding="utf-8")
    daemon = make_daemon(programmes=programmes).start()
    row = "赛道,任务,项目名称,牵头单位,联合体单位,推荐单位,类别\n全部方向,any,项目,单位,,厅,揭榜单位\n"
    assert daemon.request("POST", "/v1/programmes/practice-monthly/units", row, {"Content-Type": "text/csv"}).status == 200
    daemon.post("/v1/programmes/practice-monthly/publication", {"date": "2024-09-02"})
    daemon.post("/v1/endpoints", {"owner": "unit:un_1", "url": receiver.url()})
    owed = daemon.get("/v1/programmes/practice-monthly")["owed"]
    daemon.post("/v1/programmes/practice-monthly/shift", {"months": 1, "reason": "r", "approver": "a", "doc_no": "1"})
    until("told", lambda: [r for r in receiver.received if r.json()["type"] == "obligation.rescheduled"])
    (got,) = [r for r in receiver.received if r.json()["type"] == "obligation.rescheduled"]
    detail = got.json()["data"]["detail"]
    assert owed >= 47 and len(detail["obligations"]) == 30 and detail["more"] >= owed - 30
    assert detail["see"] == {"path": "/v1/obligations?unit=un_1", "command": "jiebangctl obligation list --unit un_1"}


def test_a_text_that_takes_the_room_of_rows_is_refused_at_the_start(make_daemon, folder):
    texts = folder / "texts"
    texts.mkdir()
    (texts / "zh.conf").write_text("[digest.tail]\n" + "x" * 601 + "\n", encoding="utf-8")
    daemon = make_daemon(extra=f'templates = "{texts}";')
    daemon.spawn()
    assert daemon.wait() == 78
    assert "zh.conf:1: the text [digest.tail] has 601 bytes, at most 600; make it shorter" in daemon.log()
