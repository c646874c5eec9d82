"""Errors by skin tone, age, sex, pose and what covers the face, on synthetic faces, where all of that is known."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.evaluation.intervals import GroupMeans, summarise
from export.evaluation.synthetic_test import Floats, SyntheticTest, mean_over, yaw_groups

AGES = (0, 16, 35, 60, 200)
TONES = ("palest", "light", "medium", "dark", "darkest")
"""Fifths of the range of melanin."""

Groups = dict[str, NDArray[np.bool_]]


def group_rows(test: SyntheticTest) -> list[GroupMeans]:
    """Measure each group's NME over all and over the visible points; in percent of the outer-eye distance in space.

    Raises:
        ValueError: the faces' attributes are not known.
    """
    errors = np.linalg.norm(test.predicted[..., :2] - test.truth[..., :2], axis=-1) / test.eye_distance[:, None] * 100
    values = {
        "NME": mean_over(errors, np.ones_like(test.hidden)),
        "NME of visible points": mean_over(errors, test.visible),
    }
    return summarise(values, face_groups(test.attributes, test.pose))


def face_groups(attributes: dict[str, NDArray[Any]], pose: Floats) -> Groups:
    """Return every group as (N,) bool, by name; a face is in one of each kind.

    Raises:
        ValueError: an attribute is missing.
    """
    needed = {"melanin", "age", "sex", "glasses", "mask", "occluder"}
    if missing := needed - set(attributes):
        raise ValueError(f"labels.npz has no {', '.join(sorted(missing))}; make the faces with this version")
    tone = np.minimum((attributes["melanin"] * len(TONES)).astype(int), len(TONES) - 1)
    age, male = attributes["age"], attributes["sex"] >= 0.5
    glasses, mask, occluder = (attributes[name] for name in ("glasses", "mask", "occluder"))
    return {
        "all": np.ones(len(pose), bool),
        **{f"skin: {name}": tone == index for index, name in enumerate(TONES)},
        **{f"age: {_years(low, high)}": (age >= low) & (age < high) for low, high in itertools.pairwise(AGES)},
        "sex: female": ~male,
        "sex: male": male,
        **yaw_groups(pose),
        "glasses: none": glasses == "none",
        "glasses: clear": glasses == "clear",
        "glasses: dark": glasses == "dark",
        "mask: none": mask == "none",
        "mask: worn": mask != "none",
        "in front: nothing": occluder == "none",
        "in front: a hand or an object": occluder != "none",
    }


def _years(low: int, high: int) -> str:
    if low == AGES[0]:
        return f"under {high}"
    return f"{low} and over" if high == AGES[-1] else f"{low} to {high}"
