"""Why the networks take uint8 pixels: conversion inside the graph against conversion before it.

    python -m benchmarks.input_format

One thread, one crop, from the crop that OpenCV gives to the points; the same network in three dresses.
"""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from benchmarks.interleaved import compare, table
from runtime.models import load_model


def without_conversion(content: bytes) -> bytes:
    """The same network with the Transpose and Cast at its input cut off: (n, 3, 192, 192) float32 BGR 0..255."""
    model = onnx.load_model_from_string(content)
    graph = model.graph
    transpose, cast = (next(node for node in graph.node if node.op_type == kind) for kind in ("Transpose", "Cast"))
    last = cast if cast.input[0] == transpose.output[0] else transpose
    for node in graph.node:
        node.input[:] = ["image" if name == last.output[0] else name for name in node.input]
    graph.node.remove(transpose)
    graph.node.remove(cast)
    graph.input[0].CopyFrom(helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 192, 192]))
    return model.SerializeToString()


def main() -> None:
    """Measure and print."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    content = load_model("full", "landmarks").content
    # a session each: one that has just run finds its weights in the cache
    pixels, floats, blobs = (
        onnxruntime.InferenceSession(each, options, providers=["CPUExecutionProvider"])
        for each in (content, without_conversion(content), without_conversion(content))
    )
    crop = np.random.default_rng(0).integers(0, 256, (1, 192, 192, 3)).astype(np.uint8)

    def with_numpy() -> object:
        return floats.run(None, {"image": np.ascontiguousarray(crop.transpose(0, 3, 1, 2), np.float32)})

    def with_blob() -> object:
        return blobs.run(None, {"image": cv2.dnn.blobFromImage(crop[0])})

    same = [np.abs(pixels.run(None, {"image": crop})[0] - other()[0]).max() for other in (with_numpy, with_blob)]  # type: ignore[index]
    computations = {
        "uint8 in, converted by the graph": lambda: pixels.run(None, {"image": crop}),
        "float32 in, converted by numpy": with_numpy,
        "float32 in, converted by cv2.dnn.blobFromImage": with_blob,
    }
    print(table("crop to points", compare(computations, rounds=1000)))
    print(f"largest difference of the points: {max(same):.1e} px")


if __name__ == "__main__":
    main()
