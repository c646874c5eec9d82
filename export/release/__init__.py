"""From trained networks to published ONNX files, manifest and model cards."""

from export.release.cards import fill_card, recalls_table
from export.release.conversion import convert_checkpoint
from export.release.detectors import measure_crops, release_detectors
from export.release.irises import release_irises
from export.release.landmarks import checkpoint_of, release_landmarks
from export.release.manifest import make_entry, update_manifest
from export.release.model_tables import update_tables
from export.release.onnx_export import OPSET, current_commit, to_onnx
from export.release.picture import draw_picture
from export.release.screenshots import draw_page, draw_window

__all__ = [
    "OPSET",
    "checkpoint_of",
    "convert_checkpoint",
    "current_commit",
    "draw_page",
    "draw_picture",
    "draw_window",
    "fill_card",
    "make_entry",
    "measure_crops",
    "recalls_table",
    "release_detectors",
    "release_irises",
    "release_landmarks",
    "to_onnx",
    "update_manifest",
    "update_tables",
]
