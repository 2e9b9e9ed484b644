"""What leaves the house, measured: deliveries against bare libcurl, on slow disks, over TLS, after a long stop, beside
receivers that mean ill."""
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from common import Daemon, bench_programme, published, split_us, start, threads_s, verdict
import harness
from harness import ROOT, free_port, until

LADDER = """ladders = (
	{ id = "default"; before = []; after = [ 1 ]; then_every_days = 0; send_at = "09:05";
	  escalations = ( { to = "recommender"; after_workdays = 1; } ); }
);"""
PLAN = """obligations = (
	{ id = "progress"; kind = "progress_report"; zh = "进度汇报"; en = "Progress report";
	  every_months = 6; times = %d; opens_before_days = 15;
	  roll = "next_workday"; satisfied_by = "submission"; ladder = "default"; clause = "ours"; }
);"""
REMINDERS, ENDPOINTS = 20000, 50
ROUNDS = 3


def receiver(folder, secrets=None, name="received.tsv"):
    argv = [ROOT / "build" / "receiver", "--listen", "127.0.0.1:0", "--log", folder / name]
    process = start(argv + (["--secrets", secrets] if secrets else []), stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def add_endpoints(daemon, urls, secrets=None):
    for i, url in enumerate(urls):
        made = daemon.post("/v1/endpoints", {"owner": f"recommender:示例推荐单位{i:02}", "url": url})
        if secrets:
            with secrets.open("a") as out:
                out.write(f"/{i}\t{made['secret']}\n")


def waiting(daemon):
    deliveries = daemon.get("/v1/status")["deliveries"]
    return deliveries["due"] + deliveries["sending"]


def walk(daemon, to, catcher, count, jump=False):
    """Plans `count` messages while the receiver stands still; once it may go on, they are delivered: how long that takes,
    the CPU of each, and how many were planned a second. Yields in between, so that the caller can look on."""
    os.kill(catcher.pid, signal.SIGSTOP)
    argv = [os.environ["JIEBANGCTL"], "--server", f"unix:{daemon.socket}", "clock", "advance", "--to", to]
    client = start(argv + (["--jump"] if jump else []), stdout=subprocess.DEVNULL)
    began = time.monotonic()
    until(f"{count} planned", lambda: waiting(daemon) == count, tries=12000, every_s=0.01)
    planning = time.monotonic() - began
    before, began = threads_s(daemon.process.pid), time.monotonic()
    os.kill(catcher.pid, signal.SIGCONT)
    assert client.wait(timeout=300) == 0
    took, split = time.monotonic() - began, split_us(daemon.process.pid, before, count)
    done = daemon.get("/v1/status")["deliveries"]
    assert done["delivered"] == count, done
    return count / took, split, count / planning


class Delivery:
    """One daemon with 20,000 units and 50 endpoints, the evening before 20,000 reminders."""

    def __init__(self, folder, scheme="http", env=None, ca_file=None):
        self.folder, self.scheme = folder, scheme
        self.daemon = Daemon(folder, programmes=bench_programme(folder / "programmes", "bench", ladder=LADDER, plan=PLAN % 1), env=env,
                             ca_file=ca_file)
        self.daemon.start()
        published(self.daemon, REMINDERS)

    def run(self, catcher, port, secrets=None):
        add_endpoints(self.daemon, [f"{self.scheme}://127.0.0.1:{port}/{i}" for i in range(ENDPOINTS)], secrets)
        self.daemon.post("/v1/clock/advance", {"to": "2025-03-04T00:00:00+08:00"})
        try:
            return walk(self.daemon, "2025-03-04T12:00:00+08:00", catcher, REMINDERS)
        finally:
            self.daemon.close()


def deliver_once(folder, env=None):
    """To a receiver that checks each signature; everything has arrived when it returns."""
    secrets = folder / "secrets.tsv"
    delivery = Delivery(folder, env=env)
    secrets.touch()
    catcher, port = receiver(folder, secrets)
    try:
        said = delivery.run(catcher, port, secrets)
    finally:
        catcher.kill()
    lines = (folder / "received.tsv").read_text().splitlines()
    assert len(lines) == REMINDERS and all("\tok\t" in line for line in lines)
    return said


def blast(folder):
    """The limit: bare libcurl to the same receiver, which checks (and refuses) its signatures just the same."""
    catcher, port = receiver(folder, name="blast.tsv")
    (folder / "urls").write_text("".join(f"http://127.0.0.1:{port}/{i}\n" for i in range(ENDPOINTS)))
    said = subprocess.run([ROOT / "build" / "blast", "--url-file", folder / "urls", "--count", str(REMINDERS)],
                          capture_output=True, text=True, check=True).stderr
    catcher.kill()
    return float(re.search(r"rate=([\d.]+)", said)[1]), float(re.search(r"cpu_us=([\d.]+)", said)[1])


def spread(numbers, form="{:.0f}"):
    return f"{form.format(statistics.median(numbers))} ({form.format(min(numbers))}-{form.format(max(numbers))})"


def deliver(folder):
    """In turns, so that what else the machine does meets both."""
    ours, bare, ratios = [], [], []
    for i in range(ROUNDS):
        (folder / str(i)).mkdir()
        ours.append(deliver_once(folder / str(i)))
        bare.append(blast(folder / str(i)))
        ratios.append(ours[-1][0] / bare[-1][0])
    ratio = statistics.median(ratios)
    verdict("deliver: reminders/s against bare libcurl", ratio, ">= 0.80", ratio >= 0.8,
            f"ratios {spread(ratios, '{:.2f}')}; {spread([o[0] for o in ours])}/s durable, CPU each: {ours[-1][1]}; bare "
            f"{spread([b[0] for b in bare])}/s, {bare[-1][1]:.0f} µs; planning {spread([o[2] for o in ours])}/s")


# ---- slow disks ----

def slow_disk(folder):
    """Every fsync of the daemon takes so much longer (preload_slow_fsync.c)."""
    rates = {0: [], 2: [], 10: []}
    for i in range(ROUNDS):
        for ms in rates:
            own = folder / f"{i}-{ms}"
            own.mkdir()
            env = {"LD_PRELOAD": str(ROOT / "build" / "preload_slow_fsync.so"), "SLOW_FSYNC_US": str(ms * 1000)}
            rates[ms].append(deliver_once(own, env=env)[0])
    plain = statistics.median(rates.pop(0))
    for ms, slow in rates.items():
        ratio = statistics.median(slow) / plain
        verdict(f"slow-disk: reminders/s with fsyncs of {ms} ms more, against none", ratio, ">= 0.80", ratio >= 0.8,
                f"{spread(slow)}/s; {plain:.0f}/s")


# ---- TLS ----

NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body;
ssl_certificate {folder}/self.pem; ssl_certificate_key {folder}/self.key;
server {{ listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl; location / {{ return 200 "ok"; }} location = /status {{ stub_status; }} }} }}"""


def taker(folder):
    """nginx, which takes whatever is posted, with and without TLS: the process and both ports."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    folder / "self.key", "-out", folder / "self.pem", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    plain, tls = free_port(), free_port()
    conf = folder / "nginx.conf"
    conf.write_text(NGINX.format(folder=folder, plain=plain, tls=tls))
    process = start(["nginx", "-c", conf, "-p", folder])
    until("nginx", lambda: answers(plain))
    return process, {"http": plain, "https": tls}


def answers(port):
    try:
        return taken(port)
    except OSError:
        return None


def taken(port):
    """What nginx counted: connections and requests."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/status")
    said = connection.getresponse().read().decode()
    connection.close()
    accepted, _, requests = map(int, re.search(r"(\d+) (\d+) (\d+)", said).groups())
    return accepted, requests


def tls(folder):
    process, ports = taker(folder)
    rates, connections, split = {"http": [], "https": []}, 0, {}
    for i in range(ROUNDS):
        for scheme, port in ports.items():
            own = folder / f"{i}-{scheme}"
            own.mkdir()
            delivery = Delivery(own, scheme, ca_file=folder / "self.pem")
            before = taken(ports["http"])
            rate, split[scheme], _ = delivery.run(process, port)
            after = taken(ports["http"])
            assert after[1] - before[1] >= REMINDERS
            rates[scheme].append(rate)
            connections = after[0] - before[0] - 1
    ratio = statistics.median(rates["https"]) / statistics.median(rates["http"])
    verdict("tls: reminders/s over TLS, connections kept, against without", ratio, ">= 0.60", ratio >= 0.6,
            f"{spread(rates['https'])}/s, {split['https']}, {connections} handshakes in the last run; plain "
            f"{spread(rates['http'])}/s, {split['http']}; nginx receives")


# ---- a backlog ----

BACKLOG = 100000


class Watch:
    """Asks for the status again and again, and looks at the memory."""

    def __init__(self, daemon):
        self.daemon, self.ms, self.mib, self.over = daemon, [], [], threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.over.wait(0.005):
            began = time.monotonic()
            self.daemon.get("/v1/status")
            self.ms.append((time.monotonic() - began) * 1000)
            self.mib.append(rss_mib(self.daemon.process.pid))

    def end(self):
        self.over.set()
        self.thread.join()


def rss_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def p99(numbers):
    return sorted(numbers)[min(len(numbers) - 1, len(numbers) * 99 // 100)]


def late_by(folder, daemon):
    """At each endpoint, how many places behind a younger deadline's a message arrived, at the worst."""
    rows = subprocess.run(["sqlite3", daemon.state_dir / "jiebang.db", "SELECT id, deadline_at FROM message"], capture_output=True,
                          text=True, check=True).stdout
    deadline = dict(row.split("|") for row in rows.splitlines())
    arrived = {}
    for line in (folder / "received.tsv").read_text().splitlines():
        webhook_id, _, _, verdict_of_it, path = line.split("\t")
        assert verdict_of_it == "unchecked"
        arrived.setdefault(path, []).append(int(deadline[webhook_id]))
    worst = 0
    for deadlines in arrived.values():
        place = sorted(range(len(deadlines)), key=deadlines.__getitem__)
        worst = max(worst, max(at - ideal for ideal, at in enumerate(place)))
    return sum(map(len, arrived.values())), worst


def backlog(folder):
    """After two years of standing still: four reports each of 25,000 units are overdue, one message for each."""
    daemon = Daemon(folder, programmes=bench_programme(folder / "programmes", "bench", ladder=LADDER, plan=PLAN % 4),
                    extra='courier = { timeout = "120s"; };')  # the receiver stands still while all of it is planned
    catcher, port = receiver(folder)
    daemon.start()
    published(daemon, BACKLOG // 4)
    add_endpoints(daemon, [f"http://127.0.0.1:{port}/{i}" for i in range(ENDPOINTS)])
    before = rss_mib(daemon.process.pid)
    watch = Watch(daemon)
    rate, split, planning = walk(daemon, "2026-10-01T12:00:00+08:00", catcher, BACKLOG, jump=True)
    watch.end()
    arrived, worst = late_by(folder, daemon)
    daemon.close()
    catcher.kill()
    assert arrived == BACKLOG
    slow = p99(watch.ms)
    verdict("backlog: p99 of a status query meanwhile, ms", slow, "<= 20", slow <= 20,
            f"median {statistics.median(watch.ms):.1f}, worst {max(watch.ms):.0f}, {len(watch.ms)} queries; {rate:.0f}/s, {split}; "
            f"planning {planning:.0f}/s")
    verdict("backlog: memory grows by MiB", max(watch.mib) - before, "<= 16", max(watch.mib) - before <= 16,
            f"{before:.0f} before, {max(watch.mib):.0f} at the most")
    verdict("backlog: places that a message arrives behind a younger deadline's", worst, "<= 8", worst <= 8,
            "4 at once to each endpoint")


# ---- receivers that mean ill ----

GOOD, PACE_S, BEATS = 50, 0.1, 40


def delays(daemon, good, catcher):
    """Test messages to each good one, ten rounds a second; how long after its acknowledgement each arrived, in ms."""
    catcher.clear()
    asked = {}
    connection = harness.UnixConnection(daemon.socket)
    for _ in range(BEATS):
        for endpoint in good:
            connection.request("POST", f"/v1/endpoints/{endpoint}/test", "{}", {"Content-Type": "application/json"})
            asked[json.loads(connection.getresponse().read())["id"]] = time.time()
        time.sleep(PACE_S)
    arrived = {r.id: r.at for r in catcher.wait(len(asked))}
    return [max(0, arrived[message] - at) * 1000 for message, at in asked.items()]


EVIL = """import sys, time
sys.path.insert(0, sys.argv[1])
from test_isolation import EVIL, Evil
with Evil() as evil:
    print(evil.port, *EVIL, flush=True)
    sys.stdin.read()
"""


def isolation(folder):
    """Fifty good receivers, alone and beside fifty evil ones of every kind (test_isolation.py) that always have messages waiting."""
    daemon = Daemon(folder, clock="real")
    daemon.start()
    evil = start([sys.executable, "-c", EVIL, ROOT / "tests" / "system"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port, *names = evil.stdout.readline().split()
    catcher = harness.Receiver()

    def add(url):
        return daemon.post("/v1/endpoints", {"owner": "office", "url": url})["id"]

    good = [add(catcher.url(f"/{i}")) for i in range(GOOD)]
    bad = [add(f"http{'s' if names[i % len(names)] == 'tls-stall' else ''}://127.0.0.1:{port}/{names[i % len(names)]}/{i}")
           for i in range(50)]
    alone = delays(daemon, good, catcher)
    before = rss_mib(daemon.process.pid)
    for endpoint in bad * 60:
        daemon.post(f"/v1/endpoints/{endpoint}/test", {})
    beside = delays(daemon, good, catcher)
    waiting_still = waiting(daemon)
    after = rss_mib(daemon.process.pid)
    daemon.close()
    catcher.close()
    evil.kill()
    assert waiting_still > 256  # of the evil ones
    verdict("isolation: p99 of a good receiver's delay beside 50 evil ones, ms", p99(beside), "< 1000", p99(beside) < 1000,
            f"median {statistics.median(beside):.0f}; without them {p99(alone):.0f}, median {statistics.median(alone):.0f}; "
            f"RSS {before:.0f} MiB before, {after:.0f} after; {waiting_still} messages of the evil ones wait still")


BENCHES = {"deliver": deliver, "slow-disk": slow_disk, "tls": tls, "backlog": backlog, "isolation": isolation}
