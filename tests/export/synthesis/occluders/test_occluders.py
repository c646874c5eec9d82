"""Occluders: in front of the face, not inside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.head.assets import load_assets, load_hand
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity
from export.synthesis.occluders.kinds import HAND, HELD, OccluderKind
from export.synthesis.occluders.occluders import build_occluder, sample_occluder
from tests.export.synthesis.views import check_material, draw_until, hidden_points, seen


@pytest.fixture(scope="module")
def head():
    return build_head(load_assets(), mean_identity(), neutral_expression())


@pytest.fixture(scope="module")
def hand():
    return load_hand()


def occluder(kind, **wanted):
    return draw_until(sample_occluder, lambda o: o.kind == kind and all(getattr(o, k) == v for k, v in wanted.items()))


@pytest.mark.parametrize("kind", ["mouth", "microphone", "apple"])
def test_what_is_held_to_the_mouth_hides_some_of_it(head, hand, kind):
    pose = make_pose(10, 0, 0)
    parts = build_occluder(occluder(kind), head, pose, hand)
    assert hidden_points(head, pose, [part.mesh for part in parts])[48:].any()


@pytest.mark.parametrize("kind", HAND + HELD)
def test_hands_are_before_the_face(head, hand, kind):
    pose = make_pose(-15, 5, 5)
    parts = build_occluder(occluder(kind), head, pose, hand)
    _, bare = seen(head, pose, [])
    owner, depth = seen(head, pose, [part.mesh for part in parts])
    visible = owner == 1
    assert visible.sum() > 100
    assert (depth[visible] <= bare[visible] + 1e-4).all()


@pytest.mark.parametrize("kind", ["cheek", "mouth"])
def test_a_hand_on_the_face_touches_it(head, hand, kind):
    pose = make_pose(0, 0, 0)
    hand_mesh = build_occluder(occluder(kind), head, pose, hand)[0].mesh
    skin = head.vertices[head.vertices[:, 1] > 6.3]
    nearest = np.linalg.norm(hand_mesh.vertices[::20, None] - skin[None, ::10], axis=2).min()
    assert nearest < 0.25


def test_a_hand_has_the_colour_of_its_head(head, hand):
    def tone(melanin):
        other = replace(head, identity=replace(head.identity, melanin=melanin))
        return check_material(build_occluder(occluder("wave"), other, make_pose(0, 0, 0), hand)[0]).albedo.mean()

    assert tone(0.1) > 2 * tone(0.95)


def test_a_hand_comes_from_its_side(head, hand):
    def sleeve(left):
        return (
            build_occluder(replace(occluder("wave", left=left), angle=0.0), head, make_pose(0, 0, 0), hand)[1]
            .mesh.vertices[:, 0]
            .mean()
        )

    assert sleeve(True) < 0 < sleeve(False)


@pytest.mark.parametrize("kind", OccluderKind)
def test_occluders_can_be_rendered(head, hand, kind):
    for part in build_occluder(occluder(kind), head, make_pose(0, 0, 0), hand):
        check_material(part)


def test_one_in_twelve_faces_has_something_before_it():
    drawn = [sample_occluder(np.random.default_rng(seed)) for seed in range(3000)]
    assert 0.06 < sum(item is not None for item in drawn) / len(drawn) < 0.10
