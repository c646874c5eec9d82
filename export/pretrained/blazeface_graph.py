"""BlazeFace as an ONNX graph, written operator by operator from the TensorFlow Lite original.

The arithmetic and the channel counts are the original's; ``export.onnx_graph`` gives it the form that is fast.
"""

from __future__ import annotations

import onnx

from export.pretrained.graph_writer import GraphWriter
from export.pretrained.tflite_file import TfliteGraph

MID_GRAY = 127.5


def build_model(source: TfliteGraph, *, name: str, input_size: int | None) -> onnx.ModelProto:
    """Write BlazeFace with uint8 pixels in and the original's raw outputs.

    Input ``image``: uint8 (N, H, W, 3), BGR. Outputs: ``regressions`` float32 (N, A, 16), offsets from the
    anchor centres in input pixels (the second pair is width and height); ``logits`` float32 (N, A, 1), not
    clipped. The A anchors are in the original's order.

    Args:
        source: the graph as ``read_graph`` returns it.
        name: name of the ONNX graph.
        input_size: side of the square input, or None to leave it free (multiples of the largest stride).

    Raises:
        ValueError: the graph has an operator, or a use of one, that BlazeFace has not.
    """
    writer = GraphWriter(source, network="BlazeFace", middle=MID_GRAY, scale=MID_GRAY)
    regressions, logits = _outputs(source)
    for operator in source.operators:
        writer.add(operator)
    writer.rename({regressions: "regressions", logits: "logits"})
    sides: tuple[int | str, int | str] = ("height", "width") if input_size is None else (input_size, input_size)
    outputs: dict[str, list[int | str]] = {"regressions": ["anchors", 16], "logits": ["anchors", 1]}
    return writer.model(name, sides, outputs, "export.pretrained.blazeface")


def _outputs(source: TfliteGraph) -> tuple[int, int]:
    by_width = {source.shapes[tensor][-1]: tensor for tensor in source.outputs}
    if set(by_width) != {16, 1}:
        raise ValueError(f"outputs have the widths {sorted(by_width)}; BlazeFace has 16 (regressions) and 1 (logits)")
    return by_width[16], by_width[1]
