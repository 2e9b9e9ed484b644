"""Receivers that mean ill, beside such that don't (D6 D13). What must hold is an order: everything for the good ones has arrived
while those that hang still hang, and the caps end what would go on for ever."""
import contextlib
import gzip
import socket
import struct
import threading

from harness import until
from test_courier import read_request

HEAD = b"HTTP/1.1 200 OK\r\n"
EVIL_OF_EACH, GOOD = 4, 500
SLOTS = 4  # courier.in_flight_per_endpoint
AT_ONCE = 2  # messages to each that ends; to one that hangs so many that all of them would fill every slot of the daemon's 256
HANGING_AT_ONCE = 14


def forever(piece, first=b""):
    def go(evil, connection):
        connection.sendall(first)
        while True:
            connection.sendall(piece)
    return go


def hang(*first):
    def go(evil, connection):
        for piece in first:
            connection.sendall(piece)
        evil.released.wait(120)
    return go


def drip(evil, connection):
    connection.sendall(HEAD + b"Content-Length: 9999\r\n\r\n")
    while not evil.released.wait(1):
        connection.sendall(b"x")


def reset(evil, connection):
    connection.sendall(HEAD + b"Content-Length: 9999\r\n\r\nx")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say(*pieces):
    def go(evil, connection):
        for piece in pieces:
            connection.sendall(piece)
    return go


def half_closed(evil, connection):
    connection.shutdown(socket.SHUT_WR)
    connection.recv(65536)


BOMB = gzip.compress(b"\0" * 20_000_000)
CHUNK = b"1000\r\n" + b"x" * 4096 + b"\r\n"
# The path, what it does once the request is there, and what comes of it: None, it hangs; else the state and how the reason begins.
# A 2xx whose rest is cut off at a cap has been taken by the receiver all the same.
EVIL = {
    "hang": (hang(), None),
    "hang-in-headers": (hang(HEAD + b"X-Slow: "), None),
    "hang-after-headers": (hang(HEAD + b"Content-Length: 9\r\n\r\n"), None),
    "drip": (drip, None),
    "tls-stall": (hang(), None),
    "endless-body": (forever(CHUNK, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"), ("delivered", "response: body too large")),
    "endless-headers": (forever(b"X-More: y\r\n" * 500, HEAD), ("delivered", "response: header too large")),
    "1xx-storm": (forever(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100), ("dead", "response: header too large")),
    "reset": (reset, ("dead", "response: ")),
    "redirect": (say(b"HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n"), ("dead", "status 302")),
    "gzip-bomb": (say(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB), ("delivered", "")),
    "http-0.9": (say(b"<html>hello</html>"), ("dead", "response: ")),
    "short-body": (say(HEAD + b"Content-Length: 100\r\n\r\nok"), ("dead", "response: ")),
    "half-closed": (half_closed, ("dead", "response: ")),
}


class Evil:
    """Each path behaves in its own way, each connection on a thread."""

    def __init__(self):
        self.released, self.seen, self.lock = threading.Event(), [], threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):
            hello = connection.recv(1, socket.MSG_PEEK)
            name = "tls-stall" if hello == b"\x16" else read_request(connection).split(b" ")[1].split(b"/")[1].decode()
            with self.lock:
                self.seen.append(name)
            EVIL[name][0](self, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def rss_mib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_the_good_ones_do_not_wait_for_the_evil(make_daemon, receiver):
    daemon = make_daemon(env={"ASAN_OPTIONS": "quarantine_size_mb=0"}).start()

    def add(url):
        return daemon.post("/v1/endpoints", {"owner": "office", "url": url, "options": {"timeout_s": 120}})["id"]

    def send(endpoint):
        return daemon.post(f"/v1/endpoints/{endpoint}/test", {})["id"]

    with Evil() as evil:
        bad = [(name, add(f"http{'s' if name == 'tls-stall' else ''}://127.0.0.1:{evil.port}/{name}/{n}"))
               for name in EVIL for n in range(EVIL_OF_EACH)]
        good = [add(receiver.url(f"/{n}")) for n in range(GOOD)]
        assert len(bad) >= 50
        before = rss_mib(daemon)
        messages = [(name, send(endpoint)) for name, endpoint in bad for _ in range(AT_ONCE if EVIL[name][1] else HANGING_AT_ONCE)]
        hanging = SLOTS * sum(EVIL[name][1] is None for name, _ in bad)
        assert sum(EVIL[name][1] is None for name, _ in messages) > 256
        until("all that hangs to hang", lambda: sum(EVIL[name][1] is None for name in list(evil.seen)) == hanging)
        for endpoint in good:
            send(endpoint)
        receiver.wait(GOOD)
        rows = [(name, daemon.get(f"/v1/deliveries/{message}")["state"]) for name, message in messages]
        hang_still = [state for name, state in rows if EVIL[name][1] is None]
        assert hang_still.count("sending") >= hanging and set(hang_still) <= {"sending", "due"}

        def ended(message):
            row = daemon.get(f"/v1/deliveries/{message}")
            return row["state"] in ("dead", "delivered") and row
        for name, message in messages:
            if EVIL[name][1] is None:
                continue
            row = until(f"a cap to end {name}", lambda message=message: ended(message))
            state, begins = EVIL[name][1]
            said = row["last_reason"]
            assert (row["state"], row["attempts"], said[:len(begins)]) == (state, 1, begins), (name, said)
        assert len({r.path for r in receiver.received}) == len(receiver.received) == GOOD
        # A cap of 64 KiB on each; the rest lies in the sockets.
        assert rss_mib(daemon) - before < 96
        evil.released.set()  # a daemon that stops waits for what is under way
        daemon.stop()


def test_a_few_that_hang_leave_an_eighth_of_the_slots(make_daemon, receiver):
    daemon = make_daemon(extra="courier = { in_flight_max = 16; in_flight_per_endpoint = 4; };").start()
    with Evil() as evil:
        hanging = [daemon.post("/v1/endpoints", {"owner": "office", "url": f"http://127.0.0.1:{evil.port}/hang/{n}",
                                                      "options": {"timeout_s": 120}})["id"] for n in range(4)]
        good = daemon.post("/v1/endpoints", {"owner": "office", "url": receiver.url("/good")})["id"]
        for endpoint in hanging * SLOTS:
            daemon.post(f"/v1/endpoints/{endpoint}/test", {})
        until("all but an eighth to hang", lambda: len(evil.seen) >= 14)
        for n in range(10):
            daemon.post(f"/v1/endpoints/{good}/test", {})
            receiver.wait(n + 1)
        assert len(evil.seen) == 14
        evil.released.set()
        daemon.stop()
