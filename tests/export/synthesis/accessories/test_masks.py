"""Masks: they hide the mouth, not the eyes, and move with the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.accessories.masks import MaskKind, build_mask, sample_mask
from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity, sample_identity
from tests.export.synthesis.views import check_material, draw_until, hidden_points


@pytest.fixture(scope="module")
def heads():
    assets = load_assets()
    people = [sample_identity(np.random.default_rng(seed), assets) for seed in range(3)]
    return [build_head(assets, person, neutral_expression()) for person in (mean_identity(), *people)]


def mask(kind):
    return draw_until(sample_mask, lambda m: m.kind == kind and m.drop < 0.1)


def masked(worn, head):
    return [part.mesh for part in build_mask(worn, head, make_pose(0, 0, 0))]


@pytest.mark.parametrize("kind", MaskKind)
def test_a_mask_hides_nose_and_mouth_but_not_the_eyes(heads, kind):
    for head in heads:
        covered = hidden_points(
            head, make_pose(0, 0, 0), [part.mesh for part in build_mask(mask(kind), head, make_pose(0, 0, 0))]
        )
        assert covered[30:36].all()
        assert covered[48:].all()
        assert not covered[17:27].any()
        assert not covered[36:48].any()


def test_a_mask_below_the_nose_leaves_it_free(heads):
    low = replace(mask("medical"), drop=0.45)
    covered = hidden_points(
        heads[0], make_pose(0, 0, 0), [part.mesh for part in build_mask(low, heads[0], make_pose(0, 0, 0))]
    )
    assert not covered[27:31].any()
    assert covered[57]


def test_loops_reach_the_ears(heads):
    head = heads[0]
    loops = build_mask(mask("medical"), head, make_pose(0, 0, 0))[1].mesh.vertices
    ears = head.vertices[head.assets.masks["ears"] > 0.5]
    for side in (-1, 1):
        ear = ears[ears[:, 0] * side > 0].mean(axis=0)
        assert np.linalg.norm(loops[:, None] - ear, axis=2).min() < 0.25


def test_a_mask_moves_with_the_skull(heads):
    pose = make_pose(30, 10, 5)
    straight, turned = (build_mask(mask("cloth"), heads[0], p)[0].mesh.vertices for p in (make_pose(0, 0, 0), pose))
    assert np.allclose(pose.rigid(straight), turned, atol=1e-4)


@pytest.mark.parametrize("kind", MaskKind)
def test_masks_can_be_rendered(heads, kind):
    for part in build_mask(mask(kind), heads[0], make_pose(0, 0, 0)):
        check_material(part)


def test_one_in_twenty_five_wears_a_mask():
    drawn = [sample_mask(np.random.default_rng(seed)) for seed in range(4000)]
    assert 0.03 < sum(item is not None for item in drawn) / len(drawn) < 0.05
