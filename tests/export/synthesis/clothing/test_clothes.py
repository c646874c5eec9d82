"""Clothes: they cover the shoulders, leave the face free and reach out of the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.synthesis.clothing.clothes import build_clothes
from export.synthesis.clothing.outfits import OutfitKind, sample_outfit
from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity, sample_identity
from tests.export.synthesis.views import SIZE, camera_for, check_material, draw_until, hidden_points, seen


@pytest.fixture(scope="module")
def head():
    return build_head(load_assets(), mean_identity(), neutral_expression())


def outfit(kind):
    return draw_until(sample_outfit, lambda o: o.kind == kind, replace(mean_identity(), sex=0.0))


def dressed(head, kind, pose=None):
    return build_clothes(outfit(kind), head, pose or make_pose(0, 0, 0))


@pytest.mark.parametrize("kind", OutfitKind)
def test_clothes_leave_the_face_free(head, kind):
    covered = hidden_points(head, make_pose(0, 0, 0), [part.mesh for part in dressed(head, kind)])
    assert not covered[17:].any()


@pytest.mark.parametrize("kind", OutfitKind)
def test_clothes_reach_below_the_picture(head, kind):
    pose = make_pose(0, 0, 0)
    owner, _ = seen(head, pose, [part.mesh for part in dressed(head, kind)])
    assert (owner[-1, SIZE // 4 : 3 * SIZE // 4] > 0).all()


@pytest.mark.parametrize("kind", [kind for kind in OutfitKind if kind not in ("straps", "scoop", "v-neck")])
def test_no_skin_shows_on_the_chest(head, kind):
    pose = make_pose(20, 5, 5)
    owner, _ = seen(head, pose, [part.mesh for part in dressed(head, kind, pose)])
    breast, _ = camera_for(head, pose).project(np.array([[0.0, 5.0, 1.0]], np.float32))
    below = owner[int(breast[0, 1]) :]
    assert (below != 0).all()


@pytest.mark.parametrize("kind", OutfitKind)
def test_cloth_can_be_rendered(head, kind):
    for part in dressed(head, kind):
        check_material(part)


def test_a_v_neck_shows_more_skin_than_a_turtleneck(head):
    pose = make_pose(0, 0, 0)
    bare = [
        int((seen(head, pose, [p.mesh for p in dressed(head, kind)])[0] == 0).sum())
        for kind in ("v-neck", "turtleneck")
    ]
    assert bare[0] > bare[1]


def test_the_shoulders_turn_less_than_the_head(head):
    straight, turned = (dressed(head, "tee", make_pose(yaw, 0, 0))[0].mesh.vertices for yaw in (0, 60))
    low = straight[:, 1] < 5.0
    angle = np.degrees(
        np.arctan2(turned[low, 2] - 0.35, turned[low, 0]) - np.arctan2(straight[low, 2] - 0.35, straight[low, 0])
    )
    assert np.abs((angle + 180) % 360 - 180).max() < 30


def test_the_same_seed_wears_the_same(head):
    def bytes_of(seed):
        person = sample_identity(np.random.default_rng(1), load_assets())
        parts = build_clothes(sample_outfit(np.random.default_rng(seed), person), head, make_pose(0, 0, 0))
        return b"".join(part.mesh.vertices.tobytes() for part in parts)

    assert bytes_of(3) == bytes_of(3)
    assert bytes_of(3) != bytes_of(4)


def test_an_unknown_kind_is_refused(head):
    with pytest.raises(ValueError, match="toga"):
        build_clothes(replace(outfit("tee"), kind="toga"), head, make_pose(0, 0, 0))
