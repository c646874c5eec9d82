"""``python -m benchmarks.archives``: kill runs, measure throughput, plan large archives."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.archives.kills import kill_runs
from benchmarks.archives.planning import measure_costs, plan_tables
from benchmarks.archives.throughput import measure_throughput
from runtime.bench.machine import this_machine


def main() -> int:
    """Run the command; returns 0, or 1 if rows are lost or repeated."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kills = commands.add_parser(
        "kills", help="kill `landmarks annotate` at random moments; is every picture there once?"
    )
    kills.add_argument("--times", type=int, default=20)
    kills.add_argument("--seed", type=int, default=0)
    throughput = commands.add_parser("throughput", help="pictures a second: processes and Ray, one worker and two")
    throughput.add_argument("--pictures", type=int, default=400)
    throughput.add_argument("--rounds", type=int, default=3)
    throughput.add_argument("--shard-size", type=int, default=20, help="pictures in a shard (default: %(default)s)")
    plan = commands.add_parser("plan", help="time, money and files of a large archive, from costs measured here")
    plan.add_argument("--pictures", type=int, default=100_000_000)
    plan.add_argument("--price", type=float, default=0.04, help="of a CPU for an hour")
    options = parser.parse_args()
    passed = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.command == "kills":
            report = kill_runs(folder, options.times, options.seed)
            text, passed = str(report), report.passed
        elif options.command == "throughput":
            text = measure_throughput(folder, options.pictures, options.rounds, options.shard_size)
        else:
            text = plan_tables(measure_costs(folder), options.pictures, options.price)
        print(f"{text}\n\n{this_machine().to_text()}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
