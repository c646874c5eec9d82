"""Passes over constants: numbers that are slow to compute with, and numbers that take less space in the file."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

SMALLEST = 256
"""Constants of fewer numbers stay float32: the Cast that reads a constant takes a hundred bytes itself."""


def scrub_denormals(model: ModelProto) -> int:
    """Set weights too small for a normal float32 to 0: processors compute with them a hundred times slower."""
    smallest = np.float32(np.finfo(np.float32).tiny).view(np.uint32)
    changed = 0
    for initializer in model.graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32:
            continue
        # by their bits: a processor told to flush denormals sees them as zeros already
        magnitude = array.view(np.uint32) & np.uint32(0x7FFFFFFF)
        if (denormal := (magnitude > 0) & (magnitude < smallest)).any():
            initializer.CopyFrom(numpy_helper.from_array(np.where(denormal, np.float32(0), array), initializer.name))
            changed += int(denormal.sum())
    return changed


def store_half(model: ModelProto, exact: bool = False) -> int:
    """Store kernels as float16 with a Cast to float32 behind each, which onnxruntime computes once, at load.

    What is computed with them stays float32. So do biases, which may be coordinates of many pixels, and constants
    that are small or have a number beyond float16.

    Args:
        model: edited in place.
        exact: only constants that float16 holds as they are; otherwise numbers are rounded to 11 bits.

    Returns:
        how many constants are float16 now.
    """
    graph = model.graph
    changed = 0
    for initializer in list(graph.initializer):
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32 or array.ndim < 2 or array.size < SMALLEST:
            continue
        with np.errstate(over="ignore"):
            half = array.astype(np.float16)
        if not np.isfinite(half).all() or (exact and (half != array).any()):
            continue
        name = initializer.name
        graph.initializer.remove(initializer)
        graph.initializer.append(numpy_helper.from_array(half, f"{name}_half"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}_half"], [name], f"{name}_cast", to=TensorProto.FLOAT))
        changed += 1
    return changed
