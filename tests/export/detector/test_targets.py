"""Assignment of cells to faces, and the losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from export.detector.data.labels import FaceLabels
from export.detector.losses import LossWeights, detection_losses, enclosed_iou, quality_focal
from export.detector.model.network import OUTPUTS, cell_grid, decode_boxes
from export.detector.targets import FaceBatch, assign, pairwise_iou
from runtime.detection import iou
from tests.export.detector.pictures_of_faces import face

SIDE = 96
SCORE = np.array([0.4], np.float32)


def untrained(pictures=1):
    """Cells that say: a box of two strides around every cell, no face."""
    centres, strides = cell_grid(SIDE, SIDE)
    cells = torch.zeros(pictures, OUTPUTS, len(centres))
    cells[:, 0] = -4
    cells[:, 3:5] = torch.log(torch.tensor(2.0))
    return cells, centres, strides


def assigned(labels, smallest=0.0):
    cells, centres, strides = untrained(len(labels))
    boxes = decode_boxes(cells, centres, strides)
    return assign(FaceBatch.of(labels, smallest), cells[:, 0], boxes, centres, strides), centres, strides


@pytest.mark.parametrize("side", [7, 16, 30, 60, 90])
def test_every_face_has_a_cell_near_its_centre(side):
    matched, centres, strides = assigned([face(3, 4, side * 0.8, side)])
    assert len(matched.cell)
    middle = torch.tensor([3 + side * 0.4, 4 + side / 2])
    distance = (centres[matched.cell] - middle).abs().amax(dim=1)
    assert (distance <= 1.5 * strides[matched.cell]).all()


def test_large_faces_have_cells_of_long_strides():
    matched, _, strides = assigned([face(10, 10, 64, 64)])
    assert (strides[matched.cell] >= 16).all()


def test_a_cell_learns_one_face_only():
    labels = FaceLabels.join([face(20, 20, 20, 24), face(24, 22, 20, 24), face(21, 21, 19, 23)])
    matched, _, _ = assigned([labels])
    assert len(set(matched.cell.tolist())) == len(matched.cell)


def test_doubtful_faces_have_a_lower_target():
    labels = FaceLabels.join([face(10, 10, 24, 24), replace(face(60, 60, 24, 24, certain=False), scores=SCORE)])
    matched, _, _ = assigned([labels])
    assert set(matched.targets[matched.boxes[:, 0] < 50].tolist()) == {1.0}
    doubtful = matched.targets[matched.boxes[:, 0] > 50]
    assert len(doubtful)
    assert doubtful.tolist() == pytest.approx([0.4 / 0.5] * len(doubtful))


def test_doubtful_and_tiny_faces_are_neither_face_nor_background():
    labels = FaceLabels.join([face(40, 40, 24, 24, certain=False), face(4, 4, 4, 4)])
    matched, centres, _ = assigned([labels], smallest=6.0)
    assert not len(matched.cell)
    left_alone = ~matched.background[0]
    assert left_alone[((centres >= 40) & (centres <= 64)).all(dim=1)].all()
    assert left_alone[((centres >= 4) & (centres <= 8)).all(dim=1)].all()
    assert matched.background[0][(centres > 80).all(dim=1)].all()


def test_pictures_are_kept_apart():
    matched, _, _ = assigned([FaceLabels.none(), face(20, 20, 30, 30)])
    assert set(matched.picture.tolist()) == {1}
    assert matched.background[0].all()


def test_losses_of_a_picture_without_faces_teach_the_score_alone():
    cells, centres, strides = untrained()
    parts = detection_losses(cells, FaceBatch.of([FaceLabels.none()]), centres, strides, LossWeights())
    assert parts["score"] > 0
    assert parts["box"] == parts["keypoints"] == 0


def test_unknown_keypoints_are_not_learnt():
    cells, centres, strides = untrained()
    parts = detection_losses(cells, FaceBatch.of([face(20, 20, 30, 30, known=False)]), centres, strides, LossWeights())
    assert parts["keypoints"] == 0
    assert parts["box"] > 0


def test_descent_on_the_losses_finds_the_face():
    labels = face(30, 24, 28, 34)
    cells, centres, strides = untrained()
    cells.requires_grad_(True)
    optimiser = torch.optim.Adam([cells], lr=0.25)
    for _ in range(60):
        optimiser.zero_grad()
        parts = detection_losses(cells, FaceBatch.of([labels]), centres, strides, LossWeights())
        sum(parts.values()).backward()
        optimiser.step()
    best = int(cells[0, 0].argmax())
    box = decode_boxes(cells.detach(), centres, strides)[0, best]
    assert pairwise_iou(box[None], torch.from_numpy(labels.boxes)).item() > 0.95
    assert torch.sigmoid(cells[0, 0, best]) > 0.8


def test_iou_and_its_loss_by_hand():
    overlap, loss = enclosed_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]]))
    assert overlap.item() == pytest.approx(1 / 3)
    # centres one apart in a box of 3 x 2
    assert loss.item() == pytest.approx(2 / 3 + 1 / 13)


@given(st.integers(0, 2**32 - 1))
def test_overlaps_of_all_pairs_are_those_of_the_runtime(seed):
    random = np.random.default_rng(seed)
    first, second = (
        np.concatenate([start := random.uniform(-20, 20, (count, 2)), start + random.uniform(0.5, 30, (count, 2))], 1)
        for count in (3, 5)
    )
    expected = [iou(box, second) for box in first]
    found = pairwise_iou(torch.from_numpy(first), torch.from_numpy(second))
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-9)


def test_quality_focal_is_zero_at_the_target_only():
    target = torch.tensor([0.0, 0.5, 0.9])
    assert quality_focal(torch.logit(target.clamp(1e-6)), target).abs().max() < 1e-5
    assert (quality_focal(torch.tensor([1.0, -1.0, 0.0]), target) > 0).all()
