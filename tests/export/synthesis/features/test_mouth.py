"""Teeth and tongue: gaps, gums, age, and the dark behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.features.mouth import JAW, REST, mouth_part, sample_mouth
from export.synthesis.head.assets import load_assets
from export.synthesis.mesh.surface import Fragments


@pytest.fixture(scope="module")
def assets():
    return load_assets()


def part_of(assets, **changes):
    style = replace(sample_mouth(np.random.default_rng(1), 30.0, 0.3), **changes)
    return mouth_part(assets, assets.vertices, np.eye(3, dtype=np.float32), style)


def look_at(part, rest, jaw):
    rest = np.asarray(rest, np.float32)
    n = len(rest)
    attributes = np.column_stack([rest, np.full(n, jaw)]).astype(np.float32)
    normal = np.tile(np.array([0, 0, 1], np.float32), (n, 1))
    return part.material(Fragments(np.arange(n), rest, normal, np.zeros(n, np.int32), attributes, 0.004))


def test_teeth_are_parted_by_dark_lines(assets):
    part = part_of(assets, gaps=0.8)
    x = np.linspace(-0.12, 0.12, 481)
    arch = np.column_stack([x, np.full_like(x, 6.76), 0.92 + 0.46 * np.sqrt(1 - (x / 0.335) ** 2)])
    green = look_at(part, arch, 0).albedo[:, 1]
    dark = green < 0.6 * np.median(green)
    assert np.diff(dark.astype(int)).clip(0).sum() == 3  # in the middle and beside both front teeth


def test_gums_are_above_the_upper_teeth_and_below_the_lower(assets):
    part = part_of(assets)
    for jaw, gum, tooth in ((0, 6.86, 6.74), (1, 6.56, 6.68)):
        albedo = look_at(part, [[0.04, gum, 1.37], [0.04, tooth, 1.37]], jaw).albedo
        assert albedo[0, 0] > 2 * albedo[0, 1]
        assert albedo[1, 0] < 1.3 * albedo[1, 1]


def test_teeth_yellow_with_age():
    def warmth(age):
        styles = [sample_mouth(np.random.default_rng(i), age, 0.3) for i in range(30)]
        return np.mean([style.enamel[0] / style.enamel[2] for style in styles])

    assert warmth(80.0) > warmth(20.0) * 1.1


def test_it_is_dark_at_the_throat(assets):
    albedo = look_at(part_of(assets), [[0.1, 6.6, 0.7], [0.1, 6.6, 1.3]], 2).albedo.mean(axis=1)
    assert albedo[0] < 0.7 * albedo[1]


def test_the_mesh_has_both_jaws_and_the_tongue(assets):
    mesh = part_of(assets).mesh
    heights = [mesh.attributes[mesh.attributes[:, JAW] == jaw, REST][:, 1].mean() for jaw in (0, 1)]
    assert set(np.unique(mesh.attributes[:, JAW])) == {0, 1, 2}
    assert heights[0] > heights[1]


def test_every_vertex_gives_a_possible_surface(assets):
    part = part_of(assets)
    mesh, n = part.mesh, len(part.mesh.vertices)
    material = part.material(
        Fragments(np.arange(n), mesh.vertices, mesh.normals, np.zeros(n, np.int32), mesh.attributes, 0.004)
    )
    assert np.isfinite(material.albedo).all()
    assert np.linalg.norm(material.normal, axis=1) == pytest.approx(1, abs=1e-4)
