"""What an endpoint wants to be told, by type and scope; what is left out is on record, and a digest keeps to it (D10)."""
from harness import ROOT, until

SHORTLIST = ROOT / "tests/data/shortlist-2023.csv"
UNTIL = "2025-01-02T09:05:00+08:00"  # nothing is due yet
OVERDUE = "2025-03-05T12:00:00+08:00"  # the first reports were due on 2025-03-03
REMINDERS = ["obligation.due_soon", "obligation.overdue", "review.due_soon", "review.overdue"]


def add(daemon, url, owner="unit:un_1", **options):
    return daemon.post("/v1/endpoints", {"owner": owner, "url": url, "options": options})


def set_options(daemon, endpoint, **options):
    reply = daemon.request("PATCH", f"/v1/endpoints/{endpoint}", {"options": options})
    assert reply.status == 200, reply
    return reply.json()


def advance(daemon, to):
    daemon.post("/v1/clock/advance", {"to": to})
    until("all delivered", lambda: not any(daemon.get(f"/v1/deliveries?state={s}")["data"] for s in ("due", "sending")))


def types(receiver, path):
    return {r.json()["type"] for r in receiver.at(path)}


def occasions(daemon, unit="un_1"):
    obligation = daemon.get(f"/v1/units/{unit}")["obligations"][0]["id"]
    return [(o["step"], o["outcome"], o["reason"]) for o in daemon.get(f"/v1/obligations/{obligation}")["occasions"]]


def unreachable(daemon):
    return [p["unreachable"] for p in daemon.get("/v1/status")["programmes"] if p["id"] == "future-2023"][0]


def test_by_type_and_the_others_get_the_rest(published, receiver):
    add(published, receiver.url("/all"))
    add(published, receiver.url("/late"), events=["obligation.overdue"])
    add(published, receiver.url("/stars"), events="obligation.due_*, unit.changed")
    advance(published, OVERDUE)
    assert types(receiver, "/late") == {"obligation.overdue"}
    assert types(receiver, "/stars") == {"obligation.due_soon"}
    assert types(receiver, "/all") == types(receiver, "/late") | types(receiver, "/stars")
    assert {o[1] for o in occasions(published)} <= {"sent", "coalesced"}


def test_what_nobody_wants_is_not_made_and_says_so(published, receiver):
    before = unreachable(published)
    added = add(published, receiver.url("/late"), events=["unit.*"])
    assert added["options"] == {"events": ["unit.*"]}
    says = [w["detail"] for w in added["warnings"]]
    assert len(says) == 2 and all(t in says[0] for t in REMINDERS) and "does not count" in says[1]
    assert all(w["rule"] == "filter" and w["detail_zh"] for w in added["warnings"])
    assert unreachable(published) == before, "no reminder gets there"
    assert "un_1" in {u["id"] for u in published.get("/v1/units?unreachable=1&limit=1000")["data"]}
    ahead = published.get("/v1/schedule?days=200&unit=un_1&limit=1")["data"][0]
    assert ahead["to"] == "unit" and ahead["endpoints"] == []
    advance(published, OVERDUE)
    assert not receiver.received and published.get("/v1/messages?unit=un_1")["data"] == []
    said = [o for o in occasions(published) if "+" not in o[0]]
    assert len(said) > 2 and all(o[1:] == ("suppressed", "filtered") for o in said)
    assert "filtered" in published.ctl("schedule", "explain", "un_1", code=0).out
    assert "接收端不收此类消息" in published.ctl("--lang", "zh", "schedule", "explain", "un_1", code=0).out
    kept = [n for n in published.get("/v1/units/un_1/notices")["data"] if n["reason"] == "filtered"]
    assert {n["step"] for n in kept} == {o[0] for o in said} and all(n["id"] is None for n in kept)
    risk = {t["term"]: t["fact"] for t in published.get("/v1/units/un_1/risk")["terms"]}
    assert len(said) in risk.values(), f"{risk}: what reached nobody is part of the risk"
    # A test is asked for, and goes.
    published.post(f"/v1/endpoints/{added['id']}/test")
    assert receiver.wait(1)[0].json()["type"] == "endpoint.test"


def test_who_hears_every_reminder_counts_and_the_count_follows(published, receiver):
    none = unreachable(published)
    made = add(published, receiver.url(), events=["obligation.*", "review.*"], units=["un_1"])
    assert made["warnings"] == [] and unreachable(published) == none - 1
    warned = set_options(published, made["id"], events=["obligation.*"])
    assert [w["rule"] for w in warned["warnings"]] == ["filter"] * 2 and unreachable(published) == none
    assert "review.due_soon, review.overdue" in warned["warnings"][0]["detail"]
    assert set_options(published, made["id"], events=None)["warnings"] == [] and unreachable(published) == none - 1
    elsewhere = set_options(published, made["id"], units=["un_2"])
    assert len(elsewhere["warnings"]) == 1 and unreachable(published) == none
    published.post(f"/v1/endpoints/{made['id']}/disable", {})
    assert unreachable(published) == none
    set_options(published, made["id"], units=None)
    assert unreachable(published) == none, "it is disabled"
    published.post(f"/v1/endpoints/{made['id']}/enable", {})
    assert unreachable(published) == none - 1
    set_options(published, made["id"], regions=[published.get("/v1/units/un_1")["region"]])
    assert published.request("DELETE", f"/v1/endpoints/{made['id']}").status == 200 and unreachable(published) == none
    ran = published.ctl("endpoint", "add", "--owner", "unit:un_1", "--url", receiver.url("/cli"), "--option", "events=unit.*", code=0)
    assert "does not count among the endpoints" in ran.err and "whsec_" in ran.out
    ran = published.ctl("endpoint", "set", ran.out.split()[1], "--option", "events=obligation.*", code=0)
    assert "reminders of these types are not for it: review.due_soon, review.overdue" in ran.err


def test_a_digest_speaks_of_what_its_endpoint_wants(published, receiver):
    units = {u["id"]: u for u in published.get("/v1/units?limit=1000")["data"]}
    tracks = {t["id"]: t["track"]["id"] for t in published.get("/v1/tasks?programme=future-2023&limit=1000")["data"]}
    region = units["un_1"]["region"]
    track = tracks[units["un_1"]["task"]]
    scopes = {
        "/all": ({}, lambda u: True),
        "/unit": ({"units": ["un_1"]}, lambda u: u["id"] == "un_1"),
        "/region": ({"regions": [region]}, lambda u: u["region"] == region),
        "/track": ({"tracks": [track]}, lambda u: tracks[u["task"]] == track),
        "/both": ({"tracks": [track], "units": ["un_1", "un_2"]},
                  lambda u: u["id"] in ("un_1", "un_2") and tracks[u["task"]] == track),
        "/none": ({"events": ["unit.*"]}, lambda u: False),
    }
    made = {path: add(published, receiver.url(path), "office", **options) for path, (options, _) in scopes.items()}
    advance(published, "2025-05-01T12:00:00+08:00")
    said = {}
    for path, (_, wanted) in scopes.items():
        seen = set()
        for message in published.all(f"/v1/messages?endpoint={made[path]['id']}&limit=1000"):
            if message["type"] != "obligation.digest":
                assert wanted(units[message["unit"]])
                seen.add((message["obligation"], message["step"]))
                continue
            items = published.all(f"/v1/messages/{message['id']}/items?limit=1000")
            told = [i for i in items if i["told"]]
            assert told and all(wanted(units[i["unit"]]) for i in told)
            assert all(i["reason"] == "filtered" for i in items if not i["told"])
            data = [r for r in receiver.at(path) if r.id == message["id"]][0].json()["data"]
            assert data["counts"]["items"] == len(told) == len(data["items"]) + data["more"]
            assert {i["unit"] for i in data["items"]} <= {i["unit"] for i in told}
            seen |= {(i["obligation"], i["step"]) for i in told}
        said[path] = seen
    assert len(said["/all"]) > 100 and not receiver.at("/none")
    of = {o: u for u in units for o in [x["obligation"] for x in published.get(f"/v1/units/{u}/notices?limit=1000")["data"]]}
    for path, (_, wanted) in scopes.items():
        assert said[path] == {(o, s) for o, s in said["/all"] if wanted(units[of[o]])}, path
    assert said["/region"] and said["/track"] and said["/unit"]
    notices = {n["endpoint"] for n in published.get("/v1/units/un_2/notices?limit=1000")["data"]}
    assert made["/unit"]["id"] not in notices and made["/all"]["id"] in notices


def test_an_item_that_no_endpoint_speaks_of_is_filtered_not_sent(published, receiver):
    """Each endpoint takes other units: of the digest of all, what is of neither is nobody's."""
    add(published, receiver.url("/1"), "office", units=["un_1"])
    add(published, receiver.url("/2"), "office", units=["un_2"])
    advance(published, "2025-05-01T12:00:00+08:00")
    outcome = {u: {(o[1], o[2]) for o in occasions(published, u) if "office" in o[0]} for u in ("un_1", "un_2", "un_3")}
    assert outcome == {"un_1": {("sent", None)}, "un_2": {("sent", None)}, "un_3": {("suppressed", "filtered")}}


def test_one_endpoints_end_is_that_of_its_own_items(published, receiver):
    """Both are held; what goes to the one that is back is its items, and the other's stay held."""
    for n in (1, 2):
        add(published, receiver.on(f"/{n}", statuses=[410]), "office", units=[f"un_{n}"])
    advance(published, "2025-05-01T12:00:00+08:00")
    assert [e["state"] for e in published.get("/v1/endpoints")["data"]] == ["disabled"] * 2

    def outcomes():
        return {u: {o[1] for o in occasions(published, u) if "office" in o[0]} for u in ("un_1", "un_2", "un_3")}

    assert outcomes() == {"un_1": {"held"}, "un_2": {"held"}, "un_3": {"suppressed"}}
    receiver.on("/1", statuses=[200])
    published.ctl("endpoint", "enable", "ep_1", code=0)
    until("what was held goes", lambda: published.get("/v1/deliveries?state=delivered&endpoint=ep_1")["data"])
    assert outcomes() == {"un_1": {"sent"}, "un_2": {"held"}, "un_3": {"suppressed"}}


def test_the_weekly_report_has_a_type_and_a_programme(make_daemon, receiver):
    daemon = make_daemon(programmes=ROOT / "conf/programmes").start()
    daemon.ctl("unit", "import", "--programme", "future-2023", str(SHORTLIST), code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
    add(daemon, receiver.url("/report"), "office", events=["report.*"])
    add(daemon, receiver.url("/here"), "office", programmes=["future-2023"], events=["report.weekly"])
    add(daemon, receiver.url("/unit"), "office", events=["report.*"], units=["un_1"])
    advance(daemon, "2024-10-01T12:00:00+08:00")
    assert types(receiver, "/report") == types(receiver, "/here") == {"report.weekly"}
    assert len(receiver.at("/report")) == len(receiver.at("/here")) > 1 and not receiver.at("/unit")


def test_another_filter_is_for_what_is_made_from_then_on(published, receiver):
    made = add(published, receiver.url(), events=["obligation.due_soon"])
    published.post(f"/v1/endpoints/{made['id']}/disable", {})
    advance(published, "2025-02-25T12:00:00+08:00")
    waiting = published.get("/v1/deliveries?state=held&unit=un_1")["data"]
    assert {w["type"] for w in waiting} == {"obligation.due_soon"}
    published.ctl("endpoint", "set", made["id"], "--option", "events=obligation.overdue", code=0)
    published.post(f"/v1/endpoints/{made['id']}/enable", {})
    until("what was made before goes", lambda: published.get(f"/v1/deliveries/{waiting[0]['id']}")["state"] == "delivered")
    receiver.clear()
    advance(published, OVERDUE)
    assert types(receiver, "/hook") == {"obligation.overdue"}
    published.ctl("endpoint", "set", made["id"], "--option", "events=", code=0)
    assert published.get(f"/v1/endpoints/{made['id']}")["options"] == {}


NO_FILTERS = [
    ("events", "obligation.late", "such as obligation.overdue"), ("events", ["obligation.digest"], "such as"),
    ("events", [], "such as"), ("events", [7], "such as"), ("events", "unit.*,,x", "such as"), ("events", "x" * 600, "511"),
    ("tracks", "x" * 256, "255"), ("regions", 7, "regions"), ("units", ["un_1", ""], "un_7"), ("units", "7", "un_7"),
    ("programmes", {}, "programmes"), ("programmes", "future-2022", 'names the programme "future-2022", which there is not'),
    ("tracks", ["nowhere"], 'the track "nowhere"'), ("regions", "月球", 'the region "月球"'), ("units", ["un_1", "un_9999"], 'the unit "un_9999"'),
]


def test_what_is_no_filter_is_refused(published, receiver):
    made = add(published, receiver.url("/there"), "office")
    body = {"owner": "office", "url": receiver.url()}
    for method, path, members in (("POST", "/v1/endpoints", body), ("PATCH", f"/v1/endpoints/{made['id']}", {})):
        for name, value, says in NO_FILTERS:
            refused = published.request(method, path, {**members, "options": {name: value}})
            assert refused.status == 422 and refused.json()["pointer"] == f"/options/{name}", f"{name}={value}: {refused}"
            assert says in refused.json()["detail"] and refused.json()["detail_zh"], f"{name}={value}: {refused}"
    assert [e["options"] for e in published.get("/v1/endpoints")["data"]] == [{}]


def test_the_names_of_the_shortlist_are_known(published, receiver):
    region = published.get("/v1/units/un_1")["region"]
    assert region and add(published, receiver.url(), "office", regions=[region])["options"] == {"regions": [region]}
