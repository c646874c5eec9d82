"""Follow the faces of a video, and write it with their points and numbers.

::

    python examples/video/video_file.py talk.mp4 marked.mp4
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import Predictor, VideoSink, VideoSource, draw_faces


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the marked video and print for how long each face was seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("video")
    parser.add_argument("marked", nargs="?", default="marked.mp4", help=".mp4, .webm or .avi (default: marked.mp4)")
    options = parser.parse_args(arguments)
    seen: dict[int, list[float]] = {}
    with Predictor() as predictor, VideoSource(options.video) as source, VideoSink(options.marked, source.fps) as sink:
        for frame, faces in predictor.stream(source):
            for face in faces:
                if face.track is not None:
                    seen.setdefault(face.track, []).append(frame.time)  # seconds since the first frame
            sink.write(draw_faces(frame.image, faces), frame.time)
    for track, times in seen.items():
        print(f"face {track}: {len(times)} frames, from {times[0]:.2f} s to {times[-1]:.2f} s")


if __name__ == "__main__":
    main()
