"""A daemon that has nothing to do does nothing: no poll, no housekeeping, no timer that fires for its own sake. The
kernel's own account of its system calls is the witness.
"""
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from harness import ROOT, Receiver, until

WATCH_S = 20
WATCHDOG_S = 4  # pings come at half of it
NO_TIMEOUT = 0xFFFFFFFF

# What feeding the watchdog takes: the timer, the writer thread and back (two futexes, an eventfd), the question
# whether the database has changed (locks of the WAL, no reading and no writing), and sd_notify.
FEEDING = {"epoll_wait", "epoll_pwait", "futex", "fcntl", "read", "write", "socket", "getsockopt", "setsockopt",
           "getuid", "geteuid", "getgid", "getegid", "sendmsg", "close"}
# Memory is no waking (the sanitizers' allocator maps some now and then), and once a minute the round that feeds the
# watchdog also writes the highest time seen (contract 8).
MEMORY = {"mmap", "munmap", "madvise"}
HIGH_WATER = {"pwrite64", "pread64", "fdatasync", "newfstatat", "ftruncate"}

CALL = re.compile(r"^(\d+) +(\w+)\(")
# strace interrupts what is under way when it attaches; these are the results of that, and the call begins anew.
INTERRUPTED = re.compile(r"= (-1 EINTR|\? ERESTART)|^\d+ +restart_syscall\(")


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def busy(make_daemon, receiver):
    """busy(**options) → a daemon on the real clock that has caught up with a programme and delivered what was due."""
    def make(env=None, **options):
        # The sanitizer gives memory back every few seconds, by a call that is not ours.
        sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "allocator_release_to_os_interval_ms=-1"]))
        daemon = make_daemon(clock="real", tcp=True, env={"ASAN_OPTIONS": sanitizer, **(env or {})}, **options).start()
        daemon.ctl("unit", "import", "--programme", "future-2023", ROOT / "tests/data/shortlist-2023.csv", code=0)
        for owner in ("office", "unit:un_1", "unit:un_2"):
            daemon.post("/v1/endpoints", {"owner": owner, "url": receiver.url()})
        daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)
        until("everything due is delivered", lambda: at_rest(daemon), tries=2400)  # 9:05 may be near
        assert receiver.received, "the daemon had nothing to say, so its rest would prove little"
        return daemon
    return make


def at_rest(daemon):
    """Nothing is due now nor while we shall watch, and nothing is under way."""
    with closing(sqlite3.connect(f"file:{daemon.state_dir / 'jiebang.db'}?mode=ro", uri=True)) as db:
        steps, = db.execute("SELECT count(*) FROM agenda WHERE at < ?", (time.time() + 3 * WATCH_S,)).fetchone()
        posts, = db.execute("SELECT count(*) FROM delivery WHERE state IN ('due', 'sending')").fetchone()
    return steps + posts == 0


def sleeps_for_good(daemon):
    """The loop waits for events with no timer of its own: epoll_wait's time-out is -1."""
    words = Path(f"/proc/{daemon.process.pid}/syscall").read_text().split()
    return len(words) > 4 and int(words[4], 16) & 0xFFFFFFFF == NO_TIMEOUT


def strace(daemon, file, while_watching):
    """The lines of all calls that are made while `while_watching` runs, those under way at its start first."""
    tracer = subprocess.Popen(["strace", "-f", "-o", str(file), "-p", str(daemon.process.pid)],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        said = tracer.stderr.readline()
        assert "attached" in said, said
        while_watching()
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=30)
    return file.read_text().splitlines()


def begun(lines):
    """(thread, call) of every call that was begun or under way, without those that strace's coming interrupted."""
    for line in lines:
        call = CALL.match(line)
        if call and not INTERRUPTED.search(line):
            yield call[1], call[2]


def test_nothing_to_do(busy, folder):
    daemon = busy()
    until("the loop sleeps without a timer", lambda: sleeps_for_good(daemon))
    lines = strace(daemon, folder / "idle", lambda: time.sleep(WATCH_S))
    calls = Counter(begun(lines))
    shown = "\n".join(lines)
    waits = [n for (_, call), n in calls.items() if call in ("epoll_wait", "epoll_pwait")]
    assert waits == [1], shown  # the one that was under way, and still is
    assert len({thread for thread, _ in calls}) == len(calls) == calls.total(), shown  # each thread in its one wait
    assert not any("resumed" in line and not INTERRUPTED.search(line) for line in lines), shown
    daemon.stop()


def test_watchdog_only(busy, folder):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(folder / "notify"))
        supervisor.settimeout(5 * WATCHDOG_S)
        # Time-outs of the connections that we made ourselves are over soon, before we look.
        daemon = busy(env={"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(WATCHDOG_S * 1000000)},
                      extra='http = { first_byte = "1s"; head = "1s"; body = "1s"; idle = "1s"; write = "1s"; };')
        assert supervisor.recv(4096).startswith(b"READY=1\n")
        supervisor.setblocking(False)
        drain(supervisor)
        supervisor.settimeout(5 * WATCHDOG_S)
        for _ in range(2):
            assert supervisor.recv(4096) == b"WATCHDOG=1"
        pings = WATCH_S // (WATCHDOG_S // 2)
        lines = strace(daemon, folder / "idle", lambda: watch_feeding(supervisor, pings))
        calls = Counter(call for _, call in begun(lines))
        shown = "\n".join(lines)
        assert set(calls) <= FEEDING | MEMORY | HIGH_WATER, shown
        assert calls["fdatasync"] <= 1, shown
        assert pings <= calls["sendmsg"] <= pings + 1, shown
        assert calls["sendmsg"] == sum('"WATCHDOG=1"' in line for line in lines), shown
        # A round is the timer and the writer's answer; libevent may wake a millisecond early and wait again.
        assert calls["epoll_wait"] + calls["epoll_pwait"] <= 3 * (pings + 1), shown
        daemon.stop()
        supervisor.setblocking(False)
        assert any(said.startswith(b"STOPPING=1") for said in drain(supervisor))


def watch_feeding(supervisor, pings):
    """Those that came while strace was still attaching are not counted."""
    supervisor.setblocking(False)
    drain(supervisor)
    supervisor.settimeout(5 * WATCHDOG_S)
    for _ in range(pings):
        assert supervisor.recv(4096) == b"WATCHDOG=1"


def drain(supervisor):
    said = []
    while True:
        try:
            said.append(supervisor.recv(4096))
        except BlockingIOError:
            return said
