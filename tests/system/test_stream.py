"""The feed as server-sent events: whoever breaks, and wherever, exactly what was missed comes next, in order (D19)."""
import json
import random
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import harness
import pytest

SEED = 20251125


class Follower:
    """One connection to the stream, read byte by byte as a browser would, written from the HTML standard and not from our
    code: lines end in LF, an empty line ends an event, an id without data only says where one is."""

    def __init__(self, daemon, query="", headers=(), tcp=False, token=None):
        self.peer = socket.create_connection(("127.0.0.1", daemon.port)) if tcp else socket.socket(socket.AF_UNIX)
        self.peer.settimeout(harness.WAIT_S)
        if not tcp:
            self.peer.connect(str(daemon.socket))
        lines = [f"GET /v1/events/stream{query} HTTP/1.1", "Host: x", *headers]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.peer.sendall("\r\n".join([*lines, "", ""]).encode())
        self.raw, self.body, self.events, self.beats = b"", b"", [], 0
        self.last_id, self.ended, self.retry = None, False, None
        self.read_head()

    def read_head(self):
        while b"\r\n\r\n" not in self.raw:
            got = self.peer.recv(65536)
            assert got, f"closed before the head was whole: {self.raw!r}"
            self.raw += got
        head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        self.status = int(self.head.split()[1])
        self.unchunk()

    def read(self, most=65536):
        """Some bytes more; False at the end, however it came."""
        try:
            got = self.peer.recv(most)
        except ConnectionError:
            got = b""
        self.raw += got
        self.unchunk()
        return bool(got) and not self.ended

    def unchunk(self):
        while match := re.match(rb"([0-9a-f]+)\r\n", self.raw):
            size, at = int(match.group(1), 16), match.end()
            if len(self.raw) < at + size + 2:
                return
            self.ended = self.ended or size == 0
            self.body += self.raw[at:at + size]
            self.raw = self.raw[at + size + 2:]
            self.take_events()

    def take_events(self):
        *whole, self.body = self.body.split(b"\n\n")
        for block in whole:
            data = None
            for line in block.decode().split("\n"):
                if line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("data: "):
                    data = json.loads(line[6:])
                elif line.startswith("retry: "):
                    self.retry = int(line[7:])
                else:
                    assert line == ":", line
                    self.beats += 1
            if data is not None:
                assert str(data["seq"]) == self.last_id
                self.events.append(data)

    def until(self, done):
        while not done(self):
            assert self.read(), f"ended early: {self.events[-3:]}"
        return self

    def close(self):
        self.peer.close()


def whole_feed(daemon, query=""):
    rows, cursor = [], "0"
    while page := daemon.get(f"/v1/events?limit=1000&cursor={cursor}{query}"):
        rows += page["data"]
        if len(page["data"]) < 1000:
            return rows
        cursor = page["next"]


def seqs(rows):
    return [row["seq"] for row in rows]


def end_of(daemon):
    return daemon.get("/v1/events?limit=1000&type=nothing.such")["next"]


def streams(daemon):
    return int(re.search(rb"\njiebang_feed_streams (\d+)\n", daemon.request("GET", "/metrics").body).group(1))


def office(daemon, n=1):
    had = len(daemon.all("/v1/endpoints"))
    return [daemon.post("/v1/endpoints", {"owner": "office", "url": f"http://127.0.0.1:9/{had + i}"})["id"] for i in range(n)]


def seeded(daemon, units=40, to="2025-03-05"):
    """Units that were reminded: the feed has events of them, and of nobody in particular."""
    tasks = [task["id"] for task in daemon.all("/v1/programmes/future-2023/tasks") if task["track"]["id"] == "metaverse"]
    header = "序号,揭榜方向,揭榜任务,项目名称,牵头单位,联合体单位,推荐单位,所属地区\n"
    rows = "\n".join(f"{n},元宇宙,{tasks[n % len(tasks)]},示例项目{n},示例单位{n},,示例推荐{n % 3},北京" for n in range(1, units + 1))
    reply = daemon.request("POST", "/v1/programmes/future-2023/units?reason=test", header + rows, {"Content-Type": "text/csv"})
    assert reply.status == 200, reply
    daemon.post("/v1/programmes/future-2023/publication", {"date": "2024-09-02"})
    daemon.post("/v1/clock/advance", {"to": to})
    return daemon


# ---- what is asked for ----

def test_where_it_begins_and_what_passes(daemon):
    seeded(daemon)
    first, second = office(daemon, 2)
    feed = whole_feed(daemon)
    end = feed[-1]["seq"]
    assert len(feed) > 100
    of_unit = [e for e in feed if e["unit"] == "un_7"]
    of_type = [e for e in feed if e["type"] == "endpoint.added"]
    of_programme = [e for e in feed if e["programme"] == "future-2023"]
    assert len(of_type) == 2 and 0 < len(of_programme) < len(feed)
    for query, headers, wanted in (
            ("?cursor=0", (), feed), (f"?cursor={end - 3}", (), feed[-3:]), ("?last=4", (), feed[-4:]), ("", (), []),
            ("?cursor=0", (f"Last-Event-ID: {end - 2}",), feed[-2:]), ("?last=9", (f"last-event-id: {end - 1}",), feed[-1:]),
            ("?cursor=0", ("Last-Event-ID:",), feed), ("?cursor=0&unit=un_7", (), of_unit), ("?last=1&unit=un_7", (), of_unit[-1:]),
            ("?cursor=0&type=endpoint.added", (), of_type), ("?cursor=0&programme=future-2023", (), of_programme),
            ("?cursor=0&type=nothing.such", (), [])):
        f = Follower(daemon, query, headers)
        assert f.status == 200 and "Content-Type: text/event-stream\r\n" in f.head and "no-store" in f.head, f.head
        f.until(lambda f, n=len(wanted): len(f.events) >= n and f.last_id is not None)
        assert f.events == wanted, query
        assert f.retry >= 1000 and (wanted or query or f.last_id == str(end))
        f.close()
    assert whole_feed(daemon, "&programme=future-2023") == of_programme
    # Live ones: each gets what it wants of the news, and all were there before it happened.
    live = {query: Follower(daemon, query) for query in ("", "?type=endpoint.disabled", "?type=endpoint.enabled", "?unit=un_7",
                                                         "?programme=future-2023")}
    harness.until("five follow", lambda: streams(daemon) == 5)
    daemon.post(f"/v1/endpoints/{first}/disable", {"reason": "x"})
    daemon.post(f"/v1/endpoints/{first}/enable")
    owed = daemon.get("/v1/obligations?unit=un_7&limit=1")["data"][0]["id"]
    daemon.post(f"/v1/obligations/{owed}/submissions", {"summary": "s", "author": "a"})
    news = whole_feed(daemon)[len(feed):]
    wanted = {"": news, "?type=endpoint.disabled": [e for e in news if e["type"] == "endpoint.disabled"],
              "?type=endpoint.enabled": [e for e in news if e["type"] == "endpoint.enabled"],
              "?unit=un_7": [e for e in news if e["unit"] == "un_7"],
              "?programme=future-2023": [e for e in news if e["programme"] == "future-2023"]}
    assert all(wanted.values()), news
    for query, f in live.items():
        assert f.until(lambda f, n=len(wanted[query]): len(f.events) >= n).events == wanted[query], query
        f.close()
    harness.until("nobody follows", lambda: streams(daemon) == 0)


@pytest.fixture(scope="module")
def idle():
    folder = tempfile.mkdtemp(prefix="jb-")
    made = harness.Daemon(folder, tcp=True, extra='http = { heartbeat = "1s"; connections_per_address_max = 300; };').start()
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("query,headers,status,said", [
    ("?cursor=x", (), 400, "cursor"), ("", ("Last-Event-ID: 1x",), 400, "cursor"), ("?cursor=1&cursor=2", (), 400, "twice"),
    ("?unit=7", (), 400, "un_7"), ("?programme=none", (), 404, "programme"), ("?limit=3", (), 400, "known here"),
    ("?wait_s=3", (), 400, "known here"), ("?last=0", (), 400, "1 to 1000"),
    ("?cursor=999999", (), 400, "beyond the end"), ("", ("Last-Event-ID: 999999",), 400, "beyond the end"),
])
def test_what_it_refuses(idle, query, headers, status, said):
    reply = idle.request("GET", "/v1/events/stream" + query, headers=dict(line.split(": ") for line in headers))
    assert reply.status == status and said in reply.body.decode(), reply
    assert reply.json()["detail_zh"]


def test_a_cursor_beyond_the_end_is_refused_by_the_list_too(idle):
    reply = idle.request("GET", "/v1/events?cursor=999999").json()
    assert "beyond the end" in reply["detail"] and "超出" in reply["detail_zh"] and "backup" in reply["hint"] and "备份" in reply["hint_zh"]
    assert reply["pointer"] == "cursor"


def test_a_silent_one_is_kept_alive(idle):
    """A comment with the place, also when the filters let nothing through: the place moves on."""
    end = end_of(idle)
    quiet, all_of_it = Follower(idle, "?type=nothing.such"), Follower(idle)
    office(idle)
    all_of_it.until(lambda f: f.events and f.beats >= 2)
    quiet.until(lambda f: f.beats >= 2 and f.last_id != end)
    assert quiet.events == [] and quiet.last_id == all_of_it.last_id
    # Who speaks is not listened to.
    quiet.peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
    while quiet.read():
        pass
    all_of_it.close()
    harness.until("nobody follows", lambda: streams(idle) == 0)


def test_so_many_and_no_more(idle):
    """All at the limit hear one event; the next one is told to come later; who goes makes room."""
    followers = [Follower(idle) for _ in range(200)]
    late = Follower(idle)
    assert late.status == 503 and "retry-after" in late.head.lower()
    assert streams(idle) == 200 and idle.get("/v1/status")
    office(idle)
    for f in followers:
        f.until(lambda f: len(f.events) == 1)
    assert len({f.last_id for f in followers}) == 1
    for f in followers:
        f.close()
    harness.until("nobody follows", lambda: streams(idle) == 0)
    after = Follower(idle)
    assert after.status == 200
    after.close()


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_it_ends_with_its_token(make_daemon, how):
    daemon = make_daemon(tcp=True, extra='http = { heartbeat = "1s"; };').start()
    expiry = {"expires_on": "2024-09-02"} if how == "expired" else {}
    token = daemon.post("/v1/tokens", {"name": "page", **expiry})
    assert Follower(daemon, tcp=True).status == 401
    f = Follower(daemon, tcp=True, token=token["token"])
    mine = Follower(daemon)
    assert f.status == 200 and mine.status == 200
    if how == "revoked":
        daemon.post(f"/v1/tokens/{token['id']}/revoke")
    else:
        daemon.post("/v1/clock/advance", {"by": "1d"})
    while f.read():
        pass
    assert f.ended and streams(daemon) == 1
    assert Follower(daemon, tcp=True, token=token["token"]).status == 401
    mine.close()


# ---- breaks ----

def test_exactly_what_was_missed(make_daemon):
    """Followers are cut at random bytes while events come, and the daemon is killed twice; each ends with the whole feed."""
    daemon = make_daemon(extra='http = { heartbeat = "1s"; };').start()
    seeded(daemon, 10)
    ends, stop, seen = office(daemon, 3), threading.Event(), {}

    def write():
        for n in range(240):
            try:
                daemon.post(f"/v1/endpoints/{ends[n % 3]}/{'enable' if n // 3 % 2 else 'disable'}", {})
            except OSError:
                pass  # killed: it will be back

    def follow(name):
        rng, rows, last = random.Random(f"{SEED} {name}"), [], "0"
        while True:
            try:
                f = Follower(daemon, "?cursor=0" if last == "0" else "", [f"Last-Event-ID: {last}"] if last != "0" else [])
            except (OSError, AssertionError):
                if stop.wait(0.02) and not daemon.is_ready():
                    return
                continue
            assert f.status == 200, f.head
            budget = rng.choice([1, 40, 200, 1000, 5000, 20000])
            while budget > 0 and f.read(rng.randint(1, budget)):
                budget -= 400
                if rows_done(rows + f.events):
                    break
            rows += f.events
            last = f.last_id or last
            f.close()
            if rows_done(rows):
                seen[name] = rows
                return

    def rows_done(rows):
        return stop.is_set() and rows and rows[-1]["seq"] >= final[0]

    final = [0]
    client = subprocess.Popen([harness.JIEBANGCTL, "--server", f"unix:{daemon.socket}", "event", "tail", "--follow", "--from", "1", "-o", "jsonl"],
                              stdout=subprocess.PIPE, env=harness.clean_env(), text=True)
    followers = [threading.Thread(target=follow, args=(n,), daemon=True) for n in range(4)]
    for thread in followers:
        thread.start()
    for _ in range(2):
        writer = threading.Thread(target=write)
        writer.start()
        mark = int(end_of(daemon))
        harness.until("some events", lambda at=mark: int(end_of(daemon)) > at + 60)
        daemon.kill()
        daemon.start()
        writer.join(harness.WAIT_S)
    feed = whole_feed(daemon)
    final[0] = feed[-1]["seq"]
    stop.set()
    for thread in followers:
        thread.join(harness.WAIT_S)
    assert len(feed) > 200 and sorted(seen) == [0, 1, 2, 3]
    for rows in seen.values():
        assert rows == feed
    assert [json.loads(client.stdout.readline()) for _ in feed] == feed
    client.terminate()
    client.communicate()
    daemon.stop()


def test_who_does_not_read_is_cut_off_and_misses_nothing(make_daemon):
    """What is kept for a peer that does not read is bounded; others are not kept waiting; later it has the rest."""
    daemon = make_daemon(extra='http = { write = "2s"; };').start()
    seeded(daemon, 40)
    [end] = office(daemon)
    lazy = Follower(daemon, "?cursor=0")
    lively = Follower(daemon)
    reasons = 0
    while streams(daemon) == 2:
        daemon.post(f"/v1/endpoints/{end}/{'enable' if reasons % 2 else 'disable'}", {"reason": "长" * 40} if reasons % 2 == 0 else {})
        reasons += 1
        assert reasons < 4000, "it is never cut off"
    feed = whole_feed(daemon)
    lively.until(lambda f: f.last_id == str(feed[-1]["seq"]))
    while lazy.read():
        pass
    assert not lazy.ended and 0 < len(lazy.events) < len(feed)
    again = Follower(daemon, headers=[f"Last-Event-ID: {lazy.last_id}"])
    again.until(lambda f: f.last_id == str(feed[-1]["seq"]))
    assert lazy.events + again.events == feed
    # And a stop ends those who follow properly.
    daemon.stop()
    for f in (lively, again):
        while f.read():
            pass
        assert f.ended
