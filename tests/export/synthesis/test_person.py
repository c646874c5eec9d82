"""People: what is drawn does not depend on what annotators call it; hats and the hair under them."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from export.synthesis import person as person_module
from export.synthesis.head.assets import HeadAssets, load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import sample_identity
from export.synthesis.landmarks.points import mesh_points
from export.synthesis.mesh.surface import StrandKind, Strands
from export.synthesis.person import _uncovered, without_annotator_offsets
from export.synthesis.sampling import RandomStreams


def test_annotator_offsets_move_labels_but_nothing_that_is_drawn():
    assets = load_assets()
    identity = sample_identity(np.random.default_rng(3), assets)
    shifts = np.random.default_rng(0).normal(0, 0.05, (68, 3)).astype(np.float32)
    head, plain = (
        build_head(assets, identity, neutral_expression(), offsets) for offsets in (shifts, np.zeros_like(shifts))
    )
    assert np.abs(head.landmarks - plain.landmarks).max() > 0.02
    np.testing.assert_allclose(without_annotator_offsets(head).landmarks, mesh_points(assets, head.vertices), atol=1e-5)
    np.testing.assert_allclose(without_annotator_offsets(head).landmarks, plain.landmarks, atol=1e-5)


def test_a_person_has_skin_eyes_mouth_and_clothes_in_the_camera_frame(people):
    person = people.sample(RandomStreams(5, 0))
    posed = people.pose(person, make_pose(20, -10, 5))
    assert [part.name for part in posed.parts[:3]] == ["skin", "eyes", "mouth"]
    assert any(part.name == "clothes" for part in posed.parts)
    for part in posed.parts:
        assert np.isfinite(part.mesh.vertices).all() and len(part.mesh.triangles)
        assert part.mesh.triangles.max() < len(part.mesh.vertices)
    assert {"brows", "lashes"} <= {strands.kind for strands in posed.strands}


def contents(value):
    """Everything that a person is made of, in a form that can be compared."""
    if isinstance(value, HeadAssets):
        return id(value)
    if is_dataclass(value):
        return [contents(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, list | tuple):
        return [contents(item) for item in value]
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


@pytest.fixture(scope="module")
def plain(people):
    return people.sample(RandomStreams(6, 0))


@pytest.mark.parametrize(
    ("sampler", "changed"),
    [
        ("sample_expression", {"head", "strands", "roots"}),
        ("sample_facial_hair", {"strands", "roots", "bearded"}),
        ("sample_skin", {"skin"}),
        ("sample_eyes", {"eyes"}),
        ("sample_mouth", {"mouth"}),
        ("sample_outfit", {"outfit"}),
        ("sample_glasses", {"glasses"}),
        ("sample_headwear", {"headwear"}),
        ("sample_mask", {"mask", "strands"}),
        ("sample_occluder", {"occluder"}),
    ],
)
def test_a_draw_more_for_one_aspect_leaves_the_others_as_they_were(people, plain, monkeypatch, sampler, changed):
    original = getattr(person_module, sampler)

    def with_one_draw_more(rng, *arguments):
        rng.random()
        return original(rng, *arguments)

    monkeypatch.setattr(person_module, sampler, with_one_draw_more)
    other = people.sample(RandomStreams(6, 0))
    differing = {
        field.name
        for field in fields(plain)
        if contents(getattr(plain, field.name)) != contents(getattr(other, field.name))
    }
    assert differing <= changed


def hairs(heights):
    points = np.zeros((1, len(heights), 3), np.float32)
    points[0, :, 1] = heights
    one = np.ones(1, np.float32)
    return Strands(StrandKind.HAIR, points, one, np.ones((1, 3), np.float32), one)


def test_hair_comes_out_of_a_hat_where_it_ends():
    hair = hairs([8.0, 7.8, 7.6, 7.4])
    kept = _uncovered(hair, hair.points[..., 1] > 7.7)
    assert kept.points[0, :, 1].tolist() == pytest.approx([7.6, 7.6, 7.6, 7.4])


def test_hair_wholly_under_a_hat_is_left_out_and_free_hair_stays_as_it_is():
    hair = hairs([8.0, 7.8])
    assert len(_uncovered(hair, np.ones((1, 2), bool)).points) == 0
    assert np.array_equal(_uncovered(hair, np.zeros((1, 2), bool)).points, hair.points)
