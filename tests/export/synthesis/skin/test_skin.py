"""Skin: its colours, the chart it is painted on, styles, painting, and the part of the scene that shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from export.synthesis.head.assets import load_assets
from export.synthesis.landmarks.points import mesh_points
from export.synthesis.mesh.surface import Fragments
from export.synthesis.skin.chart import AXIS, EQUATOR, HEIGHT, WIDTH, locate
from export.synthesis.skin.painter import SkinPainter
from export.synthesis.skin.pigments import reflectance_table
from export.synthesis.skin.skin import LINING, SkinPart, skin_mesh
from export.synthesis.skin.style import Paint, sample_skin
from export.synthesis.skin.texture import periodic_noise, sample_bilinear, soft_step
from export.synthesis.skin.wrinkles import wrinkle_map

UPRIGHT = np.eye(3, dtype=np.float32)
BROWN = np.array([0.03, 0.02, 0.012], np.float32)


@pytest.fixture(scope="module")
def assets():
    return load_assets()


@pytest.fixture(scope="module")
def points(assets):
    return mesh_points(assets, assets.vertices)


@pytest.fixture(scope="module")
def painter(assets, points):
    return SkinPainter(assets, points)


def plain_style(**changes):
    style = sample_skin(np.random.default_rng(0), sex=0.0, age=14.0, melanin=0.3, hair=BROWN)
    return replace(style, freckles=0.0, spots=0.0, moles=0, blemishes=0, **changes)


def seen(mesh, rows, footprint=0.005):
    """Fragments at vertices of a mesh, as if the camera looked at each of them."""
    return Fragments(
        np.arange(len(rows), dtype=np.int64),
        mesh.vertices[rows],
        mesh.normals[rows],
        np.zeros(len(rows), np.int32),
        mesh.attributes[rows],
        footprint,
    )


class TestPigments:
    def test_more_of_either_pigment_is_darker(self):
        table = reflectance_table()
        assert (np.diff(table, axis=0) < 0).all()
        assert (np.diff(table.mean(axis=2), axis=1) < 0).all()

    def test_no_skin_is_grey_or_green_or_blue(self):
        red, green, blue = np.moveaxis(reflectance_table(), 2, 0)
        assert (red > green).all()
        assert (green > blue).all()

    def test_blood_makes_skin_redder(self):
        table = reflectance_table()
        assert (table[:, -1, 0] / table[:, -1, 1] > 1.2 * table[:, 0, 0] / table[:, 0, 1]).all()

    def test_spans_the_human_range_of_lightness(self):
        green = reflectance_table()[:, 40, 1]
        assert green[0] > 0.38
        assert green[-1] < 0.06


class TestChart:
    @settings(max_examples=50)
    @given(st.tuples(st.floats(-0.7, 0.7), st.floats(6.0, 8.3), st.floats(0.7, 1.5)))
    def test_the_gradient_says_how_texels_move(self, place):
        # the profile bends at the equator, and the shear ends far from the axis
        assume(abs(place[1] - EQUATOR) > 0.01)
        assume(abs(np.hypot(place[0], place[2] - AXIS) - 1.4) > 0.01)
        here = np.array([place], np.float32)
        texels, gradient = locate(here)
        step = np.array([[0.002, 0.003, -0.002]], np.float32)
        moved, _ = locate(here + step)
        assert moved - texels == pytest.approx(gradient[0] @ step[0] * np.ones((1, 1)), abs=0.05)

    def test_the_whole_face_lies_on_it(self, points):
        texels, _ = locate(points)
        assert (texels > 0).all()
        assert (texels < (WIDTH, HEIGHT)).all()

    def test_left_and_right_mirror_each_other(self):
        texels, _ = locate(np.array([[0.4, 7.0, 1.2], [-0.4, 7.0, 1.2]], np.float32))
        assert texels[0, 0] + texels[1, 0] == pytest.approx(WIDTH, abs=1e-3)
        assert texels[0, 1] == texels[1, 1]


class TestTexture:
    def test_a_texel_s_centre_gives_the_texel(self):
        chart = np.random.default_rng(0).random((5, 6, 2), dtype=np.float32)
        assert sample_bilinear(chart, np.array([[4, 3]], np.float32))[0] == pytest.approx(chart[3, 4])

    def test_closes_on_itself_across(self):
        chart = np.arange(4, dtype=np.float32).reshape(1, 4, 1).repeat(2, axis=0)
        assert sample_bilinear(chart, np.array([[3.5, 0]], np.float32))[0, 0] == pytest.approx(1.5)

    def test_ends_or_repeats_downwards(self):
        chart = np.arange(4, dtype=np.float32).reshape(4, 1, 1)
        below = np.array([[0, 9]], np.float32)
        assert sample_bilinear(chart, below)[0, 0] == pytest.approx(3, abs=0.01)
        assert sample_bilinear(chart, below, True)[0, 0] == pytest.approx(1)

    def test_noise_tiles_without_a_seam(self):
        noise = periodic_noise(np.random.default_rng(0), (6, 6), (64, 64))
        inner = np.abs(np.diff(noise, axis=1)).max()
        assert np.abs(noise[:, 0] - noise[:, -1]).max() < 1.5 * inner

    def test_a_soft_step_may_go_down(self):
        assert soft_step(np.array([0.0, 0.5, 1.0]), 1.0, 0.0).tolist() == [1.0, 0.5, 0.0]


class TestStyle:
    def test_the_old_have_lines_and_children_none(self):
        old = [sample_skin(np.random.default_rng(i), 0.5, 75.0, 0.3, BROWN).wrinkles for i in range(20)]
        young = [sample_skin(np.random.default_rng(i), 0.5, 15.0, 0.3, BROWN).wrinkles for i in range(20)]
        assert min(old) > 0.5
        assert max(young) == 0

    @settings(max_examples=60)
    @given(st.integers(0, 10**6), st.floats(5, 15))
    def test_children_neither_shave_nor_wear_make_up(self, seed, age):
        style = sample_skin(np.random.default_rng(seed), 1.0, age, 0.3, BROWN)
        assert style.stubble.opacity == style.lipstick.opacity == style.shadow.opacity == style.foundation == 0


class TestWrinkles:
    def test_no_depth_is_smooth(self, points):
        creases, relief = wrinkle_map(np.random.default_rng(0), locate(points)[0], 0.0)
        assert not creases.any()
        assert not relief.any()

    def test_creases_are_dents(self, points):
        creases, relief = wrinkle_map(np.random.default_rng(0), locate(points)[0], 1.0)
        assert relief[creases > 0.5].max() < 0


class TestPainter:
    def test_the_same_seed_gives_the_same_skin(self, painter):
        one, two = (painter.paint(np.random.default_rng(3), plain_style()) for _ in range(2))
        assert np.array_equal(one.chart, two.chart)

    def test_more_melanin_is_darker_everywhere_on_the_face(self, painter):
        pale, dark = (
            painter.paint(np.random.default_rng(3), plain_style(melanin=m, mottle=0.0)).chart for m in (0.1, 0.9)
        )
        assert (dark[200:450, 250:520, :3] < pale[200:450, 250:520, :3]).all()

    def test_lips_are_redder_than_the_cheek(self, painter, points):
        chart = painter.paint(np.random.default_rng(3), plain_style()).chart
        texels, _ = locate(points)
        lip = sample_bilinear(chart, (texels[57:58] + texels[66:67]) / 2)[0]
        cheek = sample_bilinear(chart, (texels[4:5] + texels[48:49]) / 2)[0]
        assert lip[0] / lip[1] > 1.1 * cheek[0] / cheek[1]

    def test_lipstick_colours_the_lips_and_nothing_else(self, painter, points):
        blue = Paint(np.array([0, 0, 0.5], np.float32), 0.9)
        bare, painted = (
            painter.paint(np.random.default_rng(3), plain_style(lipstick=paint)).chart
            for paint in (Paint(blue.colour, 0.0), blue)
        )
        changed = np.abs(bare - painted)[..., :3].max(axis=2) > 0.02
        _, columns = np.nonzero(changed)
        texels, _ = locate(points)
        assert columns.min() > texels[48, 0] - 6
        assert columns.max() < texels[54, 0] + 6
        assert 500 < changed.sum() < 8000

    @settings(max_examples=8, deadline=None)
    @given(st.integers(0, 10**6), st.floats(0, 1), st.floats(5, 85), st.floats(0, 1))
    def test_every_style_gives_possible_surfaces(self, painter, seed, sex, age, melanin):
        rng = np.random.default_rng(seed)
        chart = painter.paint(rng, sample_skin(rng, sex, age, melanin, BROWN)).chart
        assert np.isfinite(chart).all()
        assert chart[..., :3].min() >= 0
        assert chart[..., :3].max() < 0.9
        assert chart[..., 3].min() > 0.1


class TestPart:
    def test_unit_normals_and_shapes(self, assets, painter):
        mesh = skin_mesh(assets, assets.vertices)
        part = SkinPart(mesh, painter.paint(np.random.default_rng(3), plain_style()), UPRIGHT, BROWN)
        material = part.material(seen(mesh, np.unique(mesh.triangles)))
        assert np.linalg.norm(material.normal, axis=1) == pytest.approx(1, abs=1e-4)
        assert material.albedo.shape == material.normal.shape

    def test_bumps_vanish_far_away(self, assets, painter):
        mesh = skin_mesh(assets, assets.vertices)
        part = SkinPart(mesh, painter.paint(np.random.default_rng(3), plain_style()), UPRIGHT, BROWN)
        rows = np.unique(mesh.triangles)
        near, far = (np.abs(part.material(seen(mesh, rows, f)).normal - mesh.normals[rows]).max() for f in (0.002, 0.1))
        assert near > 0.02
        assert far < 1e-5

    def test_hair_darkens_the_scalp_only(self, assets, painter):
        scalp = (assets.vertices[:, 1] > 8.0).astype(np.float32)
        maps = painter.paint(np.random.default_rng(3), plain_style())
        bald, haired = (
            SkinPart(mesh, maps, UPRIGHT, BROWN)
            for mesh in (skin_mesh(assets, assets.vertices), skin_mesh(assets, assets.vertices, scalp))
        )
        rows = np.unique(bald.mesh.triangles)
        before, after = (part.material(seen(part.mesh, rows)).albedo for part in (bald, haired))
        crown = scalp[rows] > 0
        assert (after[crown] < 0.5 * before[crown]).all()
        assert np.array_equal(after[~crown], before[~crown])

    def test_the_throat_is_darker_than_the_lips(self, assets, painter):
        mesh = skin_mesh(assets, assets.vertices)
        part = SkinPart(mesh, painter.paint(np.random.default_rng(3), plain_style()), UPRIGHT, BROWN)
        lining = np.flatnonzero(mesh.attributes[:, LINING] > 0.9)
        depth = mesh.vertices[lining, 2]
        albedo = part.material(seen(mesh, lining)).albedo.mean(axis=1)
        assert albedo[depth < np.percentile(depth, 20)].mean() < 0.5 * albedo[depth > np.percentile(depth, 80)].mean()
