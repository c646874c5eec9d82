"""Settings of onnxruntime's sessions: threads, spinning, arena, memory patterns, layout.

    python -m benchmarks.studies.sessions
    python -m benchmarks.studies.sessions --memory

Each row has one change. The variants of a network are interleaved; at a camera's rate each runs alone, and the time of
its threads between two calls counts. Memory is the growth of a fresh process that opens and runs the network; this
module imports only the runtime, since a session would reuse memory that a larger import has freed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.resources import fresh_process, paced
from runtime.bench.timing import WARM_UP_CALLS, Compute, time_calls
from runtime.engine import Network, Role, SessionSettings, load_model, start

NETWORKS: dict[str, tuple[Role, int]] = {
    "full": ("landmarks", 192),
    "trimmed": ("landmarks", 192),
    "blazeface-back": ("detector", 256),
}
"""Role and input side of the networks by name."""

SHIPPED = "as shipped: one thread"


@dataclass(frozen=True, slots=True)
class Variant:
    """A change to the session options that the runtime uses.

    Attributes:
        name: description of the change.
        change: function that changes the options.
        threads: threads inside one operator.
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
from benchmarks.studies.sessions import VARIANTS, open_variant, random_image, run
from runtime.bench.memory import peak_memory
name, variant = sys.argv[1], VARIANTS[int(sys.argv[2])]
image = random_image(name)
before = peak_memory()
session = open_variant(name, variant)
for _ in range(3):
    run(session, image)
print(json.dumps(peak_memory() - before))
"""


def random_image(name: str) -> NDArray[np.uint8]:
    """Return a random input (1, S, S, 3) uint8 of a network; time and memory do not depend on pixel values."""
    _, side = NETWORKS[name]
    return np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)


def open_variant(name: str, variant: Variant) -> Network:
    """Open a shipped file in a session with one change, for inputs of one size."""
    role, side = NETWORKS[name]
    fixed = {"height": side, "width": side} if role == "detector" else {}
    options = SessionSettings(variant.threads, fixed=fixed).options()
    variant.change(options)
    return start(load_model(name, role).content, options, ["CPUExecutionProvider"])


def run(session: Network, image: NDArray[np.uint8]) -> object:
    """Run a session on an image and return all outputs."""
    return session.run(None, {"image": image})


def measure(name: str, rounds: int, seconds: float, warm_up: int = WARM_UP_CALLS) -> str:
    """Measure the times of one network's variants and return a Markdown table.

    Args:
        name: a key of :data:`NETWORKS`.
        rounds: number of timed calls of each variant.
        seconds: seconds for which each runs at a camera's rate.
        warm_up: number of untimed calls of each before.
    """
    image = random_image(name)
    calls: dict[str, Compute] = {variant.name: partial(run, open_variant(name, variant), image) for variant in VARIANTS}
    samples = time_calls(calls, rounds, warm_up=warm_up)
    times = {name: each.summary().wall for name, each in samples.items()}
    rows = []
    for variant in VARIANTS:
        spent = times[variant.name]
        # alone, because spinning threads would take the core from the others
        share = paced(partial(run, open_variant(name, variant), image), seconds).cpu_share
        ratio = spent.ratio_to(times[SHIPPED])
        rows.append((variant.name, f"{spent.p50:.3f}", f"{ratio:.2f}", f"{100 * share:.1f} %"))
    return markdown_table((name, "median ms", "ratio", "of a core at 30 calls/s"), rows)


def measure_memory(names: Sequence[str]) -> str:
    """Measure the memory of all variants in fresh processes and return a Markdown table, in MB by network."""
    rows = [
        (variant.name, *(f"{fresh_process(_MEMORY, name, str(index)) / 1e6:.1f}" for name in names))
        for index, variant in enumerate(VARIANTS)
    ]
    return markdown_table(("MB", *names), rows)


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.sessions", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", choices=tuple(NETWORKS), help="measure this network only")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each variant (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="seconds at a camera's rate (default: %(default)s)")
    options = parser.parse_args()
    onnxruntime.set_default_logger_severity(3)  # suppresses warnings about the changed settings
    names = [options.only] if options.only else list(NETWORKS)
    tables = (
        [measure_memory(names)]
        if options.memory
        else (measure(name, options.rounds, options.seconds) for name in names)
    )
    for table in tables:
        print(f"{table}\n")
    print(this_machine().to_text())


if __name__ == "__main__":
    main()
