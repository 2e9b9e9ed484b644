"""Files handed in: streamed and resumable uploads, downloads, quotas, the low-space brake, damage found, and nothing left behind."""
import hashlib
import os
import re
import shutil
import socket
import sys

import pytest

from harness import ROOT, UnixConnection, until

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
    from pathlib import Path

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
    status = (ROOT / "/proc" / str(daemon.process.pid) / "status").read_text()
    return int(re.search(rf"{what}:\s+(\d+) kB", status)[1])
