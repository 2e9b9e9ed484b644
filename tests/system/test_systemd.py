"""jiebangd under a real systemd: its notifications, reload, watchdog, stop, restarts and its sandbox.

The machine runs the release build: the sanitizers need what the sandbox forbids.
"""
import http.client
import os
import re
import subprocess
from pathlib import Path

import pytest

import harness
from machine import Machine

RELEASE = Path(os.environ.get("JIEBANG_RELEASE", harness.ROOT / "build"))
UNIT = harness.ROOT / "systemd" / "jiebangd.service"
CONFIG = "/etc/jiebang/jiebangd.conf"
SOCKET = "/run/jiebang/jiebangd.sock"
STATE = "/var/lib/jiebang"
CONFIGURATION = f"""
state_dir = "{STATE}";
listen = [ "unix:{SOCKET}" ];
clock = "real";
programmes = "/etc/jiebang/programmes";
calendars = "/etc/jiebang/calendars";
egress = {{ allow = [ "127.0.0.0/8" ]; }};
courier = {{ timeout = "20s"; }};
"""


def install(machine):
    """As the package does: programs, units, user, folders, the shipped programmes and calendars."""
    for name in ("jiebangd", "jiebangctl"):
        assert (RELEASE / name).is_file(), f"{RELEASE / name} is missing: ./dev build"
        machine.put(f"usr/bin/{name}", RELEASE / name, 0o755)
    machine.put("usr/lib/systemd/system/jiebangd.service", UNIT)
    machine.put("usr/lib/sysusers.d/jiebang.conf", harness.ROOT / "systemd" / "jiebang.sysusers")
    machine.put("usr/lib/tmpfiles.d/jiebang.conf", harness.ROOT / "systemd" / "jiebang.tmpfiles")
    machine.put(CONFIG[1:], CONFIGURATION)
    for folder in ("programmes", "calendars"):
        for file in sorted((harness.ROOT / "conf" / folder).iterdir()):
            machine.put(f"etc/jiebang/{folder}/{file.name}", file, 0o644)


@pytest.fixture(scope="module")
def machine():
    booted = Machine(install)
    yield booted
    booted.close()


class Service:
    """jiebangd.service of the machine."""

    def __init__(self, machine):
        self.machine = machine

    def systemctl(self, verb, code=0):
        return self.machine.systemctl(verb, "jiebangd.service", code=code)

    def show(self, name):
        return self.machine.show("jiebangd.service", name)

    def pid(self):
        """The daemon's pid inside the machine."""
        return int(self.show("MainPID"))

    def kill(self, name):
        self.machine.run("kill", f"-{name}", str(self.pid()), code=0)

    def request(self, method, path, body=None):
        return harness.exchange(harness.UnixConnection(self.machine.path(SOCKET)), method, path, body)

    def ready(self):
        try:
            return self.request("GET", "/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def until(self, what, seen):
        try:
            return harness.until(what, seen)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.systemctl('status', code=None)}\n{self.journal()}") from None

    def restarted(self, before):
        """Another process is up and answers."""
        return self.until("restart", lambda: self.show("ActiveState") == "active" and self.pid() not in (0, before)
                          and self.ready())

    def journal(self):
        return self.machine.journal("jiebangd.service")

    def drop_in(self, text):
        self.machine.write("/run/systemd/system/jiebangd.service.d/test.conf", "[Service]\n" + text)
        self.machine.systemctl("daemon-reload")


@pytest.fixture
def stopped(machine):
    """The service, configured and not running; whatever the test did to it is undone."""
    service = Service(machine)
    machine.write(CONFIG, CONFIGURATION)
    service.systemctl("reset-failed", code=None)
    yield service
    service.systemctl("stop", code=None)
    machine.run("rm", "-rf", "/run/systemd/system/jiebangd.service.d", code=0)
    machine.systemctl("daemon-reload")


@pytest.fixture
def service(stopped):
    stopped.systemctl("start")
    return stopped


def test_exposure_is_low():
    """`systemd-analyze security`: 0.0 is best, 10.0 worst; --threshold makes it judge (in tenths)."""
    done = harness.run(["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", UNIT])
    assert done.code == 0, done
    assert float(re.search(r"Overall exposure level.*: (\d+\.\d)", done.out).group(1)) <= 2.0


def test_unit_has_no_mistakes(machine):
    """A misspelled directive is a warning that systemd starts the service in spite of: it would be lost."""
    done = machine.run("systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/jiebangd.service")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_active_only_after_the_daemon_says_so(stopped):
    """The start is held up before the daemon runs: a process alone does not make the service active."""
    stopped.drop_in("ExecStart=\nExecStart=/bin/sh -c 'kill -STOP $$$$; exec /usr/bin/jiebangd --config " + CONFIG + "'\n")
    stopped.machine.systemctl("start", "--no-block", "jiebangd.service")
    stopped.until("the process", lambda: stopped.pid() and "T" in stopped.machine.run(
        "ps", "-o", "stat=", "-p", str(stopped.pid())).out)
    assert (stopped.show("ActiveState"), stopped.show("SubState")) == ("activating", "start")
    stopped.kill("CONT")
    stopped.until("active", lambda: stopped.show("ActiveState") == "active")
    assert stopped.ready(), "active, and yet not ready to answer"


def test_start_returns_when_it_answers(service):
    """No try and try again: `systemctl start` came back, so the first request is answered."""
    assert service.ready()
    assert service.show("NRestarts") == "0"


def test_shipped_configuration_starts(stopped):
    """What the package puts into /etc/jiebang is taken as it is."""
    stopped.machine.write(CONFIG, (harness.ROOT / "conf" / "jiebangd.conf").read_text(encoding="utf-8"))
    stopped.systemctl("start")
    assert stopped.ready()


def test_status_text(service):
    """What `systemctl status` shows: a sentence, not nothing."""
    assert service.show("StatusText").strip()
    assert "Status:" in service.systemctl("status").out


def test_reload_takes_a_valid_configuration(service):
    before = service.pid()
    service.machine.write(CONFIG, CONFIGURATION + 'log_level = "debug";\n')
    service.systemctl("reload")
    service.until("status", lambda: service.show("StatusText").startswith("reloaded"))
    assert service.show("ActiveState") == "active"
    assert service.pid() == before and service.ready()


def test_reload_says_what_needs_a_restart(service):
    """An option that a running daemon cannot take is named, and not taken in silence."""
    service.machine.write(CONFIG, CONFIGURATION.replace('timeout = "20s"', 'timeout = "11s"'))
    service.systemctl("reload")
    service.until("the option's name", lambda: re.search(r"restart.*courier\.timeout", service.journal()))
    assert service.ready()


def test_reload_refuses_a_broken_programme(service):
    """All of a reload or nothing: one bad programme, and the configuration's change is not taken either."""
    service.machine.write("/etc/jiebang/programmes/broken.conf", "id = ;\n")
    try:
        service.systemctl("reload", code=None)
        service.until("the refusal", lambda: "refused" in service.show("StatusText"))
        assert re.search(r"broken\.conf:1", service.journal())
        assert service.show("ActiveState") == "active" and service.ready()
    finally:
        service.machine.run("rm", "/etc/jiebang/programmes/broken.conf", code=0)


def test_reload_refuses_a_broken_configuration(service):
    """The old one goes on; log and status say what is wrong and where."""
    before = service.pid()
    service.machine.write(CONFIG, CONFIGURATION.replace("timeout", "timeuot"))
    service.systemctl("reload", code=None)
    service.until("the refusal", lambda: "refused" in service.show("StatusText"))
    assert service.show("ActiveState") == "active"
    assert service.pid() == before and service.ready()
    assert re.search(r"jiebangd\.conf:\d+: courier\.timeuot", service.show("StatusText"))
    assert re.search(r"jiebangd\.conf:\d+: courier\.timeuot", service.journal())
    # … and a repaired one is taken.
    service.machine.write(CONFIG, CONFIGURATION)
    service.systemctl("reload")
    service.until("the status is well again", lambda: service.show("StatusText").startswith("reloaded"))


def test_watchdog_ends_a_stuck_daemon(stopped):
    """A stopped process feeds no watchdog: systemd kills it and starts another."""
    stopped.drop_in("WatchdogSec=5\n")
    stopped.systemctl("start")
    before = stopped.pid()
    stopped.kill("STOP")
    stopped.restarted(before)
    assert "Watchdog timeout" in stopped.journal()
    assert stopped.show("NRestarts") == "1"


def test_watchdog_is_fed(stopped):
    """Idle for longer than a short watchdog allows: nothing to complain about."""
    stopped.drop_in("WatchdogSec=5\n")
    stopped.systemctl("start")
    before = stopped.pid()
    first = int(stopped.show("WatchdogTimestampMonotonic"))
    stopped.until("two periods fed", lambda: int(stopped.show("WatchdogTimestampMonotonic")) > first + 10_000_000)
    assert stopped.pid() == before and stopped.show("NRestarts") == "0"


def test_killed_is_restarted(service):
    before = service.pid()
    service.kill("KILL")
    service.restarted(before)
    assert service.show("NRestarts") == "1"


def how_it_ended(service):
    """State, result, 1 for "exited" (CLD_EXITED) and the exit status."""
    return tuple(service.show(name) for name in ("ActiveState", "Result", "ExecMainCode", "ExecMainStatus"))


def test_stop_finishes_what_is_under_way(service):
    """A request whose body is still coming when the stop arrives gets its answer; the process ends with 0."""
    connection = harness.UnixConnection(service.machine.path(SOCKET))
    connection.connect()
    body = b'{"owner": "office", "url": "http://127.0.0.1:9/x"}'
    connection.sock.sendall(b"POST /v1/endpoints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
                            + str(len(body)).encode() + b"\r\n\r\n" + body[:10])
    # The front works through its sockets in turn: once this later request is answered, the earlier head was read.
    assert service.ready()
    service.machine.systemctl("stop", "--no-block", "jiebangd.service")
    service.until("stopping", lambda: service.show("ActiveState") == "deactivating")
    connection.sock.sendall(body[10:])
    reply = connection.sock.recv(65536)
    assert reply.startswith(b"HTTP/1.1 201"), reply
    connection.close()
    service.until("stopped", lambda: service.show("ActiveState") == "inactive")
    assert how_it_ended(service) == ("inactive", "success", "1", "0")


def test_stop_of_an_idle_daemon(service):
    service.systemctl("stop")
    assert how_it_ended(service) == ("inactive", "success", "1", "0")


def test_second_daemon_is_refused(service):
    """Another unit over the same state: 75, said in words, and systemd does not try again."""
    machine = service.machine
    machine.write("/run/second.conf", CONFIGURATION.replace("jiebangd.sock", "second.sock"))
    machine.run("chmod", "644", "/run/second.conf", code=0)
    unit = UNIT.read_text().replace(CONFIG, "/run/second.conf").replace("RuntimeDirectory=jiebang\n", "")
    machine.write("/run/systemd/system/second.service", unit)
    machine.systemctl("daemon-reload")
    machine.systemctl("start", "second.service", code=1)
    assert machine.show("second.service", "ExecMainStatus") == "75"
    assert (machine.show("second.service", "ActiveState"), machine.show("second.service", "NRestarts")) == ("failed", "0")
    assert STATE in machine.journal("second.service")
    assert service.ready()


def test_broken_configuration_at_start(stopped):
    """78, with file and line, and no restart: repeating would not help."""
    stopped.machine.write(CONFIG, CONFIGURATION.replace("timeout", "timeuot"))
    stopped.systemctl("start", code=1)
    assert (stopped.show("ExecMainStatus"), stopped.show("NRestarts")) == ("78", "0")
    assert re.search(r"jiebangd\.conf:\d+.*timeuot", stopped.journal())


def test_state_outlives_the_service(service):
    reply = service.request("POST", "/v1/endpoints", {"owner": "office", "url": "http://127.0.0.1:9/outlives"})
    assert reply.status == 201, reply
    before = service.pid()
    service.kill("KILL")
    service.restarted(before)
    kept = service.request("GET", f"/v1/endpoints/{reply.json()['id']}")
    assert (kept.status, kept.json()["url"]) == (200, reply.json()["url"])


def test_sandbox(service):
    """What the kernel says about the process, and not what the unit file wished for."""
    status = dict(line.split(":\t", 1) for line in service.machine.run(
        "cat", f"/proc/{service.pid()}/status", code=0).out.splitlines())
    user = service.machine.run("id", "-u", "jiebang", code=0).out.strip()
    assert user != "0" and set(status["Uid"].split()) == {user}
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert service.machine.run("stat", "-c", "%U %a", STATE, code=0).out.split() == ["jiebang", "700"]
    files = service.machine.run("find", STATE, "-perm", "/077", "-type", "f", code=0).out
    assert files == "", f"readable for others:\n{files}"


def test_nothing_outside_its_folders_can_be_written(service):
    """Inside the daemon's own mount namespace, even root finds the system read-only."""
    for path in ("/usr/x", "/etc/x", "/var/x", "/etc/jiebang/x"):
        done = service.machine.run("nsenter", "--target", str(service.pid()), "--mount", "--", "touch", path)
        assert done.code != 0 and "Read-only" in done.err, f"{path}: {done}"
    done = service.machine.run("nsenter", "--target", str(service.pid()), "--mount", "--", "touch", f"{STATE}/x")
    assert done.code == 0, done


def test_delivers_inside_the_sandbox(service):
    """Threads, name resolution and sockets of libcurl under the system call filter: a signed test message arrives."""
    receiver = subprocess.Popen(
        ["nsenter", "--target", str(service.machine.leader), "--net", "--", "/usr/bin/python3", "-c", ONE_POST],
        stdout=subprocess.PIPE, text=True)
    try:
        port = receiver.stdout.readline().strip()
        made = service.request("POST", "/v1/endpoints", {"owner": "office", "url": f"http://localhost:{port}/hook"})
        assert made.status == 201, made
        tested = service.request("POST", f"/v1/endpoints/{made.json()['id']}/test")
        assert tested.status == 202, tested
        got, _ = receiver.communicate(timeout=harness.WAIT_S)
        assert got.split()[0] == tested.json()["id"], f"received {got}\n{service.journal()}"
    finally:
        receiver.kill()
        receiver.wait()


ONE_POST = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        print(self.headers["webhook-id"], flush=True)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.handle_request()
"""
