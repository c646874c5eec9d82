"""Find the faces of a photograph, print them, and write the photograph with its points.

::

    python examples/start.py photo.jpg marked.jpg
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2

from runtime import Predictor, draw_faces, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each face and write the marked photograph."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("marked", nargs="?", default="marked.jpg", help="default: marked.jpg")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)  # (H, W, 3) uint8 BGR, upright
    with Predictor() as predictor:
        faces = predictor(image)  # the largest first; an empty list where there is none
    for face in faces:
        x, y, _ = face.part("left_eye").mean(axis=0)  # the person's own left
        print(f"confidence {face.confidence:.2f}, yaw {face.pose.yaw:+.0f} degrees, left eye at {x:.1f}, {y:.1f}")
    cv2.imwrite(options.marked, draw_faces(image, faces))


if __name__ == "__main__":
    main()
