"""Irises of a picture: where the eyes look, and how far away each face is.

::

    python examples/gaze_and_distance.py photo.jpg marked.jpg --focal 1400
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2

from runtime import Predictor, Style, default_intrinsics, draw_faces, eye_opening, iris_distance, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each face, and write the picture with its irises."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("out")
    parser.add_argument("--focal", type=float, help="focal length in pixels, as cv2.calibrateCamera finds it")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    camera = default_intrinsics(image.shape)
    if options.focal:
        camera[0, 0] = camera[1, 1] = options.focal
    with Predictor(irises=True) as predictor:
        faces = predictor(image)
    for index, face in enumerate(faces):
        opening = eye_opening(face)
        if face.irises is None or min(opening.right, opening.left) < 0.15:
            print(f"face {index}: its eyes are closed")
            continue
        gaze = f"gaze {face.irises.gaze_yaw:+.0f} degrees sideways, {face.irises.gaze_pitch:+.0f} up"
        away = iris_distance(face, image.shape, camera)
        print(f"face {index}: {gaze}; iris {face.irises.diameter:.1f} pixels, {away / 10:.0f} cm away")
    cv2.imwrite(options.out, draw_faces(image, faces, Style(points=False, box=False, axes=False)))


if __name__ == "__main__":
    main()
