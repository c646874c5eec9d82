"""Checks before a network is released: training data, unseen test faces, parity, and the cost of float16."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.catalogue import Model
from export.data import Photograph
from export.evaluation import Rounding, measure_rounding, onnx_predict, torch_predict
from export.networks import LandmarkNetwork
from export.training import Lineage, check_unseen, read_lineage
from runtime.landmarks import Landmarker

PARITY = 1e-3
"""Largest difference between torch and onnxruntime, in pixels of the crop."""
ROUNDING = 0.01
"""Largest share by which float16 storage may make a network's NME grow."""

log = logging.getLogger(__name__)


def check_parity(name: str, network: LandmarkNetwork, landmarker: Landmarker, crops: NDArray[np.uint8]) -> None:
    """Compare a trained network with its ONNX file.

    Args:
        name: of the model, for the log and the error.
        network: in torch, in evaluation mode.
        landmarker: the ONNX file.
        crops: (N, 192, 192, 3) uint8 BGR.

    Raises:
        RuntimeError: a point differs by more than ``PARITY`` pixels.
    """
    distance = float(np.abs(torch_predict(network)(crops) - onnx_predict(landmarker)(crops)).max())
    log.info("%s: torch and onnxruntime differ by %.1e px on %d crops", name, distance, len(crops))
    if distance > PARITY:
        raise RuntimeError(f"{name}: torch and onnxruntime differ by {distance:.1e} px, not {PARITY}")


def check_rounding(name: str, rounded: Landmarker, exact: Landmarker, photographs: Sequence[Photograph]) -> Rounding:
    """Compare the file with float16 storage with the one before it, on crops cut by the annotation.

    Returns:
        How far points move, and what that does to the NME.

    Raises:
        RuntimeError: the NME grows by more than the share ``ROUNDING``.
    """
    rounding = measure_rounding(onnx_predict(rounded), onnx_predict(exact), photographs, exact.spec.crop_scale)
    log.info("%s: by float16 storage %s", name, rounding)
    if rounding.cost > ROUNDING:
        raise RuntimeError(f"{name}: by float16 storage {rounding}; {ROUNDING:.0%} is allowed")
    return rounding


def checked_lineage(model: Model, network: LandmarkNetwork, checkpoint: Path, synthetic: Path) -> Lineage:
    """Return the training data of a model, if they are what its name promises and not what it is tested on.

    Raises:
        ValueError: the checkpoint is of another network or does not record its training data, a shippable model was
            trained on photographs of people, or the ``synthetic`` test faces are of a seed that was trained on.
        FileNotFoundError: ``synthetic`` is no folder that ``synthesize`` wrote.
    """
    if network.config.name != model.network:
        raise ValueError(f"{checkpoint} holds a {network.config.name} network, {model.name} is a {model.network} one")
    lineage = read_lineage(checkpoint)
    if lineage.photographs and not model.family.people:
        raise ValueError(
            f"{checkpoint} has learnt from photographs of people ({', '.join(lineage.photographs)}), itself or through "
            f"its start or teacher; {model.name} promises that it has not"
        )
    check_unseen(model.name, lineage, synthetic)
    return lineage
