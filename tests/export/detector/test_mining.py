"""Hard examples: what counts as one, the file, and their use in composites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.data.labels import FaceLabels
from export.detector.data.mining import MOST, Mined, mine, mine_set, read_mined
from export.detector.data.overlays import HardNegatives, Overlays
from export.detector.data.pictures import PictureSet
from export.detector.data.sources import EASIEST, Sources
from tests.export.detector.pictures_of_faces import face, few_sources, source

IMAGE = np.zeros((100, 120, 3), np.uint8)


def finder(*rows):
    """A detector that always finds the rows (x0, y0, x1, y1, score)."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    return lambda _: (table[:, :4], table[:, 4])


def negatives(*boxes):
    """Hard negatives of a picture without a face."""
    return Mined(np.array(boxes, np.float32).reshape(-1, 4), np.zeros(0, np.float32))


def mined_sources():
    """Sources of which only the second plain picture has a hard negative."""
    sources = few_sources()
    mined = [negatives(), negatives([60, 50, 90, 80])]
    return Sources(sources.scenes, sources.portraits, (replace(sources.plain[0], mined=mined),))


def test_boxes_away_from_all_faces_are_hard_negatives_the_best_first():
    found = finder((10, 10, 30, 30, 0.9), (50, 50, 70, 70, 0.4), (80, 10, 99, 30, 0.8), (60, 60, 80, 80, 0.1))
    mined = mine([found], IMAGE, face(12, 12, 20, 20, certain=False))
    assert mined.negatives.tolist() == [[80, 10, 99, 30], [50, 50, 70, 70]]


def test_boxes_centred_outside_the_picture_are_left_out():
    assert not len(mine([finder((110, 90, 140, 120, 0.9))], IMAGE, FaceLabels.none()).negatives)


def test_several_sizes_are_joined_and_their_number_is_limited():
    many = [finder(*((5 * k, 5 * k, 5 * k + 4, 5 * k + 4, 0.5) for k in range(MOST))) for _ in range(2)]
    assert len(mine(many, IMAGE, FaceLabels.none()).negatives) == MOST


def test_faces_have_the_score_with_which_they_are_found():
    labels = FaceLabels.join([face(10, 10, 20, 20), face(60, 60, 20, 20)])
    sizes = [finder((11, 11, 31, 31, 0.4)), finder((10, 10, 30, 30, 0.7), (64, 40, 80, 60, 0.9))]
    assert mine(sizes, IMAGE, labels).found.tolist() == pytest.approx([0.7, 0.0])


def test_the_file_is_read_back(tmp_path):
    pictures, path = PictureSet.of([IMAGE, IMAGE + 1]), tmp_path / "set.mined.npz"
    labels = [FaceLabels.none(), face(8, 8, 24, 24)]
    assert mine_set([finder((10, 10, 30, 30, 0.9))], pictures, labels, path) == 1
    first, second = read_mined(path, pictures, labels)
    assert (len(first.negatives), len(second.negatives)) == (1, 0)
    assert (len(first.found), second.found.tolist()) == (0, pytest.approx([0.9]))
    with pytest.raises(ValueError, match="mine again"):
        read_mined(path, replace(pictures, names=("a", "b")), labels)
    with pytest.raises(ValueError, match="mine again"):
        read_mined(path, pictures, labels[::-1])


def test_a_set_that_was_not_mined_has_none(tmp_path):
    assert not read_mined(tmp_path / "set.mined.npz", PictureSet.of([IMAGE]), [FaceLabels.none()])


def test_hard_portraits_are_drawn_more_often():
    sources = few_sources()
    found = [Mined(np.zeros((0, 4), np.float32), np.array([score], np.float32)) for score in (1.0, 0.0)]
    hard = Sources(sources.scenes, (replace(sources.portraits[0], mined=found),), sources.plain)
    overlays = Overlays(hard, CompositeConfig(), HardNegatives(()))
    easy = sources.portraits[0][0][0]
    random = np.random.default_rng(0)
    share = np.mean([(overlays.portrait(random)[0] == easy).all() for _ in range(400)])
    assert share == pytest.approx(EASIEST / (2 * EASIEST + 1), abs=0.05)


def test_hard_negatives_are_drawn_with_their_picture():
    sources = mined_sources()
    negatives = HardNegatives((*sources.scenes, *sources.plain))
    image, labels, box = negatives.draw(np.random.default_rng(0))
    assert len(negatives) == 1
    assert (image == sources.plain[0][1][0]).all()
    assert not len(labels)
    assert box.tolist() == [60, 50, 90, 80]


@pytest.mark.parametrize("kind", ["pasted", "mosaic", "plain"])
def test_composites_show_hard_negatives(kind):
    """With a share of 1, pictures differ from those without, and a mosaic of hard negatives has no face."""
    config = CompositeConfig(size=96, largest=80, hard=1.0, hard_tiles=1.0)
    with_hard, without = (Composer(each, config) for each in (mined_sources(), few_sources()))
    image, labels = getattr(with_hard, kind)(np.random.default_rng(5))
    other, _ = getattr(without, kind)(np.random.default_rng(5))
    assert (image != other).any()
    if kind != "pasted":
        assert not len(labels)


def test_the_part_of_a_source_keeps_its_hard_negatives():
    whole = source([face(10, 10, 40, 40), FaceLabels.none(), FaceLabels.none()], (100, 100))
    mined = [negatives(*[[count] * 4] * count) for count in (1, 2, 3)]
    part = replace(whole, mined=mined).where(np.array([True, False, True]))
    numbers, mined = part.hard_negatives()
    assert numbers.tolist() == [0, 1, 1, 1]
    assert mined[:, 0].tolist() == [1, 3, 3, 3]
