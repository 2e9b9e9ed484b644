"""Files handed in: streamed and resumable uploads, downloads, quotas, the low-space brake, damage found, and nothing left behind."""
import hashlib
import http.client
import os
import re
import shutil
import socket
import sys
import threading
from pathlib import Path

import pytest

from harness import JIEBANGCTL, ROOT, UnixConnection, run, until

sys.path.append(str(ROOT / "tests" / "sim"))
import stage  # noqa: E402

APPEND = "application/offset+octet-stream"
MIN_FREE = 'materials = { min_free = "0B"; };'  # what the machine of the test has free is none of its business
MIB = 1 << 20


@pytest.fixture
def running(make_daemon):
    """One unit that delivers; no checklist item of its acceptance request has a file."""
    return set_up(make_daemon(extra=MIN_FREE).start())


def set_up(daemon):
    daemon.ids = stage.published(daemon)
    stage.advance(daemon, to="2026-03-10T09:00:00+08:00", jump=True)  # acceptance requests are taken since the 2nd
    daemon.acceptance = daemon.ids["acceptance", 1]
    daemon.report = daemon.ids["progress", 1]
    return daemon


def sha(data):
    return hashlib.sha256(data).hexdigest()


def begin(daemon, data, item="request", name="验收申请书.pdf", obligation=None, status=(200, 201), **more):
    body = {"item": item, "name": name, "size_bytes": len(data), "sha256": sha(data), **more}
    return daemon.post(f"/v1/obligations/{obligation or daemon.acceptance}/materials", body, status=status)


def append(daemon, upload, offset, data, **headers):
    return daemon.request("PATCH", f"/v1/uploads/{upload}", data, {"Content-Type": APPEND, "Upload-Offset": str(offset), **headers})


def add(daemon, data, **more):
    """A whole upload; returns the material."""
    upload = begin(daemon, data, **more)
    if upload["material"]:
        return upload["material"]
    reply = append(daemon, upload["id"], 0, data)
    assert reply.status in (200, 201), reply
    return reply.json()


def files(daemon):
    """What lies under materials/, without the folders."""
    folder = daemon.state_dir / "materials"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def place(data):
    return f"{sha(data)[:2]}/{sha(data)[2:]}"


def settled(daemon, names):
    """The worker takes traces away after the answer: soon, not at once."""
    until(f"{names} alone under materials/", lambda: files(daemon) == sorted(names))


def test_upload_list_download(running):
    data = os.urandom(300_000)
    upload = begin(running, data, author="张三")
    assert re.fullmatch(r"up_[a-z2-7]{16}", upload["id"]) and (upload["offset"], upload["material"]) == (0, None)
    assert running.all("/v1/materials") == []  # nothing is half-visible
    first = append(running, upload["id"], 0, data[:100_000])
    assert first.status == 200 and first.headers["upload-offset"] == "100000" and first.json()["offset"] == 100_000
    head = running.request("HEAD", f"/v1/uploads/{upload['id']}")
    assert (head.status, head.headers["upload-offset"], head.body) == (200, "100000", b"")
    assert running.all("/v1/materials") == []
    done = append(running, upload["id"], 100_000, data[100_000:])
    assert done.status == 201
    material = done.json()
    assert material == running.get("/v1/materials/" + material["id"]) and running.all("/v1/materials") == [material]
    assert {key: material[key] for key in ("obligation", "item", "name", "size_bytes", "sha256", "author", "removed")} == {
        "obligation": running.acceptance, "item": "request", "name": "验收申请书.pdf", "size_bytes": len(data), "sha256": sha(data),
        "author": "张三", "removed": None}
    settled(running, [place(data)])
    assert running.request("GET", f"/v1/uploads/{upload['id']}").status == 404
    reply = running.request("GET", f"/v1/materials/{material['id']}/content")
    assert reply.status == 200 and reply.body == data
    assert reply.headers["content-disposition"] == (
        'attachment; filename="_____.pdf"; filename*=UTF-8\'\'%E9%AA%8C%E6%94%B6%E7%94%B3%E8%AF%B7%E4%B9%A6.pdf')
    assert (reply.headers["content-type"], reply.headers["x-content-type-options"]) == ("application/octet-stream", "nosniff")
    head = running.request("HEAD", f"/v1/materials/{material['id']}/content")
    assert (head.status, head.headers["content-length"], head.body) == (200, "300000", b"")
    types = [event["type"] for event in running.get("/v1/events?limit=1000")["data"]]
    assert types.count("material.added") == 1
    # The same file again: nothing is to be sent.
    again = begin(running, data)
    assert (again["id"], again["offset"], again["material"]) == (None, len(data), material)


RANGES = [
    ("bytes=0-9", 206, slice(0, 10)), ("bytes=10-", 206, slice(10, None)), ("bytes=-5", 206, slice(-5, None)),
    ("bytes=90-500", 206, slice(90, 100)), ("bytes=99-99", 206, slice(99, 100)), ("bytes=-500", 206, slice(0, 100)),
    ("bytes=100-", 416, None), ("bytes=-0", 416, None), ("bytes=5-4", 200, slice(None)), ("bytes=0-1,5-6", 200, slice(None)),
    ("lines=0-1", 200, slice(None)), ("bytes=-", 200, slice(None)), ("bytes=a-b", 200, slice(None)),
    ("bytes=99999999999999999999-", 200, slice(None)),
]


def test_ranges(running):
    data = bytes(range(100))
    path = f"/v1/materials/{add(running, data)['id']}/content"
    for value, status, part in RANGES:
        reply = running.request("GET", path, headers={"Range": value})
        assert reply.status == status, (value, reply)
        if part is not None:
            assert reply.body == data[part], value
        if status == 206:
            first = data.index(reply.body[0])
            assert reply.headers["content-range"] == f"bytes {first}-{first + len(reply.body) - 1}/100"
        if status == 416:
            assert reply.headers["content-range"] == "bytes */100"
    etag = running.request("HEAD", path).headers["etag"]
    assert running.request("GET", path, headers={"Range": "bytes=0-9", "If-Range": etag}).status == 206
    assert running.request("GET", path, headers={"Range": "bytes=0-9", "If-Range": '"x"'}).status == 200
    assert running.request("GET", path, headers={"If-None-Match": etag}).status == 304
    assert running.request("GET", path, headers={"If-None-Match": '"x"'}).body == data


BAD = [
    # what differs from a good request, status, pointer or rule, words
    ({"item": "requests"}, 422, "/item", 'did you mean "request"?'), ({"item": None}, 422, "/item", "item"),
    ({"name": "申请书.exe"}, 422, "/name", "pdf, doc, docx, ofd"), ({"name": "../x.pdf"}, 422, "/name", "without folders"),
    ({"name": "a\nb.pdf"}, 422, "/name", "file's name"), ({"name": "x" * 300 + ".pdf"}, 422, "/name", "255 bytes"),
    ({"size_bytes": 0}, 422, "/size_bytes", "at least 1"), ({"size_bytes": "7"}, 422, "/size_bytes", "number of bytes"),
    ({"size_bytes": 201 * MIB}, 413, "/size_bytes", "at most 209715200"), ({"sha256": "AB" * 32}, 422, "/sha256", "lower-case hex"),
    ({"sha256": "ab"}, 422, "/sha256", "64"), ({"author": 5}, 422, "/author", "text"), ({"naem": "x"}, 422, "/naem", 'did you mean "name"?'),
]


@pytest.mark.parametrize("change,status,where,words", BAD)
def test_what_a_checklist_does_not_take(shared_daemon, change, status, where, words):
    body = {"item": "request", "name": "a.pdf", "size_bytes": 7, "sha256": "ab" * 32, **change}
    reply = shared_daemon.request("POST", f"/v1/obligations/{shared_daemon.acceptance}/materials", body)
    assert reply.status == status, reply
    problem = reply.json()
    assert problem["pointer"] == where and words in problem["detail"]
    assert re.search("[一-鿿]", problem["detail_zh"]), problem
    assert files(shared_daemon) == []


@pytest.fixture(scope="module")
def shared_daemon():
    import tempfile

    import harness
    folder = Path(tempfile.mkdtemp(prefix="jb-"))
    daemon = harness.Daemon(folder, extra=MIN_FREE).start()
    try:
        yield set_up(daemon)
        daemon.stop()
    finally:
        daemon.close()
        shutil.rmtree(folder, ignore_errors=True)


def test_appending_is_strict(running):
    data = b"x" * 1000
    upload = begin(running, data)["id"]
    assert append(running, upload, 0, data[:400]).status == 200
    wrong = append(running, upload, 0, data)
    assert (wrong.status, wrong.headers["upload-offset"]) == (409, "400")
    for headers, status in (({"Content-Type": "text/plain"}, 415), ({"Upload-Offset": "x"}, 409)):
        assert append(running, upload, 400, data[400:], **headers).status == status
    assert append(running, upload, 400, data[400:] + b"more").status == 413
    assert running.request("PATCH", f"/v1/uploads/{upload}?x=1", b"x", {"Content-Type": APPEND, "Upload-Offset": "400"}).status == 400
    assert append(running, "up_none", 0, b"x").status == 404
    assert running.get(f"/v1/uploads/{upload}")["offset"] == 400
    # Chunked, with the rest in two chunks.
    connection = UnixConnection(running.socket)
    connection.request("PATCH", f"/v1/uploads/{upload}", iter([data[400:500], data[500:]]),
                       {"Content-Type": APPEND, "Upload-Offset": "400", "Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().status == 201
    settled(running, [place(data)])
    assert running.request("PATCH", "/v1/materials", b"").status == 405
    assert "PATCH" in running.request("OPTIONS", "/v1/uploads/up_x").headers["allow"]


def test_other_bytes_than_announced_are_thrown_away(running):
    upload = begin(running, b"x" * 1000)["id"]
    reply = append(running, upload, 0, b"y" * 1000)
    assert reply.status == 422 and reply.json()["pointer"] == "/sha256" and sha(b"y" * 1000) in reply.json()["detail"]
    assert running.all("/v1/materials") == [] and running.request("GET", f"/v1/uploads/{upload}").status == 404
    settled(running, [])


def test_giving_up(running):
    upload = begin(running, b"x" * 1000)["id"]
    append(running, upload, 0, b"x" * 10)
    assert len(files(running)) == 1
    assert running.request("DELETE", f"/v1/uploads/{upload}").status == 204
    settled(running, [])
    assert running.request("DELETE", f"/v1/uploads/{upload}").status == 404


def torn_request(daemon, upload, offset, total, part):
    """A PATCH that promises `total` bytes, sends `part`, and is cut."""
    raw = socket.socket(socket.AF_UNIX)
    raw.connect(str(daemon.socket))
    raw.sendall((f"PATCH /v1/uploads/{upload} HTTP/1.1\r\nHost: x\r\nContent-Type: {APPEND}\r\nUpload-Offset: {offset}\r\n"
                 f"Content-Length: {total}\r\n\r\n").encode() + part)
    return raw


def test_a_torn_upload_goes_on_where_it_stopped(running):
    data = os.urandom(2 * MIB)
    upload = begin(running, data)["id"]
    raw = torn_request(running, upload, 0, len(data), data[:MIB])
    until("the first half to arrive", lambda: running.get(f"/v1/uploads/{upload}")["offset"] == MIB)
    # While that request is open nobody else may write, and nothing is to be seen.
    assert append(running, upload, MIB, data[MIB:]).status == 409
    assert running.request("DELETE", f"/v1/uploads/{upload}").status == 409
    assert running.all("/v1/materials") == []
    raw.close()
    until("the torn request to be noticed", lambda: append(running, upload, MIB, b"").status != 409)
    # The client's way: the same POST finds it.
    found = begin(running, data, status=200)
    assert (found["id"], found["offset"]) == (upload, MIB)
    assert append(running, upload, MIB, data[MIB:]).status == 201
    settled(running, [place(data)])


def test_kill_leaves_nothing_behind(running):
    """A torn upload, one that waits, and the moment after the file is in its place: a start sweeps all of it."""
    data, other = os.urandom(MIB), b"kept" * 100
    kept = add(running, other)
    settled(running, [place(other)])
    upload = begin(running, data, item="task-book")["id"]
    raw = torn_request(running, upload, 0, len(data), data[:MIB // 2])
    until("half of it", lambda: running.get(f"/v1/uploads/{upload}")["offset"] == MIB // 2)
    running.kill()
    raw.close()
    folder = running.state_dir / "materials"
    assert len(files(running)) == 2
    # As a kill between the link and the commit leaves it: both names, no row.
    stray = b"stray"
    (folder / sha(stray)[:2]).mkdir(exist_ok=True)
    (folder / place(stray)).write_bytes(stray)
    (folder / "partial" / f"{sha(stray)}.0123456789abcdef").write_bytes(stray)
    # And between the mark and the unlink of a removal that was not committed: the row stays, and so does its file.
    (folder / "partial" / f"{sha(other)}.fedcba9876543210").write_bytes(b"")
    running.start()
    assert files(running) == [place(other)]
    assert running.all("/v1/materials") == [kept]
    assert running.get(f"/v1/uploads/{upload}", 404)
    assert "torn uploads swept" in running.log()


def test_a_clean_stop_leaves_no_partial_file(running):
    upload = begin(running, b"x" * 1000)["id"]
    append(running, upload, 0, b"x" * 10)
    running.stop()
    assert files(running) == []


def test_removal_keeps_the_row_and_shared_bytes(running):
    data = b"shared" * 1000
    one, two = add(running, data), add(running, data, item="task-book", name="任务书.pdf")
    settled(running, [place(data)])
    path = f"/v1/materials/{one['id']}"
    assert running.request("POST", path + "/removal", {}).json()["pointer"] == "/reason"
    gone = running.post(path + "/removal", {"reason": "旧版本"})
    assert (gone["removed"]["reason"], gone["removed"]["by"]) == ("旧版本", f"uid:{os.getuid()}") and gone["removed"]["at"]
    assert running.get(path) == gone and running.get(path + "/content", 404)
    assert running.request("POST", path + "/removal", {"reason": "x"}).status == 409
    assert running.request("GET", f"/v1/materials/{two['id']}/content").body == data
    running.post(f"/v1/materials/{two['id']}/removal", {"reason": "同上"})
    settled(running, [])
    assert [m["removed"] is not None for m in running.all(f"/v1/materials?obligation={running.acceptance}")] == [True, True]
    # And once more: removed is not forbidden.
    again = add(running, data)
    assert again["id"] not in (one["id"], two["id"])
    settled(running, [place(data)])


def complete(daemon, but=()):
    for item in daemon.get(f"/v1/obligations/{daemon.acceptance}/checklist")["items"]:
        if item["required"] and item["id"] not in but:
            add(daemon, item["id"].encode(), item=item["id"], name="a.pdf")


def test_acceptance_waits_for_the_checklist(running):
    checklist = running.get(f"/v1/obligations/{running.acceptance}/checklist")
    assert [item["id"] for item in checklist["items"]] == ["request", "task-book", "work-summary", "technical-summary", "test-report",
                                                           "audit-report", "other"]
    assert (checklist["missing"], checklist["complete"]) == (5, False)
    running.post(f"/v1/obligations/{running.acceptance}/submissions", {"receipt": "R-1"}, 201)
    complete(running, but=("task-book", "test-report"))
    accept = f"/v1/obligations/{running.acceptance}/acceptance"
    problem = running.request("POST", accept, {})
    assert problem.status == 409 and problem.json()["rule"] == "materials"
    assert "2 required items of the checklist acceptance have no file: task-book, test-report" in problem.json()["detail"]
    assert [e["item"] for e in problem.json()["errors"]] == ["task-book", "test-report"]
    assert "任务书" in problem.json()["errors"][0]["detail_zh"]
    assert running.get(f"/v1/obligations/{running.acceptance}")["state"] == "submitted"
    refusal = running.ctl("obligation", "accept", running.acceptance)
    assert refusal.code == 4 and "/materials/test-report" in refusal.err
    complete(running)
    assert running.get(f"/v1/obligations/{running.acceptance}/checklist")["complete"]
    assert running.post(accept, {})["state"] == "accepted"
    # What was accepted stands on its files.
    material = running.all(f"/v1/materials?obligation={running.acceptance}")[0]["id"]
    assert running.request("POST", f"/v1/materials/{material}/removal", {"reason": "x"}).json()["rule"] == "state"
    late = running.request("POST", f"/v1/obligations/{running.acceptance}/materials",
                           {"item": "other", "name": "x", "size_bytes": 1, "sha256": "ab" * 32})
    assert late.status == 409 and late.json()["rule"] == "state"


def test_verify_finds_a_flipped_bit(running):
    good, bad, lost = b"good" * 1000, os.urandom(100_000), b"lost"
    add(running, good)
    damaged = add(running, bad, item="task-book", name="b.pdf")
    missing = add(running, lost, item="work-summary", name="c.pdf")
    settled(running, [place(good), place(bad), place(lost)])
    verdict = running.get("/v1/materials/verify")
    assert verdict == {"ok": True, "files": 3, "bytes": len(good) + len(bad) + len(lost), "bad_count": 0, "bad": []}
    assert running.ctl("material", "verify").code == 0
    folder = running.state_dir / "materials"
    flipped = bytearray(bad)
    flipped[77_777] ^= 4
    (folder / place(bad)).write_bytes(flipped)
    (folder / place(lost)).unlink()
    verdict = running.get("/v1/materials/verify")
    assert (verdict["ok"], verdict["files"], verdict["bad_count"]) == (False, 3, 2)
    found = {row["file"]: row for row in verdict["bad"]}
    assert found["materials/" + place(bad)] == {"file": "materials/" + place(bad), "problem": "content", "sha256": sha(bad),
                                                "found": sha(bytes(flipped)), "materials": [damaged["id"]]}
    assert found["materials/" + place(lost)]["problem"] == "missing"
    said = running.ctl("material", "verify")
    assert said.code == 1 and "materials/" + place(bad) in said.out + said.err
    # A download of what is missing says so, and is no empty file.
    assert running.request("GET", f"/v1/materials/{missing['id']}/content").status == 500
    # Sending it again heals it.
    running.post(f"/v1/materials/{damaged['id']}/removal", {"reason": "damaged"})
    add(running, bad, item="task-book", name="b.pdf")
    assert [row["problem"] for row in running.get("/v1/materials/verify")["bad"]] == ["missing"]


def test_low_space_stops_uploads_before_reports(make_daemon):
    daemon = set_up(make_daemon(extra='materials = { min_free = "900PB"; };'.replace("900PB", str(10 ** 15) + "B")).start())
    reply = daemon.request("POST", f"/v1/obligations/{daemon.acceptance}/materials",
                           {"item": "request", "name": "a.pdf", "size_bytes": 1, "sha256": "ab" * 32})
    assert (reply.status, reply.json()["rule"]) == (507, "min_free") and "reports are still taken" in reply.json()["hint"]
    assert daemon.post(f"/v1/obligations/{daemon.report}/submissions", {"receipt": "R-1"}, 201)
    daemon.stop()
    daemon.extra = MIN_FREE
    daemon.start()
    add(daemon, b"there is room")


def test_quota(make_daemon, folder):
    programmes = folder / "programmes"
    shutil.copytree(ROOT / "conf" / "programmes", programmes)
    conf = programmes / "future-2023.conf"
    conf.write_text(conf.read_text().replace('material_quota = "500GiB"', 'material_quota = "1000B"'))
    daemon = set_up(make_daemon(programmes=programmes, extra=MIN_FREE).start())
    first = add(daemon, b"a" * 600)
    waiting = begin(daemon, b"b" * 300, item="task-book", name="b.pdf")  # announced is taken
    reply = daemon.request("POST", f"/v1/obligations/{daemon.acceptance}/materials",
                           {"item": "other", "name": "c", "size_bytes": 101, "sha256": "ab" * 32})
    assert (reply.status, reply.json()["rule"]) == (507, "material_quota") and "900 of at most 1000 bytes; 101 more" in reply.json()["detail"]
    assert append(daemon, waiting["id"], 0, b"b" * 300).status == 201
    daemon.post(f"/v1/materials/{first['id']}/removal", {"reason": "too large"})
    add(daemon, b"c" * 700, item="other", name="c")


def rss_kib(daemon, what):
    status = (Path("/proc") / str(daemon.process.pid) / "status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1])


def sparse(path, size):
    """A file of that size without taking it; its last bytes are its own."""
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(size - 16)
        file.write(os.urandom(16))


LARGE = 256 * MIB
GROWTH_KIB = 8 * 1024


def test_memory_stays_flat(running, folder):
    """A large file up by the client and down again: the daemon's memory does not grow with it. RssAnon, since pages of files are not ours."""
    path, back = folder / "large.bin", folder / "back.bin"
    add(running, b"warm up", item="other", name="w")
    running.request("GET", "/v1/materials/ma_1/content")
    before = rss_kib(running, "RssAnon")
    sparse(path, LARGE)
    material = running.ctl("material", "add", "--obligation", running.acceptance, "--item", "other", str(path), "-o", "json", code=0).json()
    assert material["size_bytes"] == LARGE and rss_kib(running, "RssAnon") - before < GROWTH_KIB
    running.ctl("material", "get", material["id"], "--to", str(back), code=0)
    assert back.stat().st_size == LARGE and rss_kib(running, "RssAnon") - before < GROWTH_KIB
    assert running.get("/v1/materials/verify")["ok"] and rss_kib(running, "RssAnon") - before < GROWTH_KIB
    (running.state_dir / "materials" / f"{material['sha256'][:2]}/{material['sha256'][2:]}").unlink()


def test_the_loop_and_the_writer_do_not_wait_for_a_check(running):
    """The worker hangs on a file that cannot be opened; reads and reports go on."""
    data = b"x" * 1000
    add(running, data)
    settled(running, [place(data)])
    path = running.state_dir / "materials" / place(data)
    path.unlink()
    os.mkfifo(path)  # opening it waits for a writer
    connection = UnixConnection(running.socket)
    connection.request("GET", "/v1/materials/verify")
    assert running.request("GET", "/readyz").status == 200  # answered behind it
    assert running.get("/v1/materials/verify", 503)["detail"] == "a check of the files is under way"
    assert running.post(f"/v1/obligations/{running.report}/submissions", {"receipt": "R-1"}, 201)
    assert running.get(f"/v1/obligations/{running.report}")["state"] == "submitted"
    os.close(os.open(path, os.O_WRONLY))
    verdict = connection.getresponse()
    assert b'"problem":"size"' in verdict.read()
    connection.close()


def test_an_upload_that_nobody_goes_on_with_is_given_up(make_daemon):
    daemon = set_up(make_daemon(extra='materials = { min_free = "0B"; upload_max_age = "1s"; };').start())
    upload = begin(daemon, b"x" * 1000)["id"]
    assert append(daemon, upload, 0, b"x" * 10).status == 200
    settled(daemon, [])
    assert daemon.get(f"/v1/uploads/{upload}", 404) and "upload given up" in daemon.log()


def test_too_many_at_a_time(make_daemon):
    daemon = set_up(make_daemon(extra='materials = { min_free = "0B"; uploads_max = 2; };').start())
    for data in (b"a", b"b"):
        begin(daemon, data)
    reply = daemon.request("POST", f"/v1/obligations/{daemon.acceptance}/materials",
                           {"item": "request", "name": "a.pdf", "size_bytes": 1, "sha256": "ab" * 32})
    assert reply.status == 503 and "uploads_max" in reply.json()["detail"] and reply.headers["retry-after"]


def consistent(daemon):
    """Every row has its file, whole; every file has a row; nothing grows in partial/."""
    rows = [m for m in daemon.all("/v1/materials") if not m["removed"]]
    assert files(daemon) == sorted({f"{m['sha256'][:2]}/{m['sha256'][2:]}" for m in rows})
    assert daemon.get("/v1/materials/verify")["ok"]
    return {m["sha256"] for m in rows}


@pytest.mark.parametrize("part", [0, 1, 0.3, 0.99])
def test_killed_in_the_middle_of_many(running, part):
    """Ten uploads stand at different places when the daemon is killed; what was acknowledged is there, nothing else is."""
    acknowledged = set()
    for n in range(10):
        data = os.urandom(50_000)
        upload = begin(running, data, item="other", name=f"{n}.bin")["id"]
        length = int(len(data) * (1 if n % 3 == 0 else part))
        if append(running, upload, 0, data[:length]).status == 201:
            acknowledged.add(sha(data))
    running.kill()
    running.start()
    assert consistent(running) == acknowledged and len(acknowledged) == (10 if part == 1 else 4)


def test_killed_at_any_moment(running):
    """Somebody uploads without a pause and the daemon is killed again and again: whatever the moment, rows and files agree."""
    acknowledged = set()
    for round_ in range(8):
        killer = threading.Timer(0.02 + 0.03 * round_, running.kill)
        killer.start()
        try:
            while True:
                data = os.urandom(200_000)
                upload = begin(running, data, item="other", name="x.bin")["id"]
                if append(running, upload, 0, data).status == 201:
                    acknowledged.add(sha(data))
        except (OSError, http.client.HTTPException):
            pass
        killer.join()
        running.start()
        there = consistent(running)
        assert acknowledged <= there  # an answer that was lost on the way may stand beside them
        acknowledged = there


# ---- the client ----

class Cutter:
    """A Unix socket before the daemon's that breaks connections after so many bytes of a request, as a bad network does."""

    def __init__(self, folder, daemon, cuts):
        self.path, self.target, self.cuts = str(folder / "cut.sock"), str(daemon.socket), list(cuts)
        self.taken = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.target)
        threading.Thread(target=self.back, args=(far, near), daemon=True).start()
        taken = 0
        while data := near.recv(65536):
            far.sendall(data)
            taken += len(data)
            if self.cuts and taken >= self.cuts[0]:
                self.cuts.pop(0)
                break
        self.taken.append(taken)
        far.shutdown(socket.SHUT_RDWR)
        near.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def back(far, near):
        try:
            while data := far.recv(65536):
                near.sendall(data)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def test_the_client_goes_on_over_broken_connections(running, folder):
    path = folder / "报告 1.pdf"
    path.write_bytes(os.urandom(3 * MIB))
    cutter = Cutter(folder, running, [MIB, MIB])
    done = run([JIEBANGCTL, "--server", f"unix:{cutter.path}", "material", "add", "--obligation", running.acceptance, "--item", "request",
                str(path), "--author", "李四", "-o", "json"])
    cutter.close()
    assert done.code == 0, done
    assert (done.json()["name"], done.json()["author"], done.json()["sha256"]) == ("报告 1.pdf", "李四", sha(path.read_bytes()))
    assert done.err.count("going on at byte") == 2 and cutter.cuts == []
    assert sum(cutter.taken) < 4 * MIB  # nothing was sent twice but what was on its way
    settled(running, [place(path.read_bytes())])
    # And once more: it is there, nothing is sent.
    again = running.ctl("material", "add", "--obligation", running.acceptance, "--item", "request", str(path), "-o", "json", code=0)
    assert again.json() == done.json()


def test_the_client_begins_anew_with_a_daemon_that_was_restarted(running, folder):
    path = folder / "r.pdf"
    path.write_bytes(os.urandom(2 * MIB))
    upload = begin(running, path.read_bytes(), name="r.pdf")["id"]
    assert append(running, upload, 0, path.read_bytes()[:MIB]).status == 200
    running.kill()
    running.start()
    done = running.ctl("material", "add", "--obligation", running.acceptance, "--item", "request", str(path), code=0)
    assert "going on" not in done.err
    settled(running, [place(path.read_bytes())])


@pytest.mark.parametrize("make,words,code", [
    (lambda p: None, "No such file", 2), (lambda p: p.mkdir(), "plain file", 2), (lambda p: p.touch(), "is empty", 2),
    (lambda p: p.write_bytes(b"x"), "pdf, doc, docx, ofd", 2),
])
def test_the_client_refuses_early_or_tells_the_refusal(running, folder, make, words, code):
    make(folder / "f.exe")
    result = running.ctl("material", "add", "--obligation", running.acceptance, "--item", "request", str(folder / "f.exe"))
    assert result.code == code and words in result.err


def test_the_client_fetches(running, folder):
    data = os.urandom(500_000)
    material = add(running, data, name="a/b.pdf".replace("/", " "))
    here = running.folder
    assert running.ctl("material", "get", material["id"], code=0).out == "a b.pdf\n" and (here / "a b.pdf").read_bytes() == data
    assert running.ctl("material", "get", material["id"]).code == 6  # it exists
    assert running.ctl("material", "get", material["id"], "--to", str(folder / "x"), code=0) and (folder / "x").read_bytes() == data
    assert running.ctl("material", "get", material["id"], "--to", str(folder / "none" / "x")).code == 1
    assert running.ctl("material", "get", "ma_99").code == 3
    flipped = bytearray(data)
    flipped[3] ^= 1
    settled(running, [place(data)])
    (running.state_dir / "materials" / place(data)).write_bytes(flipped)
    spoiled = running.ctl("material", "get", material["id"], "--to", str(folder / "y"))
    assert spoiled.code == 1 and "SHA-256 differs" in spoiled.err and not (folder / "y").exists()
    assert [p.name for p in folder.iterdir() if "part" in p.name] == []
