"""One-pass kernels for normalisation and activation of channels-last features in training on a CPU.

Arrays are (R, L), a reshape of (N, H, W, C) with L a multiple of C, so that inner loops are long. Values are float32,
or bfloat16 held in uint16, which numpy does not have; arithmetic is float32, totals are float64. Parameters a channel
are repeated to (L,) float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray

Values = NDArray[Any]
Row = NDArray[np.float32]
Totals = NDArray[np.float64]

# rows summed in float32 before they are added to the float64 totals
RUN = 128


def _decode(value: Any) -> Any:
    """Return the float32 of a stored value."""
    raise NotImplementedError("for compiled code")


def _encode(value: Any, like: Any) -> Any:
    """Return ``value``, a float32, in the storage type of ``like``; rounds to nearest even."""
    raise NotImplementedError("for compiled code")


@overload(_decode, inline="always")
def _decode_overload(value: Any) -> Any:
    def as_is(value: Any) -> Any:
        return value

    def widened(value: Any) -> Any:
        return np.uint32(np.uint32(value) << np.uint32(16)).view(np.float32)

    return widened if value == types.uint16 else as_is


@overload(_encode, inline="always")
def _encode_overload(value: Any, like: Any) -> Any:
    def as_is(value: Any, like: Any) -> Any:
        return value

    def rounded(value: Any, like: Any) -> Any:
        bits = np.float32(value).view(np.uint32)
        odd = np.uint32(np.uint32(bits >> np.uint32(16)) & np.uint32(1))
        return np.uint16(np.uint32(bits + np.uint32(0x7FFF) + odd) >> np.uint32(16))

    return rounded if like == types.uint16 else as_is


@njit(cache=True, nogil=True)
def moments(x: Values) -> Totals:
    """Compute sums of x and of its squares over rows, (2, L)."""
    rows, columns = x.shape
    totals = np.zeros((2, columns))
    first, second = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    for start in range(0, rows, RUN):
        first[:] = 0
        second[:] = 0
        for row in range(start, min(start + RUN, rows)):
            line = x[row]
            for j in range(columns):
                value = _decode(line[j])
                first[j] += value
                second[j] += value * value
        totals[0] += first
        totals[1] += second
    return totals


@njit(cache=True, nogil=True)
def scale_shift(x: Values, scale: Row, shift: Row, out: Values) -> None:
    """Compute out = x * scale + shift."""
    rows, columns = x.shape
    for row in range(rows):
        source, target = x[row], out[row]
        for j in range(columns):
            target[j] = _encode(_decode(source[j]) * scale[j] + shift[j], target[j])


@njit(cache=True, nogil=True)
def add_prelu(x: Values, scale: Row, shift: Row, skip: Values | None, slope: Row, out: Values) -> None:
    """Compute out = PReLU(x * scale + shift + skip); no skip counts as 0."""
    rows, columns = x.shape
    for row in range(rows):
        source, target = x[row], out[row]
        for j in range(columns):
            value = _decode(source[j]) * scale[j] + shift[j]
            if skip is not None:
                value += _decode(skip[row, j])
            target[j] = _encode(value if value > 0 else value * slope[j], target[j])


@njit(cache=True, nogil=True)
def add_prelu_backward(
    gradient: Values, x: Values, scale: Row, shift: Row, skip: Values | None, slope: Row, mean: Row, out: Values
) -> Totals:
    """Compute PReLU's input gradient, and (3, L): its sums, sums of it times (x - mean), and the slopes' gradient."""
    rows, columns = x.shape
    totals = np.zeros((3, columns))
    first, second, third = np.zeros(columns, np.float32), np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    for start in range(0, rows, RUN):
        first[:] = 0
        second[:] = 0
        third[:] = 0
        for row in range(start, min(start + RUN, rows)):
            incoming, source, target = gradient[row], x[row], out[row]
            for j in range(columns):
                value = _decode(source[j])
                before = value * scale[j] + shift[j]
                if skip is not None:
                    before += _decode(skip[row, j])
                arriving = _decode(incoming[j])
                passed = arriving if before > 0 else arriving * slope[j]
                target[j] = _encode(passed, target[j])
                first[j] += passed
                second[j] += passed * (value - mean[j])
                third[j] += np.float32(0) if before > 0 else arriving * before
        totals[0] += first
        totals[1] += second
        totals[2] += third
    return totals


@njit(cache=True, nogil=True)
def gradient_moments(gradient: Values, x: Values, mean: Row) -> Totals:
    """Compute sums of the gradient and of it times (x - mean) over rows, (2, L)."""
    rows, columns = x.shape
    totals = np.zeros((2, columns))
    first, second = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    for start in range(0, rows, RUN):
        first[:] = 0
        second[:] = 0
        for row in range(start, min(start + RUN, rows)):
            incoming, source = gradient[row], x[row]
            for j in range(columns):
                value = _decode(incoming[j])
                first[j] += value
                second[j] += value * (_decode(source[j]) - mean[j])
        totals[0] += first
        totals[1] += second
    return totals


@njit(cache=True, nogil=True)
def combine(gradient: Values, x: Values, a: Row, b: Row, c: Row, out: Values) -> None:
    """Compute out = gradient * a + x * b + c."""
    rows, columns = x.shape
    for row in range(rows):
        incoming, source, target = gradient[row], x[row], out[row]
        for j in range(columns):
            target[j] = _encode(_decode(incoming[j]) * a[j] + _decode(source[j]) * b[j] + c[j], target[j])
