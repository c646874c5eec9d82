"""Smoothing of points over time: steady when a face is still, quick when it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.errors import OptionError

PARTS = ((0, 17), (17, 22), (22, 27), (27, 36), (36, 42), (42, 48), (48, 68))
"""First point, and the one after the last, of jaw, right and left brow, nose, right and left eye, and mouth."""

_STARTS = np.array([start for start, _ in PARTS])
_COUNTS = [end - start for start, end in PARTS]
_REPEATS = np.array(_COUNTS)

SHAPES = ((68, 2), (68, 3))
"""Shapes of points that the filter takes."""

PART_NOISE = 1.5
"""Noise in the speed of a part against that of the whole face: fewer points are averaged."""


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """Strength of smoothing, in seconds and in sizes of the face, whatever the frame rate and resolution.

    The defaults were chosen on rendered heads and a photograph with camera noise, see ``export/motion``.

    Attributes:
        min_cutoff: hertz, cutoff frequency for a face that does not move; lower is steadier.
        beta: by how many hertz the cutoff rises per face size a second; higher follows movement more closely.
        derivative_cutoff: hertz, cutoff frequency of the speed itself.
        min_speed: face sizes a second, below which movement is taken for noise.

    Raises:
        OptionError: a cutoff is not positive, or another value is negative.
    """

    min_cutoff: float = 0.6
    beta: float = 60.0
    derivative_cutoff: float = 3.0
    min_speed: float = 0.06

    def __post_init__(self) -> None:
        # written so that NaN fails too
        for name in ("min_cutoff", "derivative_cutoff"):
            value = getattr(self, name)
            if not (is_number(value) and 0 < value < math.inf):
                raise OptionError(f"{name}={value!r}: a positive number of hertz is needed")
        for name in ("beta", "min_speed"):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < math.inf):
                raise OptionError(f"{name}={value!r}: a number of at least 0 is needed")


class OneEuroFilter:
    """The One-Euro filter on the 68 points of a face at once; one for each face, fed in the order of its frames.

    A point's cutoff frequency follows the speed of the whole face or of its own part, whichever is higher: speeds of
    single points are noise for the most part, but an eyelid must be as quick as a head.

    Source: Casiez, Roussel, Vogel 2012, "1 euro filter: a simple speed-based low-pass filter for noisy input in
    interactive systems".

    Example::

        smooth = OneEuroFilter(SmoothingConfig())
        steady = [smooth(points, size=120.0, elapsed=1 / 30) for points in frames]
    """

    def __init__(self, config: SmoothingConfig) -> None:
        """Create a filter; raises OptionError where ``config`` is no :class:`SmoothingConfig`."""
        if not isinstance(config, SmoothingConfig):
            raise OptionError(f"config={config!r}: a SmoothingConfig(...) is needed")
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next points are taken as they are."""
        self._points: NDArray[np.float64] | None = None
        self._velocity = np.zeros(())

    def __call__(self, points: NDArray[np.floating], size: float, elapsed: float) -> NDArray[np.float32]:
        """Smooth the next points.

        Args:
            points: (68, 2 or 3) in pixels, iBUG order; z follows x and y.
            size: of the face in pixels, positive: what speeds are measured by.
            elapsed: seconds since the last call, positive; of no matter in the first.

        Returns:
            (68, 2 or 3) float32.

        Raises:
            OptionError: the points are no such array, or a number is not positive.
        """
        if not isinstance(points, np.ndarray) or points.dtype.kind not in "fiu" or points.shape not in SHAPES:
            raise OptionError(f"points: an array (68, 2) or (68, 3) of numbers is needed, not {type(points).__name__}")
        if not (is_number(size) and 0 < size < math.inf):
            raise OptionError(f"size={size!r}: a positive number of pixels is needed")
        if self._points is None:
            self._points, self._velocity = points.astype(np.float64), np.zeros(points.shape)
        else:
            if not (is_number(elapsed) and 0 < elapsed < math.inf):
                raise OptionError(f"elapsed={elapsed!r}: a positive number of seconds is needed")
            if points.shape != self._points.shape:
                raise OptionError(f"points: {points.shape}, but {self._points.shape} before; reset() starts again")
            off = points - self._points
            share = _share(self._config.derivative_cutoff, elapsed)
            self._velocity *= 1 - share
            self._velocity += (share / (size * elapsed)) * off
            cutoffs = [self._config.min_cutoff + self._config.beta * speed for speed in self._speeds()]
            off *= np.array([[_share(cutoff, elapsed)] for cutoff in cutoffs]).repeat(_REPEATS, axis=0)
            self._points += off
        return self._points.astype(np.float32)

    def _speeds(self) -> list[float]:
        """Return face sizes a second for each part: root mean squares over face and part, less the noise."""
        sums = [x + y for x, y, *_ in np.add.reduceat(self._velocity * self._velocity, _STARTS).tolist()]
        face = sum(sums) / len(self._velocity) - self._config.min_speed**2
        noise = (PART_NOISE * self._config.min_speed) ** 2
        # seven numbers are handled faster by Python than by numpy
        return [math.sqrt(max(part / count - noise, face, 0.0)) for part, count in zip(sums, _COUNTS, strict=True)]


def _share(cutoff: float, elapsed: float) -> float:
    """Return the part of the way to a new value that a first-order low-pass goes in a time: ``1 - exp(-2 pi f t)``.

    The paper's ``1 / (1 + 1 / (2 pi f t))`` is an approximation of it for short times. This one gives the same after
    one long step as after two short ones.
    """
    return -math.expm1(-2 * math.pi * cutoff * elapsed)
