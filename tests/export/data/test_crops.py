"""Training crops: points follow pixels, negatives are no faces, batches are what the network takes."""

from __future__ import annotations

import functools
import itertools
import math
import shutil

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import export.data.crops
from export.annotations.samples import MIRROR, list_samples
from export.data.crops import CropConfig, CropStream, _background, face_crop, mirror_crop, negative_crop, points_in_crop
from export.data.facemesh_depth import depth_of
from export.data.photographs import HOLD_OUT, Photograph, load_photographs, split_set
from export.data.scenery import load_scenery
from runtime.landmarks.region_of_interest import Region, crop, region_from_points

PLAIN = CropConfig(occlusion_probability=0)
pictures = functools.cache(load_scenery)


@pytest.fixture
def plain(monkeypatch):
    """Crops as they are cut, without light, blur, noise and compression."""
    monkeypatch.setattr(export.data.crops, "degrade", lambda image, rng: image)


def dotted(photograph, number):
    """The same photograph in black, with a soft white dot at one point."""
    height, width = photograph.image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    x, y = photograph.points[number, :2]
    level = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.5**2))
    return Photograph(np.repeat(level[..., None], 3, axis=2).astype(np.uint8), photograph.points)


def dot(image):
    """Return the dot's place, x and y."""
    level = image[..., 0].astype(np.float64)
    rows, columns = np.mgrid[: len(level), : len(level)]
    return np.array([(columns * level).sum(), (rows * level).sum()]) / level.sum()


@pytest.mark.parametrize("number", [0, 8, 19, 30, 36, 45, 54])
def test_points_follow_pixels(plain, astronaut_face, number):
    picture = dotted(astronaut_face, number)
    for seed in range(12):
        result = face_crop(picture, picture, PLAIN, np.random.default_rng(seed))
        assert result.points[36, 0] < result.points[45, 0]  # also a mirrored face's right eye is on the left
        # in a mirrored crop the dot drawn at point n is point MIRROR[n]
        distances = [np.linalg.norm(dot(result.image) - result.points[n, :2]) for n in (number, MIRROR[number])]
        assert min(distances) < 0.5


def test_both_orientations_are_drawn(plain, astronaut_face):
    picture = dotted(astronaut_face, 36)
    nearest = set()
    for seed in range(12):
        result = face_crop(picture, picture, PLAIN, np.random.default_rng(seed))
        distances = [np.linalg.norm(dot(result.image) - result.points[n, :2]) for n in (36, 45)]
        nearest.add(int(np.argmin(distances)))
    assert nearest == {0, 1}


def test_large_faces_are_reduced_in_place(astronaut_face):
    close, points = astronaut_face.image[60:200, 150:300], astronaut_face.points - np.float32([150, 60, 0])
    large = Photograph(cv2.resize(close, None, fx=5, fy=5), (points + 0.5) * 5 - 0.5)
    picture = dotted(large, 45)
    region = region_from_points(picture.points)
    assert region.side > 3 * 192
    expected = points_in_crop(picture.points, region)[45, :2]
    assert np.abs(dot(crop(picture.image, region, 192)) - expected).max() < 0.5


@settings(max_examples=30)
@given(
    arrays.arrays(np.uint8, (6, 7, 3)),
    arrays.arrays(np.float32, (68, 3), elements=st.floats(-300, 300, width=32)),
)
def test_mirroring_twice_gives_the_crop_back(image, points):
    again_image, again_points = mirror_crop(*mirror_crop(image, points))
    np.testing.assert_array_equal(again_image, image)
    np.testing.assert_allclose(again_points, points, atol=1e-4)


def test_mirror_keeps_depth_with_its_point(astronaut_face):
    _, points = mirror_crop(np.zeros((192, 192, 3), np.uint8), astronaut_face.points)
    np.testing.assert_array_equal(points[36, 2], astronaut_face.points[45, 2])
    assert points[:, 2].mean() == pytest.approx(0, abs=1e-4)


@settings(max_examples=50)
@given(st.floats(50, 500), st.floats(-3, 3), st.floats(0.3, 3))
def test_depth_scales_with_the_crop_and_not_with_its_rotation(side, rotation, factor):
    points = np.zeros((68, 3), np.float32)
    points[:, 0], points[:, 2] = np.arange(68), np.linspace(-30, 30, 68)
    mapped = points_in_crop(points, Region(10, 20, side * factor, rotation))
    lengths = np.linalg.norm(np.diff(mapped[:, :2], axis=0), axis=1)
    np.testing.assert_allclose(lengths, 192 / (side * factor), rtol=1e-2)
    np.testing.assert_allclose(mapped[:, 2], points[:, 2] * (192 / (side * factor)), rtol=1e-5)


def test_crop_and_frame_maps_are_inverse(astronaut_face):
    region = region_from_points(astronaut_face.points)
    np.testing.assert_allclose(
        region.to_frame(points_in_crop(astronaut_face.points, region), 192), astronaut_face.points, atol=1e-2
    )


@pytest.fixture
def drawn(monkeypatch, plain):
    """Records the regions that are cut."""
    regions = []

    def record(image, region, size):
        regions.append(region)
        return crop(image, region, size)

    monkeypatch.setattr(export.data.crops, "crop", record)
    return regions


def covered(region, shape):
    """Mask of the pixels that lie in a region."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    matrix = region.to_crop(2)
    x = matrix[0, 0] * columns + matrix[0, 1] * rows + matrix[0, 2]
    y = matrix[1, 0] * columns + matrix[1, 1] * rows + matrix[1, 2]
    return (np.abs(x - 0.5) <= 1) & (np.abs(y - 0.5) <= 1)


class Only:
    """A random generator that always chooses one kind of negative."""

    def __init__(self, kind, seed):
        self.kind = kind
        self.rng = np.random.default_rng(seed)

    def choice(self, *_, **__):
        return self.kind

    def __getattr__(self, name):
        return getattr(self.rng, name)


def test_backgrounds_hold_less_than_a_tenth_of_the_face(drawn, astronaut_face):
    close = Photograph(astronaut_face.image[20:220, 110:330], astronaut_face.points - np.float32([110, 20, 0]))
    low, high = close.points[:, :2].min(axis=0), close.points[:, :2].max(axis=0)
    rows, columns = np.mgrid[: close.image.shape[0], : close.image.shape[1]]
    face = (rows >= low[1]) & (rows <= high[1]) & (columns >= low[0]) & (columns <= high[0])
    touching = 0
    for seed in range(300):
        drawn.clear()
        if _background(close, region_from_points(close.points, 1.5), np.random.default_rng(seed)) is None:
            continue  # no room in this picture
        [region] = drawn
        shared = (covered(region, face.shape) & face).sum()
        assert shared <= 0.105 * min(face.sum(), region.side**2)
        touching += shared > 0
    assert touching > 50  # the limit was met in earnest


def test_picture_without_room_for_a_background_gives_a_misplaced_crop(drawn, astronaut_face):
    tight = Photograph(astronaut_face.image[90:130, 200:240], astronaut_face.points - np.float32([200, 90, 0]))
    truth = region_from_points(tight.points)
    for seed in range(10):
        drawn.clear()
        result = negative_crop(tight, PLAIN, Only("background", seed))
        [region] = drawn
        assert not result.face and not result.annotated
        assert (region.x, region.y, region.side, region.rotation) != (truth.x, truth.y, truth.side, truth.rotation)


def test_misplaced_crops_are_far_from_the_annotation(drawn, astronaut_face):
    truth = region_from_points(astronaut_face.points)
    seen = set()
    for seed in range(80):
        drawn.clear()
        negative_crop(astronaut_face, PLAIN, Only("misplaced", seed))
        [region] = drawn
        turned = abs(math.remainder(region.rotation - truth.rotation, 2 * math.pi)) >= math.pi / 2 - 1e-6
        shifted = math.hypot(region.x - truth.x, region.y - truth.y) >= truth.side / 3
        sized = region.side >= 2 * truth.side or region.side <= 0.45 * truth.side
        assert turned or shifted or sized
        seen.add((turned, sized))
    assert len(seen) == 3


def test_half_faces_are_cut_through_the_middle(plain, astronaut_face):
    white = Photograph(np.full_like(astronaut_face.image, 255), astronaut_face.points)
    for seed in range(40):
        image = negative_crop(white, PLAIN, Only("half", seed)).image
        left = (image == 255).all(axis=2).mean()
        assert 0.3 < left <= 0.56


@pytest.mark.parametrize("kind", ["scenery", "pattern"])
def test_other_negatives_show_nothing_of_the_photograph(plain, astronaut_face, kind):
    marked = Photograph(np.full_like(astronaut_face.image, (255, 0, 255)), astronaut_face.points)
    config = CropConfig(scenery=(np.full((100, 120, 3), 7, np.uint8),))
    for seed in range(10):
        image = negative_crop(marked, config, Only(kind, seed)).image
        assert (image.shape, image.dtype) == ((192, 192, 3), np.uint8)
        assert (image == (255, 0, 255)).all(axis=2).mean() < 0.2


def test_scenery_is_there():
    assert len(pictures()) == 13
    assert all(picture.dtype == np.uint8 and picture.shape[2] == 3 for picture in pictures())


def stream(photographs, negatives=0.25, seed=0, batch=16):
    coarse = Photograph(photographs.image, photographs.points, annotated=False)
    return CropStream(
        [(3.0, [photographs]), (1.0, [coarse])],
        CropConfig(negative_probability=negatives, scenery=pictures()),
        batch,
        seed,
    )


def test_batches_are_what_the_network_takes(astronaut_face):
    batch = next(iter(stream(astronaut_face)))
    assert (batch.images.shape, batch.images.dtype) == ((16, 192, 192, 3), torch.uint8)
    assert (batch.points.shape, batch.points.dtype) == ((16, 68, 3), torch.float32)
    assert batch.annotated.dtype == batch.face.dtype == torch.bool
    assert not (batch.annotated & ~batch.face).any()


def test_batches_are_rgb(plain, astronaut_face):
    blue = Photograph(np.full_like(astronaut_face.image, (255, 0, 0)), astronaut_face.points)
    batch = next(iter(CropStream([(1.0, [blue])], CropConfig(occlusion_probability=0, negative_probability=0), 2, 0)))
    assert batch.images[:, 96, 96].tolist() == [[0, 0, 255], [0, 0, 255]]


def test_shares_are_as_configured(plain, astronaut_face, monkeypatch):
    monkeypatch.setattr(export.data.crops, "crop", lambda image, region, size: np.zeros((size, size, 3), np.uint8))
    batches = list(itertools.islice(stream(astronaut_face), 40))
    face = torch.cat([batch.face for batch in batches]).float().mean()
    annotated = torch.cat([batch.annotated[batch.face] for batch in batches]).float().mean()
    assert float(face) == pytest.approx(0.75, abs=0.06)
    assert float(annotated) == pytest.approx(0.75, abs=0.06)


def test_stream_is_deterministic_by_seed(astronaut_face):
    first, again, other = (next(iter(stream(astronaut_face, seed=seed, batch=6))) for seed in (1, 1, 2))
    assert torch.equal(first.images, again.images) and torch.equal(first.points, again.points)
    assert not torch.equal(first.images, other.images)


@pytest.fixture
def training_faces(data_folder):
    """helen/train with so many faces that two are held out; they look alike."""
    folder = data_folder / "helen" / "train"
    for number in range(1, HOLD_OUT + 1):
        for suffix in ("png", "pts"):
            shutil.copyfile(folder / f"face_00.{suffix}", folder / f"face_{number:02}.{suffix}")
    return folder


def test_validation_is_held_out_of_the_train_folder(training_faces):
    kept, held_out = split_set("helen")
    names = [sample.image for sample in list_samples(training_faces)]
    assert [sample.image for sample in held_out] == names[::HOLD_OUT]
    assert sorted([*(sample.image for sample in kept), *(sample.image for sample in held_out)]) == names
    assert all(sample.image.parent == training_faces for sample in kept + held_out)


def test_no_face_of_a_held_out_photograph_is_trained_on(training_faces):
    for number, file in enumerate(sorted(training_faces.iterdir())):
        face = number // 2  # its picture and its annotation
        file.rename(file.with_stem(f"{1000 + face // 3}_{face % 3 + 1}"))
    kept, held_out = split_set("helen")
    assert [sample.image.stem for sample in held_out] == ["1000_1", "1006_3"]
    assert [sample.image.stem for sample in kept] == [f"{1000 + face // 3}_{face % 3 + 1}" for face in range(3, 18)]


def test_depth_comes_from_facemesh_in_picture_pixels(data_folder, facemesh, astronaut_face):
    samples = list_samples(data_folder / "helen" / "test")
    expected = depth_of(astronaut_face.image, astronaut_face.points[:, :2], facemesh)
    for photograph, sample in zip(load_photographs(samples, facemesh), samples, strict=True):
        np.testing.assert_array_equal(photograph.points[:, :2], sample.points)
        scale = region_from_points(photograph.points).side / region_from_points(astronaut_face.points).side
        # the same face, so the same depth, but for the picture's scale
        assert np.corrcoef(photograph.points[:, 2], expected)[0, 1] > 0.98
        assert photograph.points[:, 2].std() == pytest.approx(expected.std() * scale, rel=0.15)
        assert photograph.points[:, 2].mean() == pytest.approx(0, abs=1e-3)


def test_broken_picture_is_named(data_folder, facemesh):
    samples = list_samples(data_folder / "helen" / "test")
    samples[1].image.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=samples[1].image.name):
        load_photographs(samples, facemesh)
