"""Threads, processes, forks and garbage collection: the points of one thread, or a typed error.

    python -m benchmarks.trust.concurrency

Each scenario runs in a process of its own, so that a hang (``--deadline``) and a crash are counted and end nothing
else. Every result is compared with that of one thread by a digest of all numbers of all faces: equal to the bit, or one
of ``runtime.LandmarksError`` where the scenario calls for one, as after ``close()``. Anything else is a fault.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import sys
import time
from multiprocessing.connection import Connection

from benchmarks.trust.concurrent_work import SCENARIOS, Agreement, Load, Scenario
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.errors import LandmarksError


def _isolated(scenario: Scenario, load: Load, deadline: float, connection: Connection) -> None:
    faulthandler.enable()
    faulthandler.dump_traceback_later(0.95 * deadline)
    try:
        connection.send(scenario(load))
    except LandmarksError as error:
        connection.send(Agreement(faults=[f"{type(error).__name__}: {error}"]))


def try_scenario(name: str, load: Load, deadline: float) -> Agreement:
    """Run a scenario in a process of its own; a hang and a crash of it are faults."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_isolated, args=(SCENARIOS[name], load, deadline, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(deadline) else Agreement(faults=[f"no end within {deadline:.0f} s"])
    except EOFError:
        process.join()
        return Agreement(faults=[f"ended with {process.exitcode}"])
    finally:
        process.kill()
        process.join()


def main() -> None:
    """Run all scenarios; exit with 1 if there are faults."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.concurrency", description=(__doc__ or "").partition("\n")[0]
    )
    usual = Load()
    for name, text in (
        ("threads", "at once"),
        ("frames", "of each thread"),
        ("processes", "at once"),
        ("forks", "children, one by one"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=getattr(usual, name), metavar="N", help=f"{text} (default: %(default)s)"
        )
    parser.add_argument("--model", default=usual.model, help="name or ONNX file (default: %(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios whose name contains TEXT")
    parser.add_argument("--deadline", type=float, default=1800.0, metavar="N", help="seconds for each scenario")
    options = parser.parse_args()
    load = Load(options.threads, options.frames, options.processes, options.forks, options.model)
    rows, faults = [], list[str]()
    for name in SCENARIOS:
        if options.only in name:
            began = time.monotonic()
            agreement = try_scenario(name, load, options.deadline)
            rows.append([name, f"{agreement.same:,}", f"{agreement.refused:,}", str(len(agreement.faults))])
            faults += [f"{name}: {fault}" for fault in agreement.faults]
            print(f"{name}: {agreement.same} same, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(markdown_table(["scenario", "same to the bit", "typed error", "faults"], rows))
    print("\n".join(["", *faults, this_machine().to_text()]))
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
