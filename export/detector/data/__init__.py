"""Training pictures of the detector: sources, labels from teacher networks, composites."""

from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.data.labels import FaceLabels
from export.detector.data.mining import Finder, mine_set
from export.detector.data.pasting import ellipse, paste, similarity
from export.detector.data.pictures import TEST_PREFIX, open_pictures
from export.detector.data.placement import Composite
from export.detector.data.sheets import draw_detections, draw_labels
from export.detector.data.sources import PLAIN, PORTRAITS, SCENES, Sources, label_file, mined_file, open_sources
from export.detector.data.teachers import Teacher, label_set, read_labels
from export.detector.data.yunet import open_yunet, read_yunet

__all__ = [
    "PLAIN",
    "PORTRAITS",
    "SCENES",
    "TEST_PREFIX",
    "Composer",
    "Composite",
    "CompositeConfig",
    "FaceLabels",
    "Finder",
    "Sources",
    "Teacher",
    "draw_detections",
    "draw_labels",
    "ellipse",
    "label_file",
    "label_set",
    "mine_set",
    "mined_file",
    "open_pictures",
    "open_sources",
    "open_yunet",
    "paste",
    "read_labels",
    "read_yunet",
    "similarity",
]
