"""The One-Euro filter: what comes in steady comes out steady, and what moves is not held back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from runtime import OneEuroFilter, OptionError, SmoothingConfig

SIZE = 130.0
"""Size of the face in pixels."""

points = arrays(np.float32, (68, 3), elements=st.floats(-2000, 2000, width=32))
moves = arrays(np.float32, (6, 68, 3), elements=st.floats(-80, 80, width=32))
steps = st.lists(st.floats(1e-4, 5), min_size=6, max_size=6)
configs = st.builds(
    SmoothingConfig,
    min_cutoff=st.floats(0.01, 50),
    beta=st.floats(0, 500),
    derivative_cutoff=st.floats(0.01, 50),
    min_speed=st.floats(0, 2),
)


@pytest.fixture(scope="module")
def face(predictor, astronaut):
    return predictor(astronaut)[0].landmarks


def smoothed(sequence, elapsed=1 / 30, size=SIZE, config=None):
    """A sequence (T, 68, D) through a new filter, at equal or given (T,) steps of time."""
    smooth = OneEuroFilter(config or SmoothingConfig())
    return np.stack([smooth(each, size, step) for each, step in zip(sequence, _steps(elapsed, sequence), strict=True)])


def _steps(elapsed, sequence):
    return np.broadcast_to(elapsed, len(sequence))


def noise(count, deviation=0.15, seed=0):
    return np.random.default_rng(seed).normal(0, deviation, (count, 68, 3)).astype(np.float32)


def spread(sequence):
    """Root mean square distance of points (T, 68, 3) from their means, in the image."""
    flat = sequence[..., :2]
    return float(np.sqrt(((flat - flat.mean(axis=0)) ** 2).sum(axis=-1).mean()))


class TestForAnyPoints:
    @given(points, steps, configs)
    def test_what_stands_still_comes_out_as_it_is(self, still, elapsed, config):
        np.testing.assert_array_equal(smoothed([still] * 6, elapsed, config=config), [still] * 6)

    @given(points, moves, steps, configs)
    def test_result_lies_within_what_was_seen(self, start, sequence, elapsed, config):
        """No overshoot, and nothing that is not finite."""
        sequence = start + sequence
        result = smoothed(sequence, elapsed, config=config)
        for index in range(len(sequence)):
            seen = sequence[: index + 1]
            assert (result[index] >= seen.min(axis=0) - 1e-3).all() and (result[index] <= seen.max(axis=0) + 1e-3).all()

    @given(moves, steps, arrays(np.float32, 3, elements=st.floats(-500, 500, width=32)))
    def test_moved_points_give_moved_results(self, sequence, elapsed, shift):
        np.testing.assert_allclose(smoothed(sequence + shift, elapsed), smoothed(sequence, elapsed) + shift, atol=2e-3)

    @given(moves, steps, st.floats(0.1, 20))
    def test_larger_picture_gives_larger_results(self, sequence, elapsed, scale):
        large = smoothed(sequence * np.float32(scale), elapsed, SIZE * scale)
        np.testing.assert_allclose(large, smoothed(sequence, elapsed) * scale, atol=2e-3 * scale)

    @given(moves, st.floats(0.001, 2))
    def test_two_short_steps_are_one_long_step(self, sequence, elapsed):
        """As long as the cutoff does not change."""
        config = SmoothingConfig(beta=0)
        once = smoothed(sequence[:2], elapsed, config=config)[-1]
        twice = smoothed(sequence[[0, 1, 1]], elapsed / 2, config=config)[-1]
        np.testing.assert_allclose(twice, once, atol=1e-3)

    @given(moves)
    def test_z_follows_x_and_y(self, sequence):
        flat = smoothed(sequence[..., :2])
        np.testing.assert_array_equal(smoothed(sequence)[..., :2], flat)


class TestSteadiness:
    @pytest.mark.parametrize(("fps", "share"), [(15, 0.4), (30, 1 / 3), (60, 1 / 3)])
    def test_noise_on_a_still_face_is_a_third_at_most(self, face, fps, share):
        """With fewer frames a second there is less to average."""
        shaken = face + noise(90)
        assert spread(smoothed(shaken, 1 / fps)[15:]) < share * spread(shaken[15:])

    @pytest.mark.parametrize("speed", [0.1, 0.3, 1, 3])
    def test_moving_face_is_followed_within_a_frame(self, face, speed):
        """``speed`` in face sizes a second."""
        times = np.arange(60) / 30
        moved = face + speed * SIZE * times[:, None, None] * np.float32([1, 0, 0])
        behind = (moved - smoothed(moved + noise(60)))[30:, :, 0].mean()
        assert behind / (speed * SIZE) < 1 / 30

    def test_blink_on_a_still_face_is_not_lost(self, face):
        """The lids close within 0.1 s and open again; in one frame they are shut."""
        closed = face.copy()
        for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
            closed[upper] = closed[lower]
        shares = np.interp(np.arange(40), [20, 23, 24, 28], [0, 1, 1, 0])[:, None, None]
        result = smoothed(face + shares * (closed - face) + noise(40, 0.05))
        gap, opened = (np.linalg.norm(each[..., 37, :2] - each[..., 41, :2], axis=-1) for each in (result, face))
        assert gap.min() < 0.25 * opened and gap[-1] > 0.9 * opened

    def test_long_pause_forgets_the_past(self, face):
        moved = face + np.float32([40, 0, 0])
        np.testing.assert_allclose(smoothed([face, moved], elapsed=10)[-1], moved, atol=0.01)

    def test_without_speed_it_is_a_low_pass_of_known_cutoff(self, face):
        """After 1 / (2 pi f) seconds the way to a step's end is 1 / e."""
        config = SmoothingConfig(min_cutoff=2, beta=0)
        step = smoothed([face, face + 100], 1 / (2 * math.pi * 2), config=config)[-1] - face
        np.testing.assert_allclose(step, 100 * (1 - math.exp(-1)), rtol=1e-4)

    def test_reset_takes_the_next_points_as_they_are(self, face):
        smooth = OneEuroFilter(SmoothingConfig())
        smooth(face, SIZE, 0.03)
        smooth.reset()
        np.testing.assert_array_equal(smooth(face + 50, SIZE, 0.03), face + 50)

    def test_points_given_are_left_as_they_were(self, face):
        smooth = OneEuroFilter(SmoothingConfig())
        results = [smooth(face + index, SIZE, 0.03) for index in range(3)]
        assert not face.flags.writeable and len({result.tobytes() for result in results}) == 3


def one_by_one(sequence, times, size, config):
    """The filter of the paper in plain loops over parts and points, with the exact share of a first-order low-pass."""
    parts = (range(17), range(17, 22), range(22, 27), range(27, 36), range(36, 42), range(42, 48), range(48, 68))
    at = [list(map(float, point)) for point in sequence[0]]
    speed = [[0.0] * len(point) for point in at]

    def share(cutoff, time):
        return 1 - math.exp(-2 * math.pi * cutoff * time)

    def mean_square(which):
        return sum(speed[n][0] ** 2 + speed[n][1] ** 2 for n in which) / len(which)

    for points, time in zip(sequence[1:], times[1:], strict=True):
        off = [
            [float(new) - old for new, old in zip(point, was, strict=True)]
            for point, was in zip(points, at, strict=True)
        ]
        part_of_speed = share(config.derivative_cutoff, time)
        for n in range(68):
            speed[n] = [v + part_of_speed * (o / size / time - v) for v, o in zip(speed[n], off[n], strict=True)]
        whole = mean_square(range(68)) - config.min_speed**2
        for part in parts:
            own = mean_square(part) - (1.5 * config.min_speed) ** 2
            moved = share(config.min_cutoff + config.beta * math.sqrt(max(0, whole, own)), time)
            for n in part:
                at[n] = [old + moved * o for old, o in zip(at[n], off[n], strict=True)]
    return np.array(at)


@pytest.mark.parametrize("min_speed", [0.06, 0.5, 2.0])
def test_result_is_that_of_plain_loops(face, min_speed):
    random = np.random.default_rng(3)
    drift = np.cumsum(random.normal(0, 2, (8, 1, 3)), axis=0)
    sequence = (face + drift + random.normal(0, 1, (8, 68, 3))).astype(np.float32)
    sequence[4:, 36:42] += 9  # an eye moves by itself
    times = random.uniform(0.01, 0.1, 8)
    config = SmoothingConfig(min_cutoff=0.8, beta=7, derivative_cutoff=2.5, min_speed=min_speed)
    expected = one_by_one(sequence, times, 150.0, config)
    np.testing.assert_allclose(smoothed(sequence, times, 150.0, config)[-1], expected, atol=1e-3)


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan, math.inf, "120"])
def test_size_and_time_that_are_not_positive_are_named(face, wrong):
    smooth = OneEuroFilter(SmoothingConfig())
    with pytest.raises(OptionError, match="size="):
        smooth(face, wrong, 1 / 30)
    smooth(face, SIZE, wrong)  # of no matter in the first call
    with pytest.raises(OptionError, match="elapsed="):
        smooth(face, SIZE, wrong)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((name, value) for name in ("min_cutoff", "derivative_cutoff") for value in (0, -1, math.nan, math.inf)),
        *((name, value) for name in ("beta", "min_speed") for value in (-0.1, math.nan, math.inf)),
    ],
)
def test_value_out_of_range_is_named(option, value):
    with pytest.raises(OptionError, match=option):
        SmoothingConfig(**{option: value})
