"""Export of a trained network to an ONNX file with complete metadata."""

from __future__ import annotations

import io
import json
import subprocess
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from export.networks import INPUT_SIZE, Block, LandmarkNetwork, parameter_count
from export.onnx_graph import optimise
from export.paths import REPOSITORY
from runtime.engine import LANDMARK_CONTRACT, ModelFile, open_session
from runtime.landmarks import CROP_SCALE, Landmarker

OPSET = 17


@dataclass(frozen=True, slots=True)
class Provenance:
    """Provenance in a file's metadata; ``name`` is the model's, several may share a network."""

    name: str
    license: str
    training_data: str
    metrics: dict[str, float] = field(default_factory=dict)


class PixelNetwork(nn.Module):
    """(N, 192, 192, 3) uint8 BGR, as OpenCV crops it -> points (N, 68, 3), confidence (N, 1).

    Colour order and range are folded into the first convolution.
    """

    def __init__(self, network: LandmarkNetwork) -> None:
        """Fold norms, colour order and range into a copy of ``network``."""
        super().__init__()
        self.network = fold_norms(network)
        first = self.network.stem[0]
        assert isinstance(first, nn.Conv2d)
        with torch.no_grad():
            first.weight.copy_(first.weight.flip(1) / 255)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the output of the layer."""
        points, confidence = self.network(image.permute(0, 3, 1, 2).float())
        return points, confidence


def fold_norms(network: LandmarkNetwork) -> LandmarkNetwork:
    """Return a copy whose batch norms are folded into the convolutions before them."""
    copy = LandmarkNetwork(network.config).eval()
    copy.load_state_dict(network.state_dict())
    for block in [module for module in copy.modules() if isinstance(module, Block)]:
        for conv, norm in (("depthwise", "norm1"), ("pointwise", "norm2")):
            _fold(getattr(block, conv), getattr(block, norm))
            setattr(block, norm, nn.Identity())
    return copy


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    assert conv.bias is not None and norm.running_mean is not None and norm.running_var is not None
    with torch.no_grad():
        factor = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        conv.weight.copy_((conv.weight.double() * factor[:, None, None, None]).float())
        conv.bias.copy_(((conv.bias.double() - norm.running_mean) * factor + norm.bias).float())


def to_onnx(network: LandmarkNetwork, provenance: Provenance | None = None, rewrite: bool = True) -> onnx.ModelProto:
    """Export a network: simplified, rewritten for speed (unless ``rewrite`` is off), with metadata.

    Raises:
        RuntimeError: onnxsim's result computes something else.
    """
    import onnxsim  # here, as it takes seconds to import

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces a newer exporter, which needs another package
        torch.onnx.export(
            PixelNetwork(network).eval(),
            (torch.zeros(1, INPUT_SIZE, INPUT_SIZE, 3, dtype=torch.uint8),),
            buffer,  # type: ignore[arg-type]
            input_names=["image"],
            output_names=["points", "confidence"],
            dynamic_axes={name: {0: "n"} for name in ("image", "points", "confidence")},
            opset_version=OPSET,
            dynamo=False,
        )
    model, agrees = onnxsim.simplify(onnx.load_model_from_string(buffer.getvalue()))
    if not agrees:
        raise RuntimeError("onnxsim changed what the network computes")
    if rewrite:
        optimise(model)
    model.producer_name, model.producer_version = "edge-landmarks", ""
    model.ir_version = 8  # what opset 17 came with: readable by every onnxruntime of the last years
    if provenance is not None:
        describe(model, network, provenance)
    return model


def open_model(model: onnx.ModelProto) -> Landmarker:
    """Open a described model in memory as the runtime opens its file, on the CPU.

    Raises:
        ModelError: its metadata does not say how to feed it.
    """
    name = next((item.value for item in model.metadata_props if item.key == "name"), "")
    return Landmarker(open_session(ModelFile(name, Path(f"{name}.onnx"), model.SerializeToString()), "cpu"))


def describe(model: onnx.ModelProto, network: LandmarkNetwork, provenance: Provenance) -> None:
    """Write into a model how to feed it and where it comes from, in place of what it said before."""
    metadata = {
        **LANDMARK_CONTRACT,
        "name": provenance.name,
        "network": network.config.name,
        "input_size": str(INPUT_SIZE),
        "crop_scale": str(CROP_SCALE),
        "crop_rule": "square, side = crop_scale x longer side of the box of the 68 points, eyes made level",
        "outputs": "points: (n, 68, 3) x, y in crop pixels (centres at integers), z in the same unit, negative "
        "towards the camera; confidence: (n, 1) 0..1",
        "parameters": str(parameter_count(network)),
        "license": provenance.license,
        "training_data": provenance.training_data,
        "metrics": json.dumps(provenance.metrics, sort_keys=True),
        "commit": current_commit(),
    }
    onnx.helper.set_model_props(model, metadata)


def current_commit() -> str:
    """Return the checkout's commit, with ``+`` behind it if code was changed since; empty outside of a checkout."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "export", "runtime")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")


def _git(*arguments: str) -> str:
    shown = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return shown.stdout.strip()
