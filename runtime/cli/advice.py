"""Advice in the summary of a run on faces that are too small to be found."""

from __future__ import annotations

import argparse

from runtime.pipeline import Report

WORTH_SAYING = 40
"""Side in pixels: where the detector finds all faces down to this size, nothing is said."""


def small_faces(options: argparse.Namespace, report: Report, width: int, height: int) -> str | None:
    """Return a sentence on the faces of a picture that are too small for the detector, and what to do.

    Args:
        options: of :func:`runtime.cli.options.add_predictor_options`.
        report: of the predictor.
        width: of the largest picture, in pixels; 0 where there was none.
        height: of the largest picture.

    Returns:
        None where only very small faces can be missed, or the user has chosen the detector's input size.
    """
    smallest = report.smallest_face(width, height)
    if smallest <= WORTH_SAYING or options.detector_size is not None or options.retry_size is not None:
        return None
    warning = f"faces of less than about {smallest:.0f} px are not always found in pictures of {width}x{height}"
    if "short" in report.detector.model:
        return f"{warning}: --detector blazeface-back finds them from {smallest / 2:.0f} px on"
    larger = report.detector_size * 3 // 2
    finds = smallest * report.detector_size / larger
    return (
        f"{warning}: --detector-size {larger} finds them from {finds:.0f} px on, --retry-size {larger} does so "
        "only where there is no face otherwise"
    )
