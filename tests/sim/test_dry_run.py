"""`jiebangd simulate` for all 260 units, held against the expectation: the engine at its own speed, without a network."""
import datetime as dt
import os
import random
import tempfile
from collections import defaultdict

import pytest

import expect
import harness
import stage

SEED = int(os.environ.get("JIEBANG_SEED", "20230914"))  # the same in every run; others by hand


@pytest.fixture
def short_path():
    """Short enough for the name of a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="jb-dry-") as path:
        yield path


@pytest.mark.parametrize("anchor", [dt.date(2024, 8, 31), dt.date(2023, 9, 14) + random.Random(SEED).randrange(500) * expect.DAY],
                         ids=["2024-08-31", "any day"])
def test_two_years_of_all_units(short_path, anchor):
    """A few units and the office have endpoints; who has none is told so, step by step."""
    print(f"again: JIEBANG_SEED={SEED} /usr/bin/python3 -m pytest tests/sim/test_dry_run.py")
    daemon = harness.Daemon(short_path, clock=f"simulated:{anchor}T00:00:00+08:00")
    daemon.start()
    stage.import_list(daemon)
    stage.publish(daemon, anchor)
    units = {u["id"]: u["recommender"] for u in daemon.all("/v1/units?programme=future-2023")}
    listening = {"office": "office"}
    for unit in random.Random(SEED).sample(sorted(units), 40):
        listening[f"unit:{unit}"] = unit
    for owner in listening:
        daemon.post("/v1/endpoints", {"owner": owner, "url": f"http://127.0.0.1:1/{listening[owner]}"}, status=201)
    owed = {o["id"]: (o["unit"], o["rule"], o["n"]) for o in daemon.all("/v1/obligations?programme=future-2023&limit=1000")}
    daemon.stop()
    until = expect.add_months(anchor, 25)
    done = harness.run([harness.JIEBANGD, "simulate", "--config", daemon.config, "--programme", stage.PROGRAMME,
                        "--until", str(until)])
    assert done.code == 0, done.err
    steps, messages, digests, items, plain, weekly = defaultdict(list), defaultdict(list), {}, defaultdict(int), 0, []
    for line in done.out.splitlines():
        words = line.split()
        if words[1] == "step":
            steps[words[3]].append((words[0], words[4], tuple(words[5:])))
        elif words[1] in ("message", "item"):
            messages[words[3]].append((words[0], words[4]))
            plain += words[1] == "message"
            if words[1] == "item":
                items[words[7]] += 1
        elif words[1] == "digest":
            digests[words[6]] = (words[0], int(words[2]))
        elif words[1] == "whole":
            weekly.append((words[0], words[2]))
    # One message to the office in each slot, however many units it speaks of; a lone item goes plain.
    assert {i: n for i, (_, n) in digests.items()} == items and min(items.values()) > 1
    assert len({at for at, _ in digests.values()}) == len(digests)
    assert done.out.splitlines()[-1].endswith(f", {plain + len(digests) + len(weekly)} messages")
    end = expect.instant(until + expect.DAY) - dt.timedelta(seconds=1)
    assert weekly == [(at.isoformat(), "report.weekly") for at in expect.weekly(expect.instant(anchor), expect.Calendar(), end)] and len(weekly) > 100
    ladders = {(due.rule, due.n): expect.ladder(due.due_on, expect.Calendar(), end, "before")
               for due in expect.plan_2023(anchor, expect.Calendar())}
    for obligation, (unit, rule, n) in owed.items():
        def told(step, unit=unit):
            return step.to == "office" or step.to == "unit" and f"unit:{unit}" in listening
        wanted = ladders[rule, n]
        last = {(s.at, s.to): s for s in wanted}  # what days off bring to one instant is one message, named for the latest

        def outcome(step, told=told, last=last):
            return ("suppressed", "no_endpoint") if not told(step) else ("sent",) if last[step.at, step.to] is step else ("coalesced",)
        assert sorted(steps[obligation]) == sorted(
            (s.at.isoformat(), s.key, outcome(s)) for s in wanted), obligation
        assert sorted(messages[obligation]) == sorted((s.at.isoformat(), s.key) for s in wanted if outcome(s) == ("sent",)), obligation
    assert len(owed) == 1560
