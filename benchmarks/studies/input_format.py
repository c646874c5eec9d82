"""Input formats of the networks: conversion of uint8 pixels inside the graph against conversion before it.

    python -m benchmarks.studies.input_format

Measures three variants of the same network from OpenCV's crop to the points, for one crop on one thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks.studies.plain_graphs import plain_landmark_graph
from export.onnx_graph import optimise
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import time_calls


def with_float_input(model: onnx.ModelProto, kinds: Sequence[str], sides: Sequence[str | int]) -> onnx.ModelProto:
    """Remove the operators ``kinds`` at a network's input, which becomes float32 BGR 0..255 of the shape ``sides``."""
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    graph = cut.graph
    removed = [next(node for node in graph.node if node.op_type == kind) for kind in kinds]
    passed = {node.output[0]: node.input[0] for node in removed}
    for node in removed:
        graph.node.remove(node)
    for node in graph.node:
        for index, name in enumerate(node.input):
            while name in passed:
                name = passed[name]
            node.input[index] = name
    graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, sides))
    return cut


def main() -> None:
    """Run the study and print its table."""
    workload = plain_landmark_graph("full")
    crop = workload.image
    planar = with_float_input(workload.model, ("Transpose", "Cast"), ("n", 3, *crop.shape[1:3]))
    pixels = workload.model
    optimise(pixels)
    optimise(planar)
    interleaved = with_float_input(pixels, ("Cast",), ("n", *crop.shape[1:]))
    # separate sessions, because a shared one would find its weights in the cache
    inside, floats, blobs = (workload.open(model) for model in (pixels, interleaved, planar))

    def with_numpy() -> object:
        return floats.run(None, {"image": crop.astype(np.float32)})

    def with_blob() -> object:
        return blobs.run(None, {"image": cv2.dnn.blobFromImage(crop[0])})

    points = workload.run(inside)[0]
    same = [np.abs(points - other()[0]).max() for other in (with_numpy, with_blob)]  # type: ignore[index]
    computations = {
        "uint8 in, converted by the graph": lambda: workload.run(inside),
        "float32 pixels in, converted by numpy": with_numpy,
        "float32 planes in, converted by cv2.dnn.blobFromImage": with_blob,
    }
    times = {name: samples.summary().wall for name, samples in time_calls(computations, rounds=1000).items()}
    first = next(iter(times.values()))
    rows = [
        (name, f"{item.p50:.3f}", f"{item.best:.3f}", f"{item.ratio_to(first):.2f}") for name, item in times.items()
    ]
    print(f"{markdown_table(('crop to points', 'median ms', 'best ms', 'ratio'), rows)}\n\n{this_machine().to_text()}")
    print(f"largest difference of the points: {max(same):.1e} px")


if __name__ == "__main__":
    main()
