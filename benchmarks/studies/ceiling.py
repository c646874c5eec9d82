"""Throughput of the networks relative to the processor's peak rate.

    python -m benchmarks.studies.ceiling

The ceiling is the rate of the fastest convolution: 1x1, dense, with its data in the cache. A network's floor is the
time of its file's multiply-adds at that rate; padding channels to whole vectors adds multiply-adds to those of the
plain export, but makes it faster. The networks are interleaved, on one thread, in CPU time.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.studies.plain_graphs import PlainGraph, plain_detector_graph, plain_landmark_graph
from benchmarks.workload import multiply_adds
from export.networks import CONFIGS
from export.pretrained import DETECTORS
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import time_calls
from runtime.engine import load_model

CHANNELS, SIDE, LAYERS = 128, 24, 8
"""Shape of the ceiling's convolutions: 0.3 MB of data and 0.5 MB of weights fit into a cache of 1 MB."""


def ceiling_graph() -> onnx.ModelProto:
    """Build a sequence of dense 1x1 convolutions on an image (1, 128, 24, 24) float32."""
    draw = np.random.default_rng(0)
    weights = [
        numpy_helper.from_array(draw.normal(0, 0.1, (CHANNELS, CHANNELS, 1, 1)).astype(np.float32), f"kernel_{index}")
        for index in range(LAYERS)
    ]
    names = ["image", *(f"layer_{index}" for index in range(LAYERS - 1)), "out"]
    nodes = [helper.make_node("Conv", [names[index], f"kernel_{index}"], [names[index + 1]]) for index in range(LAYERS)]
    shape = (1, CHANNELS, SIDE, SIDE)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("image", "out")]
    graph = helper.make_graph(nodes, "ceiling", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def measure(rounds: int) -> str:
    """Measure all networks and return a Markdown table and the ceiling."""
    plain: dict[str, PlainGraph] = {name: plain_landmark_graph(name) for name in CONFIGS}
    plain |= {name: plain_detector_graph(name) for name in DETECTORS}
    files = {name: load_model(name, "landmarks" if name in CONFIGS else "detector").content for name in plain}
    calls: dict[str, Callable[[], object]] = {}
    for name, graph in plain.items():
        calls[name] = partial(graph.run, graph.open(onnx.load_model_from_string(files[name])))
    top = PlainGraph("ceiling", ceiling_graph(), np.zeros((1, CHANNELS, SIDE, SIDE), np.float32))  # type: ignore[arg-type]
    calls[top.name] = partial(top.run, top.open(top.model))
    times = {name: samples.summary().cpu.p50 for name, samples in time_calls(calls, rounds).items()}
    rate = LAYERS * CHANNELS**2 * SIDE**2 / times[top.name] / 1e6
    rows = []
    for name, graph in plain.items():
        exported, done = (
            multiply_adds(each, graph.image.shape[1]) for each in (graph.model.SerializeToString(), files[name])
        )
        floor = done / rate / 1e6
        rows.append(
            (
                name,
                f"{exported / 1e6:.1f}",
                f"{done / 1e6:.1f}",
                f"{times[name]:.3f}",
                f"{done / times[name] / 1e6:.0f}",
                f"{floor:.3f}",
                f"{floor / times[name]:.0%}",
            )
        )
    header = ("network", "million asked for", "in the file", "ms", "billion a second", "floor, ms", "of the time")
    return f"{markdown_table(header, rows)}\n\nThe ceiling: {rate:.0f} billion multiply-adds a second."


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.ceiling", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=300, help="calls of each network (default: %(default)s)")
    print(f"{measure(parser.parse_args().rounds)}\n\n{this_machine().to_text()}")


if __name__ == "__main__":
    main()
