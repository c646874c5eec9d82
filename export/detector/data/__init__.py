"""Training pictures of the detector: sources, labels from teacher networks, composites."""

from export.detector.data.composites import Composer, CompositeConfig
from export.detector.data.labels import FaceLabels
from export.detector.data.pictures import TEST_PREFIX, open_pictures
from export.detector.data.sheets import contact_sheet, draw_detections, draw_labels
from export.detector.data.sources import PLAIN, PORTRAITS, SCENES, Sources, open_sources
from export.detector.data.teachers import Teacher, label_set

__all__ = [
    "PLAIN",
    "PORTRAITS",
    "SCENES",
    "TEST_PREFIX",
    "Composer",
    "CompositeConfig",
    "FaceLabels",
    "Sources",
    "Teacher",
    "contact_sheet",
    "draw_detections",
    "draw_labels",
    "label_set",
    "open_pictures",
    "open_sources",
]
