"""Places of the 68 points of iBUG 300-W on MakeHuman's hm08 mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.annotations import MIRROR
from export.synthesis.mesh import Floats

RIGHT_HALF: dict[int, dict[int, float]] = {
    0: {870: 1.0},
    1: {867: 0.4, 868: 0.6},
    2: {868: 0.37, 869: 0.63},
    3: {869: 0.29, 912: 0.71},
    4: {895: 0.84, 893: 0.16},
    5: {893: 0.73, 3698: 0.27},
    6: {917: 0.86, 5294: 0.14},
    7: {5293: 0.37, 5221: 0.63},
    8: {5225: 1.0},
    17: {260: 0.5, 5263: 0.5},
    18: {225: 0.7, 207: 0.3},
    19: {204: 0.6, 224: 0.4},
    20: {205: 1.0},
    21: {209: 0.75, 208: 0.25},
    27: {132: 1.0},
    28: {131: 1.0},
    29: {201: 1.0},
    30: {297: 1.0},
    31: {286: 0.5, 358: 0.5},
    32: {359: 0.5, 313: 0.5},
    33: {343: 0.5, 317: 0.5},
    36: {21: 1.0},
    37: {0: 1.0},
    38: {54: 1.0},
    39: {4869: 1.0},
    40: {6772: 1.0},
    41: {6776: 1.0},
    48: {422: 0.5, 423: 0.5},
    49: {410: 1.0},
    50: {450: 0.7, 460: 0.3},
    51: {455: 0.6, 466: 0.4},
    57: {492: 0.7, 496: 0.3},
    58: {486: 0.7, 490: 0.3},
    59: {406: 0.5, 480: 0.5},
    60: {500: 0.5, 501: 0.5},
    61: {471: 0.5, 514: 0.5},
    62: {474: 0.5, 520: 0.5},
    66: {523: 1.0},
    67: {517: 1.0},
}
"""Point -> vertices of hm08 and their weights, for the subject's right side and the middle; the rest is mirrored."""

_INNER_ENDS = {0: 36, 3: 32, 4: 49, 6: 57, 8: 57}
# jaw point -> the point of the face where its curve ends; the ends of the others are interpolated


def build_point_table(local_of: NDArray[np.int32], mirror: NDArray[np.int32]) -> tuple[NDArray[np.int32], Floats]:
    """Build the table that picks the points out of a mesh's vertices.

    Args:
        local_of: (19158,) int32 row of each hm08 vertex.
        mirror: (V,) int32 row of each row's mirrored vertex.

    Returns:
        (68, 2) int32 rows of vertices, and (68, 2) float32 weights.
    """
    rows, weights = np.zeros((68, 2), np.int32), np.zeros((68, 2), np.float32)
    for point, vertices in RIGHT_HALF.items():
        here = local_of[list(vertices)]
        other = int(MIRROR[point])
        rows[other, : len(here)], weights[other, : len(here)] = mirror[here], list(vertices.values())
        rows[point, : len(here)], weights[point, : len(here)] = here, list(vertices.values())
    return rows, weights


def inner_ends(points: Floats) -> Floats:
    """Compute the inner ends of the curves that the jaw points 0..8 slide along.

    Args:
        points: (68, 3) landmarks of the rest head.

    Returns:
        (9, 3) float32 places on the face.
    """
    known = list(_INNER_ENDS)
    ends = points[list(_INNER_ENDS.values())]
    return np.stack([np.interp(np.arange(9), known, ends[:, axis]) for axis in range(3)], axis=1).astype(np.float32)
