"""``python -m benchmarks.archives``: kill runs, measure throughput, plan large archives."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.archives.kills import kill_runs
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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = kill_runs(Path(folder), options.times, options.seed)
        print(f"{report}\n\n{this_machine().to_text()}")
        return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
