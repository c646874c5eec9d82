"""From a face mesh to the 68 points, and into the labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from export.annotations.samples import OFFSET, Sample, list_samples
from export.data.mesh_labels import add_pseudo_labels, align, fit, label, see
from export.training.configuration import SetConfig
from export.training.datasets import read_sets
from runtime.landmarks.region_of_interest import Region

RNG = np.random.default_rng(0)
SHAPE = RNG.normal(size=(478, 3)).astype(np.float32)
SHAPE[[33, 263]] = [(-1, -0.5, 0), (1, -0.5, 0)]  # the outer eye corners


def mesh(angle=0.0, scale=50.0, shift=(100.0, 80.0), bend=0.0):
    """A face of one bendable kind, somewhere in a picture."""
    shape = SHAPE.copy()
    shape[:, 1] += bend * SHAPE[:, 0] ** 2
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([shape[:, :2] @ turn.T + shift, shape[:, 2] * scale]).astype(np.float32)


def test_alignment_undoes_where_a_face_is():
    here, there = mesh(), mesh(angle=0.4, scale=20, shift=(300, 10))
    np.testing.assert_allclose(align(here).forward(here[:, :2]), align(there).forward(there[:, :2]), atol=1e-4)


def test_alignment_goes_back():
    there = mesh(angle=-1.0)
    np.testing.assert_allclose(align(there).back(align(there).forward(there[:, :2])), there[:, :2], atol=1e-3)


def test_regression_finds_points_of_unseen_faces():
    def face():
        seen = mesh(RNG.normal(0, 0.3), RNG.uniform(30, 80), RNG.uniform(50, 200, 2), RNG.normal(0, 0.2))
        return seen, (seen[:68, :2] + seen[100:168, :2]) / 2

    faces = [face() for _ in range(60)]
    regression = fit([item[0] for item in faces], [item[1] for item in faces], ridge=1e-3)
    seen, points = face()
    np.testing.assert_allclose(regression(seen), points, atol=0.5)


def test_views_meet_in_the_picture():
    """A mesh that finds one bright pixel finds it at one place, however the view is turned, scaled or mirrored."""
    image = np.zeros((200, 300, 3), np.uint8)
    image[88:93, 168:173] = 255

    def brightest(view):
        rows, columns = np.nonzero(view[..., 0] > 127)
        return np.full((478, 3), (columns.mean(), rows.mean(), 0), np.float32)

    straight, mirrored = see(brightest, image, Region(165, 95, 100, 0.3))
    assert len(straight) == len(mirrored) == 3
    for points in straight:
        np.testing.assert_allclose(points[0, :2], (170, 90), atol=0.5)
    for points in mirrored:
        np.testing.assert_allclose(points[0, :2], (299 - 170, 90), atol=0.5)


def test_face_that_is_never_found_has_no_label():
    nothing = see(lambda view: None, np.zeros((50, 50, 3), np.uint8), Region(25, 25, 20))
    assert label(fit([mesh()], [mesh()[:68, :2]]), nothing, 50) is None


@pytest.fixture
def labels(tmp_path):
    np.savez(tmp_path / "helen.npz", names=["a"], points=np.full((1, 68, 2), 10, np.float32))
    return tmp_path


def test_labels_are_blended_where_both_mean_the_same_place(labels):
    own = np.full((68, 2), 20, np.float32)
    [sample] = add_pseudo_labels([Sample(Path("a.jpg"), own)], "helen", 0.25, labels)
    np.testing.assert_allclose(sample.points[0], (0.75 * (20 - OFFSET) + 0.25 * 10, 0.75 * 20 + 0.25 * 10), rtol=1e-6)


def test_faces_without_a_mesh_are_left_out(labels):
    own = np.zeros((68, 2), np.float32)
    samples = [Sample(Path(f"{name}.jpg"), own) for name in "abc"]
    assert [item.image.stem for item in add_pseudo_labels(samples, "helen", 1.0, labels)] == ["a"]


def test_missing_labels_name_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"python -m export\.data\.mesh_labels"):
        add_pseudo_labels([], "afw", 1.0, tmp_path)


def test_coarse_frames_with_mesh_labels_are_learnt_from_but_validate_nothing(data_folder, tmp_path, monkeypatch):
    names = [item.image.stem for item in list_samples(data_folder / "youtube" / "train")]
    own = list_samples(data_folder / "youtube" / "train")[0].points
    np.savez(tmp_path / "youtube.npz", names=names, points=np.stack([own + 2] * len(names)))
    monkeypatch.setattr("export.data.mesh_labels.LABELS", tmp_path)
    [(_, faces)], validation = read_sets(
        [SetConfig(name="youtube", weight=1.0, annotated=False, pseudo_label_weight=1.0)]
    )
    assert [face.annotated for face in faces] == [True] * len(names)
    np.testing.assert_allclose(faces[0].points[:, :2], own + 2, atol=1e-4)
    assert validation == []
