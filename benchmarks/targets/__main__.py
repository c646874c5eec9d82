"""Command line of the targets."""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
from dataclasses import asdict
from pathlib import Path

from runtime.media.files import replacing, write_text

RESULTS = Path(__file__).resolve().parents[1] / "results"
AREAS = ("networks", "pipeline", "process")


def main() -> None:
    """Measure the targets, print the table and write the files."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before any library starts its threads
    from benchmarks.baselines.report import stem
    from benchmarks.targets.networks import measure_networks
    from benchmarks.targets.pipeline import measure_pipeline
    from benchmarks.targets.process import measure_process
    from benchmarks.targets.target import table
    from benchmarks.threads import one_thread
    from runtime.bench.machine import this_machine

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.targets",
        description="Measure every target of speed, size and memory on this machine, on one thread. Compared "
        "computations are interleaved in one run, so that ratios hold on a busy machine, too; times of fresh processes "
        "need an idle one.",
    )
    parser.add_argument("--only", nargs="+", choices=AREAS, default=AREAS, help="areas to measure (default: all)")
    parser.add_argument("--rounds", type=int, default=20, help="turns of 15 calls or frames for each (default: 20)")
    parser.add_argument(
        "--frames", type=int, default=10_000, help="frames over which memory is measured (default: 10000)"
    )
    parser.add_argument("--seconds", type=float, default=10, help="length of the paced stream (default: 10)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    measures = {
        "networks": lambda: measure_networks(arguments.rounds),
        "pipeline": lambda: measure_pipeline(arguments.rounds),
        "process": lambda: measure_process(arguments.frames, arguments.seconds),
    }
    with one_thread():
        targets = [target for area in AREAS if area in arguments.only for target in measures[area]()]
    machine = this_machine()
    print(table(targets))
    print(f"\n{machine.to_text()}")

    arguments.out.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(target), "met": target.met} for target in targets]
    whole, flat = (arguments.out / f"{stem('targets', machine)}.{kind}" for kind in ("json", "csv"))
    write_text(whole, json.dumps({"machine": asdict(machine), "threads": 1, "rows": rows}, indent=1) + "\n")
    with replacing(flat) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{whole}\n{flat}")


if __name__ == "__main__":
    main()
