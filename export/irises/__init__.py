"""Errors of irises: on photographs against the distance of the eye corners, on rendered faces by their gaze."""

from export.irises.photographs import measure_photographs, photographs_table
from export.irises.rendered import gaze_table, measure_gaze

__all__ = ["gaze_table", "measure_gaze", "measure_photographs", "photographs_table"]
