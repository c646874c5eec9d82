"""Glasses: on the nose, before the eyes, over the ears."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from export.synthesis.accessories.frames import GlassesShape
from export.synthesis.accessories.glasses import build_glasses, sample_glasses
from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity, sample_identity
from tests.export.synthesis.views import check_material, draw_until, hidden_points, seen


@pytest.fixture(scope="module")
def heads():
    assets = load_assets()
    people = [sample_identity(np.random.default_rng(seed), assets) for seed in range(3)]
    return [build_head(assets, person, neutral_expression()) for person in (mean_identity(), *people)]


STRAIGHT = make_pose(0, 0, 0)


@cache
def glasses(shape):
    return draw_until(sample_glasses, lambda g: g.shape == shape, mean_identity())


@pytest.fixture(scope="module")
def worn(heads):
    """The heads with glasses of a shape: (head, frame's part, lenses) each, looking straight ahead."""

    @cache
    def wear(shape):
        built = [build_glasses(glasses(shape), head, STRAIGHT) for head in heads]
        return [(head, parts[0], lenses) for head, (parts, lenses) in zip(heads, built, strict=True)]

    return wear


@pytest.mark.parametrize("shape", GlassesShape)
def test_panes_are_before_the_eyes(worn, shape):
    for head, _, lenses in worn(shape):
        assert len(lenses) == 2
        for lens, eye in zip(lenses, head.eyes, strict=True):
            near = np.linalg.norm(lens.mesh.vertices[:, :2] - eye.centre[:2], axis=1) < 0.12
            assert near.any()
            assert lens.mesh.vertices[near, 2].min() > eye.centre[2] + eye.radius


@pytest.mark.parametrize("shape", GlassesShape)
def test_temples_reach_behind_the_front_of_the_ears(worn, shape):
    for head, frame, _ in worn(shape):
        ears = head.vertices[head.assets.masks["ears"] > 0.5]
        assert frame.mesh.vertices[:, 2].min() < ears[:, 2].max()


@pytest.mark.parametrize("shape", ["round", "rectangle", "half-rim"])
def test_the_frame_leaves_the_pupils_free(worn, shape):
    for head, frame, _ in worn(shape):
        assert not hidden_points(head, STRAIGHT, [frame.mesh])[[30, 33, 48, 54, 8]].any()


@pytest.mark.parametrize("shape", ["square", "wayfarer", "aviator", "cat-eye"])
def test_little_of_the_rims_sinks_into_the_face(worn, shape):
    for head, frame, _ in worn(shape):
        alone = seen(head, STRAIGHT, [frame.mesh])[0] > 0
        ahead = replace(frame.mesh, vertices=frame.mesh.vertices + np.array([0, 0, 1], np.float32))
        whole = seen(head, STRAIGHT, [ahead])[0] > 0
        assert alone.sum() > 0.6 * whole.sum()


def test_glasses_move_with_the_skull(heads):
    pose = make_pose(30, 10, 5)
    straight, turned = (build_glasses(glasses("round"), heads[0], p)[0][0].mesh for p in (STRAIGHT, pose))
    assert np.allclose(pose.rigid(straight.vertices), turned.vertices, atol=1e-4)


def test_a_quarter_of_people_wear_them_and_a_quarter_of_those_are_dark():
    drawn = [sample_glasses(np.random.default_rng(seed), mean_identity()) for seed in range(3000)]
    with_glasses = [g for g in drawn if g]
    assert 0.2 < len(with_glasses) / len(drawn) < 0.28
    assert 0.04 < sum(float(g.transmission.mean()) < 0.25 for g in with_glasses) / len(drawn) < 0.08


def test_frames_can_be_rendered(worn):
    for shape in GlassesShape:
        check_material(worn(shape)[0][1])
