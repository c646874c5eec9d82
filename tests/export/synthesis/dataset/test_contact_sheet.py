"""Contact sheets, of a folder or fresh from a generator."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from export.synthesis.dataset.contact_sheet import (
    Tile,
    contact_sheet,
    draw_points,
    read_faces,
    sample_faces,
    write_sheet,
)
from export.synthesis.dataset.dataset import write_dataset
from tests.export.synthesis.blobs import Blobs


def tiles(count, size=40):
    points = np.full((68, 2), size / 2, np.float32)
    return [Tile(np.full((size, size, 3), 10 * index, np.uint8), points, np.zeros(68, bool)) for index in range(count)]


def test_every_face_has_its_place():
    sheet = contact_sheet(tiles(8), columns=3)
    assert sheet.shape == (3 * 42 - 2, 3 * 42 - 2, 3)
    assert [int(sheet[42 * row + 2, 42 * column + 2, 0]) for row in range(3) for column in range(3)] == [
        *range(0, 80, 10),
        255,  # an empty place is paper
    ]


def test_points_are_on_every_second_face():
    faces = tiles(2)
    sheet = contact_sheet(faces)
    assert np.array_equal(sheet[:, :40], faces[0].image)
    assert sheet[20, 42 + 20].tolist() == [90, 255, 90]


def test_hidden_points_are_rings():
    [tile] = tiles(1)
    drawn = draw_points(tile._replace(hidden=np.ones(68, bool)))
    assert drawn[20, 22, 2] > 150  # the ring is red
    assert drawn[20, 20].tolist() == tile.image[20, 20].tolist()  # what lies under the point stays visible


def test_faces_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="different sizes"):
        contact_sheet([*tiles(1), *tiles(1, size=30)])


def test_empty_sheet_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        contact_sheet([])


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"faces\.gif: a contact sheet is a \.png or a \.jpg"):
        write_sheet(tmp_path / "faces.gif", tiles(1))


def test_folder_and_generator_give_the_same_sheet(tmp_path):
    write_dataset(Blobs, 3, 7, tmp_path / "set", workers=1, picture_format="png")
    write_sheet(tmp_path / "read.png", read_faces(tmp_path / "set", 2))
    write_sheet(tmp_path / "fresh.png", sample_faces(Blobs(), 7, 2))
    assert cv2.imread(str(tmp_path / "read.png")).shape == (32, 66, 3)
    assert (tmp_path / "read.png").read_bytes() == (tmp_path / "fresh.png").read_bytes()
