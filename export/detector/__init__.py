"""The project's own face detector: training pictures, labels, network, training, evaluation and export to ONNX."""

from export.detector.configuration import read_detector_config
from export.detector.data import open_sources
from export.detector.loop import train_detector
from export.detector.recall_table import DetectorChoice, recall_report
from export.detector.release import release_detector
from export.detector.tasks import (
    draw_composites,
    evaluate_checkpoint,
    export_checkpoint,
    label_sets,
    mine_sets,
)
from export.detector.trainer import write_weights

__all__ = [
    "DetectorChoice",
    "draw_composites",
    "evaluate_checkpoint",
    "export_checkpoint",
    "label_sets",
    "mine_sets",
    "open_sources",
    "read_detector_config",
    "recall_report",
    "release_detector",
    "train_detector",
    "write_weights",
]
