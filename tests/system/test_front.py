"""The HTTP front from outside, over raw sockets, against tests/bench/front_echo.c."""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from harness import free_port

ROOT = Path(__file__).resolve().parents[2]
JIEBANGD = Path(os.environ.get("JIEBANGD", ROOT / "build" / "jiebangd"))
FRONT_ECHO = os.environ.get("FRONT_ECHO", str(JIEBANGD.parent / "front_echo"))
HOST = b"Host: h\r\n"
PROBLEMS = {400: "invalid", 401: "unauthenticated", 408: "timeout", 413: "too_large", 414: "target_too_long", 417: "expectation",
            431: "head_too_large", 501: "not_implemented", 503: "busy", 505: "version", 507: "full"}
PATIENCE_S = 30  # for what must come; no test waits that long when the front is right


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def problem(self):
        assert self.headers["content-type"] == "application/problem+json"
        problem = json.loads(self.body)
        assert list(problem) == ["type", "title", "title_zh", "status", "detail", "detail_zh"], problem
        assert problem["type"] == "urn:jiebang:problem:" + PROBLEMS[self.status] and problem["status"] == self.status
        assert all(re.search("[\u4e00-\u9fff]", problem[key]) for key in ("title_zh", "detail_zh"))
        return problem


class Client:
    """A socket and a strict reader of answers."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""
        sock.settimeout(PATIENCE_S)

    def send(self, data):
        self.sock.sendall(data)
        return self

    def get(self, path, *headers):
        return self.send(request("GET", path, *headers))

    def fill(self):
        got = self.sock.recv(65536)
        self.data += got
        return bool(got)

    def until(self, mark):
        while mark not in self.data:
            assert self.fill(), f"closed before {mark!r}: {self.data[:300]!r}"
        head, _, self.data = self.data.partition(mark)
        return head

    def exactly(self, count):
        while len(self.data) < count:
            assert self.fill(), f"closed with {len(self.data)} of {count} bytes"
        body, self.data = self.data[:count], self.data[count:]
        return body

    def chunks(self):
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self.exactly(size)
            assert self.exactly(2) == b"\r\n"
        assert self.exactly(2) == b"\r\n"
        return body

    def head(self):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        match = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [A-Za-z -]+", lines[0])
        assert match, lines[0]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.decode("latin-1").partition(": ")
            assert name.lower() not in headers, f"twice: {name}"
            headers[name.lower()] = value
        return int(match[1]), headers

    def reply(self, head=False):
        status, headers = self.head()
        if status == 100:
            return Reply(status, headers, b"")
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])
        if head or status in (204, 304):
            return Reply(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            assert "content-length" not in headers
            return Reply(status, headers, self.chunks())
        return Reply(status, headers, self.exactly(int(headers["content-length"])))

    def is_closed(self):
        """True when the peer ends without another byte, False when another byte comes."""
        try:
            return not self.data and not self.fill()
        except ConnectionResetError:
            return True

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def request(method, path, *headers, body=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: h", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Server:
    def __init__(self, folder, **options):
        self.port = free_port()
        self.unix = str(folder / "front.sock")
        self.spool = folder / "spool"
        self.spool.mkdir(exist_ok=True)
        arguments = [FRONT_ECHO, "--tcp", str(self.port), "--unix", self.unix, "--spool", str(self.spool)]
        for name, value in options.items():
            arguments += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.line() == "ready"

    def line(self):
        return self.process.stdout.readline().strip()

    def connect(self, receive_buffer=None):
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.connect(("127.0.0.1", self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Client(sock)

    def connect_unix(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.unix)
        return Client(sock)

    def counts(self):
        client = self.connect_unix()
        handled, connections = client.get("/count").reply().body.split()
        client.close()
        return int(handled), int(connections)

    def until_connections(self, count):
        """Waits until `count` connections are left beside the one that asks."""
        end = time.monotonic() + PATIENCE_S
        while (now := self.counts()[1] - 1) != count:
            assert time.monotonic() < end, f"{now} connections, wanted {count}"
            time.sleep(0.01)

    def stop(self, with_signal=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, err
        assert "Sanitizer" not in err, err
        return out, err


@pytest.fixture
def serve(folder):
    started = []

    def start(**options):
        started.append(Server(folder, **options))
        return started[-1]

    yield start
    for server in started:
        try:
            server.stop()
        finally:
            server.process.kill()


@pytest.fixture
def server(serve):
    return serve()


def seen(reply):
    assert reply.status == 200
    return json.loads(reply.body)


# ---- what the handler sees ----

TARGETS = [
    ("/echo", "/echo", "", "h"),
    ("/a%2Fb%00c?d=%2F&e", "/a%2Fb%00c", "d=%2F&e", "h"),
    ("/a?", "/a", "", "h"),
    ("//a/../b", "//a/../b", "", "h"),
    ("http://other.example:80/a?b", "/a", "b", "other.example:80"),
    ("http://other.example", "/", "", "other.example"),
]


@pytest.mark.parametrize("target, path, query, host", TARGETS)
def test_target(server, target, path, query, host):
    got = seen(server.connect().get(target).reply())
    assert (got["path"], got["query"], got["host"]) == (path, query, host)


def test_peer(server):
    tcp = seen(server.connect().get("/echo", "X-TEST: \t a b\t ").reply())
    assert (tcp["unix"], tcp["uid"], tcp["address"], tcp["x"]) == (False, -1, "127.0.0.1", "a b")
    unix = seen(server.connect_unix().get("/echo").reply())
    assert (unix["unix"], unix["uid"], unix["address"]) == (True, os.getuid(), "unix")


@pytest.mark.parametrize("listening, address", [("::1", "::1"), ("::ffff:127.0.0.1", "127.0.0.1")])
def test_peer_by_ipv6(serve, listening, address):
    server = serve(six=listening, per_address=1)
    clients = [Client(socket.create_connection((address, server.port))) for _ in range(2)]
    assert seen(clients[1].get("/echo").reply())["address"] == address
    assert clients[0].is_closed()


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_cut_requests_are_the_same(server, step):
    wire = (request("POST", "/echo?q", "X-Test: v", body=b"hello") +
            b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n")
    client = server.connect()
    for at in range(0, len(wire), step):
        client.send(wire[at:at + step])
    first, second = seen(client.reply()), seen(client.reply())
    assert (first["method"], first["query"], first["x"], first["body"]) == ("POST", "q", "v", "hello")
    assert (second["x"], second["body"]) == (None, "abcde")


# ---- refusals ----

POST = b"POST /echo HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = [
    (b"GET / HTTP/1.1\n" + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\0c\r\n\r\n", 400),
    (b"G<script> / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 17000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 101 + b"\r\n", 431),
    (POST + b"Content-Length: +5\r\n\r\nhello", 400),
    (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (POST + b"Content-Length: 65537\r\n\r\n", 413),
    (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    (CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400),
    (CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n", 400),
    (CHUNKED + b"5\nhello\r\n0\r\n\r\n", 400),
    (CHUNKED + b"5\r\nhello!\r\n0\r\n\r\n", 400),
    (CHUNKED + b"10001\r\n", 413),
    (POST + b"Expect: something\r\n\r\n", 417),
    (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    (b"CONNECT h:1 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
]


@pytest.mark.parametrize("wire, status", MALFORMED)
def test_malformed_is_refused_once_and_closed(server, wire, status):
    client = server.connect()
    client.get("/echo").send(wire + request("GET", "/echo"))
    assert client.reply().status == 200
    reply = client.reply()
    assert reply.status == status
    assert reply.problem()["title"]
    assert reply.headers["connection"] == "close"
    assert b"script" not in reply.body
    assert client.is_closed()
    assert server.counts()[0] == 2  # the good one, and the count itself


def test_refused_by_plan(server):
    client = server.connect().send(request("POST", "/refused", body=b"x" * 1000) + request("GET", "/echo"))
    reply = client.reply()
    assert reply.status == 401 and reply.problem()["detail"] == "the token is unknown, revoked or expired"
    assert client.is_closed()


def test_refusal_of_head_has_no_body(server):
    client = server.connect().send(request("HEAD", "/refused"))
    assert client.reply(head=True).status == 401
    assert client.is_closed()


def test_refusal_survives_a_client_that_goes_on_sending(server):
    client = server.connect()
    client.send(POST + b"Content-Length: 700000\r\n\r\n" + b"x" * 700000)
    assert client.reply().status == 413
    assert client.fill() is False  # an end, not a reset, which could overtake the answer


def test_refusal_behind_a_head_request_has_a_body(server):
    client = server.connect().send(request("HEAD", "/small") + b"GET / HTTP/1.1\r\n\r\n")
    assert client.reply(head=True).status == 200
    assert client.reply().problem()["status"] == 400


def test_lingering_is_bounded(server):
    client = server.connect().send(POST + b"Content-Length: 9000000\r\n\r\n")
    with pytest.raises(OSError):
        for _ in range(1000):
            client.send(b"x" * 100000)


# ---- answers ----

def test_lengths_without_body(server):
    client = server.connect()
    for method, path, length in [("HEAD", "/small", "83"), ("HEAD", "/status?200", "5"), ("GET", "/status?204", None),
                                 ("GET", "/status?304", "5"), ("HEAD", "/status?204", None), ("GET", "/small", "83")]:
        client.send(request(method, path))
        reply = client.reply(head=method == "HEAD")
        assert reply.headers.get("content-length") == length, path
        assert "connection" not in reply.headers
    assert reply.body.startswith(b'{"data"')


def test_injected_headers_are_dropped(server):
    reply = server.connect().get("/headers").reply()
    assert reply.status == 405 and reply.body == b"no"
    assert reply.headers["x-good"] == "fine" and reply.headers["allow"] == "GET"
    assert set(reply.headers) == {"date", "x-good", "allow", "content-length"}
    assert server.stop()[1].count("dropped") == 4


def test_http_1_0_is_answered_and_closed(server):
    client = server.connect().send(b"GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + request("GET", "/small"))
    reply = client.reply()
    assert reply.status == 200 and reply.headers["connection"] == "close"
    assert client.is_closed()


def test_connection_close(server):
    client = server.connect().get("/small", "Connection: x, Close").get("/small")
    assert client.reply().headers["connection"] == "close"
    assert client.is_closed()


def test_big_answers_pipelined(server):
    client = server.connect(receive_buffer=65536).send(request("GET", "/big?3000000") * 5 + request("GET", "/small") * 20)
    assert [len(client.reply().body) for _ in range(25)] == [3000000] * 5 + [83] * 20


def test_big_answer_to_a_slow_reader(server):
    client = server.connect(receive_buffer=65536).get("/big?5000000").get("/small")
    reply = client.reply()
    assert len(reply.body) == 5000000 and set(reply.body) == {ord("x")}
    assert client.reply().status == 200


# ---- files ----

def of_file(count, at=7):
    turn = bytes(range(251))
    return (turn * (count // 251 + 2))[at % 251:][:count]


@pytest.mark.parametrize("count", [0, 1, 250, 262144, 262145, 3000000])
def test_answer_from_a_file(server, count):
    client = server.connect(receive_buffer=65536)
    client.send(request("HEAD", f"/file?{count}") + request("GET", f"/file?{count}") + request("GET", "/small") + request("GET", "/file?5"))
    head = client.reply(head=True)
    assert (head.status, head.headers["content-length"]) == (200, str(count))
    assert client.reply().body == of_file(count)
    assert client.reply().status == 200 and client.reply().body == of_file(5)


def test_files_to_many_readers_at_once(server):
    """A turn sends a piece: whoever asks for something small is served in between."""
    readers = [server.connect(receive_buffer=65536).get("/file?4000000") for _ in range(8)]
    assert server.connect().get("/small").reply().status == 200
    for reader in readers:
        assert reader.reply().body == of_file(4000000)
        reader.close()
    server.until_connections(0)


def test_a_file_that_is_shorter_than_promised_ends_the_connection(server):
    client = server.connect().send(request("GET", "/file?100000&short") + request("GET", "/small"))
    status, headers = client.head()
    assert (status, headers["content-length"]) == (200, "200000")
    assert client.exactly(100000) == of_file(100000) and client.is_closed()


def test_a_file_that_nobody_reads(serve):
    server = serve(write=1)
    client = server.connect(receive_buffer=4096).get("/file?30000000")
    server.until_connections(1)
    server.until_connections(0)
    client.close()


def test_a_reader_of_a_file_leaves(server):
    for _ in range(20):
        client = server.connect(receive_buffer=4096).get("/file?3000000")
        client.head()
        client.reset()
    server.until_connections(0)


def test_a_file_in_http_1_0_and_with_close(server):
    for wire in (b"GET /file?600000 HTTP/1.0\r\n\r\n", request("GET", "/file?600000", "Connection: close")):
        client = server.connect(receive_buffer=65536).send(wire)
        assert client.reply().body == of_file(600000) and client.is_closed()


def test_drain_lets_a_file_out(server):
    client = server.connect(receive_buffer=65536).get("/file?6000000")
    status, headers = client.head()
    assert status == 200
    server.process.send_signal(signal.SIGTERM)
    assert client.exactly(6000000) == of_file(6000000) and client.is_closed()
    client.close()
    assert server.process.wait(PATIENCE_S) == 0


# ---- sinks ----

@pytest.mark.parametrize("chunk", [None, 1, 1000, 65536])
def test_body_into_a_sink(server, chunk):
    body = bytes(i * i % 251 for i in range(3000 if chunk == 1 else 300000))
    if chunk is None:
        wire = request("PATCH", "/sink", body=body)
    else:
        wire = request("PATCH", "/sink", "Transfer-Encoding: chunked")
        wire += b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + chunk]), body[at:at + chunk]) for at in range(0, len(body), chunk))
        wire += b"0\r\n\r\n"
    client = server.connect().send(wire + request("PATCH", "/sink") + request("GET", "/sinks"))
    assert client.reply().body.decode() == f"{len(body)} {checksum(body)} 0"
    assert client.reply().body == b"0 0 0"
    assert client.reply().body == b"2 0"


TORN = [
    (b"Content-Length: 1000\r\n\r\n" + b"x" * 500, None), (b"Content-Length: 0x5\r\n\r\n", 400),
    (b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nZZ\r\n", 400),
    (b"Content-Length: 1100000\r\n\r\n" + b"y" * 1100000, 507), (b"Content-Length: 3000000000\r\n\r\n", 413),
]


@pytest.mark.parametrize("rest,status", TORN, ids=["left", "bad length", "bad chunk", "full", "too long"])
def test_a_sink_hears_of_the_end_once(server, rest, status):
    client = server.connect().send(b"PATCH /sink HTTP/1.1\r\nHost: h\r\n" + rest)
    if status is None:
        client.close()
    else:
        assert client.reply().status == status and client.is_closed()
    server.until_connections(0)
    told = server.connect().get("/sinks").reply().body.split()
    assert told[0] == b"0" and int(told[1]) <= 1
    # A request that is refused at its head never came to the sink's plan.
    assert told[1] == (b"0" if status == 400 and rest.startswith(b"Content") else b"1")


def test_a_slow_body_for_a_sink_is_refused(serve):
    server = serve(body=1, rate=1000000)
    client = server.connect().send(b"PATCH /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx")
    assert client.reply().status == 408 and client.is_closed()
    assert server.connect().get("/sinks").reply().body == b"0 1"


# ---- order ----

def test_pipelined_and_deferred_in_order(server):
    client = server.connect()
    paths = [f"/slow?{i % 7}" if i % 3 == 0 else f"/echo?{i}" for i in range(100)]
    client.send(b"".join(request("GET", path) for path in paths))
    for path in paths:
        reply = client.reply()
        got = reply.body.decode() if path.startswith("/slow") else seen(reply)["query"]
        assert got == path.partition("?")[2]


def test_pipelined_beyond_every_buffer(server):
    client = server.connect()
    wire = b"".join(request("POST", f"/echo?{i}", body=b"b" * (i * 37 % 3000)) for i in range(300))
    pid = os.fork()
    if pid == 0:
        client.sock.sendall(wire)
        os._exit(0)
    for i in range(300):
        got = seen(client.reply())
        assert (got["query"], len(got["body"])) == (str(i), i * 37 % 3000)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("beyond", [-100, -1, 0, 1, 100])
def test_head_at_the_end_of_the_input_buffer(server, beyond):
    """One read takes 32 KiB; the head of the second request ends there, and its body comes later."""
    client = server.connect()
    head = request("POST", "/echo?b", "Content-Length: 20000")
    filler = 32768 + beyond - len(head)
    parts = [filler // 3, filler // 3, filler - 2 * (filler // 3)]
    wire = b"".join(request("GET", "/small", "X: " + "x" * (part - len(request("GET", "/small", "X: ")))) for part in parts)
    assert len(wire + head) == 32768 + beyond
    os.kill(server.process.pid, signal.SIGSTOP)
    client.send(wire + head)
    os.kill(server.process.pid, signal.SIGCONT)
    assert [client.reply().status for _ in range(3)] == [200] * 3
    got = seen(client.send(b"y" * 20000).reply())
    assert (got["query"], got["body"]) == ("b", "y" * 20000)


def test_pipeliner_yields(serve):
    server = serve(per_turn=4)
    greedy, modest = server.connect(), server.connect()
    assert greedy.get("/count").reply().status == 200
    assert modest.get("/count").reply().status == 200
    os.kill(server.process.pid, signal.SIGSTOP)
    greedy.send(request("GET", "/count") * 200)
    modest.get("/count")
    os.kill(server.process.pid, signal.SIGCONT)
    assert int(modest.reply().body.split()[0]) <= 2 + 2 * 4 + 1
    assert [int(greedy.reply().body.split()[0]) for _ in range(200)][-1] == 203


def test_half_close_is_answered(server):
    for path in ("/echo", "/slow?30", "/big?3000000"):
        client = server.connect().send(request("GET", path) * 2)
        client.sock.shutdown(socket.SHUT_WR)
        assert [client.reply().status for _ in range(2)] == [200, 200]
        assert client.is_closed()


@pytest.mark.parametrize("wire", [b"GET / HT", POST + b"Content-Length: 5\r\n\r\nhell", CHUNKED + b"5\r\nhello\r\n0\r\n"])
def test_half_close_inside_a_request(server, wire):
    client = server.connect().send(wire)
    client.sock.shutdown(socket.SHUT_WR)
    assert client.reply().status == 400
    assert client.is_closed()


def test_reply_to_a_vanished_peer(server):
    for i in range(5):
        client = server.connect().get("/hold?a")
        server.until_connections(i + 1)
        client.get("/hold?b")  # nobody reads this before the first is answered, so the reset isn't seen either
        client.reset()
    lost = server.connect().get("/big?9000000")
    lost.fill()
    lost.reset()
    other = server.connect()
    assert int(other.get("/release").reply().body) == 5
    assert other.get("/echo").reply().status == 200
    server.until_connections(1)


def test_stop_with_a_reply_owed(server):
    client = server.connect().get("/hold")
    server.until_connections(1)
    server.stop()
    assert client.is_closed()


# ---- bodies ----

def checksum(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & (2 ** 64 - 1)
    return total


@pytest.mark.parametrize("chunk", [None, 1000, 65536])
def test_spooled_body(server, chunk):
    body = bytes(i * i % 251 for i in range(300000))
    if chunk is None:
        wire = request("PUT", "/spool", body=body)
    else:
        pieces = [body[at:at + chunk] for at in range(0, len(body), chunk)]
        wire = request("PUT", "/spool", "Transfer-Encoding: chunked")
        wire += b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    client = server.connect().send(wire + request("GET", "/small"))
    assert client.reply().body.decode() == f"300000 300000 {checksum(body)} 0"
    assert client.reply().status == 200
    assert list(server.spool.iterdir()) == []


def test_spool_folder_is_missing(server):
    server.spool.rmdir()
    client = server.connect().send(request("PUT", "/spool", body=b"x"))
    assert client.reply().status == 503
    assert client.is_closed()


def test_spool_is_full(serve):
    client = serve(file_bytes=100000).connect().send(request("PUT", "/spool", body=b"x" * 100000))
    assert client.reply().status == 200
    client.send(request("PUT", "/spool", body=b"x" * 100001))
    assert client.reply().status == 507
    assert client.is_closed()


def test_body_in_memory_up_to_64_kib(server):
    for length, status in [(65536, 200), (65537, 413)]:
        client = server.connect().send(request("POST", "/echo", body=b"y" * length))
        reply = client.reply()
        assert reply.status == status
    client = server.connect().send(CHUNKED + b"8000\r\n" + b"z" * 32768 + b"\r\n8000\r\n" + b"z" * 32768 + b"\r\n0\r\n\r\n")
    assert len(seen(client.reply())["body"]) == 65536


def test_continue(server):
    client = server.connect().send(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert client.reply().status == 100
    assert seen(client.send(b"hello").reply())["body"] == "hello"
    client.send(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
    assert seen(client.reply())["body"] == "hello"  # it did not wait, so there is nothing to say


@pytest.mark.parametrize("path, length, status", [("/refused", 5, 401), ("/echo", 70000, 413), ("/small", 5, 413)])
def test_continue_is_not_said_before_a_refusal(server, path, length, status):
    client = server.connect().send(request("POST", path, "Expect: 100-continue", f"Content-Length: {length}"))
    assert client.reply().status == status
    assert client.is_closed()


# ---- deadlines ----

DRIPPED = [
    ("first_byte", b"", None),
    ("head", b"GET / HTTP/1.1\r\n", 408),
    ("body", POST + b"Content-Length: 5000\r\n\r\n", 408),
    ("body", CHUNKED + b"1388\r\n", 408),
    ("body", b"PUT /spool HTTP/1.1\r\n" + HOST + b"Content-Length: 500000\r\n\r\n", 408),
]


@pytest.mark.parametrize("option, wire, status", DRIPPED)
def test_total_deadline(serve, option, wire, status):
    """Dripping buys no time."""
    client = serve(**{option: 1}).connect().send(wire)
    client.sock.settimeout(0.1)
    answer = b""
    for _ in range(200):
        try:
            if wire:
                client.send(b"a")
            got = client.sock.recv(65536)
        except socket.timeout:
            continue
        except OSError:
            got = b""
        answer += got
        if not got:
            break
    else:
        pytest.fail("never closed")
    assert answer.startswith(b"HTTP/1.1 %d " % status) if status else answer == b""


def test_spooled_body_may_take_longer_at_a_good_rate(serve):
    client = serve(body=4, rate=10).connect()
    client.send(b"PUT /spool HTTP/1.1\r\n" + HOST + b"Content-Length: 50000\r\n\r\n")
    for _ in range(50):
        client.send(b"x" * 1000)
        time.sleep(0.1)
    assert client.reply().status == 200


def test_idle_is_closed_silently(serve):
    client = serve(idle=1).connect().get("/small")
    assert client.reply().status == 200
    assert client.is_closed()


def test_answer_that_is_not_read(serve):
    server = serve(write=1)
    client = server.connect(receive_buffer=4096).get("/big?30000000")
    server.until_connections(1)
    server.until_connections(0)
    client.close()


@pytest.mark.parametrize("write, rate, complete", [(3, 1000, True), (1, 50000000, False)])
def test_answer_that_is_read_slowly(serve, write, rate, complete):
    """200 kB in a tenth of a second is enough for the one minimum rate and too little for the other."""
    client = serve(write=write, rate=rate).connect(receive_buffer=65536).get("/big?40000000")
    taken = 0
    try:
        for _ in range(40):
            taken += len(client.exactly(200000))
            time.sleep(0.1)
        while client.fill():
            taken, client.data = taken + len(client.data), b""
            if taken >= 40000000:
                break
    except (AssertionError, ConnectionResetError):
        pass
    assert (taken >= 40000000) == complete


def test_work_has_no_deadline(serve):
    server = serve(first_byte=1, head=1, body=1, idle=1, write=1)
    client = server.connect().get("/slow?2500")
    assert client.reply().body == b"2500"


def test_idle_server_makes_no_system_call(serve):
    server = serve(idle=3600)
    clients = [server.connect() for _ in range(5)]
    for client in clients:
        assert client.get("/small").reply().status == 200
    status = Path(f"/proc/{server.process.pid}/status")

    def rests():
        """Whatever a busy machine still had to do for the answers is over at the latest after some of these."""
        before = status.read_text()
        time.sleep(2)
        switches = r"^voluntary_ctxt_switches:\s*(\d+)"
        return re.search(switches, status.read_text(), re.M)[1] == re.search(switches, before, re.M)[1]

    assert any(rests() for _ in range(3))


# ---- caps and eviction ----

def ended(client):
    """Reads up to the end, whatever comes before it."""
    try:
        while client.fill():
            pass
    except ConnectionResetError:
        pass
    return True


def dripper(server):
    return server.connect().send(b"GET /echo HTTP/1.1\r\nX: ")


def test_cap_evicts_the_oldest_incomplete(serve):
    server = serve(connections=6, per_address=100)
    working = server.connect().get("/hold?w")
    server.until_connections(1)
    idle = server.connect().get("/small")
    assert idle.reply().status == 200
    silent = server.connect()
    server.until_connections(3)
    drippers = []
    for _ in range(3):
        drippers.append(dripper(server))
        # The sixth place is needed by the counter itself, so the last one is not waited for.
        if len(drippers) < 3:
            server.until_connections(3 + len(drippers))
    newcomer = server.connect()
    assert newcomer.get("/small").reply().status == 200
    assert silent.is_closed()  # the oldest incomplete; idle and working ones stay
    assert server.connect().get("/small").reply().status == 200
    assert drippers[0].reply().status == 503 and drippers[0].is_closed()
    assert idle.get("/small").reply().status == 200
    assert idle.get("/release").reply().status == 200
    assert working.reply().body == b"w"


def test_cap_never_evicts_what_is_worked_on(serve):
    server = serve(connections=2, per_address=100)
    held = [server.connect().get(f"/hold?{i}") for i in range(2)]
    assert [server.line(), server.line()] == ["held", "held"]
    third = server.connect()
    assert third.reply().status == 503 and third.is_closed()
    held[0].reset()
    held[1].close()


def test_cap_per_address(serve):
    server = serve(connections=100, per_address=3)
    first = dripper(server)
    others = [server.connect() for _ in range(2)]
    for other in others:
        assert other.get("/small").reply().status == 200
    assert server.connect().get("/small").reply().status == 200
    assert first.reply().status == 503 and first.is_closed()
    held = [client.get("/hold") for client in others] + [server.connect().get("/hold")]
    server.until_connections(3)
    refused = server.connect()
    assert refused.reply().status == 503 and refused.is_closed()
    assert server.connect_unix().get("/release").reply().body == b"3"
    assert [client.reply().status for client in held] == [200] * 3


def test_out_of_descriptors(serve):
    server = serve(connections=1000, per_address=1000, descriptors=40)
    drippers = [dripper(server) for _ in range(150)]
    for _ in range(20):
        assert server.connect().get("/small").reply().status == 200
    drippers += [dripper(server) for _ in range(60)]
    assert server.connect().send(request("PUT", "/echo", body=b"x")).reply().status == 200
    assert ended(drippers[0])


def test_out_of_descriptors_with_everybody_at_work(serve):
    """Nobody can be put out, so accepting rests, and goes on when the first answers are out."""
    server = serve(connections=1000, per_address=1000, descriptors=40)
    os.kill(server.process.pid, signal.SIGSTOP)  # all of them wait at the door before the first comes in
    clients = [server.connect().get("/slow?300", "Connection: close") for _ in range(100)]
    os.kill(server.process.pid, signal.SIGCONT)
    assert [client.reply().body for client in clients] == [b"300"] * 100
    assert "accepting connections rests" in server.stop()[1]


# ---- streams ----

def test_stream(server):
    client = server.connect().get("/stream?3")
    reply = client.reply()
    assert reply.body == b"d" * 10 + b"c" * 10 + b"b" * 10
    assert reply.headers["content-type"] == "text/event-stream"
    assert client.get("/small").reply().status == 200
    assert client.send(request("HEAD", "/stream")).reply(head=True).headers["transfer-encoding"] == "chunked"
    assert server.line() == "no stream"
    assert client.get("/small").reply().status == 200


def test_stream_in_http_1_0_ends_with_the_connection(server):
    client = server.connect().send(b"GET /stream?2 HTTP/1.0\r\n\r\n")
    status, headers = client.head()
    assert status == 200 and "transfer-encoding" not in headers and headers["connection"] == "close"
    assert client.exactly(20) == b"c" * 10 + b"b" * 10
    assert client.is_closed()


@pytest.mark.parametrize("behind", [b"", b"x"])
def test_stream_is_dropped_when_the_client_talks(server, behind):
    client = server.connect().send(request("GET", "/stream?1000000") + behind)
    if not behind:
        client.head()
        client.send(b"x")
    assert server.line() in ("gone", "refused")
    server.until_connections(0)
    assert ended(client)


def test_stream_is_dropped_when_the_client_leaves(server):
    client = server.connect().get("/stream?1000000")
    client.head()
    client.close()
    assert server.line() in ("gone", "refused")
    server.until_connections(0)


def test_stream_is_dropped_when_nobody_reads(server):
    client = server.connect(receive_buffer=4096).get("/flood?1000000")
    assert [server.line(), server.line()] == ["refused", "gone"]
    assert ended(client)
    received = len(client.data)
    assert received < 1000000  # the queue, the send buffer, and what was on the way


def test_stream_within_its_queue_survives_a_reader_that_comes_late(server):
    client = server.connect(receive_buffer=4096).get("/flood?3")
    other = server.connect().get("/stream?100")
    assert len(other.reply().body) == 1000  # by now all three pieces are written
    assert len(client.reply().body) == 3 * 65536
    assert client.get("/small").reply().status == 200


# ---- the end ----

def test_drain(server):
    idle, held, coming, stream = (server.connect() for _ in range(4))
    assert idle.get("/small").reply().status == 200
    held.get("/hold?h")
    coming.send(b"GET /release HTTP/1.1\r\n")
    stream.get("/stream?1000000")
    assert stream.head()[0] == 200
    server.until_connections(4)
    server.process.send_signal(signal.SIGTERM)
    assert idle.is_closed()
    assert stream.chunks().startswith(b"")
    assert stream.is_closed()
    with pytest.raises(ConnectionRefusedError):
        server.connect()
    coming.send(HOST + b"\r\n")
    for client, body in [(coming, b"1"), (held, b"h")]:
        reply = client.reply()
        assert reply.body == body and reply.headers["connection"] == "close"
        assert client.is_closed()
        client.close()
    for client in (idle, stream):
        client.close()
    server.process.wait(PATIENCE_S)
    out, _ = server.stop()
    assert out.split() == ["held", "gone", "drained"]


def test_drain_with_nobody_there(server):
    assert server.stop(signal.SIGTERM)[0].strip() == "drained"
