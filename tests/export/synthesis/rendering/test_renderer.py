"""Rendering: order in depth, lenses, who owns a pixel."""

from dataclasses import dataclass

import numpy as np
import pytest

from export.synthesis.lighting.environment import Environments
from export.synthesis.lighting.lighting import sample_illumination
from export.synthesis.mesh.surface import Fragments, Lens, Material, Mesh, StrandKind, Strands
from export.synthesis.rendering.camera import Camera
from export.synthesis.rendering.renderer import Scene, render

SIZE = 32


@dataclass(frozen=True)
class Card:
    """A square that faces the camera."""

    name: str
    mesh: Mesh
    colour: tuple

    def material(self, fragments: Fragments) -> Material:
        assert (fragments.normal[:, 2] > 0.99).all(), "normals are turned towards the camera"
        return Material.plain(fragments, np.array(self.colour, np.float32))


def square(z: float, half: float, flip: bool = False) -> Mesh:
    vertices = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]], np.float32)
    normals = np.tile(np.array([0, 0, -1 if flip else 1], np.float32), (4, 1))
    return Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), normals, np.zeros((4, 1), np.float32))


def scene(parts, strands=(), lenses=()):
    rng = np.random.default_rng(2)
    camera = Camera.looking_at(SIZE, 20.0, np.zeros(3, np.float32), np.full(2, (SIZE - 1) / 2, np.float32), 4.0)
    background = np.full((2 * SIZE, 2 * SIZE, 3), 0.5, np.float32)
    return Scene(parts, strands, lenses, camera, sample_illumination(rng, Environments()), background)


def draw(*arguments, **keywords):
    return render(scene(*arguments, **keywords), np.random.default_rng(0))


def test_the_nearer_part_owns_the_pixel_and_the_background_shows_beside_them():
    back, front = Card("back", square(0, 1.5), (0, 0, 1)), Card("front", square(0.5, 0.5, flip=True), (1, 0, 0))
    for parts, middle in (([back, front], 1), ([front, back], 0)):
        drawn = draw(parts)
        assert drawn.owner[SIZE, SIZE] == middle
        assert drawn.owner[SIZE, 14] == 1 - middle
        assert drawn.owner[0, 0] == -1 and drawn.image[0, 0] == pytest.approx(0.5)
        assert drawn.image[SIZE, SIZE, 0] > drawn.image[SIZE, SIZE, 2]
        assert drawn.depth[SIZE, SIZE] < drawn.depth[SIZE, 14] < np.inf


def test_a_dark_lens_darkens_and_hides_what_is_behind_and_a_clear_one_does_neither():
    wall = [Card("wall", square(0, 1.5), (0.8, 0.8, 0.8))]
    plain = draw(wall)
    dark = draw(wall, lenses=[Lens(square(0.5, 0.5), np.full(3, 0.05, np.float32), 0.0)])
    clear = draw(wall, lenses=[Lens(square(0.5, 0.5), np.full(3, 0.95, np.float32), 0.0)])
    spot = (SIZE, SIZE)
    assert dark.image[spot].mean() < 0.6 * plain.image[spot].mean()
    assert dark.depth[spot] < plain.depth[spot] - 0.4
    assert clear.image[spot] == pytest.approx(plain.image[spot], rel=0.35)
    assert clear.depth[spot] == pytest.approx(plain.depth[spot])


def test_a_lens_behind_the_wall_is_not_seen():
    wall = [Card("wall", square(0, 1.5), (0.8, 0.8, 0.8))]
    plain, behind = draw(wall), draw(wall, lenses=[Lens(square(-0.5, 0.5), np.full(3, 0.05, np.float32), 0.0)])
    assert np.array_equal(plain.image, behind.image)


def test_thick_hair_in_front_hides_points_and_thick_hair_behind_does_not():
    wall = [Card("wall", square(0, 1.0), (0.8, 0.8, 0.8))]
    x = np.linspace(-0.5, 0.5, 200, dtype=np.float32)
    paths = np.stack([np.repeat(x[:, None], 3, 1), np.tile([0.6, 0, -0.6], (200, 1)), np.full((200, 3), 0.4)], axis=2)

    def hair(shift):
        points = (paths + [0, 0, shift]).astype(np.float32)
        ones = np.ones(200, np.float32)
        return Strands(StrandKind.HAIR, points, ones * 0.02, np.tile(ones[:, None] * 0.02, (1, 3)), ones)

    plain = draw(wall)
    assert draw(wall, [hair(0.0)]).depth[SIZE, SIZE] < plain.depth[SIZE, SIZE] - 0.3
    assert draw(wall, [hair(-1.0)]).depth[SIZE, SIZE] == pytest.approx(plain.depth[SIZE, SIZE])
