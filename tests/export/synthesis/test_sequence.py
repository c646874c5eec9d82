"""Videos: the same person in every frame, whose points move as told."""

import numpy as np
import pytest

from export.synthesis.head.expression import Expression, ExpressionKind, neutral_expression
from export.synthesis.sampling import RandomStreams
from export.synthesis.sequence import FrameState, SequenceGenerator, with_expression
from tests.made_once import made_once

CLOSED = Expression(ExpressionKind.NEUTRAL, {"fu/eyeBlinkLeft": 1.0, "fu/eyeBlinkRight": 1.0}, np.zeros(2, np.float32))


@pytest.fixture(scope="module")
def video(people):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("export.synthesis.sequence.PersonFactory", lambda: people)
        return SequenceGenerator(64)


@pytest.fixture(scope="module")
def frames(video, tmp_path_factory):
    moments = [
        FrameState(),
        FrameState(),
        FrameState(shift=(0.1, 0.0)),
        FrameState(yaw=25),
        FrameState(distance=6.4),
        FrameState(expression=CLOSED),
    ]
    return made_once(tmp_path_factory, "frames", lambda _: list(video.frames(3, moments)))


def centre(frame):
    return frame.points.mean(axis=0)


def test_the_same_moment_is_the_same_picture(frames):
    assert np.array_equal(frames[0].image, frames[1].image)
    assert np.array_equal(frames[0].points, frames[1].points)


def test_it_is_the_same_person_in_the_same_light(frames):
    fixed = ("age", "melanin", "haircut", "beard", "glasses", "clothes", "light")
    assert len({tuple(frame.attributes[name] for name in fixed) for frame in frames}) == 1


def test_shift_moves_the_face_by_its_share_of_the_side(frames):
    np.testing.assert_allclose(centre(frames[2]) - centre(frames[0]), [6.4, 0], atol=0.2)


def test_pose_is_as_told(frames):
    assert frames[3].pose.tolist() == [25, 0, 0] and frames[0].pose.tolist() == [0, 0, 0]


def test_nearer_head_is_larger(frames):
    near, far = (np.ptp(frame.points[:, 0]) for frame in (frames[4], frames[0]))
    assert near / far == pytest.approx(8 / 6.4, rel=0.05)


def test_expression_moves_only_what_it_moves(frames):
    def gap(frame):
        return np.linalg.norm(frame.points[[37, 38, 43, 44]] - frame.points[[41, 40, 47, 46]], axis=1).mean()

    assert gap(frames[5]) < 0.3 * gap(frames[0])
    np.testing.assert_allclose(frames[5].points[:17], frames[0].points[:17], atol=0.2)


def test_nothing_covers_the_face(video):
    for seed in range(3):
        [frame] = video.frames(seed, [FrameState()])
        assert [frame.attributes[name] for name in ("headwear", "mask", "occluder")] == ["none"] * 3


def test_lashes_go_with_the_lids(video):
    opened = video._people.sample(RandomStreams(0, 0), neutral_expression())
    closed = with_expression(opened, CLOSED)
    lashes, moved = (next(item for item in each.strands if item.kind == "lashes") for each in (opened, closed))
    fall = lashes.points[:, 0, 1] - moved.points[:, 0, 1]
    highest, lowest = np.argsort(lashes.points[:, 0, 1])[[-20, 19]]
    upper, lower = (
        lashes.points[:, 0, 1] >= lashes.points[highest, 0, 1],
        lashes.points[:, 0, 1] <= lashes.points[lowest, 0, 1],
    )
    assert fall[upper].mean() > 0.03 and abs(fall[lower]).mean() < 0.02, "decimetres"


def test_the_same_expression_leaves_every_hair_where_it_is(video):
    person = video._people.sample(RandomStreams(1, 0), neutral_expression())
    again = with_expression(person, neutral_expression())
    for before, after in zip(person.strands, again.strands, strict=True):
        np.testing.assert_array_equal(before.points, after.points)
