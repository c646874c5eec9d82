"""Loss of the detector's cells: score, box and keypoints."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import NonNegativeFloat
from torch import Tensor

from export.config_files import Config
from export.detector.model import KEYPOINTS, decode_boxes, decode_keypoints
from export.detector.targets import FaceBatch, assign

KEYPOINT_BEND = 0.03
"""Keypoint error, as a fraction of the box's longer side, below which the loss is quadratic."""


LEAST_FIT = 0.7
"""Target score of an assigned cell whose box does not overlap the face at all, relative to one that fits."""


class LossWeights(Config):
    """Weights of the parts of the loss; a run with ``hints`` needs YuNet's file."""

    score: NonNegativeFloat = 1.0
    box: NonNegativeFloat = 2.0
    keypoints: NonNegativeFloat = 10.0
    hints: NonNegativeFloat = 0.0


def detection_losses(
    cells: Tensor, faces: FaceBatch, centres: Tensor, strides: Tensor, weights: LossWeights
) -> dict[str, Tensor]:
    """Compute the weighted losses of raw cells (N, OUTPUTS, A): "score", "box" and "keypoints".

    Each is a sum over cells, divided by the number of cells assigned to a face.
    """
    logits, boxes = cells[:, 0], decode_boxes(cells, centres, strides)
    matched = assign(faces, logits, boxes, centres, strides)
    found = boxes[matched.picture, matched.cell]
    overlap, box_loss = enclosed_iou(found, matched.boxes)
    # boxes of small faces overlap less: their score must say that it is a face, more than how well the box fits
    fit = overlap.detach().clamp(min=0).sqrt()
    quality = (LEAST_FIT + (1 - LEAST_FIT) * fit) * matched.targets
    target = torch.zeros_like(logits)
    target[matched.picture, matched.cell] = quality
    learnt = matched.background.clone()
    learnt[matched.picture, matched.cell] = True
    count = max(1, len(matched.cell))
    points = decode_keypoints(cells, centres, strides)[matched.picture, matched.cell]
    sides = (matched.boxes[:, 2:] - matched.boxes[:, :2]).amax(dim=1)
    error = ((points - matched.keypoints) / sides[:, None, None])[matched.known]
    smooth = F.smooth_l1_loss(error, torch.zeros_like(error), beta=KEYPOINT_BEND, reduction="sum")
    return {
        "score": weights.score * quality_focal(logits[learnt], target[learnt]).sum() / count,
        "box": weights.box * (box_loss * matched.targets).sum() / count,
        "keypoints": weights.keypoints * smooth / (2 * len(KEYPOINTS)) / count,
    }


def quality_focal(logits: Tensor, target: Tensor) -> Tensor:
    """Compute the quality focal loss (Li et al. 2020, arXiv:2006.04388) of logits for scores 0..1, elementwise."""
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (torch.sigmoid(logits) - target).square() * entropy


def enclosed_iou(found: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Compute intersection over union (P,) and EIoU loss (P,) of boxes (P, 4) and their targets (P, 4), xyxy.

    Zhang et al., "Focal and Efficient IOU Loss", 2021 (arXiv:2101.08158): 1 - IoU, plus the squared distances of
    centres, widths and heights, relative to the enclosing box.
    """
    low, high = torch.maximum(found[:, :2], wanted[:, :2]), torch.minimum(found[:, 2:], wanted[:, 2:])
    intersection = (high - low).clamp(min=0).prod(dim=1)
    sides, wanted_sides = found[:, 2:] - found[:, :2], wanted[:, 2:] - wanted[:, :2]
    iou = intersection / (sides.prod(dim=1) + wanted_sides.prod(dim=1) - intersection).clamp(min=1e-6)
    around = torch.maximum(found[:, 2:], wanted[:, 2:]) - torch.minimum(found[:, :2], wanted[:, :2])
    around_squared = around.square().clamp(min=1e-6)
    shift = ((found[:, :2] + found[:, 2:] - wanted[:, :2] - wanted[:, 2:]) / 2).square().sum(dim=1)
    growth = ((sides - wanted_sides).square() / around_squared).sum(dim=1)
    return iou, 1 - iou + shift / around_squared.sum(dim=1) + growth
