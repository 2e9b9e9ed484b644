#!/usr/bin/env python3
"""Many stories of two years, on all processors: `soak.py --seeds 10000`; or one again, `soak.py --seed N --journal FILE`."""
import argparse
import itertools
import multiprocessing
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "system"), str(Path(__file__).resolve().parent)]
import story  # noqa: E402
from inline import Inline  # noqa: E402
from wire import Wire  # noqa: E402

UNITS = 16


def tell(task):
    """→ (seed, counts, None) or (seed, None, what went wrong)."""
    seed, units, wire = task
    try:
        return seed, story.run(seed, units, Wire if wire else Inline), None
    except Exception as error:  # the others are worth knowing as well
        return seed, None, f"{type(error).__name__}: {str(error)[:2000]}"


def tell_all(seeds, units=UNITS, wire=False, jobs=os.cpu_count() or 1):
    """Stories as they end, in no order."""
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap_unordered(tell, zip(seeds, itertools.repeat(units), itertools.repeat(wire)))


def tell_one(args):
    journal = []
    counts = story.run(args.seed, args.units, Wire if args.wire else Inline, say=print, journal=None if args.wire else journal)
    if args.journal:
        Path(args.journal).write_bytes(b"".join(journal))
    print(counts)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10000, help="how many")
    parser.add_argument("--first", type=int, default=int(time.time()), help="the first of them; default: from the clock")
    parser.add_argument("--seed", type=int, help="this one only, telling what happens")
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--wire", action="store_true", help="the daemon with its sockets: slower, and not the same twice")
    parser.add_argument("--journal", help="of one seed: a file for the whole conversation")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="stories at a time")
    args = parser.parse_args()
    if args.seed is not None:
        return tell_one(args)
    started, failed, told = time.monotonic(), [], 0
    for seed, counts, error in tell_all(range(args.first, args.first + args.seeds), args.units, args.wire, args.jobs):
        told += 1
        if error:
            failed.append(seed)
            print(f"seed {seed}: {error}", flush=True)
        if told % 100 == 0 or args.wire:
            print(f"{told} told, the last: seed {seed} {counts}, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{told - len(failed)} passed, {len(failed)} failed" + (f": {sorted(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
