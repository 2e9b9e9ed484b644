"""Drives the real programs from outside: a daemon in a folder of its own, its client, and somebody who receives.

The binaries under test are named by JIEBANGD and JIEBANGCTL (`./dev test` names the sanitizer build), else build/.
Nothing here sleeps in hope: every wait is for a signal that can be seen, is bounded, and ends in a failure that
shows the daemon's log.
"""
import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import catalogue

ROOT = Path(__file__).resolve().parents[2]
JIEBANGD = os.environ.get("JIEBANGD", str(ROOT / "build" / "jiebangd"))
JIEBANGCTL = os.environ.get("JIEBANGCTL", str(ROOT / "build" / "jiebangctl"))

DAY_ZERO = "simulated:2024-09-02T00:00:00+08:00"
TRIES, TRY_EVERY_S = 600, 0.05  # readiness: 30 s, for a sanitizer build on a busy machine
WAIT_S = 60


def until(what, seen, tries=TRIES, every_s=TRY_EVERY_S):
    """Asks seen() until it answers with something true, a bounded number of times; returns the answer."""
    for _ in range(tries):
        answer = seen()
        if answer:
            return answer
        time.sleep(every_s)
    raise AssertionError(f"{what}: not seen in {tries} tries")


PORTS = itertools.count(20000 + os.getpid() % 10000)


def free_port():
    """A port that nobody holds, below those that the system hands out for outgoing connections: a free one of those may
    be somebody's by the time the daemon listens."""
    while True:
        port = next(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


# ---- HTTP ----

@dataclass
class Reply:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=WAIT_S):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def exchange(connection, method, path, body=None, headers=None):
    """One request on a connection of its own. A dict or list goes out as JSON."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body, ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    elif isinstance(body, str):
        body = body.encode()
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())
    finally:
        connection.close()


# ---- the daemon and its client ----

@dataclass
class Run:
    """How a program ended."""
    code: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)

    def jsonl(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(argv, stdin=None, env=None, timeout=WAIT_S * 2, cwd=None):
    """Runs a program to its end. Its surroundings are fixed: UTF-8, no colour, no proxy, no server of the caller's."""
    done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, timeout=timeout,
                          env=clean_env(env), cwd=cwd, check=False)
    return Run(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def clean_env(extra=None):
    drop = ("JIEBANG_SERVER", "JIEBANG_TOKEN", "NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LANG", "LANGUAGE")
    env = {k: v for k, v in os.environ.items() if k not in drop and not k.lower().endswith("_proxy")}
    return {**env, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(extra or {})}


def patient_programmes(folder):
    """The shipped programmes, but that a report may be filed before it opens, that nobody reviews it, that there is no
    weekly report, and that days off move no reminder: most tests are about something else, file where their clock stands
    and count what comes. What the shipped files say is shown in test_course.py, test_weekly.py and test_slots.py."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for file in sorted((ROOT / "conf" / "programmes").glob("*.conf")):
            text = re.sub(r"(?m)^\s*(review|correction|rollup) = .*\n", "", file.read_text(encoding="utf-8"))
            text = re.sub(r'days_off = "\w+";', "", text).replace("send_at = ", 'days_off = "send"; send_at = ')
            (folder / file.name).write_text(text.replace('satisfied_by = "', 'early = true; satisfied_by = "'), encoding="utf-8")
    return folder


class Daemon:
    """One jiebangd in a folder: configuration, state, socket and log lie in it. Start, stop and kill as often as needed."""

    def __init__(self, folder, clock=DAY_ZERO, tcp=False, programmes=ROOT / "conf" / "programmes",
                 calendars=ROOT / "conf" / "calendars", extra="", env=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock, self.programmes, self.calendars, self.extra, self.env = clock, programmes, calendars, extra, env
        self.state_dir = self.folder / "state"
        self.socket = self.folder / "d.sock"
        self.port = free_port() if tcp else None
        self.config = self.folder / "jiebangd.conf"
        self.log_file = self.folder / "jiebangd.log"
        self.process = None

    # -- life --

    def write_config(self):
        assert len(str(self.socket)) < 100, f"path too long for a Unix socket: {self.socket}"
        listen = [f"unix:{self.socket}"] + ([f"tcp:127.0.0.1:{self.port}"] if self.port else [])
        self.config.write_text("\n".join([
            f'state_dir = "{self.state_dir}";',
            "listen = [ " + ", ".join(f'"{door}"' for door in listen) + " ];",
            f'clock = "{self.clock}";',
            f'programmes = "{self.programmes}";',
            f'calendars = "{self.calendars}";',
            'egress = { allow = [ "127.0.0.0/8" ]; };',
            self.extra, ""]), encoding="utf-8")

    def spawn(self, *more):
        """Starts the process and returns at once."""
        assert self.process is None or self.process.poll() is not None, "already running"
        self.state_dir.mkdir(exist_ok=True)
        self.write_config()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen([JIEBANGD, "--config", str(self.config), *more], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=clean_env(self.env), cwd=self.folder)

    def start(self, *more):
        """Starts it and waits until /readyz says 200."""
        self.spawn(*more)
        try:
            until("jiebangd ready", self.is_ready)
        except AssertionError as late:
            self.kill()
            raise AssertionError(f"{late}\n{self.log()}") from None
        return self

    def is_ready(self):
        code = self.process.poll()
        if code is not None:
            raise AssertionError(f"jiebangd ended with {code} before it was ready")
        try:
            return self.request("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait(self, timeout=WAIT_S):
        """Its exit status, once it ends by itself."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"jiebangd did not end within {timeout} s\n{self.log()}") from None

    def stop(self):
        """SIGTERM; a clean end is part of what is tested."""
        self.process.send_signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"jiebangd ended with {code}\n{self.log()}"
        self.check_sanitizers()

    def kill(self):
        """SIGKILL, as a crash or the out-of-memory killer would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def close(self):
        """For fixtures: whatever state it is in, it ends; a sanitizer's report is a failure even if no test looked."""
        self.kill()
        self.check_sanitizers()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def check_sanitizers(self):
        log = self.log()
        assert "ERROR: AddressSanitizer" not in log and "runtime error:" not in log, log
        assert "ERROR: LeakSanitizer" not in log, log

    # -- talking to it --

    def request(self, method, path, body=None, headers=None):
        return exchange(UnixConnection(self.socket), method, path, body, headers)

    def request_tcp(self, method, path, body=None, headers=None):
        return exchange(http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S), method, path, body, headers)

    def get(self, path, status=200):
        """The JSON behind a path."""
        reply = self.request("GET", path)
        assert reply.status == status, f"GET {path}: {reply}"
        return reply.json()

    def post(self, path, body=None, status=(200, 201, 202), headers=None):
        reply = self.request("POST", path, {} if body is None else body, headers)
        expected = (status,) if isinstance(status, int) else status
        assert reply.status in expected, f"POST {path}: {reply}"
        return reply.json() if reply.body else None

    def all(self, path):
        """Every row of a list, page after page."""
        rows, cursor = [], None
        while True:
            mark = "&" if "?" in path else "?"
            page = self.get(path + (f"{mark}cursor={cursor}" if cursor else ""))
            rows += page["data"]
            cursor = page["next"]
            if not cursor:
                return rows

    def ctl(self, *argv, stdin=None, code=None):
        """jiebangctl against this daemon. With `code`, the exit status is asserted."""
        done = run([JIEBANGCTL, "--server", f"unix:{self.socket}", *argv], stdin=stdin, cwd=self.folder)
        assert code is None or done.code == code, f"jiebangctl {' '.join(map(str, argv))}: {done}"
        return done


# ---- somebody who receives ----

@dataclass
class Received:
    at: float
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes
    status: int = None  # what it was answered; None: nothing

    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers.get("webhook-id")


@dataclass
class Behaviour:
    """What a path answers. `statuses` are used up one by one, the last one stays."""
    statuses: list = field(default_factory=lambda: [200])
    delay_s: float = 0
    headers: dict = field(default_factory=dict)  # e.g. Location, Retry-After
    body: bytes = b"ok"
    hang: threading.Event = None  # no answer until it is set
    drop: bool = False  # closes the connection without an answer


def signature(secret, webhook_id, timestamp, body):
    """Standard Webhooks 1.0, written from its specification and not from our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def verify(received, *secrets, now=None, tolerance_s=300):
    """Each secret has signed, nobody else has, and the attempt is fresh. Raises AssertionError if not."""
    stamp = received.headers["webhook-timestamp"]
    assert stamp.isdigit() and abs(int(stamp) - (now or received.at)) <= tolerance_s, f"stale: {stamp}"
    sent = received.headers["webhook-signature"].split(" ")
    expected = [signature(secret, received.id, stamp, received.body) for secret in secrets]
    assert sent == expected, f"signatures {sent}, expected {expected}"


def is_message(got):
    """A message of Standard Webhooks: of those every payload is in the catalogue."""
    return got.method == "POST" and "webhook-signature" in got.headers and got.headers.get("content-type") in ("application/json", "application/cloudevents+json")


class Receiver:
    """An HTTP server on the loopback that keeps what it gets. `on(path, …)` sets how a path behaves.

    What is not as the daemon's catalogue of messages says fails the test that is over when it is closed."""

    def __init__(self, host="127.0.0.1"):
        self.host = host
        self.received = []
        self.behaviours = {}
        self.checked = catalogue.Checked()
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                receiver.take(self)

            do_GET = do_PUT = do_HEAD = do_POST

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                """A sender that was killed resets its connections: no news, and no noise."""
                if not isinstance(sys.exc_info()[1], OSError):
                    super().handle_error(request, client_address)

        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05},
                                       daemon=True)  # a test that forgets it must not keep pytest alive
        self.thread.start()

    def url(self, path="/hook"):
        return f"http://{self.host}:{self.port}{path}"

    def on(self, path, **behaviour):
        with self.changed:
            self.behaviours[path] = Behaviour(**behaviour)
        return self.url(path)

    def take(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        got = Received(time.time(), handler.command, handler.path,
                       {k.lower(): v for k, v in handler.headers.items()}, handler.rfile.read(length))
        with self.changed:
            self.received.append(got)
            if is_message(got):
                self.checked.note(got.body)
            behaviour = self.behaviours.setdefault(handler.path.split("?")[0], Behaviour())
            status = behaviour.statuses.pop(0) if len(behaviour.statuses) > 1 else behaviour.statuses[0]
            got.status = None if behaviour.drop else status
            self.changed.notify_all()
        if behaviour.hang is not None:
            behaviour.hang.wait(WAIT_S)
        if behaviour.delay_s:
            time.sleep(behaviour.delay_s)
        if behaviour.drop:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            self.answer(handler, behaviour, status)
        except OSError:
            pass  # the sender was killed meanwhile: its business, and often the test's point

    @staticmethod
    def answer(handler, behaviour, status):
        handler.send_response(status)
        for name, value in behaviour.headers.items():
            handler.send_header(name, value)
        body = b"" if status in (204, 304) else behaviour.body
        if status != 204:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def at(self, path):
        with self.changed:
            return [r for r in self.received if r.path.split("?")[0] == path]

    def wait(self, count, path=None, timeout=WAIT_S):
        """The requests (of that path), once there are at least `count`."""
        def seen():
            return [r for r in self.received if path is None or r.path.split("?")[0] == path]
        with self.changed:
            ok = self.changed.wait_for(lambda: len(seen()) >= count, timeout)
            assert ok, f"{len(seen())} requests within {timeout} s, expected {count}"
            return seen()

    def clear(self):
        with self.changed:
            self.received.clear()

    def close(self):
        for behaviour in self.behaviours.values():
            if behaviour.hang is not None:
                behaviour.hang.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        self.checked.judge()
