"""The shortlist from outside: every encoding gives the same database, every bad row is told, nothing is kept by half.

Rows of FEATURES.md: P3, P4, P7, P12. What a row may be refused for in detail is in tests/unit/engine_import.c.
"""
import csv
import io
import sqlite3
import sys
from urllib.parse import quote

import pytest

from harness import ROOT

sys.path.append(str(ROOT / "tests" / "sim"))
import invariants  # noqa: E402
import stage  # noqa: E402

DATA = ROOT / "tests" / "data"
UNITS = "/v1/programmes/future-2023/units"
CSV = {"Content-Type": "text/csv"}
CAP = "入围揭榜单位名单 (每个揭榜方向原则上不超过5家)"
HEADER = "序号,揭榜方向,细分领域,项目名称,申报单位（牵头单位）,联合体单位,推荐单位,所属地区"


def send(daemon, data, query="", status=200, headers=CSV):
    reply = daemon.request("POST", UNITS + query, data, headers)
    assert reply.status == status, reply
    return reply.json()


def content(daemon, *but):
    """All rows of all tables but those named, as one text."""
    db = sqlite3.connect(f"file:{daemon.state_dir}/jiebang.db?mode=ro", uri=True)
    try:
        names = [n for n, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        return "\n".join(f"{n} {row}" for n in sorted(names) if n not in but
                         for row in sorted(map(repr, db.execute(f"SELECT * FROM {n}"))))
    finally:
        db.close()


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def row(n, task="基于Linux内核的XR操作系统", track="元宇宙", project=None, lead=None, partners=""):
    return f"{n},{track},{task},{project or f'项目{n}'},{lead or f'示例单位{n}'},{partners},示例厅（虚构）,北京"


def sheet(*lines):
    return "\n".join([HEADER, *lines, ""])


def test_an_import_that_is_repeated_is_answered_from_what_was_kept(daemon):
    """The file counts as well, though it is hashed by who reads it and not by who takes the request."""
    keyed = {**CSV, "Idempotency-Key": "k-1"}
    first = send(daemon, sheet(row(1), row(2)), headers=keyed)
    assert send(daemon, sheet(row(1), row(2)), headers=keyed) == first and first["imported"] == 2
    refused = send(daemon, sheet(row(1), row(3)), status=422, headers=keyed)
    assert "Idempotency-Key was used for a different request" in refused["detail"]
    assert "different request" in send(daemon, sheet(row(1), row(2)), "?reason=x", status=422, headers=keyed)["detail"]
    assert len(daemon.all("/v1/units")) == 2


# ---- encodings ----

def encoded():
    text = stage.shortlist()
    return {
        "utf-8": text.encode(),
        "utf-8 with BOM": text.encode("utf-8-sig"),
        "gb18030": text.encode("gb18030"),
        "line feeds": text.replace("\r\n", "\n").encode(),
        "no end of the last line": text.rstrip("\r\n").encode(),
        "the file of a spreadsheet, BOM and CRLF": (DATA / "shortlist-2023-bom-crlf.csv").read_bytes(),
        "the file of a Chinese spreadsheet, GB18030": (DATA / "shortlist-2023-gb18030.csv").read_bytes(),
    }


def test_every_encoding_gives_the_same_database(make_daemon):
    seen = {}
    for name, data in encoded().items():
        daemon = make_daemon().start()
        assert send(daemon, data)["imported"] == 260, name
        # The instance's, the import's and the audit trail's own ids and hashes differ by nature.
        seen[name] = content(daemon, "instance", "batch", "audit", "event", "idempotency")
        assert daemon.get("/v1/units?q=" + quote("示例单位001"))["data"][0]["lead"] == "示例单位001"
        daemon.stop()
    first = seen["utf-8"]
    assert first.count("\nunit (") == 260
    for name, rows in seen.items():
        assert rows == first, f"{name} is not utf-8's"


# ---- all or nothing ----

def test_bad_rows_are_all_listed_and_nothing_is_kept(daemon):
    before = content(daemon)
    problem = send(daemon, (DATA / "shortlist-bad-rows.csv").read_bytes(), status=422)
    assert problem["error_count"] == len(problem["errors"]) > 3
    for error in problem["errors"]:
        assert error["line"] >= 2 and error["rule"] and error["detail"], error
    assert [e["line"] for e in problem["errors"]] == sorted(e["line"] for e in problem["errors"])
    assert problem["status"] == 422 and "nothing was imported" in problem["detail"]
    assert content(daemon) == before
    # The daemon is as well as before.
    assert send(daemon, stage.shortlist())["imported"] == 260


def test_one_bad_row_among_many(daemon):
    """The last row of 260 is wrong: the 259 before it are not kept either."""
    lines = stage.shortlist().splitlines()
    lines[-1] = lines[-1].replace(rows_of(lines[-1])[0][2], "没有这个任务")
    before = content(daemon)
    problem = send(daemon, "\n".join(lines), status=422)
    assert [(e["line"], e["rule"]) for e in problem["errors"]] == [(261, "task")]
    assert content(daemon) == before


def test_the_problem_says_what_and_where_and_what_to_do(daemon):
    problem = send(daemon, sheet(row(1, task="基于Linux内核的XR操做系统"), row(2, partners="甲、乙、丙、丁、戊"),
                                 row(3, track="元宙宇"), row(4), row(5, lead="示例单位4", project="项目4")), status=422)
    told = [(e["line"], e["column"], e["rule"]) for e in problem["errors"]]
    assert told == [(2, "细分领域", "task"), (3, "联合体单位", "consortium"), (4, "揭榜方向", "track"),
                    (6, "申报单位", "duplicate")]
    assert "did you mean 基于Linux内核的XR操作系统?" in problem["errors"][0]["detail"]
    assert problem["errors"][1]["detail"] == "5 partners; at most 4 are allowed"
    assert problem["errors"][1]["clause"] == "牵头单位为1家，联合参与单位不超过4家"


def test_a_trial_leaves_the_database_as_it_was(daemon):
    before = content(daemon)
    said = send(daemon, stage.shortlist(), "?dry_run=1")
    assert (said["imported"], said["units_total"], said["dry_run"]) == (260, 260, True)
    assert content(daemon) == before
    done = send(daemon, stage.shortlist())
    assert {**done, "dry_run": True} == said
    invariants.check(daemon.state_dir)


@pytest.mark.parametrize("data, status, says", [
    (b"", 400, "CSV"),
    (HEADER.encode() + b"\n", 400, "no rows below the header"),
    (b"a,b,c\n1,2,3\n", 400, "header"),
    (b"\xff\xfe\x00\x00", 400, ""),
    (stage.shortlist(1).encode() + b"\x00", None, ""),
])
def test_what_is_no_list(daemon, data, status, says):
    before = content(daemon)
    reply = daemon.request("POST", UNITS, data, CSV)
    assert reply.status == status or status is None and reply.status in (400, 422), reply
    assert says in reply.json()["detail"]
    assert content(daemon) == before


def test_json_is_no_list(daemon):
    assert daemon.request("POST", UNITS, {"units": []}).status == 415


def test_unknown_programme(daemon):
    reply = daemon.request("POST", "/v1/programmes/future-2032/units", stage.shortlist(1), CSV)
    assert reply.status == 404 and "did you mean future-20" in reply.json()["detail"], reply


# ---- caps ----

def test_the_sixth_unit_wants_a_reason_that_is_recorded(daemon):
    six = sheet(*map(row, range(1, 7)))
    before = content(daemon)
    problem = send(daemon, six, status=422)
    [error] = problem["errors"]
    assert (error["line"], error["rule"], error["clause"]) == (7, "shortlist_cap", CAP)
    assert error["detail"].startswith("5 units are on this task already; the soft cap is 5")
    assert content(daemon) == before
    done = send(daemon, six, "?reason=%E9%83%A8%E5%8A%A1%E4%BC%9A%E8%AE%AE")
    assert done["imported"] == 6
    [warning] = done["warnings"]
    assert (warning["line"], warning["rule"], warning["clause"]) == (7, "shortlist_cap", CAP)
    assert invariants.rows(daemon.state_dir, "SELECT reason FROM batch") == [("部务会议",)]
    assert invariants.rows(daemon.state_dir, "SELECT json_extract(detail, '$.reason') FROM audit WHERE verb = 'unit_import'") == \
        [("部务会议",)]
    invariants.check(daemon.state_dir)


def test_a_hard_cap_is_hard(make_daemon, folder):
    programmes = folder / "programmes"
    programmes.mkdir()
    text = (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")
    hard = text.replace('limit = 5; softness = "soft"', 'limit = 5; softness = "hard"')
    assert hard != text
    (programmes / "future-2023.conf").write_text(hard, encoding="utf-8")
    daemon = make_daemon(programmes=programmes).start()
    before = content(daemon)
    for query in ("", "?reason=because"):
        [error] = send(daemon, sheet(*map(row, range(1, 7))), query, status=422)["errors"]
        assert error["rule"] == "shortlist_cap" and "the hard cap is 5" in error["detail"]
    assert content(daemon) == before


# ---- after publication ----

def test_after_publication_units_are_added_and_wait_for_their_publication(daemon):
    """P13: they stand shortlisted and owe nothing until the list is published again with them; nobody else is touched."""
    send(daemon, sheet(row(1)))
    stage.publish(daemon)
    before = stage.export(daemon)
    assert send(daemon, sheet(row(2)))["units_total"] == 2
    assert daemon.get("/v1/units/un_2")["state"] == "shortlisted" and stage.export(daemon) == before
    added = stage.publish(daemon)
    assert (added["units"], added["obligations"]) == (1, 6)
    assert stage.publish(daemon)["units"] == 0
    rows = stage.export(daemon).splitlines()
    assert [r for r in rows if ",un_2," not in r] == before.splitlines() and len(rows) == 2 * 6 + 1


def test_publishing_all_units_is_counted_and_said_once(daemon):
    send(daemon, stage.shortlist())
    trial = daemon.post("/v1/programmes/future-2023/publication?dry_run=1", {"date": str(stage.ANCHOR)})
    done = stage.publish(daemon)
    assert (done["units"], done["obligations"]) == (260, 260 * 6)
    assert {**done, "dry_run": True} == trial
    before = content(daemon)
    again = stage.publish(daemon)
    assert (again["units"], again["obligations"]) == (0, 0)
    assert content(daemon) == before
    other = daemon.request("POST", "/v1/programmes/future-2023/publication", {"date": "2024-09-03"})
    assert other.status == 409 and other.json()["rule"] == "publication"
    assert content(daemon) == before
    invariants.check(daemon.state_dir)
