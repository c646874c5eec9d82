"""Landmarks of faces that another detector, a tracker or an annotation has found already.

::

    python examples/known_faces.py photo.jpg                      # both networks, one after the other
    python examples/known_faces.py photo.jpg --box 175 50 275 185  # x1 y1 x2 y2 of a face, forehead to chin
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import Detection, Predictor, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the confidence and the nose tip of each face."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("--box", type=float, nargs=4, action="append", metavar=("X1", "Y1", "X2", "Y2"))
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    with Predictor() as predictor:
        if options.box:
            detections = [Detection.from_box(box, kind="wider_face") for box in options.box]
        else:
            [detections] = predictor.detect([image])
        [faces] = predictor.landmarks([image], [detections])
    for face in faces:
        x, y = face.five_points()[2]
        print(f"confidence {face.confidence:.2f}, nose tip at {x:.1f}, {y:.1f}")


if __name__ == "__main__":
    main()
