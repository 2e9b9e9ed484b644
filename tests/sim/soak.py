#!/usr/bin/env python3
"""Many seeds of the two years, one after the other: `soak.py --seeds 200`, or `--seed N` to tell one story again."""
import argparse
import sys
import time
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "system"), str(Path(__file__).resolve().parent)]
import world  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many")
    parser.add_argument("--first", type=int, default=int(time.time()), help="the first of them; default: from the clock")
    parser.add_argument("--seed", type=int, help="this one only, telling what happens")
    parser.add_argument("--units", type=int, default=16)
    args = parser.parse_args()
    if args.seed is not None:
        print(world.run(args.seed, args.units, say=print))
        return 0
    failed = []
    for seed in range(args.first, args.first + args.seeds):
        started = time.monotonic()
        try:
            counts = world.run(seed, args.units)
            print(f"seed {seed}: ok, {counts}, {time.monotonic() - started:.1f} s", flush=True)
        except Exception as error:  # the others are worth knowing as well
            failed.append(seed)
            traceback.print_exc(limit=-4)
            print(f"seed {seed}: {type(error).__name__}: {str(error)[:2000]}", flush=True)
    print(f"{args.seeds - len(failed)} passed, {len(failed)} failed" + (f": {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
