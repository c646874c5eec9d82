"""Selection of the detected faces that are returned, and their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number, is_whole
from runtime.errors import OptionError

Order = Literal["size", "score"]
"""Which face is first: ``"size"`` the largest, which is the nearest; ``"score"`` the highest detector score."""

ORDERS: tuple[Order, ...] = get_args(Order)

DEFAULT_ORDER: Order = "size"

MIN_CONFIDENCE = 0.3
"""The landmark network's confidence from which a detection is a face: the highest at which each shipped network keeps
95 % of the faces cut off by the picture's edge that it would keep at 0.1 (``python -m export confidence``)."""

CERTAIN = 0.9
"""Confidence that a face in full view exceeds with every shipped network (``python -m export confidence``)."""


class Sized(Protocol):
    """Interface of what can be ordered by size: a detection or a face."""

    @property
    def box(self) -> NDArray[np.float32]:
        """(4,) float32 xyxy."""
        ...

    @property
    def score(self) -> float:
        """Score of the detector, 0..1."""
        ...


Item = TypeVar("Item", bound=Sized)


@dataclass(frozen=True, slots=True)
class Selection:
    """Choice of faces among all detections; the same for pictures and streams.

    Attributes:
        min_confidence: faces with a lower confidence of the landmark network are dropped, 0..1.
        max_faces: only so many, the first by ``order``; None for all.
        order: which face is first, ``"size"`` or ``"score"``.

    Raises:
        OptionError: a value is outside its range.
    """

    min_confidence: float = MIN_CONFIDENCE
    max_faces: int | None = None
    order: Order = DEFAULT_ORDER

    def __post_init__(self) -> None:
        # written so that NaN fails too
        if not (is_number(self.min_confidence) and 0 <= self.min_confidence <= 1):
            raise OptionError(f"min_confidence={self.min_confidence!r}: a number in 0..1 is needed")
        if self.max_faces is not None and not (is_whole(self.max_faces) and self.max_faces >= 1):
            raise OptionError(f"max_faces={self.max_faces!r}: a whole number of at least 1, or None for all")
        if not isinstance(self.order, str) or self.order not in ORDERS:
            raise OptionError(f"order={self.order!r}: {' or '.join(map(repr, ORDERS))} is needed")

    def sorted(self, found: Iterable[Item]) -> list[Item]:
        """Return detections or faces, the first face first; equals keep their order."""
        if self.order == "score":
            return sorted(found, key=lambda each: -each.score)
        return sorted(found, key=lambda each: -side(each.box))

    def full(self, count: int) -> bool:
        """Return whether this many faces are as many as are wanted."""
        return self.max_faces is not None and count >= self.max_faces


def side(box: NDArray[np.float32]) -> float:
    """Return the longer side of a box (4,) xyxy in pixels, by which faces are compared."""
    return float(max(box[2] - box[0], box[3] - box[1]))
