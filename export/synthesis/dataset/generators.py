"""Interface of a generator of faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class FaceSample(Protocol):
    """One synthetic face with its labels."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """(S, S, 3) uint8 BGR."""
        ...

    @property
    def points(self) -> NDArray[np.floating]:
        """(68, 2) x, y in pixels, the jaw on the visible contour."""
        ...

    @property
    def points3d(self) -> NDArray[np.floating]:
        """(68, 3) points on the head itself, z in pixels."""
        ...

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """(68,) bool, whether something covers the point."""
        ...

    @property
    def pose(self) -> NDArray[np.floating]:
        """(3,) yaw, pitch, roll in degrees."""
        ...

    @property
    def box(self) -> NDArray[np.floating]:
        """(4,) left, top, right, bottom in pixels."""
        ...

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Attributes of the face: numbers, words or tuples of numbers."""
        ...


class FaceGenerator(Protocol):
    """A generator of faces."""

    @property
    def size(self) -> int:
        """Side of the pictures in pixels."""
        ...

    @property
    def version(self) -> str:
        """Version of the faces."""
        ...

    def sample(self, seed: int, index: int) -> FaceSample:
        """Generate one face; the same ``seed`` and ``index`` must give the same bytes."""
        ...


Factory = Callable[[], FaceGenerator]
"""Makes the generator; it is pickled into every worker, so a class or a ``functools.partial`` of one."""
