"""The courier from outside: real TLS, the independent receiver, memory. Runs tests/bench/{courier_drive,receiver} of a build folder
(the one that JIEBANGD names, else build/). Certificates are made afresh with openssl, expired ones under faketime."""

import base64
import contextlib
import hashlib
import hmac
import os
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("JIEBANGD", ROOT / "build" / "jiebangd")).parent
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ENDS = ["answered", "unknown", "refused", "dns", "connect", "tls", "timeout", "broken", "too_large"]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Result:
    def __init__(self, line):
        number, end, status, retry_after, self.reason, self.excerpt = line.split("\t")
        self.number = int(number)
        self.end = ENDS[int(end)]
        self.status = int(status)
        self.retry_after = int(retry_after)


def drive(tmp_path, urls, *options, count=None):
    """Posts to the URLs in turn; returns the results in order of submission, and the line of sums as a dict."""
    url_file = tmp_path / "urls"
    url_file.write_text("".join(url + "\n" for url in urls))
    done = subprocess.run(
        [BUILD / "courier_drive", "--url-file", url_file, "--count", str(count or len(urls)), *options],
        capture_output=True, text=True, timeout=120,
        env={**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=0"})  # which would grow the memory that is measured
    assert done.returncode in (0, 1), done.stderr
    sums = dict(word.split("=", 1) for word in done.stderr.strip().splitlines()[-1].split() if "=" in word)
    results = [Result(line) for line in done.stdout.splitlines()]
    return sorted(results, key=lambda result: result.number), sums


LOOPBACK = ["--allow", "127.0.0.0/8", "--allow", "::1"]


# ---- TLS ----


def openssl(*arguments, at=None):
    prefix = ["faketime", at] if at else []
    # faketime names its shared memory after its process and may leave it behind: one that gets the same number can't start.
    for _ in range(20):
        done = subprocess.run([*prefix, "openssl", *map(str, arguments)], capture_output=True, check=False)
        if b"File exists" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr


def make_ca(folder, name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out",
            folder / f"{name}.pem", "-subj", f"/CN={name}", "-days", "36500", at="2020-01-01 00:00:00")


def make_certificate(folder, name, host, ca, at=None, days="36500"):
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=DNS:{host}\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr",
            "-subj", f"/CN={host}")
    openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / f"{ca}.pem", "-CAkey", folder / f"{ca}.key",
            "-CAcreateserial", "-out", folder / f"{name}.pem", "-days", days, "-extfile", extensions, at=at)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    make_ca(folder, "ca")
    make_ca(folder, "stranger")
    make_certificate(folder, "good", "localhost", "ca", at="2021-01-01 00:00:00")
    make_certificate(folder, "wrong-name", "other.test", "ca", at="2021-01-01 00:00:00")
    make_certificate(folder, "expired", "localhost", "ca", at="2021-01-01 00:00:00", days="10")
    make_certificate(folder, "early", "localhost", "ca", at="2090-01-01 00:00:00", days="10")
    make_certificate(folder, "unknown", "localhost", "stranger", at="2021-01-01 00:00:00")
    return folder


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
    body = bytearray(body)
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + bytes(body)


class Server:
    """Serves each connection with `serve` on a thread, one at a time, and remembers the requests."""

    def __init__(self, context=None, after_request=None, answer=OK):
        self.context = context
        self.after_request = after_request
        self.answer = answer
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                self.requests.append(read_request(connection))
                if self.after_request:
                    self.after_request()
                connection.sendall(self.answer)
                if self.context:
                    connection.unwrap()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def tls_context(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    context.num_tickets = 0  # no resumption: each connection verifies in full
    return context


@pytest.mark.parametrize("name, end, reason", [
    ("good", "answered", ""),
    ("wrong-name", "tls", "certificate: wrong name"),
    ("expired", "tls", "certificate: expired"),
    ("early", "tls", "certificate: not yet valid"),
    ("unknown", "tls", "certificate: unknown issuer"),
])
def test_certificates(tmp_path, certificates, name, end, reason):
    with Server(tls_context(certificates, name)) as server:
        (result,), _ = drive(tmp_path, [f"https://localhost:{server.port}/x?key=SECRETKEY"], *LOOPBACK, "--ca-file",
                             certificates / "ca.pem", "--https-only")
    assert (result.end, result.reason) == (end, reason)
    # Under TLS 1.3 the server's handshake is over before the name is judged; not a byte of the request may follow.
    assert len([request for request in server.requests if request]) == (1 if end == "answered" else 0)


def test_system_store_does_not_know_our_ca(tmp_path, certificates):
    with Server(tls_context(certificates, "good")) as server:
        (result,), _ = drive(tmp_path, [f"https://localhost:{server.port}/x"], *LOOPBACK)
    assert (result.end, result.reason) == ("tls", "certificate: unknown issuer")


def test_missing_ca_file(tmp_path, certificates):
    with Server(tls_context(certificates, "good")) as server:
        (result,), _ = drive(tmp_path, [f"https://localhost:{server.port}/x"], *LOOPBACK, "--ca-file", tmp_path / "none")
    assert (result.end, result.reason) == ("tls", "certificate: CA file unreadable")


def test_plain_http_on_a_tls_port(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))

    def speak_plainly():
        connection, _ = listener.accept()
        connection.recv(65536)  # the hello is no request
        connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")
        connection.close()

    threading.Thread(target=speak_plainly, daemon=True).start()
    (result,), _ = drive(tmp_path, [f"https://localhost:{listener.getsockname()[1]}/x"], *LOOPBACK)
    listener.close()
    assert (result.end, result.reason) == ("tls", "tls: handshake failed")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(tmp_path, certificates):
    context = tls_context(certificates, "good")
    context.options |= ssl.OP_NO_TLSv1_3 | ssl.OP_NO_TLSv1_2
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    with Server(context) as server:
        (result,), _ = drive(tmp_path, [f"https://localhost:{server.port}/x"], *LOOPBACK, "--ca-file", certificates / "ca.pem")
    assert (result.end, result.reason) == ("tls", "tls: protocol too old")


def test_ca_store_is_shared_between_connections(tmp_path, certificates):
    """With CURLOPT_CAPATH set, libcurl reads the CA file again for each connection (24 ms each). Once the first request is there,
    the file is taken away: only a store that is kept can verify the second connection."""
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes((certificates / "ca.pem").read_bytes())
    with Server(tls_context(certificates, "good"), after_request=lambda: ca_file.unlink(missing_ok=True)) as server:
        url = f"https://localhost:{server.port}/x"
        results, _ = drive(tmp_path, [url], *LOOPBACK, "--ca-file", ca_file, "--window", "1", count=4)
    assert [(result.end, result.status) for result in results] == [("answered", 200)] * 4
    assert len(server.requests) == 4  # the server closes: four connections
    assert not ca_file.exists()


# ---- the exchange on a kept connection ----


class Keeper:
    """Serves each connection on a thread of its own: as many requests as come, each with `answer`. After `each` of them the
    next one is read and the connection closed without a word. With `early` the body is not read before the answer."""

    def __init__(self, context=None, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", each=None, early=False):
        self.context, self.answer, self.each, self.early = context, answer, each, early
        self.connections, self.requests, self.threads = [], [], []
        self.closed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                self.threads.append(threading.Thread(target=self.serve, args=[connection], daemon=True))
                self.threads[-1].start()

    def serve(self, connection):
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            answered = 0
            while request := (connection.recv(65536) if self.early else read_request(connection)):
                self.requests.append(request)
                if answered == self.each:
                    return
                connection.sendall(self.answer)
                answered += 1
                if self.early:
                    self.closed.wait(60)  # the rest of the body stays unread

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(60)


@pytest.fixture(params=["http", "TLSv1_2", "TLSv1_3"])
def transport(request, certificates):
    """What a Keeper and a URL need for plain HTTP and for both versions of TLS (with the tickets that TLS 1.3 sends unasked)."""
    if request.param == "http":
        return None, "http", []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "good.pem", certificates / "good.key")
    context.maximum_version = ssl.TLSVersion[request.param]
    return context, "https", ["--ca-file", certificates / "ca.pem"]


def post_in_turn(tmp_path, transport, count, *options, **keeper):
    """One message after the other to one endpoint: the results and what the server saw."""
    context, scheme, tls_options = transport
    with Keeper(context, **keeper) as server:
        results, _ = drive(tmp_path, [f"{scheme}://localhost:{server.port}/x"], *LOOPBACK, *tls_options, "--window", "1",
                           *options, count=count)
    return results, server


def test_connection_is_kept(tmp_path, transport):
    results, server = post_in_turn(tmp_path, transport, 20)
    assert [(result.end, result.status, result.excerpt) for result in results] == [("answered", 200, "ok")] * 20
    assert (len(server.connections), len(server.requests)) == (1, 20)
    assert [request.split(b"webhook-id: ")[1].split(b"\r\n")[0] for request in server.requests] == \
        [b"msg_drive%d" % i for i in range(20)]
    assert all(request.endswith(b"\r\n\r\n" + b"x" * 700) for request in server.requests)


def test_stale_connection(tmp_path, transport):
    """The peer closes a kept connection when the next request comes: the same text goes out once more, on a new connection."""
    results, server = post_in_turn(tmp_path, transport, 3, "--secret", SECRET, each=1)
    assert [(result.end, result.status) for result in results] == [("answered", 200)] * 3
    assert (len(server.connections), len(server.requests)) == (3, 5)
    assert server.requests[1] == server.requests[2] and server.requests[3] == server.requests[4]
    assert len(set(server.requests)) == 3


def test_closed_without_an_answer(tmp_path, transport):
    """On a new connection nothing is repeated: that is for the next attempt."""
    results, server = post_in_turn(tmp_path, transport, 2, each=0)
    assert [result.end for result in results] == ["broken"] * 2
    assert (len(server.connections), len(server.requests)) == (2, 2)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokjunk",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
], ids=["octets-behind", "second-answer-behind", "http-1.0", "close"])
def test_connection_is_not_kept(tmp_path, transport, answer):
    results, server = post_in_turn(tmp_path, transport, 3, answer=answer)
    assert [(result.end, result.status, result.excerpt) for result in results] == [("answered", 200, "ok")] * 3
    assert len(server.connections) == 3


def test_answer_before_the_body_is_through(tmp_path, transport):
    results, server = post_in_turn(tmp_path, transport, 2, "--size", "16000000", early=True,
                                   answer=b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")
    assert [(result.end, result.status, result.excerpt) for result in results] == [("answered", 413, "no")] * 2
    assert len(server.connections) == 2


def test_large_body_and_large_answer(tmp_path, transport):
    """More than any buffer or TLS record holds, both ways."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + b"a" * 60000
    results, server = post_in_turn(tmp_path, transport, 2, "--size", "5000000", answer=answer)
    assert [(result.end, result.status) for result in results] == [("answered", 200)] * 2
    assert len(server.connections) == 1
    assert all(request.endswith(b"\r\n\r\n" + b"x" * 5000000) for request in server.requests)


# ---- proxy ----


def pipe(one, other):
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


class Tunnel:
    """A proxy whose every connection `open` leads to one port, whatever was asked for; what was asked for is kept."""

    def __init__(self, port, greet):
        self.port_behind, self.greet, self.asked = port, greet, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.asked.append(self.greet(connection))
                behind = socket.create_connection(("127.0.0.1", self.port_behind))
                for pair in (connection, behind), (behind, connection):
                    threading.Thread(target=pipe, args=pair, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def greet_http(connection):
    request = read_request(connection)
    connection.sendall(b"HTTP/1.1 200 Opened\r\n\r\n")
    return request.split(b"\r\n")[0]


def greet_socks(connection):
    """RFC 1928, without authentication, names resolved by the proxy."""
    _, methods = connection.recv(2)
    connection.recv(methods)
    connection.sendall(b"\x05\x00")
    head = connection.recv(5)
    name = connection.recv(head[4])
    port = int.from_bytes(connection.recv(2), "big")
    connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
    return head[:4] + name + b":%d" % port


def test_tunnel_through_a_proxy(tmp_path, certificates):
    with Keeper(tls_context(certificates, "good")) as server, Tunnel(server.port, greet_http) as proxy:
        results, _ = drive(tmp_path, ["https://localhost:4430/x?k=v"], "--ca-file", certificates / "ca.pem", "--proxy",
                           f"http://127.0.0.1:{proxy.port}", "--window", "1", count=3)
        assert [(result.end, result.status) for result in results] == [("answered", 200)] * 3
    assert proxy.asked == [b"CONNECT localhost:4430 HTTP/1.1"]
    assert len(server.requests) == 3
    assert all(request.startswith(b"POST /x?k=v HTTP/1.1\r\nHost: localhost:4430\r\n") for request in server.requests)


def test_socks(tmp_path):
    with Keeper() as server, Tunnel(server.port, greet_socks) as proxy:
        results, _ = drive(tmp_path, ["http://nowhere.test:8080/x"], "--proxy", f"socks5h://127.0.0.1:{proxy.port}",
                           "--window", "1", count=3)
        assert [(result.end, result.status) for result in results] == [("answered", 200)] * 3
    assert proxy.asked == [b"\x05\x01\x00\x03nowhere.test:8080"]
    assert len(server.requests) == 3
    assert all(request.startswith(b"POST /x HTTP/1.1\r\nHost: nowhere.test:8080\r\n") for request in server.requests)


def test_proxy_that_refuses_the_tunnel(tmp_path):
    with Server(answer=b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n") as proxy:
        (result,), _ = drive(tmp_path, ["https://nowhere.test/x?key=SECRETKEY"], "--proxy", f"http://127.0.0.1:{proxy.port}")
    assert (result.end, result.status, result.reason) == ("connect", 0, "proxy: refused the connection")
    assert proxy.requests[0].startswith(b"CONNECT nowhere.test:443 HTTP/1.1\r\n")
    assert b"webhook-" not in proxy.requests[0] and b"SECRETKEY" not in proxy.requests[0]


# ---- the receiver ----


class Receiver:
    def __init__(self, tmp_path, *options, secrets=None, name="receiver"):
        self.log = tmp_path / f"{name}.log"
        self.secrets = tmp_path / f"{name}.secrets"
        command = [BUILD / "receiver", "--listen", "127.0.0.1:0", "--log", self.log, *options]
        if secrets is not None:
            self.write_secrets(secrets)
            command += ["--secrets", self.secrets]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def write_secrets(self, pairs):
        self.secrets.write_text("".join(f"{path}\t{secret}\n" for path, secret in pairs))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def lines(self):
        return [line.split("\t") for line in self.log.read_text().splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def test_receiver_verifies(tmp_path):
    paths = [f"/e{i}" for i in range(50)]
    with Receiver(tmp_path, secrets=[(path, SECRET) for path in paths]) as receiver:
        results, sums = drive(tmp_path, map(receiver.url, paths), *LOOPBACK, "--secret", SECRET, count=500)
        assert int(sums["good"]) == 500
        lines = receiver.lines()
    assert sorted(int(line[0].removeprefix("msg_drive")) for line in lines) == list(range(500))
    assert {line[3] for line in lines} == {"ok"}
    assert {line[4] for line in lines} == set(paths)
    # 700 times "x", as courier_drive sends
    assert {line[2] for line in lines} == {"12f6b82c283303ae5e6a08094c81feeecb75a2ddce8e30582151da9efb97d3c9"}


@pytest.mark.parametrize("known, used, verdict, status", [
    ([SECRET], [SECRET], "ok", 200),
    ([SECRET], [OTHER_SECRET, SECRET], "ok", 200),  # rotation: either secret of the sender will do
    ([OTHER_SECRET], [OTHER_SECRET, SECRET], "ok", 200),
    ([OTHER_SECRET, SECRET], [SECRET], "ok", 200),  # and either of the receiver
    ([SECRET], [OTHER_SECRET], "bad-signature", 401),
    ([SECRET], [], "unsigned", 401),
    ([], [SECRET], "unknown-path", 404),
])
def test_receiver_verdicts(tmp_path, known, used, verdict, status):
    with Receiver(tmp_path, secrets=[("/x", secret) for secret in known]) as receiver:
        options = [word for secret in used for word in ("--secret", secret)]
        (result,), _ = drive(tmp_path, [receiver.url("/x")], *LOOPBACK, *options)
        assert result.status == status
        assert [line[3:] for line in receiver.lines()] == [[verdict, "/x"]]


def test_receiver_reads_its_secrets_again(tmp_path):
    with Receiver(tmp_path, secrets=[]) as receiver:
        for path, secret in ("/new", SECRET), ("/newer", OTHER_SECRET), ("/new", OTHER_SECRET):
            receiver.write_secrets([(path, secret)])
            (result,), _ = drive(tmp_path, [receiver.url(path)], *LOOPBACK, "--secret", secret)
            assert result.status == 200


def post_raw(port, timestamp):
    """A request of our own making: what the courier never sends."""
    head = f"POST /x HTTP/1.1\r\nHost: x\r\nwebhook-id: m\r\nwebhook-timestamp: {timestamp}\r\n"
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    sign = base64.b64encode(hmac.new(key, f"m.{timestamp}.body".encode(), hashlib.sha256).digest()).decode()
    request = head + f"webhook-signature: v1a,zzz v1,{sign}\r\nContent-Length: 4\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for byte in request.encode() + b"body":  # split anywhere
            connection.sendall(bytes([byte]))
        return int(connection.recv(4096).split()[1])


def test_receiver_refuses_old_timestamps(tmp_path):
    now = int(time.time())
    with Receiver(tmp_path, secrets=[("/x", SECRET)]) as receiver:
        statuses = [post_raw(receiver.port, now + shift) for shift in (0, -290, -310, 310)]
        assert statuses == [200, 200, 401, 401]
        assert [line[3] for line in receiver.lines()] == ["ok", "ok", "stale", "stale"]


@pytest.mark.parametrize("path, end, status, reason", [
    ("/status/500", "answered", 500, "status 500"),
    ("/status/410", "answered", 410, "status 410"),
    ("/retry-after/120", "answered", 429, "status 429"),
    ("/reset", "broken", 0, "response: connection reset by the peer"),
    ("/hang", "timeout", 0, "timeout: no complete answer"),
    ("/drip", "timeout", 0, "timeout: no complete answer"),
    ("/endless-body", "too_large", 200, "response: body too large"),
    ("/endless-headers", "too_large", 200, "response: header too large"),
    ("/endless-1xx", "too_large", 0, "response: header too large"),
])
def test_misbehaviour(tmp_path, path, end, status, reason):
    with Receiver(tmp_path) as receiver:
        # Short only where it is to pass: a machine that is busy for a second changes nothing else.
        (result,), _ = drive(tmp_path, [receiver.url(path)], *LOOPBACK, "--timeout", "1" if end == "timeout" else "60")
    assert (result.end, result.status, result.reason) == (end, status, reason)
    assert result.retry_after == (120 if path.startswith("/retry-after") else -1)


def test_redirect_is_not_followed(tmp_path):
    with Receiver(tmp_path) as receiver, Receiver(tmp_path, name="target") as target:
        (result,), _ = drive(tmp_path, [receiver.url(f"/redirect?to={target.url('/x')}")], *LOOPBACK)
        assert (result.end, result.status) == ("answered", 302)
        assert len(receiver.lines()) == 1 and target.lines() == []


def test_refused_without_allow(tmp_path):
    with Receiver(tmp_path) as receiver:
        urls = [f"http://{host}:{receiver.port}/x?key=SECRETKEY" for host in
                ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0")]
        results, _ = drive(tmp_path, urls)
        assert [result.end for result in results] == ["refused"] * len(urls)
        assert all(result.reason.startswith("egress: ") and "SECRETKEY" not in result.reason for result in results)
        assert receiver.lines() == []


@pytest.mark.parametrize("path", ["/endless-body", "/endless-headers", "/endless-1xx", "/status/500", "/reset"])
def test_memory_is_flat(tmp_path, path):
    with Receiver(tmp_path) as receiver:
        _, few = drive(tmp_path, [receiver.url(path)], *LOOPBACK, "--window", "8", "--quiet", count=200)
        _, many = drive(tmp_path, [receiver.url(path)], *LOOPBACK, "--window", "8", "--quiet", count=2000)
    assert int(many["done"]) == 2000
    assert int(many["rss_kib"]) - int(few["rss_kib"]) < 1024
