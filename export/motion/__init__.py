"""Jitter and lag of tracked points, measured on clips with ground truth."""

from export.motion.measure import follow_clips, motion_rows
from export.motion.report import draw_motion, motion_table, write_motion

__all__ = [
    "draw_motion",
    "follow_clips",
    "motion_rows",
    "motion_table",
    "write_motion",
]
