"""What a generator of faces must offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class FaceSample(Protocol):
    """One synthetic face: ``readme_template.txt`` gives shapes and units; ``image`` (S, S, 3) uint8 BGR."""

    @property
    def image(self) -> NDArray[np.uint8]: ...
    @property
    def points(self) -> NDArray[np.floating]: ...
    @property
    def points3d(self) -> NDArray[np.floating]: ...
    @property
    def hidden(self) -> NDArray[np.bool_]: ...
    @property
    def pose(self) -> NDArray[np.floating]: ...
    @property
    def box(self) -> NDArray[np.floating]: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...


class FaceGenerator(Protocol):
    """What makes faces; the same ``seed`` and ``index`` must give the same bytes."""

    @property
    def size(self) -> int: ...
    @property
    def version(self) -> str: ...
    def sample(self, seed: int, index: int) -> FaceSample: ...


Factory = Callable[[], FaceGenerator]
"""Makes the generator; it is pickled into every worker, so a class or a ``functools.partial`` of one."""
