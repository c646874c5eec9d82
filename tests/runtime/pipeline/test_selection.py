"""What counts as a face: one rule for pictures, batches, streams and trackers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from runtime import ModelError, Predictor, TrackingConfig
from runtime.pipeline.selection import MIN_CONFIDENCE
from tests.runtime.pasted import paste, portraits


@pytest.fixture(scope="module")
def loose():
    """Takes all that the detector finds for faces."""
    with Predictor(min_confidence=0) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def strict():
    with Predictor(min_confidence=0.98) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def coffee():
    """A cup, (400, 600, 3) uint8 BGR: the detector takes something in it for a face."""
    return np.ascontiguousarray(skimage.data.coffee()[..., ::-1])


@pytest.fixture(scope="module")
def half_a_face(astronaut):
    """Cut off by the edge so far that the confidence is less than that of a face in full view."""
    return np.ascontiguousarray(astronaut[:156])


def ways(predictor, image):
    """The faces of one image by each way of asking."""
    return {
        "call": predictor(image),
        "batch": predictor.batch([image])[0],
        "stream": next(iter(predictor.stream([image])))[1],
        "stream without tracking": next(iter(predictor.stream([image], tracking=None)))[1],
        "tracker": predictor.tracker(TrackingConfig(smoothing=None))(image, 0.0).faces,
        "untracked": predictor.untracked()(image, 0.0).faces,
    }


@pytest.mark.parametrize("name", ["coffee", "chelsea", "cell", "logo"])
def test_pictures_without_people_have_no_face(predictor, name):
    picture = np.asarray(getattr(skimage.data, name)())
    image = np.dstack([picture] * 3) if picture.ndim == 2 else np.ascontiguousarray(picture[..., 2::-1])
    assert not any(ways(predictor, image).values())


def test_what_the_detector_takes_for_a_face_is_given_on_request(loose, coffee):
    faces = loose(coffee)
    assert faces and all(face.score > 0.5 and face.confidence < MIN_CONFIDENCE for face in faces)


def test_every_way_of_asking_follows_one_rule(predictor, strict, loose, half_a_face):
    [face] = loose(half_a_face)
    assert MIN_CONFIDENCE < face.confidence < 0.98, "the picture is between the thresholds"
    counts = {name: len(faces) for name, faces in ways(predictor, half_a_face).items()}
    assert counts == dict.fromkeys(counts, 1)
    assert all(faces == [] for faces in ways(strict, half_a_face).values())


def test_next_face_takes_the_place_of_what_is_none(coffee, astronaut, grace_hopper):
    face, _ = portraits(astronaut, grace_hopper)
    scene = paste(cv2.resize(coffee, (640, 400)), (face, 560, 80, 0.5))
    with Predictor(max_faces=1, min_confidence=0, order="score") as loose, Predictor(max_faces=1) as one:
        assert loose.batch([scene, coffee])[1][0].confidence < MIN_CONFIDENCE
        [found], [] = one.batch([scene, coffee])
    assert found.confidence > 0.9 and found.landmarks[30, 0] > 480


@pytest.mark.parametrize("min_confidence", [0, MIN_CONFIDENCE])
def test_retry_runs_where_no_face_is_certain(coffee, astronaut, min_confidence):
    """Neither what is no face nor what passes for one keeps a small face from being found."""
    scene = cv2.resize(coffee, (1200, 800))
    scene[40:150, 1000:1110] = cv2.resize(astronaut[20:220, 120:320], (110, 110), interpolation=cv2.INTER_AREA)
    with (
        Predictor(min_confidence=min_confidence) as hasty,
        Predictor(min_confidence=min_confidence, retry_size=384) as patient,
    ):
        assert all(face.confidence < 0.9 for face in hasty(scene))
        for faces in (patient(scene), patient.tracker()(scene, 0.0).faces):
            [face] = [face for face in faces if face.confidence > 0.9]
            assert 1000 < face.landmarks[30, 0] < 1110


def test_retry_gives_no_face_twice(half_a_face):
    with Predictor(retry_size=384) as patient:
        assert len(patient(half_a_face)) == 1 and len(patient.tracker()(half_a_face, 0.0).faces) == 1


def test_network_that_gives_no_number_is_an_error(predictor, astronaut, monkeypatch):
    session = predictor._networks().detector._session
    monkeypatch.setattr(predictor._networks().detector, "_session", Broken(session))
    for ask in (predictor, lambda image: predictor.batch([image]), lambda image: predictor.tracker()(image, 0.0)):
        with pytest.raises(ModelError, match="not finite"):
            ask(astronaut)


class Broken:
    """A network whose boxes are all NaN."""

    def __init__(self, sound):
        self._sound = sound

    def run(self, names, feed):
        regressions, logits = self._sound.run(names, feed)
        return [np.full_like(regressions, np.nan), logits]


def test_confidence_that_is_no_number_is_an_error(predictor, astronaut, monkeypatch):
    landmarker = predictor._networks().landmarker

    class Uncertain:
        def run(self, names, feed):
            count = len(feed["image"])
            return [np.zeros((count, 68, 3), np.float32), np.full((count, 1), np.nan, np.float32)]

    monkeypatch.setattr(landmarker, "_session", Uncertain())
    with pytest.raises(ModelError, match="not finite"):
        predictor(astronaut)
