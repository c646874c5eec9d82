"""Brows, lashes and beards."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

from export.synthesis.hair.beard_kinds import BEARDS
from export.synthesis.hair.beards import beard_density
from export.synthesis.hair.facial_hair import grow_facial_hair, sample_facial_hair
from export.synthesis.hair.follicles import Follicles
from export.synthesis.hair.lashes import LashCards
from export.synthesis.hair.style_odds import sample_hair
from export.synthesis.head.assets import Group, load_assets
from export.synthesis.head.expression import Expression, neutral_expression
from export.synthesis.head.head import build_head
from export.synthesis.head.identity import mean_identity

ASSETS = load_assets()
FOLLICLES, CARDS = Follicles.from_assets(ASSETS), LashCards.from_assets(ASSETS)
MAN = replace(mean_identity(), sex=1.0, age=35.0)
NEUTRAL = build_head(ASSETS, MAN, neutral_expression())


def with_face(**weights):
    neutral = neutral_expression()
    return build_head(ASSETS, MAN, Expression(neutral.kind, {f"fu/{k}": v for k, v in weights.items()}, neutral.gaze))


def grown(head=NEUTRAL, beard="full", seed=0):
    rng = np.random.default_rng(seed)
    style = replace(sample_facial_hair(rng, MAN, sample_hair(rng, MAN)), beard=BEARDS[beard].sample(rng))
    return grow_facial_hair(rng, head, style, FOLLICLES, CARDS)


def named(result, name):
    return next(s for s in result.strands if s.kind == name)


def test_there_are_always_brows_and_lashes_and_a_beard_only_if_it_grew():
    assert [s.kind for s in grown(beard="none").strands] == ["brows", "lashes"]
    assert [s.kind for s in grown(beard="full").strands] == ["brows", "lashes", "beard"]


def test_brows_lie_along_their_landmarks():
    roots = named(grown(), "brows").points[:, 0]
    for side, points in ((-1, NEUTRAL.landmarks[17:22]), (1, NEUTRAL.landmarks[22:27])):
        mine = roots[np.sign(roots[:, 0]) == side]
        fine = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(points)])
        assert cKDTree(fine).query(mine)[0].max() < 0.15
        assert cKDTree(mine).query(points[1:-1])[0].max() < 0.08


def test_brows_rise_with_the_brows():
    raised = with_face(browInnerUp=1.0, browOuterUpLeft=1.0, browOuterUpRight=1.0)
    before, after = (named(grown(head), "brows").points[:, 0, 1].mean() for head in (NEUTRAL, raised))
    moved = raised.landmarks[17:27, 1].mean() - NEUTRAL.landmarks[17:27, 1].mean()
    assert moved > 0.02
    assert after - before == pytest.approx(moved, abs=0.015)


def test_brow_hairs_rest_on_the_skin():
    brows = named(grown(), "brows").points.reshape(-1, 3)
    skin = NEUTRAL.vertices[ASSETS.rows(Group.BODY)]
    assert cKDTree(skin).query(brows)[0].max() < 0.1


def test_lash_cards_are_grids_that_use_every_vertex_once():
    used = np.concatenate([grid.ravel() for grid in CARDS.grids])
    assert sorted(used) == sorted(ASSETS.rows(Group.LASHES))
    assert sorted(CARDS.upper) == [False, False, True, True]


def test_lashes_begin_at_the_lid_and_point_outwards():
    lashes = named(grown(), "lashes").points
    lids = NEUTRAL.vertices[ASSETS.rows(Group.BODY)]
    assert cKDTree(lids).query(lashes[:, 0])[0].max() < 0.03
    assert (lashes[:, -1, 2] > lashes[:, 0, 2]).mean() > 0.9


def test_upper_lashes_sink_when_the_eye_closes():
    closed = with_face(eyeBlinkLeft=1.0, eyeBlinkRight=1.0)
    before, after = (named(grown(head), "lashes").points[:, -1, 1].max() for head in (NEUTRAL, closed))
    assert after < before - 0.05


@pytest.mark.parametrize("kind", [kind for kind in BEARDS if kind != "none"])
@pytest.mark.parametrize("head", [NEUTRAL, with_face(jawOpen=0.9)], ids=["closed", "open"])
def test_no_beard_covers_the_lips(kind, head):
    points = named(grown(head, kind), "beard").points[::3].reshape(-1, 3)
    lips = np.flatnonzero(ASSETS.masks["lips"] > 0.95)
    before = cKDTree(head.vertices[lips][:, :2]).query(points[:, :2])[0] < 0.012
    assert (before & (points[:, 2] > 1.2)).mean() < 0.05


def test_a_beard_hangs_from_a_falling_jaw():
    shut, open_ = (
        named(grown(head, "goatee"), "beard").points[..., 1].min() for head in (NEUTRAL, with_face(jawOpen=0.9))
    )
    assert open_ < shut - 0.05


def test_zones_keep_to_their_places():
    rng = np.random.default_rng(0)
    moustache, strap = (beard_density(FOLLICLES.rest, BEARDS[kind].sample(rng)) for kind in ("moustache", "chin strap"))
    chin, lip = (np.argmin(((FOLLICLES.rest - p) ** 2).sum(axis=1)) for p in ([0, 6.35, 1.35], [0.12, 6.83, 1.47]))
    assert moustache[chin] == 0
    assert moustache[lip] > 0.2
    assert strap[chin] > 0.2
    assert strap[lip] == 0


def test_women_and_children_have_no_beards():
    rng = np.random.default_rng(1)
    for identity in (replace(MAN, sex=0.0), replace(MAN, age=9.0)):
        counts = {sample_facial_hair(rng, identity, sample_hair(rng, identity)).beard.count for _ in range(30)}
        assert counts == {0}


def test_shaved_skin_is_shadowed_off_the_lips():
    shadow = grown(beard="stubble").shadow
    assert shadow.max() > 0.05
    assert shadow[ASSETS.masks["lips"] > 0.99].max() < 0.01


def test_the_same_seed_gives_the_same_bytes():
    one, other = (b"".join(s.points.tobytes() + s.colour.tobytes() for s in grown(seed=5).strands) for _ in range(2))
    assert one == other
