"""Conversion of a landmark network to other number formats with onnxruntime's tools.

None of these is shipped, for the reasons that ``python -m benchmarks.studies.precision`` shows.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

from runtime.media.files import write_bytes


class _Crops(CalibrationDataReader):  # type: ignore[misc]
    """Calibration data: crops (N, H, W, 3) uint8 BGR, one by one."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        self._feeds = iter([{"image": crop[None]} for crop in crops])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next feed, None at the end."""
        return next(self._feeds, None)


def float16_arithmetic(model: onnx.ModelProto) -> onnx.ModelProto:
    """Convert all weights and activations to float16; results stay float32."""
    with _quiet():
        return convert_float_to_float16(model, keep_io_types=True)  # type: ignore[no-any-return]


def int8_static(model: onnx.ModelProto, crops: NDArray[np.uint8]) -> onnx.ModelProto:
    """Quantise weights to int8 by channel and activations to uint8, with ranges measured on ``crops`` (QDQ).

    The last convolutions stay float32, because a step of uint8 would be a pixel of a coordinate.
    """
    last = [node.name for node in model.graph.node if node.op_type == "Conv" and _ends(model, node)]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        target = Path(folder) / "int8.onnx"
        quantize_static(
            _saved(model, folder),
            target,
            _Crops(crops),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=last,
        )
        return onnx.load(target)


def int8_dynamic(model: onnx.ModelProto) -> onnx.ModelProto:
    """Quantise weights to int8; activations become uint8 with ranges computed at run time."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        target = Path(folder) / "int8.onnx"
        quantize_dynamic(_saved(model, folder), target, per_channel=True, weight_type=QuantType.QUInt8)
        return onnx.load(target)


def _ends(model: onnx.ModelProto, conv: onnx.NodeProto) -> bool:
    """Return whether no convolution follows this one."""
    reached, pending = set(), [conv.output[0]]
    while pending:
        tensor = pending.pop()
        for node in model.graph.node:
            if tensor in node.input and node.output[0] not in reached:
                if node.op_type == "Conv":
                    return False
                reached.add(node.output[0])
                pending.append(node.output[0])
    return True


def _saved(model: onnx.ModelProto, folder: str) -> Path:
    path = Path(folder) / "float32.onnx"
    write_bytes(path, model.SerializeToString())
    return path


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress warnings about clipped weights and about preprocessing, which has been done."""
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.root.setLevel(level)
