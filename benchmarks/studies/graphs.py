"""Speed-up of each graph rewrite.

    python -m benchmarks.studies.graphs
    python -m benchmarks.studies.graphs --only full --rounds 1000
    python -m benchmarks.studies.graphs --costs    # counted, not timed: for AVX2 and for AVX-512

Each table starts from the plain export and adds one pass per row; its last rows leave out one pass each, and are for
processors with another channel block where that makes a difference. All variants of a network are interleaved, on one
thread, in CPU time, so the ratios hold on a busy machine too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.studies.plain_graphs import PlainGraph, plain_detector_graph, plain_landmark_graph
from export.networks import CONFIGS
from export.onnx_graph import Pass, graph_cost, optimise, passes_for, store_half
from export.pretrained import DETECTORS, find_packaged
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import WARM_UP_CALLS, Latency, time_calls
from runtime.engine import NARROW_BLOCK, WIDE_BLOCK, channel_block

NETWORKS = (*CONFIGS, *DETECTORS)
ORIGINALS = {"full": "face_landmark.tflite", "blazeface-back": "face_detection_back.tflite"}
"""MediaPipe's files of the same networks (of ``full`` with 468 points), for TensorFlow Lite with XNNPACK."""


BLOCKS = {NARROW_BLOCK: f"AVX2: {NARROW_BLOCK}", WIDE_BLOCK: f"AVX-512, ARM64: {WIDE_BLOCK}"}
"""Processors by their channel block."""


def variants(plain: onnx.ModelProto, exact: bool) -> dict[str, onnx.ModelProto]:
    """Build the variants of a graph: plain, with one more pass each, with all passes but one, for other processors.

    Args:
        plain: the plain graph.
        exact: whether to store only values as float16 that it represents exactly, as for the detectors.

    Returns:
        The graphs by name in the table.
    """
    passes = passes_for(channel_block())
    useful = [step for step, places in zip(passes, optimise(_copy(plain), passes).values(), strict=True) if places]
    made = {"plain export": plain}
    for index, step in enumerate(useful, start=1):
        made[f"+ {step.__name__}"] = _rewritten(plain, useful[:index])
    complete = list(made.values())[-1]
    made["float16 storage"] = _copy(complete)
    store_half(made["float16 storage"], exact=exact)
    for step in useful:
        made[f"all but {step.__name__}"] = _rewritten(plain, [other for other in useful if other is not step])
    for block in BLOCKS:
        rewritten = _rewritten(plain, passes_for(block))
        if block != channel_block() and rewritten.ByteSize() != complete.ByteSize():
            made[f"for blocks of {block}"] = rewritten
    return made


def measure(workload: PlainGraph, rounds: int, warm_up: int = WARM_UP_CALLS) -> str:
    """Measure one network's variants and return a Markdown table.

    Args:
        workload: the network's plain graph and input.
        rounds: number of timed calls of each variant.
        warm_up: number of untimed calls of each before.
    """
    models = variants(workload.model, exact=workload.name in DETECTORS)
    sessions = {name: workload.open(model) for name, model in models.items()}
    computations: dict[str, Callable[[], object]] = {
        name: lambda session=session: workload.run(session)  # type: ignore[misc]
        for name, session in sessions.items()
    }
    if workload.name in ORIGINALS:
        computations["MediaPipe's original under LiteRT"] = _litert(ORIGINALS[workload.name], workload.image)
    expected = workload.run(sessions["plain export"])
    differences = {
        name: max(float(np.abs(new - old).max()) for new, old in zip(workload.run(session), expected, strict=True))
        for name, session in sessions.items()
    }
    samples = time_calls(computations, rounds, warm_up=warm_up)
    times = {name: each.summary().cpu for name, each in samples.items()}
    return _table(workload.name, times, models, differences)


def cost_table(plain: Mapping[str, onnx.ModelProto]) -> str:
    """Count what plain and rewritten graphs cost on both kinds of processors; return a Markdown table.

    Args:
        plain: plain graphs by name of network.
    """
    rows = []
    for name, model in plain.items():
        graphs = {
            "plain export": model,
            **{f"for blocks of {block}": _rewritten(model, passes_for(block)) for block in BLOCKS},
        }
        for block, processors in BLOCKS.items():
            for kind, graph in graphs.items():
                cost = graph_cost(graph, block)
                millions = [f"{value / 1e6:.1f}" for value in (cost.multiply_adds, cost.padded)]
                rows.append([name, processors, kind, *millions, cost.outside, cost.reorders, cost.nodes])
    head = ("network", "processor", "graph", "million multiply-adds", "in whole blocks")
    return markdown_table([*head, "convolutions outside the layout", "reorders", "nodes"], rows)


def _table(
    title: str, times: Mapping[str, Latency], models: Mapping[str, onnx.ModelProto], differences: Mapping[str, float]
) -> str:
    plain = times["plain export"]
    rows = [
        (
            name,
            f"{item.p50:.3f}",
            f"{item.best:.3f}",
            f"{item.ratio_to(plain):.2f}",
            f"{item.best / plain.best:.2f}",
            f"{models[name].ByteSize() / 1e6:.2f}" if name in models else "",
            f"{differences[name]:.0e}" if name in differences else "",
        )
        for name, item in times.items()
    ]
    header = (title, "median ms", "best ms", "ratio of medians", "ratio of best", "MB", "largest difference")
    return markdown_table(header, rows)


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def _rewritten(plain: onnx.ModelProto, passes: Sequence[Pass]) -> onnx.ModelProto:
    model = _copy(plain)
    optimise(model, passes)
    return model


def _litert(file: str, image: NDArray[np.uint8]) -> Callable[[], object]:
    """Open the original on one thread; the conversion of its input to float32 is not timed."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(find_packaged(file)), num_threads=1)
    interpreter.allocate_tensors()
    index = interpreter.get_input_details()[0]["index"]
    pixels = image[..., ::-1].astype(np.float32) / 255

    def run() -> None:
        interpreter.set_tensor(index, pixels)
        interpreter.invoke()

    return run


def main() -> None:
    """Run the study and print its tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.graphs", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", choices=NETWORKS, help="measure this network only")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each variant (default: %(default)s)")
    parser.add_argument("--costs", action="store_true", help="count instead of timing, for both kinds of processors")
    options = parser.parse_args()
    names = [options.only] if options.only else NETWORKS
    workloads = (plain_landmark_graph(name) if name in CONFIGS else plain_detector_graph(name) for name in names)
    if options.costs:
        print(cost_table({workload.name: workload.model for workload in workloads}))
        return
    for workload in workloads:
        print(f"{measure(workload, options.rounds)}\n")
    print(this_machine().to_text())


if __name__ == "__main__":
    main()
