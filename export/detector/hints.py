"""Feature hints: the pyramid learns to predict, in every cell, the features on which YuNet's heads decide.

Romero et al., "FitNets: Hints for Thin Deep Nets", 2015 (arXiv:1412.6550). Labels teach a few cells of a picture;
hints teach all of them. Cells where teacher and labels disagree, as on turned or tiny faces, are left out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.detector.data import open_yunet, read_yunet
from export.detector.model import STRIDES
from export.detector.targets import FaceBatch, in_boxes

FEATURES = 64
"""Channels of YuNet's features at every stride."""

SEEN = 0.4
"""Score at and above which the teacher takes a cell for a face."""


class TeacherFeatures:
    """YuNet's features before its heads, and its scores, for pictures whose sides are multiples of 32."""

    def __init__(self, yunet: Path, threads: int = 1) -> None:
        """Load ``yunet_n_dynamic.onnx``.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file does not have YuNet's outputs.
        """
        try:
            model = onnx.load_model_from_string(read_yunet(yunet))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{error}, or set losses.hints = 0 to train without hints") from None
        names = [_feature_name(model, f"cls_{stride}") for stride in STRIDES]
        model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in names)
        self._session = open_yunet(model.SerializeToString(), threads)
        self._input = self._session.get_inputs()[0].name
        self._outputs = [*names, *(f"{kind}_{stride}" for kind in ("cls", "obj") for stride in STRIDES)]

    def __call__(self, images: NDArray[np.uint8]) -> tuple[list[Tensor], Tensor]:
        """Compute features and scores of pictures (N, H, W, 3) uint8 BGR.

        Returns:
            For each stride features (N, FEATURES, H / stride, W / stride), and the scores (N, A) of all cells.
        """
        pixels = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)
        values = [torch.from_numpy(each) for each in self._session.run(self._outputs, {self._input: pixels})]
        features, classes, objects = values[:3], torch.cat(values[3:6], dim=1), torch.cat(values[6:], dim=1)
        return features, (classes * objects).squeeze(2).sqrt()


class FeatureHints(nn.Module):
    """Loss between the teacher's standardised features and those predicted linearly from the student's."""

    def __init__(self, pyramid: int) -> None:
        """Build a layer for each stride.

        Args:
            pyramid: channels of the student's feature pyramid.
        """
        super().__init__()
        self.predict = nn.ModuleList(nn.Conv2d(pyramid, FEATURES, 1) for _ in STRIDES)
        self.standardise = nn.ModuleList(nn.BatchNorm2d(FEATURES, affine=False, momentum=0.01) for _ in STRIDES)

    def forward(
        self,
        levels: list[Tensor],
        features: list[Tensor],
        scores: Tensor,
        faces: FaceBatch,
        centres: Tensor,
        strides: Tensor,
    ) -> Tensor:
        """Compute the mean squared error; faces and background count equally.

        Args:
            levels: the student's features (N, pyramid, h, w) of each stride.
            features: the teacher's features of each stride, from :class:`TeacherFeatures`.
            scores: (N, A) the teacher's scores.
            faces: labels of the batch.
            centres: (A, 2) centres of the cells; see ``cell_grid``.
            strides: (A,) strides of the cells.
        """
        errors = []
        for level, wanted, predict, standardise in zip(levels, features, self.predict, self.standardise, strict=True):
            errors.append((predict(level) - standardise(wanted)).square().mean(dim=1).flatten(1))
        error = torch.cat(errors, dim=1)
        # every level counts equally, although there are four times as many cells in the one below
        weights = (strides / STRIDES[0]).square()[None]
        inside, background = agreeing_cells(scores, faces, centres)
        return (_mean(error, inside * weights) + _mean(error, background * weights)) / 2


@torch.no_grad()
def agreeing_cells(scores: Tensor, faces: FaceBatch, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cells (N, A) bool in faces that the teacher sees, and those that teacher and labels call background.

    Args:
        scores: (N, A) the teacher's scores.
        faces: labels of the batch.
        centres: (A, 2) centres of the cells.
    """
    inside = torch.zeros(scores.shape, dtype=torch.bool, device=scores.device)
    excluded = scores >= SEEN
    for number, (boxes, ignored) in enumerate(zip(faces.boxes, faces.ignored, strict=True)):
        if len(ignored):
            excluded[number] |= in_boxes(ignored, centres).any(dim=0)
        if len(boxes):
            cells = in_boxes(boxes, centres)
            seen = (cells & (scores[number] >= SEEN)).any(dim=1)
            inside[number] = cells[seen].any(dim=0)
            excluded[number] |= cells.any(dim=0)
    return inside, ~excluded


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1)


def _feature_name(model: onnx.ModelProto, output: str) -> str:
    """Return the name of the last activation before an output."""
    makers = {name: node for node in model.graph.node for name in node.output}
    name = output
    while name in makers:
        if makers[name].op_type == "Relu":
            return name
        name = makers[name].input[0]
    raise ValueError(f"YuNet's output {output!r} is missing, or has no activation before it")
