"""What a review found at the door: headers that meet, requests that come twice, answers that must say why."""
import contextlib
import threading

import fake_daemon
from harness import JIEBANGCTL, ROOT, run, until

SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"


def publish(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", SHORTLIST, code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)


def test_a_repeated_write_is_not_stale_because_of_itself(daemon):
    """If-Match guards against others. Who repeats a write with its key, since the answer was lost, gets that answer."""
    publish(daemon)
    path = f"/v1/obligations/{daemon.get('/v1/units/un_1')['obligations'][0]['id']}"
    etag = daemon.request("GET", path).headers["etag"]
    headers = {"If-Match": etag, "Idempotency-Key": "report-1"}
    first = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, headers)
    again = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, headers)
    assert first.status == 201, first
    assert (again.status, again.body) == (first.status, first.body), again
    assert len(daemon.get(path)["submissions"]) == 1
    # The key opens nothing else: another request under it, or the same guard without it, is still refused.
    other = daemon.request("POST", f"{path}/submissions", {"summary": "另一份"}, headers)
    assert other.status == 412, other
    fresh = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, {"If-Match": etag})
    assert fresh.status == 412, fresh


def test_who_may_not_import_is_told_as_everywhere_else(make_daemon):
    """An import is refused before its body has come, and still with what a 401 or 429 owes."""
    daemon = make_daemon(tcp=True).start()
    csv = {"Content-Type": "text/csv"}
    for path, body, headers in [("/v1/programmes/future-2023/units", "序号\n", csv), ("/v1/endpoints", {}, {})]:
        seen = {}
        until("too many", lambda: seen.setdefault((reply := daemon.request_tcp("POST", path, body, headers)).status, reply)
              and 429 in seen, every_s=0)
        if 401 in seen:  # the import has used up those of this minute
            assert seen[401].headers.get("www-authenticate") == 'Bearer realm="jiebang"', (path, seen[401].headers)
        assert seen[429].headers.get("retry-after") == "60", (path, seen[429].headers)
        assert "too many failed sign-ins" in seen[429].json()["detail"], seen[429]


def test_a_filtered_wait_misses_nothing_while_other_things_happen(daemon):
    """Who waits for one type moves on past the others, and gets the first of the type, though it came after them."""
    answers = []
    ask = threading.Thread(target=lambda: answers.append(daemon.get("/v1/events?type=endpoint.disabled&wait_s=30")))
    ask.start()
    waits = "jiebang_feed_waiters 1\n"
    until("it waits", lambda: waits in daemon.request("GET", "/metrics").body.decode())
    for i in range(20):
        daemon.post("/v1/endpoints", {"owner": "office", "url": f"http://127.0.0.1:9/{i}"})
        daemon.get("/v1/clock")
    assert waits in daemon.request("GET", "/metrics").body.decode()
    daemon.post("/v1/endpoints/ep_1/disable")
    ask.join()
    assert [event["type"] for event in answers[0]["data"]] == ["endpoint.disabled"]
    assert answers[0]["next"] == str(answers[0]["data"][0]["seq"])


def test_a_clock_is_not_moved_twice_by_one_command(folder):
    """The daemon keeps no answer of a clock that moved, so a second try would move it again."""
    moves = []
    fake = fake_daemon.FakeDaemon(folder)
    ctl = [JIEBANGCTL, "--server", f"unix:{fake.path}", "clock", "advance"]
    fake.on("POST", "/v1/clock/advance", lambda request: moves.append(request) or b"")
    by = run([*ctl, "30d"])
    assert by.code == 5 and len(moves) == 1 and "idempotency-key" not in moves[0].headers, by
    assert "clock show" in by.err and "--idempotency-key" not in by.err, by
    moves.clear()
    # To an instant: there it is already, or it goes there now.
    to = run([*ctl, "--to", "2025-03-03T09:00:00+08:00"])
    assert to.code == 5 and len(moves) == 2, to
    fake.close()


def test_a_token_to_a_name_that_only_looks_like_loopback_is_warned_of():
    for host, clear in (("127.example.org", True), ("localhost.example.org", True), ("127.0.0.1", False), ("[::1]", False),
                        ("localhost", False)):
        said = run([JIEBANGCTL, "--server", f"http://{host}:1", "status"], env={"JIEBANG_TOKEN": "jb_x"})
        assert said.code == 5 and ("unencrypted" in said.err) == clear, (host, said)
