"""Speed, measured: each figure as a ratio against a limit that is measured in the same run.

    ./dev bench [NAME]…      (all of them without a name)

deliver slow-disk tls backlog isolation (outgoing.py), idle publish status report. Figures in seconds depend on the
machine; the ratios are what is promised. Nothing here is part of `./dev test`.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import HERE, Daemon, bench_programme, cpu_s, peak_mib, published, results, split_us, start, started, threads_s, verdict, \
    write_units
from harness import ROOT, free_port, until
import outgoing


# ---- idle ----

def idle_at(folder, units):
    daemon = Daemon(folder, programmes=bench_programme(folder / "programmes", "bench"))
    daemon.start()
    published(daemon, units)
    obligations = units * 6
    daemon.stop()
    starts = []
    for _ in range(5):
        began = time.monotonic()
        daemon.spawn()
        until("readiness", daemon.is_ready, tries=20000, every_s=0.0005)
        starts.append(time.monotonic() - began)
        daemon.stop()
    daemon.start()
    cost, n = cpu_s(daemon.process.pid), 400
    for _ in range(n):
        daemon.post("/v1/clock/advance", {"by": "1s"})
    cost = (cpu_s(daemon.process.pid) - cost) / n
    daemon.close()
    shutil.rmtree(folder)
    return obligations, min(starts), cost


def idle(folder):
    few = idle_at(folder / "few", 1700)
    many = idle_at(folder / "many", 500000)
    verdict("idle: start-up, many against few", many[1] / few[1], "<= 1.5", many[1] <= few[1] * 1.5,
            f"{many[0]} obligations {many[1] * 1000:.0f} ms, {few[0]} {few[1] * 1000:.0f} ms")
    verdict("idle: CPU of a tick, many against few", many[2] / few[2], "<= 1.5", many[2] <= few[2] * 1.5,
            f"{many[2] * 1e6:.0f} µs and {few[2] * 1e6:.0f} µs, request and commit included")


# ---- publish ----

def shell_plan(folder, daemon, units):
    """The same rows by the sqlite3 shell: .import into a temporary table, INSERT … SELECT into the same schema."""
    plan = subprocess.run(["sqlite3", daemon.state_dir / "jiebang.db",
                           "SELECT rule_key, n, months, opens_on, last_day_on, due_on, due_at, provisional, next_step_at "
                           "FROM obligation WHERE unit_key = 1 ORDER BY obligation_key"],
                          capture_output=True, text=True, check=True).stdout
    values = ", ".join("(" + ", ".join(f"'{cell}'" for cell in line.split("|")) + ")" for line in plan.splitlines())
    script = folder / "plan.sql"
    script.write_text(f"""
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
CREATE TEMP TABLE csv (seq, task, project, lead, partners, recommender, region);
.import --csv --skip 1 {folder / 'units.csv'} csv
CREATE TEMP TABLE plan (rule_key, n, months, opens_on, last_day_on, due_on, due_at, provisional, next_step_at);
INSERT INTO plan VALUES {values};
BEGIN;
INSERT INTO batch (uid, programme_key, sha256, units, actor, imported_at) VALUES (randomblob(16), 1, '', 0, 'shell', 0);
INSERT INTO unit (programme_key, task_key, batch_key, seq, project, lead, recommender, region, class, owes, state, created_at)
  SELECT 1, task.task_key, 1, csv.seq, project, lead, recommender, region, 'assigned', 1, 'shortlisted', 0
  FROM csv CROSS JOIN task ON task.programme_key = 1 AND task.id = csv.task;
INSERT INTO partner (unit_key, position, name) SELECT unit.unit_key, 1, csv.partners FROM csv JOIN unit ON unit.unit_key = csv.rowid
  WHERE csv.partners <> '';
INSERT INTO obligation (unit_key, rule_key, n, months, opens_on, last_day_on, due_on, due_at, provisional, state, next_step_at)
  SELECT unit_key, rule_key, n, months, opens_on, last_day_on, due_on, due_at, provisional, 'scheduled', next_step_at
  FROM unit CROSS JOIN plan ORDER BY unit_key, plan.rowid;
INSERT INTO agenda (at, obligation_key) SELECT next_step_at, obligation_key FROM obligation;
UPDATE unit SET state = 'delivering', anchor_on = '2024-09-02', window_end_on = '2026-09-02', revision = revision + 1;
COMMIT;
""", encoding="utf-8")
    empty = Daemon(folder / "shell", programmes=daemon.programmes)
    empty.start()
    empty.stop()
    began = time.monotonic()
    with script.open() as source:
        subprocess.run(["sqlite3", "-bail", empty.state_dir / "jiebang.db"], stdin=source, check=True,
                       stdout=subprocess.DEVNULL)
    took = time.monotonic() - began
    count = subprocess.run(["sqlite3", empty.state_dir / "jiebang.db", "SELECT count(*) FROM agenda"], capture_output=True,
                           text=True, check=True).stdout.strip()
    assert int(count) == units * 6, count
    return took


def publish(folder, units=100000):
    daemon = Daemon(folder, programmes=bench_programme(folder / "programmes", "bench"))
    write_units(folder / "units.csv", units)
    daemon.start()
    idle_mib = peak_mib(daemon.process.pid)
    began = time.monotonic()
    daemon.ctl("unit", "import", "--programme", "bench", str(folder / "units.csv"), code=0)
    imported = time.monotonic()
    daemon.ctl("programme", "publish", "bench", "--date", "2024-09-02", code=0)
    ended = time.monotonic()
    peak = peak_mib(daemon.process.pid)
    shell = shell_plan(folder, daemon, units)
    daemon.close()
    ours = ended - imported
    verdict("publish: publish and plan against the sqlite3 shell", ours / shell, "<= 1.00", ours <= shell,
            f"{units} units: publish {ours:.2f} s; shell {shell:.2f} s to import and plan. With our import, "
            f"{imported - began:.2f} s, the ratio is {(ended - began) / shell:.2f}")
    verdict("publish: peak memory, MiB", peak, "<= 64", peak <= 64, f"{idle_mib:.1f} MiB before")


# ---- status ----

def wrk(url, *more, seconds=5, connections=64, script=()):
    said = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *script, url, *more], capture_output=True,
                          text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), int(re.search(r"(\d+) requests in", said)[1])


def nginx(folder, body):
    port = free_port()
    root = folder / "root"
    root.mkdir()
    (root / "file.json").write_bytes(body)
    conf = folder / "nginx.conf"
    conf.write_text(f"""daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{port}; root {root}; }} }}""")
    process = start(["nginx", "-c", conf, "-p", folder])
    until("nginx", lambda: subprocess.run(["bash", "-c", f": </dev/tcp/127.0.0.1/{port}"], stderr=subprocess.DEVNULL,
                                          check=False).returncode == 0)
    return process, f"http://127.0.0.1:{port}/file.json"


def token(daemon):
    return daemon.post("/v1/tokens", {"name": "bench"})["token"]


def status(folder):
    daemon = Daemon(folder, tcp=True, programmes=bench_programme(folder / "programmes", "bench"),
                    extra="http = { connections_per_address_max = 512; };")
    daemon.start()
    published(daemon, 1000)
    secret = token(daemon)
    body = daemon.request("GET", "/v1/units/un_7").body
    server, url = nginx(folder, body)
    ours_cpu = cpu_s(daemon.process.pid)
    rate, n = wrk(f"http://127.0.0.1:{daemon.port}/v1/units/un_7", script=("-H", f"Authorization: Bearer {secret}"))
    ours = (cpu_s(daemon.process.pid) - ours_cpu) / n
    theirs_cpu = cpu_s(server.pid)
    static_rate, m = wrk(url)
    theirs = (cpu_s(server.pid) - theirs_cpu) / m
    server.terminate()
    daemon.close()
    verdict("status: CPU of a unit's status against nginx's static file", ours / theirs, "<= 1.50", ours <= theirs * 1.5,
            f"{ours * 1e6:.1f} µs, {rate:.0f}/s; nginx {theirs * 1e6:.1f} µs, {static_rate:.0f}/s; {len(body)} bytes")


# ---- report ----

def report(folder):
    daemon = Daemon(folder, tcp=True, programmes=bench_programme(folder / "programmes", "bench"),
                    extra="http = { connections_per_address_max = 512; };")
    daemon.start()
    published(daemon, 100000)
    secret = token(daemon)
    port = free_port()
    # As many clerks at once as a deadline brings: those that wait for one commit share it.
    # The limit: the same front, routes, token check, JSON body and answer, without engine, rules and storage.
    bare_front = start([ROOT / "build" / "report_front", str(port), secret], stdout=subprocess.PIPE, text=True)
    bare_front.stdout.readline()

    def file_on(at, first):
        return wrk(f"http://127.0.0.1:{at}", "--", secret, str(first), "300000", seconds=3, connections=256,
                   script=("-s", str(HERE / "data" / "report.lua")))

    # In turns, so that what else the machine does meets both; the best of each is compared.
    before = threads_s(daemon.process.pid)
    rates, bares, filed, first = [], [], 0, 1
    for _ in range(3):
        bares.append(file_on(port, 1)[0])
        rate, n = file_on(daemon.port, first)
        rates.append(rate)
        first += n + 512 # one more for each connection was on its way when the round ended
        filed = daemon.get("/v1/status")["programmes"][0]["submitted"]
        assert filed >= n > 0, (filed, n)
    split = split_us(daemon.process.pid, before, filed)
    bare_front.kill()
    daemon.close()
    rate, bare = max(rates), max(bares)
    verdict("report: acknowledged after fsync, against the same front, routes, token, JSON and answer without storage", rate / bare, ">= 0.50",
            rate / bare >= 0.5, f"{rate:.0f}/s, CPU each: {split}; without storage {bare:.0f}/s")


BENCHES = {**outgoing.BENCHES, "idle": idle, "publish": publish, "status": status, "report": report}


def main():
    os.environ.setdefault("JIEBANGCTL", str(ROOT / "build" / "jiebangctl"))
    wanted = sys.argv[1:] or list(BENCHES)
    for name in wanted:
        if name not in BENCHES:
            sys.exit(f"bench: no bench {name}; there are: {' '.join(BENCHES)}")
        with tempfile.TemporaryDirectory(prefix="jiebang-bench-") as folder:
            try:
                BENCHES[name](Path(folder))
            finally:
                for process in started:
                    process.kill()
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
