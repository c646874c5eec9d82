"""Lids and lips that meet but do not cross, for any combination of face units on any face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.synthesis.head.assets import HeadAssets
from export.synthesis.mesh import Floats

_LIDS = {"Right": ((37, 41), (38, 40)), "Left": ((43, 47), (44, 46))}
_LIPS = np.array([(61, 67), (62, 66), (63, 65)])


def pose_face(assets: HeadAssets, control: Floats, weights: dict[str, float]) -> Floats:
    """Apply an expression to a person.

    ``fu/eyeBlinkLeft`` and ``Right`` are the share of the opening between the lids that is closed: at 1 the lids just
    meet, whatever squinting and gaze have left of it. Lips that would cross are parted by the jaw.

    Args:
        assets: the head's mesh.
        control: (C, 3) control points without expression.
        weights: weights of the face units.

    Returns:
        (C, 3) float32 control points with the expression.
    """
    others = {name: weight for name, weight in weights.items() if not name.startswith("fu/eyeBlink")}
    moved = _part_lips(assets, assets.displace(control, others))
    for side, pairs in _LIDS.items():
        name = f"fu/eyeBlink{side}"
        moved = _close_lids(assets, moved, name, np.array(pairs), weights.get(name, 0.0))
    return moved


def _close_lids(assets: HeadAssets, control: Floats, name: str, pairs: NDArray[np.int64], closed: float) -> Floats:
    """Apply a blink with a weight that changes along the lid, so that upper and lower lid meet everywhere at once.

    Args:
        assets: the head's mesh.
        control: (C, 3) control points with the other face units.
        name: face unit of the blink.
        pairs: (P, 2) landmarks of the upper and the lower lid that meet.
        closed: share of the opening that is closed, 0..1.

    Returns:
        (C, 3) float32 control points with the blink.
    """
    points, closing = assets.point_map @ control, -_opening(_unit_points(assets, name), pairs)
    opening = _opening(points, pairs)
    amounts = (opening - (1 - closed) * np.maximum(opening, 0)) / closing
    columns = points[pairs, 0].mean(axis=1)
    order = np.argsort(columns)
    rows, displacement = assets.targets[name]
    share = np.interp(control[rows, 0], columns[order], amounts[order])
    moved = control.copy()
    moved[rows] += displacement * share[:, None].astype(np.float32)
    # a point depends on vertices with different weights, so some pairs may still cross; these are opened again
    crossing = -_opening(assets.point_map @ moved, pairs)
    return assets.displace(moved, {name: -max(0.0, float((crossing / closing).max()))})


def _part_lips(assets: HeadAssets, control: Floats) -> Floats:
    """Open the jaw as far as lips that cross need."""
    crossing = -_opening(assets.point_map @ control, _LIPS)
    parting = _opening(_unit_points(assets, "fu/jawOpen"), _LIPS)
    return assets.displace(control, {"fu/jawOpen": max(0.0, float((crossing / parting).max()))})


def _unit_points(assets: HeadAssets, name: str) -> Floats:
    """Compute the displacements (68, 3) of iBUG's points by a face unit at weight 1."""
    return assets.point_map @ assets.displace(np.zeros_like(assets.control), {name: 1.0})


def _opening(points: Floats, pairs: NDArray[np.int64]) -> Floats:
    """Compute the heights (P,) of the upper point of each pair (P, 2) above the lower one."""
    return points[pairs[:, 0], 1] - points[pairs[:, 1], 1]
