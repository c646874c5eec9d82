"""Regions: maps that invert each other, squares that follow the face, crops without aliasing or shift."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from runtime.landmarks.region_of_interest import (
    CROP_SCALE,
    Region,
    box_from_region,
    crop,
    detection_region,
    region_from_detection,
    region_from_points,
)

SIZE = 192
WIDTH, HEIGHT = 2000, 1500

coordinates = st.floats(-3000, 3000)
angles = st.floats(-math.pi, math.pi)
regions = st.builds(Region, coordinates, coordinates, st.floats(1, 5000), angles)


def brightness(x, y):
    """A smooth picture that can be sampled anywhere, 7..247."""
    return 127 + 60 * np.sin(x / 400) + 60 * np.cos(y / 300)


@pytest.fixture(scope="module")
def smooth():
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    return np.repeat(np.round(brightness(x, y)).astype(np.uint8)[:, :, None], 3, axis=2)


def crop_grid(region, size=SIZE):
    """Frame pixels (size, size, 2) of the pixels of a crop."""
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).astype(np.float32)
    return region.to_frame(grid, size)


class TestMaps:
    @given(regions, st.integers(16, 512), arrays(np.float32, (5, 2), elements=st.floats(0, 512, width=32)))
    def test_to_frame_inverts_to_crop(self, region, size, points):
        matrix = region.to_crop(size)
        back = region.to_frame(points, size) @ matrix[:, :2].T + matrix[:, 2]
        # float32 of a coordinate around 8000 pixels, in crop pixels
        tolerance = 1e-3 + 2e-3 * size / region.side
        np.testing.assert_allclose(back, points, atol=tolerance)

    @given(regions, st.integers(16, 512))
    def test_centre_is_the_middle_pixel(self, region, size):
        middle = np.float32([[(size - 1) / 2, (size - 1) / 2]])
        np.testing.assert_allclose(region.to_frame(middle, size), [[region.x, region.y]], atol=1e-3)

    @given(regions)
    def test_depth_scales_like_the_plane(self, region):
        mapped = region.to_frame(np.float32([[10, 10, 0], [10, 10, 50], [60, 10, 0]]), SIZE)
        step = np.linalg.norm(mapped[2, :2] - mapped[0, :2])
        assert mapped[1, 2] == pytest.approx(step, rel=1e-2, abs=2e-3) and mapped[0, 2] == 0

    def test_turned_face_stands_upright_in_the_crop(self):
        # a face that leans clockwise has its chin on the left, in the crop straight below
        region = Region(100, 100, 192, math.radians(90))
        chin = region.to_crop(192) @ [50, 100, 1]
        np.testing.assert_allclose(chin, [95.5, 145.5], atol=1e-9)


@pytest.fixture(scope="module")
def points(predictor, astronaut):
    return predictor(astronaut)[0].landmarks


class TestFromPoints:
    def test_contains_the_points_with_a_margin(self, points):
        region = region_from_points(points)
        matrix = region.to_crop(SIZE)
        inside = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        extent = inside.max(axis=0) - inside.min(axis=0)
        assert extent.max() == pytest.approx(SIZE / CROP_SCALE, rel=1e-3)
        np.testing.assert_allclose((inside.max(axis=0) + inside.min(axis=0)) / 2, (SIZE - 1) / 2, atol=1e-2)

    def test_makes_the_eyes_level(self, points):
        matrix = region_from_points(points).to_crop(SIZE)
        eyes = [points[part, :2].mean(axis=0) for part in (slice(36, 42), slice(42, 48))]
        right, left = (matrix[:, :2] @ eye + matrix[:, 2] for eye in eyes)
        assert right[1] == pytest.approx(left[1], abs=1e-2) and right[0] < left[0]

    @given(angle=angles, scale=st.floats(0.2, 5), shift=st.tuples(coordinates, coordinates))
    def test_turns_grows_and_moves_with_them(self, points, angle, scale, shift):
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        before = region_from_points(points)
        after = region_from_points((points[:, :2] @ turn.T + shift).astype(np.float32))
        np.testing.assert_allclose([after.x, after.y], turn @ [before.x, before.y] + shift, atol=0.05)
        assert after.side == pytest.approx(before.side * scale, rel=1e-3, abs=0.01)
        assert math.remainder(after.rotation - before.rotation - angle, math.tau) == pytest.approx(0, abs=1e-3)

    def test_points_on_one_spot_still_make_a_square(self):
        region = region_from_points(np.full((68, 3), 7, np.float32))
        assert region == Region(7, 7, CROP_SCALE, 0)

    def test_detection_gives_nearly_the_same(self, predictor, astronaut, points):
        by_points = region_from_points(points)
        by_detection = detection_region(predictor._networks().detector(astronaut)[0], CROP_SCALE)
        assert math.hypot(by_points.x - by_detection.x, by_points.y - by_detection.y) < 0.08 * by_points.side
        assert by_detection.side == pytest.approx(by_points.side, rel=0.15)
        assert by_detection.rotation == pytest.approx(by_points.rotation, abs=0.08)


class TestFromDetection:
    def test_lies_below_the_middle_of_the_box(self):
        region = region_from_detection(
            np.float32([100, 100, 300, 300]), np.float32([150, 160]), np.float32([250, 160]), scale=1.5
        )
        assert (region.x, region.y) == pytest.approx((200, 211)) and region.rotation == 0
        assert region.side == pytest.approx(200 * 0.963 * 1.5)

    @given(coordinates, coordinates, st.floats(1, 3000), angles)
    def test_box_of_a_region_leads_back_to_it(self, x, y, side, angle):
        right_eye = np.float32([x, y])
        left_eye = right_eye + 100 * np.float32([math.cos(angle), math.sin(angle)])
        box = np.float32([x, y, x + side, y + side])
        region = region_from_detection(box, right_eye, left_eye)
        np.testing.assert_allclose(box_from_region(region), box, atol=0.01)

    def test_below_follows_the_rotation(self):
        # eyes one above the other, the left one lower: the face leans clockwise and its chin is on the left
        box = np.float32([100, 100, 300, 300])
        region = region_from_detection(box, np.float32([240, 150]), np.float32([240, 250]))
        assert (region.x, region.y) == pytest.approx((189, 200)) and region.rotation == pytest.approx(math.pi / 2)

    def test_box_without_extent_still_makes_a_square(self):
        spot = np.float32([5, 5])
        assert region_from_detection(np.float32([5, 5, 5, 5]), spot, spot).side > 1


class TestCrop:
    @pytest.mark.parametrize("side", [40, 192, 300, 383, 384, 500, 577, 900, 1300, 2500])
    @pytest.mark.parametrize("rotation", [0, 0.4, -2])
    def test_samples_where_the_map_says(self, smooth, side, rotation):
        for centre in ((1000, 750), (1000.37, 750.61), (20, 40), (1990, 1490), (-100, 750), (1000, 1700)):
            region = Region(*centre, side, rotation)
            pixels = crop(smooth, region, SIZE)[:, :, 0].astype(float)
            x, y = np.moveaxis(crop_grid(region), -1, 0)
            margin = 2 * max(side / SIZE, 1)
            inside = (x > margin) & (x < WIDTH - 1 - margin) & (y > margin) & (y < HEIGHT - 1 - margin)
            outside = (x < -margin) | (x > WIDTH + margin) | (y < -margin) | (y > HEIGHT + margin)
            assert np.abs(pixels - brightness(x, y))[inside].max(initial=0) < 1.2, region
            assert pixels[outside].max(initial=0) == 0, region

    @pytest.mark.parametrize("side", [192, 383, 384, 500, 575, 576, 1000, 1500])
    @pytest.mark.parametrize("axis", [0, 1])
    def test_reduction_does_not_shift(self, side, axis):
        frequency = 2 * math.pi / (16 * side / SIZE)
        extent = math.ceil(1.5 * side)  # holds the region however it is turned
        wave = np.round(127.5 + 120 * np.cos(frequency * np.arange(extent))).astype(np.uint8)
        wave = wave[None, :, None] if axis == 0 else wave[:, None, None]
        image = np.ascontiguousarray(np.broadcast_to(wave, (extent, extent, 3)))
        for rotation in (0, 0.4, -2):
            region = Region(extent / 2 + 0.3, extent / 2 - 1.2, side, rotation)
            phase = frequency * crop_grid(region)[:, :, axis].astype(float)
            pixels = crop(image, region, SIZE)[:, :, 0] - 127.5
            found, expected = (np.angle((values * np.exp(-1j * phase)).sum()) for values in (pixels, np.cos(phase)))
            shift_in_crop_pixels = (found - expected) / frequency * SIZE / side
            assert abs(shift_in_crop_pixels) < 0.02, rotation

    def test_large_region_is_averaged_not_sampled(self):
        # a chequerboard of single pixels averages to gray; point samples would show black and white
        board = np.indices((1200, 1200)).sum(axis=0) % 2 * 255
        image = np.repeat(board.astype(np.uint8)[:, :, None], 3, axis=2)
        pixels = crop(image, Region(600, 600, 800), SIZE)
        assert pixels.min() > 120 and pixels.max() < 136

    @pytest.mark.parametrize("rotation", [0, 0.3, 1.2])
    @pytest.mark.parametrize("centre", [(224, 135), (0, 0), (511, 300)])
    def test_small_region_equals_a_plain_warp(self, astronaut, rotation, centre):
        region = Region(*centre, 160, rotation)
        plain = cv2.warpAffine(astronaut, region.to_crop(SIZE), (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        difference = np.abs(crop(astronaut, region, SIZE).astype(int) - plain)
        # OpenCV 4 interpolates in steps of 1/32 pixel
        assert difference.mean() < 1 and np.median(difference) <= 1

    @pytest.mark.parametrize("shape", [(40, 40_000, 3), (40_000, 40, 3)])
    def test_image_longer_than_opencv_can_warp(self, shape):
        image = np.full(shape, 200, np.uint8)
        height, width = shape[:2]
        assert (crop(image, Region(width - 20, height - 20, 20), SIZE) == 200).all()

    @pytest.mark.parametrize("distance", [1e3, 1e6, 1e9, 1e12, 1e30])
    @pytest.mark.parametrize("sign", [-1, 1])
    def test_region_far_away_is_black(self, astronaut, distance, sign):
        for region in (Region(sign * distance, 100, 100, 0.3), Region(100, sign * distance, 100)):
            assert crop(astronaut, region, SIZE).max() == 0

    @given(
        shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
        x=st.floats(-1e9, 1e9),
        y=st.floats(-1e9, 1e9) | st.floats(-50, 50),
        side=st.floats(1e-3, 1e12) | st.floats(1, 100),
        rotation=st.floats(-100, 100),
        size=st.integers(1, 64),
    )
    @settings(max_examples=300)
    def test_never_fails(self, shape, x, y, side, rotation, size):
        image = np.full((*shape, 3), 90, np.uint8)
        pixels = crop(image, Region(x, y, side, rotation), size)
        assert pixels.shape == (size, size, 3) and pixels.dtype == np.uint8 and pixels.max() <= 90


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)


@given(x=st.floats(-100, 740), y=st.floats(-100, 580), side=st.floats(20, 3000), rotation=st.floats(-3.1, 3.1))
def test_crop_into_an_array_overwrites_all_of_it(noise, x, y, side, rotation):
    region = Region(x, y, side, rotation)
    out = np.full((64, 64, 3), 77, np.uint8)
    assert crop(noise, region, 64, out) is out
    np.testing.assert_array_equal(out, crop(noise, region, 64))


@pytest.mark.parametrize("rotation", [0.0, 0.3, -2.5])
def test_crop_is_what_opencv_warps(astronaut, rotation):
    region = Region(224.3, 134.8, 170, rotation)
    expected = cv2.warpAffine(astronaut, region.to_crop(192), (192, 192), flags=cv2.INTER_LINEAR)
    difference = np.abs(crop(astronaut, region, 192).astype(int) - expected)
    assert difference.max() <= 1


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8, 12, 13])
def test_reduced_crop_averages(factor):
    checkerboard = (np.indices((16 * 13, 16 * 13)).sum(axis=0) % 2 * 200).astype(np.uint8)
    frame = np.repeat(checkerboard[:, :, None], 3, axis=2)
    region = Region(103.5, 103.5, 16 * factor)
    inner = crop(frame, region, 16)[4:-4, 4:-4].astype(int)
    # an odd number of pixels cannot be half of each
    assert np.abs(inner - 100).max() <= 100 / factor
