"""Print blinks, and warn of closed eyes, for each face of a camera or a video.

::

    python examples/video/drowsiness.py 0             # a camera
    python examples/video/drowsiness.py drive.mp4
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import BlinkDetector, Face, Perclos, Predictor


class Driver:
    """The eyes of one person over time."""

    def __init__(self) -> None:
        self._blinks = BlinkDetector()
        self._perclos = Perclos()  # share of the last 60 seconds with closed eyes

    def messages(self, face: Face, time: float) -> list[str]:
        """Process the next frame of this person; ``time`` in seconds."""
        found = []
        if event := self._blinks(face, time):  # given when the eyes are open again
            found.append(f"{event.kind} of {event.seconds:.2f} s")
        if self._blinks.closed_seconds > 1.5:
            found.append(f"eyes closed for {self._blinks.closed_seconds:.1f} s")
        if self._perclos(face, time) > 0.15 and self._perclos.observed > 30:
            found.append(f"PERCLOS {self._perclos.value:.2f}")
        return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each event."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", help="number of a camera, or a video file")
    options = parser.parse_args(arguments)
    drivers: dict[int | None, Driver] = {}
    with Predictor() as predictor:
        for frame, faces in predictor.stream(int(options.source) if options.source.isdigit() else options.source):
            for face in faces:
                driver = drivers.setdefault(face.track, Driver())
                for message in driver.messages(face, frame.time):
                    print(f"{frame.time:.2f} s, face {face.track}: {message}")


if __name__ == "__main__":
    main()
