"""Eyes: where the iris is, how it follows the gaze, and what lids do to the light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.synthesis.features.eyes import IRIS, eyes_part, sample_eyes
from export.synthesis.head.assets import load_assets
from export.synthesis.head.expression import neutral_expression
from export.synthesis.head.head import build_head, make_pose
from export.synthesis.head.identity import mean_identity
from export.synthesis.mesh.surface import Fragments

EUROPEAN = np.array([1, 0, 0], np.float32)


@pytest.fixture(scope="module")
def head():
    return build_head(load_assets(), mean_identity(), neutral_expression())


def part_of(head, gaze=(0.0, 0.0), pose=None, **changes):
    style = replace(sample_eyes(np.random.default_rng(1), EUROPEAN, 30.0), **changes)
    looking = replace(head, expression=replace(head.expression, gaze=np.array(gaze, np.float32)))
    return eyes_part(looking, pose or make_pose(0, 0, 0), style)


def look_at(part, directions, side=1.0):
    """The material at directions (N, 3) from an eye's centre, head frame; the subject's left eye by default."""
    directions = np.asarray(directions, np.float32)
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    n = len(directions)
    attributes = np.column_stack([directions, np.full(n, side, np.float32)]).astype(np.float32)
    normal = (directions @ part.head.T).astype(np.float32)
    return part.material(Fragments(np.arange(n), normal, normal, np.zeros(n, np.int32), attributes, 0.002))


def test_the_pupil_is_where_the_eye_looks(head):
    part = part_of(head, gaze=(20, 0))
    turned = [np.sin(np.radians(20)), 0, np.cos(np.radians(20))]
    albedo = look_at(part, [turned, [0, 0, 1]]).albedo.mean(axis=1)
    assert albedo[0] < 0.01
    assert albedo[1] > 2 * albedo[0]


def test_the_iris_has_the_width_of_an_eye_s(head):
    part = part_of(head, pupil=0.3)
    angles = np.linspace(0, 0.9, 400)
    row = [[np.sin(a), 0.0, np.cos(a)] for a in angles]
    albedo = look_at(part, row).albedo.mean(axis=1)
    bright = albedo > 0.6 * albedo[angles > 0.62].mean()
    edge = angles[np.flatnonzero(~bright).max()]
    assert np.sin(edge) == pytest.approx(IRIS, rel=0.06)


def test_the_cornea_is_wetter_and_bulges(head):
    side = np.array([[np.sin(0.35), 0, np.cos(0.35)], [np.sin(0.75), 0, np.cos(0.75)]], np.float32)
    material = look_at(part_of(head), side)
    assert material.roughness[0] < material.roughness[1]
    assert np.arcsin(material.normal[0, 0]) > 0.35 * 1.3


def test_the_upper_lid_shades_the_eye(head):
    part = part_of(head)
    top, middle = part.lids[1, 1, 1], part.lids[1, :, 1].mean()
    material = look_at(part, [[0.0, top - 0.02, 0.9], [0.0, middle, 0.9]])
    assert material.occlusion[0] < 0.7 * material.occlusion[1]


def test_eyes_turn_with_the_head(head):
    straight, turned = part_of(head), part_of(head, pose=make_pose(40, 0, 0))
    directions = [[0.0, 0.0, 1.0], [0.3, 0.1, 0.9]]
    a, b = look_at(straight, directions), look_at(turned, directions)
    assert b.normal == pytest.approx(a.normal @ turned.head.T, abs=1e-5)


def test_both_eyeballs_are_in_the_mesh(head):
    part = part_of(head)
    for side, eye in enumerate(head.eyes):
        rows = part.mesh.attributes[:, 3] == side
        assert np.linalg.norm(part.mesh.vertices[rows] - eye.centre, axis=1) == pytest.approx(eye.radius, rel=0.01)


def test_brown_eyes_are_the_rule_outside_of_europe():
    def brown(ancestry):
        styles = [sample_eyes(np.random.default_rng(i), ancestry, 30.0) for i in range(200)]
        return np.mean([style.outer[0] > style.outer[2] * 1.2 for style in styles])

    assert brown(np.array([0, 0, 1], np.float32)) > 0.97
    assert 0.3 < brown(EUROPEAN) < 0.9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(-40, 40), st.floats(-30, 30))
def test_every_eye_is_a_possible_surface(head, seed, across, up):
    style = sample_eyes(np.random.default_rng(seed), EUROPEAN, 40.0)
    part = replace(part_of(head, gaze=(across, up)), style=style)
    directions = np.random.default_rng(seed).normal(size=(200, 3)) + [0, 0, 2]
    material = look_at(part, directions)
    assert np.isfinite(material.albedo).all()
    assert material.albedo.max() < 0.8
    assert np.linalg.norm(material.normal, axis=1) == pytest.approx(1, abs=1e-4)
