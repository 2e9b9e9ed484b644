"""The main job, end to end, on the real programs: a shortlist goes in, two years are planned, signed reminders come out.

`./dev demo` runs it; `--keep` leaves daemon and receiver running and prints how to look around. What is invented
says so: the publication date (the real one could not be found) and the 260 units (示例单位…). The few real rows that
are publicly known go into their own programmes. Time is simulated; the daemon, its disk, its sockets, the receiver,
the signatures and the `kill -9` are real. Exit 0 only if every step that came due reached the receiver.
"""
import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "sim"))
from expect import ESCALATIONS, Calendar  # noqa: E402
from harness import ROOT, Daemon, until  # noqa: E402

BEIJING = timezone(timedelta(hours=8))
PUBLISHED, END = "2024-09-02", "2026-10-01"
OUTAGE = date(2025, 2, 1)    # the receiver is down on this day, when the 30-days reminder is due
MURDER = date(2025, 8, 3)    # the daemon is killed in the middle of this day's reminders
BEFORE, AFTER, WEEKLY = (60, 30, 15, 7, 3, 1, 0), (1, 3, 7), 7
SEND_AT = timedelta(hours=9, minutes=5)


def say(text):
    print(f"\033[1m==\033[0m {text}" if sys.stdout.isatty() else f"== {text}", flush=True)


class Receivers:
    """The C receiver that verifies each signature; it can be taken down and comes back on the same port."""

    def __init__(self, folder):
        self.folder, self.port = folder, 0
        self.secrets, self.log = folder / "secrets.tsv", folder / "received.tsv"
        self.secrets.touch()
        self.log.touch()
        self.up()

    def up(self):
        self.process = subprocess.Popen(
            [ROOT / "build" / "receiver", "--listen", f"127.0.0.1:{self.port}", "--secrets", self.secrets,
             "--log", self.log], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())

    def down(self):
        self.process.kill()
        self.process.wait()

    def lines(self):
        return [line.split("\t") for line in self.log.read_text(encoding="utf-8").splitlines()]

    def count(self):
        return self.log.read_bytes().count(b"\n")


def set_up(folder):
    programmes = folder / "programmes"
    shutil.copytree(ROOT / "conf" / "programmes", programmes)
    for known in (ROOT / "tests" / "data" / "programmes-known").glob("*.conf"):
        shutil.copy(known, programmes)
    # A steady supervisor would give the receiver a day; the demonstration's schedule is the standard one.
    return Daemon(folder, clock=f"simulated:{PUBLISHED}T00:00:00+08:00", programmes=programmes), Receivers(folder)


def ctl(daemon, *argv):
    print("$ jiebangctl", *argv, flush=True)
    done = daemon.ctl(*argv, code=0)
    print(done.out.rstrip(), flush=True)
    return done


def bring_in(daemon):
    say("import: 260 invented units (示例单位…) into future-2023; the known real rows into their own programmes")
    ctl(daemon, "unit", "import", "--programme", "future-2023", str(ROOT / "tests/data/shortlist-2023.csv"))
    for known in sorted((ROOT / "tests" / "data").glob("known-*.csv")):
        ctl(daemon, "unit", "import", "--programme", known.stem.removeprefix("known-"), str(known))
    say(f"publish: the anchor is {PUBLISHED}; the real date is not known, this one is invented")
    ctl(daemon, "programme", "publish", "future-2023", "--date", PUBLISHED)


def add_endpoints(daemon, receivers, units):
    owners = [(f"unit:{unit['id']}", f"/{unit['id']}") for unit in units]
    owners += [(f"recommender:{name}", f"/recommender/{i}")
               for i, name in enumerate(sorted({unit["recommender"] for unit in units}))]
    owners += [("office", "/office")]
    with receivers.secrets.open("a", encoding="utf-8") as secrets:
        for owner, path in owners:
            made = daemon.post("/v1/endpoints", {"owner": owner, "url": f"http://127.0.0.1:{receivers.port}{path}"})
            secrets.write(f"{path}\t{made['secret']}\n")
    say(f"{len(owners)} endpoints, each with a secret of its own: units, recommenders, the programme office")


def behaviour(rng, obligations):
    """When each obligation is filed: early, on time, late, or never. The invented units are all too human."""
    filings = {}
    for obligation in obligations:
        due, opens = date.fromisoformat(obligation["due_on"]), date.fromisoformat(obligation["opens_on"])
        offset = rng.choices([-rng.randint(10, 50), -rng.randint(0, 9), rng.randint(1, 25), None], [30, 45, 20, 5])[0]
        if offset is not None:
            # Nothing is taken before the opening day: whoever is earlier files on that day.
            filings.setdefault(max(due + timedelta(days=offset), opens), []).append(obligation["id"])
    return filings


def advance(daemon, to):
    daemon.post("/v1/clock/advance", {"to": to if isinstance(to, str) else f"{to}T12:00:00+08:00"})


def kill_in_the_middle(daemon, receivers, day):
    before = receivers.count()
    walk = threading.Thread(target=lambda: swallow(advance, daemon, day))
    walk.start()
    until("reminders of the day", lambda: receivers.count() >= before + 100, tries=3000, every_s=0.002)
    daemon.kill()
    walk.join()
    say(f"kill -9 on {day}, {receivers.count() - before} reminders into the day; start again")
    daemon.start()


def swallow(call, *args):
    """The request that is under way when the daemon is killed has no answer; that is the point."""
    try:
        call(*args)
    except (OSError, AssertionError, EOFError) as error:
        return error
    except Exception as error:  # http.client's own kinds of a broken connection
        return error
    return None


def live(daemon, receivers, filings):
    say(f"two simulated years, {sum(map(len, filings.values()))} filings by units that are early, late or silent")
    filed = {}
    for day in sorted({*filings, OUTAGE, MURDER}):
        if day == OUTAGE:
            advance(daemon, day - timedelta(days=1))
            say(f"the receiver is down for a day from {day - timedelta(days=1)}")
            receivers.down()
            advance(daemon, day)
            receivers.up()
        elif day == MURDER:
            kill_in_the_middle(daemon, receivers, day)
        advance(daemon, day)
        for obligation in filings.get(day, ()):
            daemon.post(f"/v1/obligations/{obligation}/submissions", {"summary": "示例进度", "author": "示例填报人"})
            filed[obligation] = datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING)
    advance(daemon, f"{END}T00:00:00+08:00")
    return filed


def steps_due(due, until_at):
    """The whole ladder as the programme file of 2023 has it, written here a second time on purpose."""
    days = [due - timedelta(days=n) for n in BEFORE] + [due + timedelta(days=n) for n in AFTER]
    keys = [f"before-{n}" if n else "due" for n in BEFORE] + [f"after-{n}" for n in AFTER]
    n = 1
    while days[-1] <= until_at.date():
        days.append(due + timedelta(days=AFTER[-1] + WEEKLY * n))
        keys.append(f"repeat-{n}")
        n += 1
    at = [datetime(d.year, d.month, d.day, tzinfo=BEIJING) + SEND_AT for d in days]
    calendar = Calendar()
    for to, days in ESCALATIONS:
        keys.append(f"{to}+{days}w")
        day = calendar.workdays_after(due, days)
        at.append(datetime(day.year, day.month, day.day, tzinfo=BEIJING) + SEND_AT)
    return {key for key, when in zip(keys, at) if when <= until_at}


def tell(daemon, messages, arrived):
    """obligation → steps that were told, alone or in a digest; and the messages that shared a slot they should not have."""
    told, slots = {}, Counter()
    for message in messages:
        # What was filed while its reminder was still being retried is reminded of no more: cancelled, and on record.
        settled = message["id"] in arrived or message["state"] == "cancelled"
        rows = [message]
        if message["type"] == "obligation.digest":
            rows = [i for i in daemon.all(f"/v1/messages/{message['id']}/items") if i["told"] or i["reason"]]
        for row in rows if settled else ():
            told.setdefault(row["obligation"], set()).update(row["steps"])
        if message["endpoint"] not in daemon.unit_endpoints and any(row["steps"] for row in rows):
            slots[message["endpoint"], message["nominal_at"]] += 1
    return told, [slot for slot, n in slots.items() if n > 1]


def judge(daemon, receivers, obligations, filed):
    """What should have arrived, against what the receiver has on file."""
    arrived = {}
    verdicts = Counter()
    for webhook_id, _, sha256, verdict, _ in receivers.lines():
        verdicts[verdict] += 1
        if verdict == "ok":
            arrived.setdefault(webhook_id, []).append(sha256)
    messages = daemon.all("/v1/messages")
    told, crowded = tell(daemon, messages, arrived)
    end = datetime.fromisoformat(f"{END}T00:00:00+08:00")
    missing = [(o["id"], o["due_on"], sorted(lack)) for o in obligations
               if (lack := steps_due(date.fromisoformat(o["due_on"]), filed.get(o["id"], end)) - told.get(o["id"], set()))]
    undelivered = [m["id"] for m in messages if m["state"] != "delivered" and m["state"] != "cancelled"]
    unknown = set(arrived) - {m["id"] for m in messages}
    bodies = [i for i, sums in arrived.items() if len(set(sums)) > 1]
    rows = [("obligations", len(obligations)), ("messages that arrived", len(arrived)),
            ("digests among them", sum(m["type"] == "obligation.digest" and m["id"] in arrived for m in messages)),
            ("weekly reports among them", sum(m["type"] == "report.weekly" and m["id"] in arrived for m in messages)),
            ("closing notices among them", sum(m["type"] == "obligation.closed" and m["id"] in arrived for m in messages)),
            ("attempts", sum(m["attempts"] for m in messages)),
            ("retries", sum(max(0, m["attempts"] - 1) for m in messages)),
            ("duplicates by webhook-id", sum(len(sums) - 1 for sums in arrived.values())),
            ("cancelled, since filed meanwhile", sum(m["state"] == "cancelled" for m in messages)),
            ("signatures that failed", sum(n for v, n in verdicts.items() if v != "ok"))]
    wrong = [("due steps that did not arrive", missing), ("slots with more than one message", crowded), ("messages not delivered", undelivered),
             ("ids the daemon does not know", sorted(unknown)), ("ids with two bodies", bodies),
             ("failed signatures", [v for v in verdicts if v != "ok"])]
    return rows, wrong


def look_around(daemon, receivers):
    print(f"""
The daemon and the receiver go on. Look around:
  export JIEBANG_SERVER=unix:{daemon.socket} PATH={ROOT / 'build'}:$PATH
  jiebangctl status
  jiebangctl unit show un_1
  jiebangctl schedule explain un_1
  jiebangctl delivery list --unit un_1
  jiebangctl clock advance 30d
Receiver's log: {receivers.log}
To end it: kill {daemon.process.pid} {receivers.process.pid}; rm -rf {daemon.folder}""")


def run(folder, keep):
    began = time.monotonic()
    daemon, receivers = set_up(folder)
    try:
        say(f"start: the real daemon, state in {daemon.state_dir}")
        daemon.start()
        bring_in(daemon)
        units = daemon.all("/v1/units?programme=future-2023")
        add_endpoints(daemon, receivers, units)
        daemon.unit_endpoints = {e["id"] for e in daemon.all("/v1/endpoints") if e["owner"].startswith("unit:")}
        obligations = daemon.all("/v1/obligations?programme=future-2023")
        filings = behaviour(random.Random(2023), obligations)
        filed = live(daemon, receivers, filings)
        ctl(daemon, "status")
        rows, wrong = judge(daemon, receivers, obligations, filed)
        print(f"\n{'what happened':<36}{'count':>8}\n" + "\n".join(f"{name:<36}{n:>8}" for name, n in rows))
        for name, found in wrong:
            if found:
                print(f"WRONG: {name}: {len(found)}, for instance {found[:3]}")
        good = not any(found for _, found in wrong)
        print(f"\n{time.monotonic() - began:.1f} s; " + ("every due step reached the receiver" if good else "FAILED"))
        if keep:
            look_around(daemon, receivers)
        return 0 if good else 1
    finally:
        if not keep:
            daemon.close()
            receivers.process.send_signal(signal.SIGTERM)
            receivers.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the daemon and the receiver running")
    keep = parser.parse_args().keep
    folder = Path(tempfile.mkdtemp(prefix="jiebang-demo-"))
    code = run(folder, keep)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
