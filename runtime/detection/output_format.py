"""What tells the networks of face detectors apart: how each is fed, and what its outputs mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.detection.detection import BoxGeometry
from runtime.engine import is_within, shown
from runtime.errors import ModelError

MAX_INPUT_SIDE = 4096
"""Longer side in pixels of the largest input that a file may ask for; a user's own choice is bounded by
:data:`MAX_CANDIDATES` alone."""

MAX_STRIDE = 1024
"""Largest stride that a file may state; it divides the input's sides."""

MAX_MAPS = 16
"""Most feature maps that a file may state."""

MAX_CANDIDATES = 2**23
"""Most candidates of one input: a detector with strides 8, 16 and 32 has as many for 20000x20000 pixels."""


class DetectorFormat(ABC):
    """Input and output format of a detector's network.

    Attributes:
        INPUT: name of the network's input.
        OUTPUTS: names of its outputs, in the order in which :meth:`split` takes them.
        GEOMETRY: how the boxes lie on the points' box.
        UPRIGHT: whether the network was trained on upright faces alone.
        input_size: longer side of the input in pixels, unless the user chooses another or the network takes one only.
    """

    __slots__ = ()

    INPUT: ClassVar[str]
    OUTPUTS: ClassVar[tuple[str, ...]]
    GEOMETRY: ClassVar[BoxGeometry]
    UPRIGHT: ClassVar[bool]

    input_size: int

    @classmethod
    @abstractmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> DetectorFormat:
        """Read the format's attributes from a file's metadata.

        Raises:
            ModelError: one of them is missing or malformed.
        """

    @property
    @abstractmethod
    def step(self) -> int:
        """Sides of the input are multiples of this many pixels."""

    @abstractmethod
    def candidates(self, height: int, width: int) -> int:
        """Return the number of candidates of an input of these sides in pixels."""

    @abstractmethod
    def split(self, outputs: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return values (A, V) and logits of the score (A,) of all candidates, from the outputs for one image.

        Raises:
            ModelError: an output has another shape or type.
        """

    @abstractmethod
    def decode(
        self, values: NDArray[np.float32], chosen: NDArray[np.intp], height: int, width: int
    ) -> NDArray[np.float64]:
        """Decode some candidates.

        Args:
            values: (A, V), see :meth:`split`.
            chosen: (M,) which to decode.
            height: of the input in pixels.
            width: of the input in pixels.

        Returns:
            (M, 8, 2) x, y in input pixels from the top-left corner: centre and sides of the box, then the keypoints of
            :class:`Detection`.

        Raises:
            ModelError: the network has not the candidates that its format promises.
        """

    def sides(self, shape: Sequence[int | str | None]) -> tuple[int | str | None, int | str | None]:
        """Return height and width of the network's input shape; an integer is the only side that it takes."""
        return shape[1], shape[2]

    def feed(self, pixels: NDArray[np.uint8]) -> NDArray[Any]:
        """Return the network's input for pixels (H, W, 3) uint8 BGR."""
        return pixels[None]


def check_output(name: str, output: Any, shape: tuple[int | None, ...]) -> None:
    """Check an output of a network; None in ``shape`` stands for any length.

    Raises:
        ModelError: it is no float32 array of this shape.
    """
    fits = (
        isinstance(output, np.ndarray)
        and output.dtype == np.float32
        and output.ndim == len(shape)
        and all(wanted in (None, given) for wanted, given in zip(shape, output.shape, strict=True))
    )
    if not fits:
        given = f"{output.dtype} {output.shape}" if isinstance(output, np.ndarray) else type(output).__name__
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise ModelError(f"its output {name!r} is {given}, float32 ({wanted}) is needed; export it again")


def check_strides(field: str, strides: Sequence[Any]) -> None:
    """Check the strides that a file states.

    Raises:
        ModelError: one is no whole number from 1 to :data:`MAX_STRIDE`.
    """
    for stride in strides:
        if not is_within(stride, MAX_STRIDE):
            raise ModelError(
                f"{field} holds the stride {shown(stride)}: a whole number from 1 to {MAX_STRIDE} is needed"
            )
