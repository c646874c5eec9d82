"""Annotator offsets: known displacements are found again from views of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from export.annotations.samples import MIRROR, Sample
from export.annotations.synthetic import read_labels
from export.calibration import annotator_offsets
from export.synthesis.dataset.dataset import write_dataset
from export.synthesis.head.assets import load_assets
from export.synthesis.head.head import rotation
from export.synthesis.landmarks.points import mesh_points, read_offsets
from runtime.face_parts import OUTER_EYE_CORNERS
from tests.export.quick import write_dataset_in_process
from tests.export.synthesis.blobs import TurnedBlobs

_POINTS = mesh_points(load_assets(), load_assets().vertices)
HEAD = (_POINTS - _POINTS.mean(axis=0)) / np.linalg.norm(_POINTS[OUTER_EYE_CORNERS[0]] - _POINTS[OUTER_EYE_CORNERS[1]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offsets") / "faces"
    with pytest.MonkeyPatch.context() as patch:
        write_dataset_in_process(patch)
        write_dataset(TurnedBlobs, 300, 0, folder, workers=1, picture_format="png")
    return folder


def network_that_moves(monkeypatch, folder, offsets, noise=0.0):
    """The points that a network would give of annotators with these offsets (68, 3)."""
    pose = iter(read_labels(folder)["pose"])
    rng = np.random.default_rng(0)

    def read(_, face):
        size = np.linalg.norm(face.points[OUTER_EYE_CORNERS[0]] - face.points[OUTER_EYE_CORNERS[1]])
        moved = offsets @ rotation(*next(pose)).T * (1, -1, -1) * size
        moved[:, :2] += rng.normal(0, noise, (68, 2)) * size
        if rng.random() < 0.04:  # a face that was not understood
            moved[:, :2] += size
        return (face.points + moved).astype(np.float32)

    monkeypatch.setattr(annotator_offsets, "read_face", read)


def symmetric_offsets():
    offsets = np.random.default_rng(5).normal(0, 0.03, (68, 3))
    offsets = (offsets + offsets[MIRROR] * (-1, 1, 1)) / 2
    offsets[:, 2] = 0
    return offsets


def test_known_offsets_are_found_again_in_spite_of_noise_and_gross_errors(monkeypatch, folder):
    offsets = symmetric_offsets()
    network_that_moves(monkeypatch, folder, offsets, noise=0.02)
    found = annotator_offsets.measure_synthetic_offsets(folder, None) - read_offsets()
    assert np.abs(found[:, :2] - offsets[:, :2]).max() < 0.015
    assert np.abs(found[:, 2]).max() < 0.015


def test_what_photographs_still_show_is_found_from_their_annotations(monkeypatch, tmp_path):
    offsets, rng = symmetric_offsets(), np.random.default_rng(8)
    seen, samples = [], []
    for index in range(200):
        turn = rotation(rng.uniform(-30, 30), rng.uniform(-15, 15), rng.uniform(-10, 10))
        face, moved = ((points @ turn.T * (1, -1, -1)) * 80 + (128, 128, 0) for points in (HEAD, HEAD + offsets))
        seen.append(face.astype(np.float32))
        path = tmp_path / f"{index}.png"
        cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
        samples.append(Sample(path, moved[:, :2].astype(np.float32)))
    points = iter(seen)
    monkeypatch.setattr(annotator_offsets, "read_face", lambda *_: next(points))
    found = annotator_offsets.measure_photograph_offsets(samples, None) - read_offsets()
    assert np.abs(found[:, :2] - offsets[:, :2]).max() < 0.015
    assert np.abs(found[annotator_offsets.SLIDING, 2]).max() == 0


def test_mirrored_points_get_mirrored_offsets(monkeypatch, folder):
    network_that_moves(monkeypatch, folder, np.random.default_rng(6).normal(0, 0.03, (68, 3)))
    found = annotator_offsets.measure_synthetic_offsets(folder, None) - read_offsets()
    np.testing.assert_allclose(found, found[MIRROR] * (-1, 1, 1), atol=1e-6)


def test_too_few_frontal_faces_are_refused(folder):
    with pytest.raises(ValueError, match="at least 50"):
        annotator_offsets.measure_synthetic_offsets(folder, None, count=20)


def test_the_table_can_be_read_back(tmp_path, monkeypatch):
    offsets = symmetric_offsets().astype(np.float32)
    lines = annotator_offsets.format_offsets(offsets).splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")][1:]
    np.testing.assert_allclose(np.array([row[1:] for row in rows], float), offsets, atol=5.1e-5)
    assert [int(row[0]) for row in rows] == list(range(68))
