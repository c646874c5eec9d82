"""Assignment of cells to faces by SimOTA (Ge et al., "YOLOX", 2021, arXiv:2107.08430), with ignored places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from export.detector.data import FaceLabels

CENTRE_RADIUS = 1.5
"""Distance of a cell from a face's centre, in strides, up to which it is a candidate even outside the box."""

CANDIDATES = 10
"""Number of a face's best boxes whose summed overlap is the number of cells assigned to it."""

OVERLAP_WEIGHT = 3.0
"""Weight of the box in the assignment cost, relative to the score."""

OUTSIDE = 1e4
"""Cost of a cell that is not both near the centre and in the box, which is assigned only if there is no better one."""


@dataclass(frozen=True, slots=True)
class FaceBatch:
    """The labels of a batch of pictures, in input pixels from the top-left corner.

    Attributes:
        boxes: for each picture (G, 4) float32 xyxy of the faces to learn.
        keypoints: for each picture (G, K, 2) float32.
        known: for each picture (G,) bool, whether the keypoints are used for training.
        targets: for each picture (G,) float32 highest score to learn; below 1 for doubtful faces.
        ignored: for each picture (I, 4) float32 xyxy of places that are neither face nor background.
    """

    boxes: list[Tensor]
    keypoints: list[Tensor]
    known: list[Tensor]
    targets: list[Tensor]
    ignored: list[Tensor]

    @classmethod
    def of(cls, labels: Sequence[FaceLabels], smallest: float = 0.0) -> FaceBatch:
        """Make a batch from labels; faces with a longer side below ``smallest`` pixels are ignored."""
        faces = [each.doubted(each.sides < smallest) for each in labels]
        learnt = [each.take(each.targets > 0) for each in faces]
        return cls(
            [_tensor(each.boxes) for each in learnt],
            [_tensor(each.keypoints) for each in learnt],
            [_tensor(each.known) for each in learnt],
            [_tensor(each.targets) for each in learnt],
            [_tensor(each.boxes[each.targets == 0]) for each in faces],
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """The assigned cells of a batch and their targets.

    Attributes:
        picture, cell: (P,) int64, indices of the cells that are assigned to a face.
        boxes: (P, 4) target boxes.
        keypoints: (P, K, 2) target keypoints.
        known: (P,) bool, whether the keypoints are used for training.
        targets: (P,) highest score to learn.
        background: (N, A) bool, the cells with a target score of 0.
    """

    picture: Tensor
    cell: Tensor
    boxes: Tensor
    keypoints: Tensor
    known: Tensor
    targets: Tensor
    background: Tensor


@torch.no_grad()
def assign(faces: FaceBatch, logits: Tensor, boxes: Tensor, centres: Tensor, strides: Tensor) -> Assignment:
    """Assign cells to faces by the network's current predictions.

    Args:
        faces: labels of the batch.
        logits: (N, A) predicted score logits.
        boxes: (N, A, 4) predicted boxes xyxy in input pixels.
        centres: (A, 2) centres of the cells; see ``network.cell_grid``.
        strides: (A,) strides of the cells.
    """
    background = torch.ones(logits.shape, dtype=torch.bool, device=logits.device)
    pictures, cells, which = [], [], []
    for number in range(len(logits)):
        ignored = faces.ignored[number]
        if len(ignored):
            # and at most a stride outside
            background[number] &= ~in_boxes(ignored, centres, strides[None, :, None]).any(dim=0)
        if len(faces.boxes[number]):
            index, face = _match(faces.boxes[number], logits[number], boxes[number], centres, strides)
            background[number, index] = False
            pictures.append(torch.full_like(index, number))
            cells.append(index)
            which.append(face)
    empty = torch.zeros(0, dtype=torch.int64, device=logits.device)
    taken = [number for number in range(len(logits)) if len(faces.boxes[number])]
    if not taken:
        return Assignment(
            empty, empty, boxes.new_zeros(0, 4), boxes.new_zeros(0, 5, 2), empty.bool(), boxes.new_zeros(0), background
        )
    chosen = list(zip(taken, which, strict=True))
    return Assignment(
        torch.cat(pictures),
        torch.cat(cells),
        torch.cat([faces.boxes[number][face] for number, face in chosen]),
        torch.cat([faces.keypoints[number][face] for number, face in chosen]),
        torch.cat([faces.known[number][face] for number, face in chosen]),
        torch.cat([faces.targets[number][face] for number, face in chosen]),
        background,
    )


def pairwise_iou(first: Tensor, second: Tensor) -> Tensor:
    """Compute the intersection over union (G, A) of boxes (G, 4) and (A, 4), xyxy."""
    sides = (
        torch.minimum(first[:, None, 2:], second[None, :, 2:]) - torch.maximum(first[:, None, :2], second[None, :, :2])
    ).clamp(min=0)
    intersection = sides[..., 0] * sides[..., 1]
    area = [(each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]) for each in (first, second)]
    return intersection / (area[0][:, None] + area[1][None] - intersection).clamp(min=1e-6)


def in_boxes(boxes: Tensor, centres: Tensor, margin: Tensor | float = 0.0) -> Tensor:
    """Return (G, A) whether a cell's centre (A, 2) is in a box (G, 4) xyxy, enlarged on each side by ``margin``."""
    low, high = boxes[:, None, :2] - margin, boxes[:, None, 2:] + margin
    return ((centres[None] >= low) & (centres[None] <= high)).all(dim=2)


def _match(faces: Tensor, logits: Tensor, boxes: Tensor, centres: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cells (P,) of one picture that are assigned to a face, and the index of the face (P,)."""
    middle = (faces[:, :2] + faces[:, 2:]) / 2
    near = ((centres[None] - middle[:, None]).abs() <= CENTRE_RADIUS * strides[None, :, None]).all(dim=2)
    inside = in_boxes(faces, centres)
    allowed = (near | inside).any(dim=0).nonzero().squeeze(1)
    near, inside = near[:, allowed], inside[:, allowed]
    overlap = pairwise_iou(faces, boxes[allowed])
    score = F.binary_cross_entropy_with_logits(
        logits[allowed][None].expand_as(overlap), torch.ones_like(overlap), reduction="none"
    )
    cost = score - OVERLAP_WEIGHT * torch.log(overlap + 1e-6) + OUTSIDE * ~(near & inside) + OUTSIDE * ~(near | inside)
    best = overlap.topk(min(CANDIDATES, len(allowed)), dim=1).values
    counts = best.sum(dim=1).int().clamp(min=1)
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    for row, count in enumerate(counts.tolist()):
        chosen[row, cost[row].topk(min(count, len(allowed)), largest=False).indices] = True
    # a cell chosen by several faces goes to the one with the lowest cost
    several = chosen.sum(dim=0) > 1
    if several.any():
        columns = several.nonzero().squeeze(1)
        winner = cost[:, columns].argmin(dim=0)
        chosen[:, columns] = False
        chosen[winner, columns] = True
    face, column = chosen.nonzero(as_tuple=True)
    return allowed[column], face


def _tensor(values: np.ndarray) -> Tensor:  # type: ignore[type-arg]
    return torch.from_numpy(np.ascontiguousarray(values))
