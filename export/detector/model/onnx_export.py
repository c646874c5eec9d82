"""Export of a trained detector to ONNX, with metadata that describes input and output."""

from __future__ import annotations

import copy
import io
import json
import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from export.detector.model.network import KEYPOINTS, STEP, STRIDES, FaceDetectorNetwork, Separable
from export.onnx_graph import optimise, store_half
from export.release import OPSET, current_commit
from runtime.media.files import write_bytes

CELLS = (
    "cells (n, 15, a): a = cells of stride 8, then 16, then 32, each in rows from the top, left to right; with "
    "(x, y) the cell's centre and s its stride in input pixels from the top-left corner, and v its 15 values: "
    "score = sigmoid(v0); box centre = (x, y) + s (v1, v2); box sides = s exp(v3), s exp(v4); "
    "keypoint k = (x, y) + s (v[5 + 2k], v[6 + 2k])"
)
"""Description of the outputs, for the file's metadata."""


class PixelDetector(nn.Module):
    """The detector for pixels: (N, H, W, 3) uint8 BGR, sides multiples of 32, to raw cells (N, OUTPUTS, A).

    Colour order and value range are folded into the first convolution, batch norms into the convolutions before them.
    """

    def __init__(self, network: FaceDetectorNetwork) -> None:
        super().__init__()
        self.network = fold_norms(network)
        with torch.no_grad():
            self.network.stem.weight.copy_(self.network.stem.weight.flip(1) / 255)

    def forward(self, image: Tensor) -> Tensor:
        """Compute the raw cells of pixels (N, H, W, 3) uint8 BGR."""
        cells: Tensor = self.network(image.permute(0, 3, 1, 2).float())
        return cells


def fold_norms(network: FaceDetectorNetwork) -> FaceDetectorNetwork:
    """Return a copy in evaluation mode whose batch norms are folded into the convolutions before them."""
    folded = copy.deepcopy(network).eval()
    folded.stem = fuse_conv_bn_eval(folded.stem, folded.stem_norm)
    folded.stem_norm = nn.Identity()  # type: ignore[assignment]
    for block in folded.modules():
        if isinstance(block, Separable):
            block.pointwise = fuse_conv_bn_eval(block.pointwise, block.norm)
            block.norm = nn.Identity()  # type: ignore[assignment]
    return folded


def to_onnx(network: FaceDetectorNetwork, metadata: dict[str, str] | None = None) -> onnx.ModelProto:
    """Export a network: simplified, rewritten for speed, with metadata.

    Args:
        network: the trained network.
        metadata: name, licence, training data and figures, in addition to the description of input and output.

    Raises:
        RuntimeError: onnxsim changed the outputs.
    """
    import onnxsim  # imported here because it takes seconds

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch recommends its newer exporter, which needs another package
        torch.onnx.export(
            PixelDetector(network).eval(),
            (torch.zeros(1, 2 * STEP, 2 * STEP, 3, dtype=torch.uint8),),
            buffer,  # type: ignore[arg-type]
            input_names=["image"],
            output_names=["cells"],
            dynamic_axes={"image": {0: "batch", 1: "height", 2: "width"}, "cells": {0: "batch", 2: "cells"}},
            opset_version=OPSET,
            dynamo=False,
        )
    model, agrees = onnxsim.simplify(onnx.load_model_from_string(buffer.getvalue()))
    if not agrees:
        raise RuntimeError("onnxsim changed the outputs of the network")
    optimise(model)
    model.producer_name, model.producer_version = "edge-landmarks", ""
    model.ir_version = 8  # that of opset 17, for older versions of onnxruntime
    onnx.helper.set_model_props(model, {**_contract(), "commit": current_commit(), **(metadata or {})})
    onnx.checker.check_model(model, full_check=True)
    return model


def write_onnx(network: FaceDetectorNetwork, path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write the ONNX file, with kernels stored as float16.

    Raises:
        OSError: the file cannot be written.
    """
    model = to_onnx(network, metadata)
    store_half(model)
    write_bytes(path, model.SerializeToString())


def _contract() -> dict[str, str]:
    """Return the metadata that describes input and output."""
    return {
        "kind": "face-detector",
        "decoder": "anchor-free",
        "input_layout": "NHWC",
        "input_dtype": "uint8",
        "color_order": "BGR",
        "input_size": "320",
        "input_step": str(STEP),
        "strides": json.dumps(STRIDES),
        "keypoints": json.dumps(KEYPOINTS),
        "outputs": CELLS,
    }
