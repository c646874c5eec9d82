"""Constants that are measured on photographs or synthetic faces and then fixed in code."""

from export.calibration.annotator_offsets import (
    OFFSETS,
    format_offsets,
    measure_photograph_offsets,
    measure_synthetic_offsets,
)
from export.calibration.box_geometry import box_geometry_table
from export.calibration.disclosures import PIPELINE, SYNTHETIC_POINTS, describe_calibrations, list_calibrations
from export.calibration.mean_head import measure_mean_head
from export.calibration.min_confidence import first_faces, measure_min_confidence

__all__ = [
    "OFFSETS",
    "PIPELINE",
    "SYNTHETIC_POINTS",
    "box_geometry_table",
    "describe_calibrations",
    "first_faces",
    "format_offsets",
    "list_calibrations",
    "measure_mean_head",
    "measure_min_confidence",
    "measure_photograph_offsets",
    "measure_synthetic_offsets",
]
