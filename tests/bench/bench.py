"""Speed, measured: each figure as a ratio against a limit that is measured in the same run.

    ./dev bench [deliver] [idle] [publish] [status] [report]      (all of them without a name)

Figures in seconds depend on the machine; the ratios are what is promised. Nothing here is part of `./dev test`.
"""
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
import harness  # noqa: E402
from harness import ROOT, free_port, until  # noqa: E402

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
results = []
started = []  # whatever happens, nothing that a bench started outlives it


def start(argv, **options):
    started.append(subprocess.Popen(argv, stderr=subprocess.DEVNULL, **options))
    return started[-1]


class Daemon(harness.Daemon):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        started.append(self)



def verdict(name, ratio, limit, good, detail):
    results.append(good)
    print(f"{'ok  ' if good else 'MISS'} {name}: {ratio:.2f} (limit {limit})   {detail}", flush=True)


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def threads_s(pid):
    """CPU of the loop thread and of the writer thread."""
    split = {"loop": 0, "writer": 0}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        name = (task / "comm").read_text().strip()
        split["writer" if name == "jiebang-writer" else "loop"] += (int(fields[11]) + int(fields[12])) / TICK
    return split


def split_us(pid, before, count):
    """ "loop 21 µs, writer 28 µs": what each of `count` cost since `before`."""
    return ", ".join(f"{name} {(used - before[name]) / count * 1e6:.0f} µs" for name, used in threads_s(pid).items())


def peak_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def template():
    """Keys of the format as the shipped programme has them, so that this file needs no second description of it."""
    return (ROOT / "conf" / "programmes" / "future-2023.conf").read_text(encoding="utf-8")


def bench_programme(folder, name, soft_cap=100000, ladder=None, plan=None):
    """The shipped 2023 programme under another id, its cap out of the way, optionally another ladder or plan.

    One message a reminder, and a report may be filed at once: what is measured is sending and filing.
    """
    text = template().replace('id = "future-2023"', f'id = "{name}"', 1)
    text = re.sub(r"(?m)^(digests|rollup) = .*\n", "", text).replace('satisfied_by = "', 'early = true; satisfied_by = "')
    text = re.sub(r"(shortlist_cap\s*=\s*\{[^}]*limit\s*=\s*)\d+", rf"\g<1>{soft_cap}", text)
    if ladder:
        text = re.sub(r"ladders = \(.*?\n\);", lambda _: ladder, text, flags=re.S)
    if plan:
        text = re.sub(r"obligations = \(.*?\n\);", lambda _: plan, text, flags=re.S)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.conf").write_text(text, encoding="utf-8")
    return folder


def write_units(path, count, recommenders=50):
    tasks = [line for line in re.findall(r'id = "([a-z]+-\d\d)"', template())]
    with open(path, "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["序号", "揭榜任务", "项目名称", "申报单位", "联合体单位", "推荐单位", "所属地区"])
        for i in range(count):
            rows.writerow([i + 1, tasks[i % len(tasks)], f"示例项目{i:07}", f"示例单位{i:07}",
                           f"示例联合单位{i:07}" if i % 3 == 0 else "", f"示例推荐单位{i % recommenders:02}", "北京"])


def published(daemon, units, name="bench", date="2024-09-02"):
    write_units(daemon.folder / "units.csv", units)
    daemon.ctl("unit", "import", "--programme", name, str(daemon.folder / "units.csv"), code=0)
    daemon.ctl("programme", "publish", name, "--date", date, code=0)


# ---- deliver ----

def receiver(folder, secrets=None):
    argv = [ROOT / "build" / "receiver", "--listen", "127.0.0.1:0", "--log", folder / "received.tsv"]
    process = start(argv + (["--secrets", secrets] if secrets else []), stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


LADDER = """ladders = (
	{ id = "default"; before = []; after = [ 1 ]; then_every_days = 0; send_at = "09:05";
	  escalations = ( { to = "recommender"; after_workdays = 1; } ); }
);"""
PLAN = """obligations = (
	{ id = "progress"; kind = "progress_report"; zh = "进度汇报"; en = "Progress report";
	  every_months = 6; times = 1; opens_before_days = 15;
	  roll = "next_workday"; satisfied_by = "submission"; ladder = "default"; clause = "ours"; }
);"""
REMINDERS, ENDPOINTS = 20000, 50


def deliver(folder):
    daemon = Daemon(folder, programmes=bench_programme(folder / "programmes", "bench", ladder=LADDER, plan=PLAN))
    secrets = folder / "secrets.tsv"
    secrets.touch()
    catcher, port = receiver(folder, secrets)
    daemon.start()
    published(daemon, REMINDERS)
    urls = []
    for i in range(ENDPOINTS):
        urls.append(f"http://127.0.0.1:{port}/{i}")
        made = daemon.post("/v1/endpoints", {"owner": f"recommender:示例推荐单位{i:02}", "url": urls[-1]})
        with secrets.open("a") as out:
            out.write(f"/{i}\t{made['secret']}\n")
    (folder / "urls").write_text("\n".join(urls) + "\n")
    # The day before; then the receiver stands still while 20,000 messages are planned, so that delivering alone is timed.
    daemon.post("/v1/clock/advance", {"to": "2025-03-04T00:00:00+08:00"})
    os.kill(catcher.pid, 19)
    walk = start([os.environ["JIEBANGCTL"], "--server", f"unix:{daemon.socket}", "clock", "advance", "--to",
                             "2025-03-04T12:00:00+08:00"], stdout=subprocess.DEVNULL)
    planning = time.monotonic()
    until("20,000 planned", lambda: sum(daemon.get("/v1/status")["deliveries"][s] for s in ("due", "sending")) == REMINDERS,
          tries=4000, every_s=0.01)
    planning = time.monotonic() - planning
    before, began = threads_s(daemon.process.pid), time.monotonic()
    os.kill(catcher.pid, 18)
    assert walk.wait(timeout=120) == 0
    took, split = time.monotonic() - began, split_us(daemon.process.pid, before, REMINDERS)
    done = daemon.get("/v1/status")["deliveries"]
    assert done["delivered"] == REMINDERS, done
    lines = (folder / "received.tsv").read_text().splitlines()
    assert len(lines) == REMINDERS and all("\tok\t" in line for line in lines)
    # The limit: bare libcurl to the same receiver, which checks (and refuses) its signatures just the same.
    catcher.kill()
    open_catcher, port = receiver(folder)
    (folder / "urls").write_text("".join(f"http://127.0.0.1:{port}/{i}\n" for i in range(ENDPOINTS)))
    limit = subprocess.run([ROOT / "build" / "blast", "--url-file", folder / "urls", "--count", str(REMINDERS)],
                           capture_output=True, text=True, check=True).stderr
    open_catcher.kill()
    daemon.close()
    rate = REMINDERS / took
    bare = float(re.search(r"rate=([\d.]+)", limit)[1])
    verdict("deliver: reminders/s against bare libcurl", rate / bare, ">= 0.80", rate / bare >= 0.8,
            f"{rate:.0f}/s durable, CPU each: {split}; bare {limit.strip()}; "
            f"planning {REMINDERS / planning:.0f}/s")


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


BENCHES = {"deliver": deliver, "idle": idle, "publish": publish, "status": status, "report": report}


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
