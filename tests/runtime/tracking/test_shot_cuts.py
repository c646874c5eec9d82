"""Cuts: another scene is one, whatever else happens in a picture is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.tracking.shot_cuts import CutDetector


def cut(*frames):
    """Return whether the last of some frames is a cut."""
    detector = CutDetector(0.5)
    return [detector(frame) for frame in frames][-1]


def test_first_frame_is_none(astronaut):
    assert not cut(astronaut)


def test_another_picture_is_one(astronaut, grace_hopper):
    assert cut(astronaut, cv2.resize(grace_hopper, (512, 512)))
    assert cut(astronaut, astronaut[:, ::-1])
    assert cut(astronaut, np.zeros_like(astronaut))


def test_the_frame_after_a_cut_is_none(astronaut):
    assert not cut(astronaut, astronaut[:, ::-1], astronaut[:, ::-1])


@pytest.mark.parametrize("shift", [2, 5, 10])
def test_camera_that_moves_is_none(astronaut, shift):
    assert not cut(astronaut[:, :400], astronaut[:, shift : 400 + shift])


def test_camera_noise_is_none(astronaut):
    noise = np.random.default_rng(0).normal(0, 15, astronaut.shape)
    assert not cut(astronaut, np.clip(astronaut + noise, 0, 255).astype(np.uint8))


def test_camera_noise_before_a_plain_wall_is_none():
    first, second = np.random.default_rng(0).normal(120, 4, (2, 240, 320, 3)).astype(np.uint8)
    assert not cut(first, second)


@given(st.floats(0.3, 1.0))
def test_exposure_is_none(astronaut, gain):
    assert not cut(astronaut, cv2.convertScaleAbs(astronaut, alpha=gain))


def test_forgets_and_takes_another_size(astronaut):
    detector = CutDetector(0.5)
    detector(astronaut)
    detector.reset()
    assert not detector(astronaut[:3, :1])
    assert not detector(astronaut[:3, :1])


@pytest.mark.parametrize(("step", "is_cut"), [(9, False), (10, True)])
def test_faint_pattern_counts_against_the_contrast_of_a_plain_wall(step, is_cut):
    """Half of the frame becomes brighter: every sample lies half a step from the mean, against 0.6 times 8 levels."""
    wall = np.full((48, 48, 3), 100, np.uint8)
    pattern = wall.copy()
    pattern[:, 24:] += step
    assert cut(wall, pattern) is is_cut
