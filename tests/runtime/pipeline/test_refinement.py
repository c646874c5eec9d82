"""Points found again: in the region around them, and in the mirror image."""

from __future__ import annotations

import numpy as np
import pytest

from runtime import OptionError, Predictor
from runtime.face_parts import MIRRORED_POINTS, eye_distance
from runtime.landmarks import region_from_points


@pytest.fixture(scope="module")
def twice():
    with Predictor(device="cpu", passes=2) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def mirrored():
    with Predictor(device="cpu", passes=2, mirror=True) as predictor:
        yield predictor


def percent_apart(one, other):
    """Mean distance of points in percent of the eye distance."""
    return 100 * np.linalg.norm(one - other, axis=1).mean() / eye_distance(other)


def test_second_pass_finds_what_the_network_finds_around_the_first_points(predictor, twice, astronaut):
    networks = predictor._networks()
    [first], [second] = predictor(astronaut), twice(astronaut)
    expected = networks.landmarker(astronaut, [region_from_points(first.landmarks)])
    np.testing.assert_array_equal(second.landmarks, expected.points[0])
    assert second.confidence == pytest.approx(float(expected.confidence[0]))
    np.testing.assert_array_equal(second.box, first.box)


def test_mirror_averages_with_the_points_of_the_mirrored_crop(twice, mirrored, astronaut):
    [plain], [mean] = twice(astronaut), mirrored(astronaut)
    assert 0 < percent_apart(mean.landmarks[:, :2], plain.landmarks[:, :2]) < 3


def test_mirrored_picture_gets_the_mirrored_points(mirrored, astronaut):
    """Both crops are those of the other picture in the other order; the first region differs by the detector's box."""
    [straight] = mirrored(astronaut)
    [flipped] = mirrored(np.ascontiguousarray(astronaut[:, ::-1]))
    back = flipped.landmarks[list(MIRRORED_POINTS)].copy()
    back[:, 0] = astronaut.shape[1] - 1 - back[:, 0]
    with Predictor(device="cpu") as once:
        [one], [other] = once(astronaut), once(np.ascontiguousarray(astronaut[:, ::-1]))
    single = other.landmarks[list(MIRRORED_POINTS)].copy()
    single[:, 0] = astronaut.shape[1] - 1 - single[:, 0]
    assert percent_apart(back, straight.landmarks) < percent_apart(single, one.landmarks) / 2


def test_points_move_less_with_the_picture(predictor, twice, astronaut):
    """A shift by 33 and 50 pixels moves the detector's box by parts of its cells."""
    moved = np.zeros((astronaut.shape[0] + 50, astronaut.shape[1] + 33, 3), np.uint8)
    moved[50:, 33:] = astronaut
    apart = {}
    for name, each in (("once", predictor), ("twice", twice)):
        [here], [there] = each(astronaut), each(moved)
        apart[name] = percent_apart(there.landmarks - (33, 50, 0), here.landmarks)
    assert apart["twice"] < apart["once"]


def test_batches_are_refined_like_single_images(mirrored, astronaut, grace_hopper):
    together = mirrored.batch([astronaut, grace_hopper])
    for image, faces in zip((astronaut, grace_hopper), together, strict=True):
        for one, other in zip(mirrored(image), faces, strict=True):
            np.testing.assert_allclose(one.landmarks, other.landmarks, atol=1e-3)


def test_face_is_not_lost_in_a_later_pass(astronaut):
    """With the highest confidence asked for, what is given has been found with it."""
    with Predictor(device="cpu", passes=3, min_confidence=0.99) as strict:
        assert all(face.confidence >= 0.99 for face in strict(astronaut))


@pytest.mark.parametrize("passes", [0, 6, 1.5, True])
def test_number_of_passes_is_checked(passes):
    with pytest.raises(OptionError, match="passes="):
        Predictor(passes=passes)
