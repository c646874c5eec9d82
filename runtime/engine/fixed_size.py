"""A network whose input sides are free, run as one whose sides are fixed once they stay the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

Shape = tuple[int, ...]

PATIENCE = 50
"""Inputs of one shape before it gets a session of its own: opening one takes as long as it saves in so many calls."""

KEPT = 4
"""Input shapes that have a session at a time. A stream has four: detector, presence gate, retry and turned frame."""

IDLE = 40 * PATIENCE
"""Inputs in which a shape has not come once before another may take its session's place: shapes that come by turns must
not open sessions again and again."""


class Network(Protocol):
    """The part of ``onnxruntime.InferenceSession`` that a detector uses."""

    def get_inputs(self) -> Sequence[Any]:
        """Return names and shapes of the inputs."""
        ...

    def get_outputs(self) -> Sequence[Any]:
        """Return names and shapes of the outputs."""
        ...

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[Any]], /) -> Sequence[Any]:
        """Return the values of the outputs."""
        ...


class ShapedNetwork:
    """Runs each input shape in a session made for it, once it came often enough. Thread-safe.

    onnxruntime plans which tensors share memory when it opens a session. Where it does not know their sizes none do,
    and a convolutional network on small pictures takes a tenth longer. Values are the same to the last bit.
    """

    def __init__(self, free: Network, open_fixed: Callable[[Mapping[str, int]], Network]) -> None:
        """Wrap a network.

        Args:
            free: the network with symbolic dimensions; it has one input.
            open_fixed: the same network with some of its symbolic dimensions, by name, fixed.
        """
        self._free = free
        self._open_fixed = open_fixed
        self._dimensions = list(free.get_inputs()[0].shape)
        self._seen: dict[Shape, int] = {}
        self._fixed: dict[Shape, Network] = {}
        self._calls = 0
        self._last: dict[Shape, int] = {}  # of each fixed shape: when it came
        self._opening = threading.Lock()

    def get_inputs(self) -> Sequence[Any]:
        """Return names and shapes of the inputs, free dimensions by their names."""
        return self._free.get_inputs()

    def get_outputs(self) -> Sequence[Any]:
        """Return names and shapes of the outputs, free dimensions by their names."""
        return self._free.get_outputs()

    def run(self, output_names: Sequence[str] | None, input_feed: Mapping[str, NDArray[Any]], /) -> Sequence[Any]:
        """Return the values of the outputs (all where no names are given) for the input."""
        (pixels,) = input_feed.values()
        self._calls += 1
        network = self._fixed.get(pixels.shape)
        if network is None:
            network = self._wait_for(pixels.shape)
        else:
            self._last[pixels.shape] = self._calls
        return network.run(output_names, input_feed)

    def _wait_for(self, shape: Shape) -> Network:
        """Return the free network, or a new one for the shape once it has come often enough."""
        # another thread that comes meanwhile need not wait
        if not self._opening.acquire(blocking=False):
            return self._free
        try:
            self._seen[shape] = self._seen.get(shape, 0) + 1
            if self._seen[shape] <= PATIENCE or not self._has_place():
                return self._free
            sides = {
                name: int(side) for name, side in zip(self._dimensions, shape, strict=True) if isinstance(name, str)
            }
            fixed = self._open_fixed(sides)
            del self._seen[shape]
            kept = sorted(self._fixed, key=lambda each: self._last[each])[-(KEPT - 1) :]
            self._last = {each: self._last[each] for each in kept} | {shape: self._calls}
            self._fixed = {each: self._fixed[each] for each in kept} | {shape: fixed}
            return fixed
        finally:
            self._opening.release()

    def _has_place(self) -> bool:
        """Return whether there are fewer sessions than allowed, or one that is not used any more."""
        return len(self._fixed) < KEPT or self._calls - min(self._last.values()) > IDLE
