"""Show a camera with its faces until Escape is pressed.

::

    python examples/video/camera.py            # the first camera
    python examples/video/camera.py 1          # the second one; a file's name plays that video
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2

from runtime import CameraFormat, Predictor, VideoSource, draw_faces

ESCAPE = 27


def main(arguments: Sequence[str] | None = None) -> None:
    """Open a window on the camera."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("camera", nargs="?", default="0", help="number of a camera, or a video file (default: 0)")
    options = parser.parse_args(arguments)
    camera = int(options.camera) if options.camera.isdigit() else options.camera
    wanted = CameraFormat(width=640, height=480, fps=30) if isinstance(camera, int) else None
    with Predictor(max_faces=4) as predictor, VideoSource(camera, wanted) as source:
        for frame, faces in predictor.stream(source):
            cv2.imshow("faces", draw_faces(frame.image, faces))
            if cv2.waitKey(1) == ESCAPE:
                break
    cv2.destroyAllWindows()


if __name__ == "__main__":
    main()
