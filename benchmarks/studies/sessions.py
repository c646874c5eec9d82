"""Settings of onnxruntime's sessions: threads, spinning, arena, memory patterns, layout.

    python -m benchmarks.studies.sessions

One change a row. The variants of a network take turns; at the pace of a camera each runs alone, and its threads' time
between two calls counts. Memory is that of a fresh process that has run the network.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import onnxruntime

from benchmarks.studies.plain_graphs import PlainGraph, plain_detector_graph, plain_landmark_graph
from export.pretrained.blazeface import DETECTORS
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.resources import fresh_process, paced
from runtime.bench.timing import WARM_UP_CALLS, Compute, time_calls
from runtime.engine import SessionSettings, load_model, start

NETWORKS = ("full", "trimmed", "blazeface-back")
SHIPPED = "as shipped: one thread"


@dataclass(frozen=True, slots=True)
class Variant:
    """A change to the session options that the runtime uses.

    Attributes:
        name: what is changed.
        change: does it.
        threads: inside one operator.
    """

    name: str
    change: Callable[[onnxruntime.SessionOptions], None] = lambda options: None
    threads: int = 1


def _without_arena(options: onnxruntime.SessionOptions) -> None:
    options.enable_cpu_mem_arena = False


def _with_patterns(options: onnxruntime.SessionOptions) -> None:
    options.enable_mem_pattern = True


def _without_vector_layout(options: onnxruntime.SessionOptions) -> None:
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED


def _entry(key: str) -> Callable[[onnxruntime.SessionOptions], None]:
    return lambda options: options.add_session_config_entry(key, "1")


VARIANTS = (
    Variant(SHIPPED),
    Variant("no arena: memory from the system, call by call", _without_arena),
    Variant("memory patterns: one block for all tensors of a shape", _with_patterns),
    Variant("denormals are zero, in hardware", _entry("session.set_denormal_as_zero")),
    Variant("no layout by vectors (NCHWc)", _without_vector_layout),
    Variant("two threads", threads=2),
    Variant("two threads that spin between calls", _entry("session.intra_op.allow_spinning"), 2),
)

_MEMORY = """
import json, sys
from benchmarks.studies.sessions import VARIANTS, open_variant, workload
from runtime.bench.memory import peak_memory
graph = workload(sys.argv[1])
before = peak_memory()
session = open_variant(graph.name, VARIANTS[int(sys.argv[2])])
for _ in range(3):
    graph.run(session)
print(json.dumps(peak_memory() - before))
"""


def workload(name: str) -> PlainGraph:
    """A network's picture; of its graphs the shipped file is what is measured."""
    return plain_detector_graph(name) if name in DETECTORS else plain_landmark_graph(name)


def open_variant(name: str, variant: Variant) -> onnxruntime.InferenceSession:
    """The shipped file in a session with one change, for the one size of input that the workload has."""
    side = {"height": 256, "width": 256} if name in DETECTORS else {}
    options = SessionSettings(variant.threads, fixed=side).options()
    variant.change(options)
    content = load_model(name, "detector" if name in DETECTORS else "landmarks").content
    return start(content, options, ["CPUExecutionProvider"])


def measure(name: str, rounds: int, seconds: float, warm_up: int = WARM_UP_CALLS) -> str:
    """A Markdown table of the variants of one network.

    Args:
        name: of the network.
        rounds: calls of each variant that are timed.
        seconds: for which each works at a camera's pace.
        warm_up: untimed calls of each before.
    """
    graph = workload(name)
    calls: dict[str, Compute] = {variant.name: partial(graph.run, open_variant(name, variant)) for variant in VARIANTS}
    samples = time_calls(calls, rounds, warm_up=warm_up)
    times = {name: each.summary().wall for name, each in samples.items()}
    rows = []
    for index, variant in enumerate(VARIANTS):
        spent = times[variant.name]
        # alone: threads that spin would take the core from the others
        session = open_variant(name, variant)
        share = paced(partial(graph.run, session), seconds).cpu_share
        memory = fresh_process(_MEMORY, name, str(index)) / 1e6
        ratio = spent.ratio_to(times[SHIPPED])
        rows.append((variant.name, f"{spent.p50:.3f}", f"{ratio:.2f}", f"{100 * share:.1f} %", f"{memory:.1f}"))
    return markdown_table((name, "median ms", "ratio", "of a core at 30 calls/s", "MB"), rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.sessions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", choices=NETWORKS, help="one network instead of all")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each variant (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="at a camera's pace (default: %(default)s)")
    options = parser.parse_args()
    onnxruntime.set_default_logger_severity(3)  # a warning for the setting that is changed
    for name in [options.only] if options.only else NETWORKS:
        print(f"{measure(name, options.rounds, options.seconds)}\n")
    print(this_machine().to_text())


if __name__ == "__main__":
    main()
