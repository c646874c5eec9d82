"""Hair on the head: who wears what, and where it grows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from export.synthesis.hair.follicles import Follicles
from export.synthesis.hair.hair import grow_hair
from export.synthesis.hair.haircuts import haircuts
from export.synthesis.hair.scalp import scalp_density
from export.synthesis.hair.style_odds import hair_colour, sample_hair
from export.synthesis.head.assets import Group, load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head
from export.synthesis.head.identity import mean_identity

ASSETS = load_assets()
FOLLICLES = Follicles.from_assets(ASSETS)
SOMEBODY = mean_identity()
HEAD = build_head(ASSETS, SOMEBODY, neutral_expression())
SKIN = ASSETS.rows(Group.BODY)
STYLES = sorted(haircuts(np.random.default_rng(0)))
HAIRY = [name for name in STYLES if name != "bald"]


def grown(name, seed=0, **changes):
    rng = np.random.default_rng(seed)
    return grow_hair(rng, HEAD, replace(haircuts(rng)[name], **changes), FOLLICLES)


def depth_in_skin(points):
    """Decimetres of points (N, 3) behind the tangent plane of the nearest vertex; 0 outside."""
    distance, nearest = cKDTree(HEAD.vertices[SKIN]).query(points)
    vertex = SKIN[nearest]
    inside = -((points - HEAD.vertices[vertex]) * HEAD.normals[vertex]).sum(axis=1)
    return np.where(distance < 0.2, np.maximum(inside, 0), 0)


@pytest.mark.parametrize("name", HAIRY)
def test_every_style_grows_thousands_of_finite_hairs(name):
    strands = grown(name).strands
    assert 3000 < len(strands.points) < 18000
    assert np.isfinite(strands.points).all()
    assert strands.points.dtype == strands.colour.dtype == strands.width.dtype == np.float32


def test_a_bald_head_has_no_strands():
    assert grown("bald").strands is None


@pytest.mark.parametrize("name", ["buzz", "side part", "shoulder", "afro"])
def test_hair_roots_above_the_hairline_and_off_the_ears(name):
    roots = grown(name).strands.points[:, 0]
    vertex = SKIN[cKDTree(HEAD.vertices[SKIN]).query(roots)[1]]
    forehead = HEAD.landmarks[17:27, 1].max()
    front = roots[:, 2] > HEAD.landmarks[0, 2] + 0.3
    assert roots[front, 1].min() > forehead
    assert (FOLLICLES.ears[vertex] > 0.6).mean() < 0.01


@pytest.mark.parametrize("name", ["side part", "slicked back", "shoulder", "long", "bob"])
def test_hair_lies_outside_the_skin(name):
    points = grown(name).strands.points[::5].reshape(-1, 3)
    depth = depth_in_skin(points[points[:, 1] > 6.0])  # lower it may sink into clothes
    assert np.quantile(depth, 0.99) < 0.02


@pytest.mark.parametrize("name", ["long", "wavy", "curly", "curtains", "textured"])
def test_only_a_fringe_hangs_before_the_eyes(name):
    points = grown(name, fringe=None).strands.points.reshape(-1, 3)
    eyes = HEAD.landmarks[36:48]
    low, high = eyes.min(axis=0), eyes.max(axis=0)
    before = (np.abs(points[:, 0]) < 0.8 * high[0]) & (points[:, 1] > low[1] - 0.4) & (points[:, 1] < high[1])
    assert (before & (points[:, 2] > low[2])).mean() < 1e-3


def test_a_fringe_is_cut_above_the_brows_where_the_style_says():
    points = grown("fringe", fringe=0.1).strands.points
    ends = points[points[:, -1, 2] > HEAD.landmarks[36, 2] - 0.1, -1]
    brows = HEAD.landmarks[17:27, 1].mean()
    assert np.quantile(ends[:, 1], 0.02) == pytest.approx(brows + 0.1, abs=0.12)


def test_a_bob_ends_at_its_hem():
    points = grown("bob", hem=0.1).strands.points
    assert points[..., 1].min() > HEAD.landmarks[8, 1] - 0.25


def test_long_hair_falls_below_the_chin_and_cropped_hair_does_not():
    assert grown("long").strands.points[..., 1].min() < HEAD.landmarks[8, 1] - 0.8
    top = HEAD.vertices[SKIN, 1].max()
    assert grown("buzz").strands.points[..., 1].max() < top + 0.15


def test_a_ponytail_hangs_behind_the_head():
    points = grown("tied back", tail=2.0, tie=7.6).strands.points
    assert points[..., 2].min() < HEAD.vertices[HEAD.vertices[:, 1] > 7][:, 2].min() - 0.3


def test_a_receding_hairline_leaves_the_forehead_bare():
    style = haircuts(np.random.default_rng(0))["crew"]
    full, receded = (scalp_density(FOLLICLES.rest, replace(style, recession=r)) for r in (0.0, 1.0))
    front = FOLLICLES.rest[:, 2] > 0.9
    assert (receded <= full + 1e-6).all()
    assert receded[front].sum() < 0.7 * full[front].sum()


def test_the_scalp_is_tinted_on_the_skull_and_never_on_the_face():
    scalp = grown("crew").scalp
    crown = (FOLLICLES.rest[:, 1] > 8.2) & (FOLLICLES.rest[:, 2] < 0.5)
    face = (FOLLICLES.rest[:, 1] < 7.6) & (FOLLICLES.rest[:, 2] > 1.0)
    assert scalp[crown].min() > 0.5
    assert scalp[face].max() == 0


def test_grey_comes_with_age():
    def share(age):
        rng = np.random.default_rng(1)
        return np.mean([sample_hair(rng, replace(SOMEBODY, age=age)).grey for _ in range(60)])

    assert share(20.0) == 0
    assert share(80.0) > share(45.0) + 0.2


def test_children_are_neither_bald_nor_receding():
    rng = np.random.default_rng(2)
    styles = [sample_hair(rng, replace(SOMEBODY, age=8.0, sex=1.0)) for _ in range(80)]
    assert all(s.name not in ("bald", "shaved") and s.recession == 0 and s.baldness == 0 for s in styles)


def test_natural_colours_are_dark_and_warm():
    rng = np.random.default_rng(3)
    colours = np.array([hair_colour(rng, SOMEBODY) for _ in range(200)])
    assert (colours > 0).all()
    assert (colours < 0.7).all()
    assert (colours[:, 0] >= colours[:, 1]).all()
    assert (colours[:, 1] >= colours[:, 2]).all()


def test_the_same_seed_gives_the_same_bytes():
    assert grown("wavy", 4).strands.points.tobytes() == grown("wavy", 4).strands.points.tobytes()
