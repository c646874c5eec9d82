"""Least-squares similarities in the plane: scale, rotation and translation between two sets of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit_similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the similarity (2, 3) that maps points onto others with the least squared error; it never mirrors.

    Args:
        source: (K, 2) x, y; at least two that differ.
        target: (K, 2) x, y.

    Source: Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns", which in
    the plane is one division of complex numbers.
    """
    one, other = (np.asarray(each, np.float64) for each in (source, target))
    middle, target_middle = one.mean(axis=0), other.mean(axis=0)
    centred = (one - middle) @ (1, 1j)
    factor = np.vdot(centred, (other - target_middle) @ (1, 1j)) / np.vdot(centred, centred).real
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, target_middle - turn @ middle])
