"""Faces whose lids are moved: what a test needs of eyes that close."""

from __future__ import annotations

import dataclasses

LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))


def with_eyes(face, right=0.0, left=None):
    """The face with its eyes closed by a share of their opening; both alike where only one share is given."""
    points = face.landmarks.copy()
    for index, (upper, lower) in enumerate(LIDS):
        share = right if index < 2 or left is None else left
        points[upper] += share * (points[lower] - points[upper])
    return dataclasses.replace(face, landmarks=points)
