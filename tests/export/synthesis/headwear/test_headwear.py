"""Headwear: outside the scalp, off the face, and what hair it covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity
from export.synthesis.headwear.builder import HeadwearKind
from export.synthesis.headwear.headwear import build_headwear, sample_headwear
from tests.export.synthesis.views import check_material, draw_until, hidden_points

CLOSED = ("cap", "beanie", "sun-hat", "turban", "helmet")


@pytest.fixture(scope="module")
def head():
    return build_head(load_assets(), mean_identity(), neutral_expression())


def headwear(kind):
    return draw_until(sample_headwear, lambda h: h.kind == kind, replace(mean_identity(), sex=0.0))


def worn(head, kind, pose=None):
    return build_headwear(headwear(kind), head, pose or make_pose(0, 0, 0))


@pytest.mark.parametrize("kind", HeadwearKind)
def test_eyes_nose_and_mouth_stay_free(head, kind):
    covered = hidden_points(head, make_pose(0, 0, 0), [part.mesh for part in worn(head, kind).parts])
    assert not covered[27:].any()


@pytest.mark.parametrize("kind", CLOSED)
def test_a_hat_is_outside_the_scalp(head, kind):
    crown = worn(head, kind).parts[0].mesh.vertices
    top = head.vertices[:, 1].max()
    assert top < crown[:, 1].max() < top + 0.6


@pytest.mark.parametrize("kind", CLOSED)
def test_a_hat_covers_the_hair_on_top_and_not_the_beard(head, kind):
    top, chin = head.vertices[head.vertices[:, 1].argmax()], head.landmarks[8]
    assert worn(head, kind).covers(np.stack([top, chin])).tolist() == [True, False]


def test_a_headscarf_covers_all_hair_and_headphones_none(head):
    assert worn(head, "headscarf").covers(head.vertices).all()
    assert not worn(head, "headphones").covers(head.vertices).any()


def test_a_cap_has_its_brim_in_front(head):
    brim = worn(head, "cap").parts[2].mesh.vertices
    assert brim[:, 2].max() > head.vertices[:, 2].max() + 0.2
    assert brim[:, 2].min() > head.landmarks[[0, 16], 2].mean() - 0.2


def test_headphones_are_over_both_ears(head):
    cups = worn(head, "headphones").parts[1].mesh.vertices
    ears = head.vertices[head.assets.masks["ears"] > 0.5]
    for side in (-1, 1):
        middle = ears[ears[:, 0] * side > 0].mean(axis=0)
        assert np.linalg.norm(cups[cups[:, 0] * side > 0].mean(axis=0) - middle) < 0.2


def test_headwear_moves_with_the_skull(head):
    pose = make_pose(30, 10, 5)
    straight, turned = (worn(head, "beanie", p).parts[0].mesh.vertices for p in (make_pose(0, 0, 0), pose))
    assert np.allclose(pose.rigid(straight), turned, atol=1e-4)


@pytest.mark.parametrize("kind", HeadwearKind)
def test_headwear_can_be_rendered(head, kind):
    for part in worn(head, kind).parts:
        check_material(part)


def test_one_in_twelve_wears_something():
    drawn = [sample_headwear(np.random.default_rng(seed), mean_identity()) for seed in range(3000)]
    assert 0.06 < sum(item is not None for item in drawn) / len(drawn) < 0.10


def test_an_unknown_kind_is_refused(head):
    with pytest.raises(ValueError, match="crown"):
        build_headwear(replace(headwear("cap"), kind="crown"), head, make_pose(0, 0, 0))
