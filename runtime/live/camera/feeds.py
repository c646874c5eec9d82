"""Sources of pictures: the part of a video source that the live loop relies on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from runtime.media.video import Frame


class Feed(Protocol):
    """A camera, stream or file that is open; :class:`runtime.VideoSource` is one, and tests script their own.

    Attributes:
        name: for people, such as ``"camera 0"``.
        live: whether frames come when they are taken, so that one that is not read in time is lost.
        fps: nominal frames per second.
    """

    name: str

    @property
    def live(self) -> bool:
        """Whether it is a camera, whose late frames are dropped."""
        ...

    @property
    def fps(self) -> float:
        """Frames per second as announced."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until a file ends or a camera fails; may raise VideoError."""
        ...

    def close(self) -> None:
        """Release the source."""
        ...


OpenFeed = Callable[[], Feed]
"""Opens a feed, the first time and again after a camera was lost; raises VideoError while there is none."""
