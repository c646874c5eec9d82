"""Synthetic folders as training sets: reading, holding out, choosing, and a run on nothing else."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from export.annotations.synthetic import load_synthetic, split_synthetic
from export.data.crops import points_in_crop
from export.networks.landmark_network import build_network
from export.training.configuration import SetConfig, TrainingConfig
from export.training.datasets import choose, read_sets
from export.training.initialisation import load_network, start_at_mean_shape
from export.training.loop import train
from runtime.landmarks.region_of_interest import region_from_points

pytestmark = pytest.mark.usefixtures("process_settings")


def test_faces_are_decoded_with_their_exact_points(synthetic_folder, astronaut_face):
    [face] = load_synthetic(synthetic_folder, 1)
    assert face.image.shape == (200, 200, 3) and face.annotated
    assert face.points.shape == (68, 3) and face.points.dtype == np.float32
    scale = 200 / region_from_points(astronaut_face.points).side
    np.testing.assert_allclose(face.points[:, 2], astronaut_face.points[:, 2] * scale, atol=1e-3)


def test_last_faces_are_held_out(synthetic_folder):
    kept, held_out = split_synthetic(synthetic_folder)
    everything = load_synthetic(synthetic_folder)
    assert (len(kept), len(held_out)) == (11, 1)
    assert np.array_equal(held_out[0].points, everything[-1].points)


def test_missing_folder_names_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m export synthesize"):
        load_synthetic(tmp_path)


def test_more_faces_than_there_are_is_an_error(synthetic_folder):
    with pytest.raises(ValueError, match="12 faces, 13 are asked for"):
        load_synthetic(synthetic_folder, 13)


def test_choice_is_seeded_and_grows():
    items = list(range(100))
    few, more = choose(items, 10, 1, "set"), choose(items, 20, 1, "set")
    assert few == more[:10] and len(set(more)) == 20
    assert few != choose(items, 10, 2, "set")
    assert choose(items, 0, 1, "set") == items


def test_too_large_a_choice_names_the_set():
    with pytest.raises(ValueError, match="helen: 3 training faces, count = 4"):
        choose([1, 2, 3], 4, 0, "helen")


def test_photographs_and_synthetic_faces_are_read_together(synthetic_folder, data_folder):
    sets = (
        SetConfig(name="helen", weight=0.5, count=4),
        SetConfig(name="synthetic", weight=0.5, path=str(synthetic_folder), count=5),
    )
    training, validation = read_sets(sets)
    assert [(weight, len(faces)) for weight, faces in training] == [(0.5, 4), (0.5, 5)]
    assert [(name, len(faces)) for name, faces in validation] == [("helen", 1), ("synthetic", 1)]


def test_any_folder_of_annotated_pictures_is_a_set(data_folder, tmp_path, monkeypatch):
    """Every 20th picture is held out, whatever the names."""
    folder = data_folder / "helen" / "train"
    for number, file in enumerate(sorted(folder.iterdir())):
        file.rename(file.with_stem(f"2024_{number // 2:02}"))
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    sets = (
        SetConfig(name="mine", weight=0.7, path=str(folder)),
        SetConfig(name="coarse", weight=0.3, path=str(folder), annotated=False),
    )
    training, validation = read_sets(sets)
    assert [len(faces) for _, faces in training] == [5, 6]
    assert [(name, len(faces)) for name, faces in validation] == [("mine", 1)]
    assert training[0][1][0].annotated and not training[1][1][0].annotated
    assert training[0][1][0].points[:, 2].std() > 1  # depth by FaceMesh


def test_folder_of_one_picture_is_refused(data_folder, tmp_path):
    (tmp_path / "one").mkdir()
    for file in (data_folder / "helen" / "train").glob("face_00.*"):
        file.rename(tmp_path / "one" / file.name)
    with pytest.raises(ValueError, match="one: 1 annotated picture; at least 2 are needed"):
        read_sets((SetConfig(name="mine", weight=1.0, path=str(tmp_path / "one")),))


def test_scratch_starts_at_the_mean_shape(synthetic_folder):
    network = build_network("trimmed").eval()
    faces = load_synthetic(synthetic_folder)
    start_at_mean_shape(network, faces)
    with torch.no_grad():
        points = network(torch.rand(1, 3, 192, 192))[0][0].numpy()
    truth = points_in_crop(faces[0].points, region_from_points(faces[0].points))
    assert np.abs(points - truth).mean() < 5
    eyes = points[[36, 45], 0]
    assert eyes.mean() == pytest.approx(95.5, abs=1e-3)  # mirror images count too


def test_run_on_synthetic_faces_alone_needs_no_photograph(synthetic_folder, tmp_path, monkeypatch, quick_training):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path / "nowhere"))
    monkeypatch.chdir(synthetic_folder.parent)
    sets = (SetConfig(name="synthetic", weight=1.0, path="set"),)
    run = tmp_path / "run"
    train(
        TrainingConfig(network="trimmed", init="scratch", sets=sets, crops=4, batch=2, batch_norm="batch"),
        run,
        threads=1,
        precision="float32",
    )
    rows = list(csv.DictReader((run / "curve.csv").open()))
    assert len(rows) == 2 and np.isfinite(float(rows[-1]["synthetic"]))
    assert load_network(run / "checkpoint.safetensors").config.name == "trimmed"
