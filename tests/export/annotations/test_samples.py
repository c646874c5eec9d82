"""300-W annotation files, as they come."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from export.annotations.samples import MIRROR, annotated_folder, data_root, evenly_spread, list_samples, read_pts

POINTS = np.column_stack([np.arange(68) * 3.25, 200 - np.arange(68) * 1.5])
LINES = [f"{x + 1:.6f} {y + 1:.6f}" for x, y in POINTS]


def pts(lines, start="version: 1\nn_points: 68\n{\n", end="\n}\n", separator="\n"):
    return start + separator.join(lines) + end


def write(folder, text, name="face.pts"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_coordinates_become_zero_based(tmp_path):
    points = read_pts(write(tmp_path, pts(LINES)))
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, POINTS, atol=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        pts(LINES).replace("\n", "\r\n"),
        pts(LINES, start="version: 1\nn_points:  68\n{\n"),
        pts(LINES, start="version: 1\nn_points: 68 \n\n{ \n", end=" \n\n}"),
        pts([f"  {line.replace(' ', chr(9))}  " for line in LINES]),
        pts(LINES, start="// drawn by hand\nversion: 1\nn_points: 68\n{\n", end="\n}\nchecked twice\n"),
        pts(LINES, start="\ufeffversion: 1\nn_points: 68\n{\n"),
    ],
    ids=["crlf", "two spaces", "blank lines", "tabs", "comments", "byte order mark"],
)
def test_odd_spacing_and_comments_are_read(tmp_path, text):
    np.testing.assert_allclose(read_pts(write(tmp_path, text)), POINTS, atol=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: 1\n",
        pts(LINES[:67]),
        pts(LINES + LINES[:1]),
        pts(LINES[:67] + ["12.5"]),
        pts(LINES[:67] + ["12.5 left"]),
        pts(LINES[:67] + ["nan 3"]),
        pts(LINES[:67] + ["inf 3"]),
    ],
    ids=["empty", "no points", "67", "69", "half a point", "a word", "nan", "infinite"],
)
def test_wrong_content_is_refused_by_name(tmp_path, text):
    with pytest.raises(ValueError, match=r"face\.pts"):
        read_pts(write(tmp_path, text))


@given(arrays.arrays(np.float32, (68, 2), elements=st.floats(-500, 5000, width=32)))
def test_every_annotation_survives_writing_and_reading(tmp_path_factory, points):
    lines = [f"{x + 1} {y + 1}" for x, y in points.astype(np.float64)]
    read = read_pts(write(tmp_path_factory.mktemp("pts"), pts(lines)))
    np.testing.assert_allclose(read, points, atol=1e-3)


def test_mirroring_twice_changes_nothing():
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(68))


def test_mirroring_exchanges_left_and_right(astronaut_face):
    middle = astronaut_face.points[27:31, 0].mean()
    for group in (range(8), range(17, 22), range(31, 33), range(36, 42), (48, 49, 50, 58, 59, 60, 61, 67)):
        assert (astronaut_face.points[list(group), 0] < middle).all()
        assert (astronaut_face.points[MIRROR[list(group)], 0] > middle).all()
    midline = [8, 27, 28, 29, 30, 33, 51, 57, 62, 66]
    np.testing.assert_array_equal(MIRROR[midline], midline)


def test_mirrored_face_looks_like_a_face(astronaut_face):
    # The same shape within what a slightly turned head allows: a wrong pair would be tens of pixels off.
    points = astronaut_face.points[:, :2] - astronaut_face.points[:, :2].mean(axis=0)
    mirrored = points[MIRROR] * (-1, 1)
    mirrored -= mirrored.mean(axis=0)
    assert np.linalg.norm(points - mirrored, axis=1).max() < 0.25 * np.linalg.norm(points[45] - points[36])


def test_samples_are_listed_by_name(tmp_path):
    for name in ("b.png", "a.jpg", "alone.jpg"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    for name in ("a.pts", "b.pts", "without_picture.pts"):
        write(tmp_path, pts(LINES), name)
    samples = list_samples(tmp_path)
    assert [sample.image.name for sample in samples] == ["a.jpg", "b.png"]
    np.testing.assert_allclose(samples[0].points, POINTS, atol=1e-4)


def test_pictures_of_all_kinds_are_listed(tmp_path):
    """Each once, whatever the case of its ending; JPEG and PNG first."""
    for name in ("a.JPG", "b.jpeg", "c.bmp", "d.webp", "e.tif", "e.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((8, 8, 3), np.uint8))
    for name in "abcde":
        write(tmp_path, pts(LINES), f"{name}.pts")
    names = [sample.image.name for sample in list_samples(tmp_path)]
    assert names == ["a.JPG", "b.jpeg", "c.bmp", "d.webp", "e.png"]


def test_folders_are_found_as_they_are_or_among_the_data(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", str(tmp_path))
    assert annotated_folder(str(tmp_path)) == tmp_path
    assert annotated_folder("helen/test") == tmp_path / "helen" / "test"


def test_folder_without_annotations_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="LANDMARKS_DATA"):
        list_samples(tmp_path / "nowhere")


def test_data_root_is_a_setting(monkeypatch):
    monkeypatch.setenv("LANDMARKS_DATA", "/some/photographs")
    assert data_root() == Path("/some/photographs")


def test_data_root_lies_beside_the_checkout_by_default(monkeypatch):
    monkeypatch.delenv("LANDMARKS_DATA", raising=False)
    assert data_root() == Path(__file__).resolve().parents[4] / "shared" / "data" / "real"


@pytest.mark.parametrize("folder", ["helen/test", "afw/test"])
def test_real_annotations_lie_on_their_pictures(folder):
    path = data_root() / folder
    if not path.is_dir():
        pytest.skip(f"{path} is absent; set LANDMARKS_DATA to the folder of the annotated photographs")
    for sample in list_samples(path)[:20]:
        height, width = cv2.imread(str(sample.image)).shape[:2]
        inside = (sample.points > -0.25 * height).all(axis=1) & (sample.points < (1.25 * width, 1.25 * height)).all(
            axis=1
        )
        assert inside.all()


@pytest.mark.parametrize(
    ("count", "chosen"), [(None, [0, 1, 2, 3, 4]), (2, [0, 2]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_items_are_chosen_evenly(count, chosen):
    assert evenly_spread(range(5), count) == chosen
    assert evenly_spread([], count) == []
