"""Hairs drawn over a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.lighting.environment import KeyLight
from export.synthesis.lighting.lighting import Illumination
from export.synthesis.mesh.surface import Floats, StrandKind, Strands
from export.synthesis.rendering.camera import Camera
from export.synthesis.rendering.strands import draw_strands

SIZE = 64


def camera() -> Camera:
    return Camera.looking_at(SIZE, 20.0, np.zeros(3, np.float32), np.array([32.0, 32.0], np.float32), 2.0)


def light(direction: tuple[float, float, float], ambient: float = 0.0) -> Illumination:
    harmonics = np.zeros((9, 3), np.float32)
    harmonics[0] = ambient
    towards = np.array(direction, np.float32)
    key = KeyLight(towards / np.linalg.norm(towards), np.ones(3, np.float32), 0.1)
    return Illumination("test", harmonics, (key,), np.zeros((43680, 3), np.float32), np.zeros((2, 4, 3), np.float32))


def hairs(starts: list[list[float]], end: tuple[float, float, float], width: float = 0.1) -> Strands:
    """Straight hairs from ``starts``, all of them by the same way."""
    t = np.linspace(0, 1, 6, dtype=np.float32)[None, :, None]
    points = np.array(starts, np.float32)[:, None] + t * np.array(end, np.float32)
    n = len(starts)
    colour = np.tile(np.array([0.5, 0.2, 0.1], np.float32), (n, 1))
    return Strands(StrandKind.HAIR, points, np.full(n, width, np.float32), colour, np.ones(n, np.float32))


def buffers(distance: float = np.inf) -> tuple[Floats, Floats]:
    return np.zeros((SIZE, SIZE, 3), np.float32), np.full((SIZE, SIZE), distance, np.float32)


def test_a_hair_covers_the_pixels_along_its_way() -> None:
    image, depth = buffers()
    coverage = draw_strands(image, depth, hairs([[-0.5, 0, 0]], (1, 0, 0)), camera(), 1, light((0, 0, 1)), 0)
    assert coverage[32, 20] > 0.9
    assert coverage[25].max() == 0
    assert coverage[:, 60].max() == 0


def test_pieces_of_a_hair_do_not_add_up_where_they_meet() -> None:
    image, depth = buffers()
    sheer = replace(hairs([[-0.5, 0, 0]], (1, 0, 0)), opacity=np.full(1, 0.5, np.float32))
    coverage = draw_strands(image, depth, sheer, camera(), 1, light((0, 0, 1)), 0)
    assert coverage.max() <= 0.5 + 1e-4


def test_a_hair_thinner_than_a_pixel_lets_the_picture_through() -> None:
    thin, _ = (
        draw_strands(*buffers(), hairs([[-0.5, 0, 0]], (1, 0, 0), width), camera(), 1, light((0, 0, 1)), 0)
        for width in (0.008, 0.1)
    )
    assert 0.02 < thin[:, 20].sum() < 0.4


def test_hair_behind_a_surface_is_not_seen() -> None:
    image, depth = buffers(distance=camera().distance - 0.5)
    coverage = draw_strands(image, depth, hairs([[-0.5, 0, 0]], (1, 0, 0)), camera(), 1, light((0, 0, 1)), 0)
    assert coverage.max() == 0
    assert image.max() == 0


def test_depth_becomes_that_of_the_hair_that_covers() -> None:
    image, depth = buffers()
    draw_strands(image, depth, hairs([[-0.5, 0, 0.3]], (1, 0, 0)), camera(), 1, light((0, 0, 1)), 0)
    assert depth[32, 20] == pytest.approx(camera().distance - 0.3, abs=0.01)
    assert np.isinf(depth[5, 5])


def test_the_nearer_hair_is_in_front_whatever_the_order() -> None:
    both = hairs([[-0.5, 0, 0.4], [-0.5, 0, 0]], (1, 0, 0), 0.15)
    both = replace(both, colour=np.array([[0.8, 0, 0], [0, 0.8, 0]], np.float32))
    for order in ([0, 1], [1, 0]):
        image, depth = buffers()
        turned = replace(both, points=both.points[order], colour=both.colour[order])
        draw_strands(image, depth, turned, camera(), 1, light((0, 0, 1), ambient=1.0), 0)
        assert image[32, 20, 0] > 3 * image[32, 20, 1]


def test_a_hair_is_brightest_when_light_falls_across_it() -> None:
    single = replace(hairs([[-0.5, 0, 0]], (1, 0, 0)), gloss=0.0)
    across, along = buffers()[0], buffers()[0]
    draw_strands(across, buffers()[1], single, camera(), 1, light((0, 0, 1)), 0)
    draw_strands(along, buffers()[1], single, camera(), 1, light((1, 0, 0.1)), 0)
    assert across.sum() > 2 * along.sum()


def test_hair_under_hair_is_darker() -> None:
    rng = np.random.default_rng(0)
    lonely = hairs([[-0.5, 0, 0]], (1, 0, 0))
    roof = hairs([[-0.5, y, z] for y, z in rng.uniform([0.3, -0.5], [0.7, 0.5], (400, 2))], (1, 0, 0), 0.05)
    fields = ("points", "width", "colour", "opacity")
    crowd = Strands(StrandKind.HAIR, *(np.concatenate([getattr(lonely, f), getattr(roof, f)]) for f in fields))
    alone, covered = buffers()[0], buffers()[0]
    draw_strands(alone, buffers()[1], lonely, camera(), 1, light((0, 1, 0)), 0)
    draw_strands(covered, buffers()[1], crowd, camera(), 1, light((0, 1, 0)), 0)
    assert covered[32, 20].sum() < 0.5 * alone[32, 20].sum()


def test_no_hairs_change_nothing() -> None:
    image, depth = buffers()
    none = hairs([[0, 0, 0]], (1, 0, 0))
    none = replace(none, points=none.points[:0], width=none.width[:0], colour=none.colour[:0], opacity=none.opacity[:0])
    assert draw_strands(image, depth, none, camera(), 1, light((0, 0, 1)), 0).max() == 0


def test_the_same_seed_gives_the_same_bytes() -> None:
    pictures = []
    for _ in range(2):
        image, depth = buffers()
        draw_strands(image, depth, hairs([[-0.5, 0, 0], [-0.5, 0.1, 0]], (1, 0.2, 0)), camera(), 1, light((1, 1, 1)), 3)
        pictures.append(image.tobytes() + depth.tobytes())
    assert pictures[0] == pictures[1]


def test_buffers_must_be_of_one_size() -> None:
    with pytest.raises(ValueError, match="one size"):
        draw_strands(
            np.zeros((8, 8, 3), np.float32), np.zeros((9, 9), np.float32), hairs([[0, 0, 0]], (1, 0, 0)), camera(), 1,
            light((0, 0, 1)), 0,
        )  # fmt: skip
