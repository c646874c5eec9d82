"""Faces in supervision, which draws them and filters them, and in pandas, which computes with them.

::

    pip install supervision pandas
    python examples/other_libraries.py photo.jpg --out drawn.png
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2
import supervision

from runtime import Predictor, read_image, to_pandas, to_supervision_detections, to_supervision_keypoints


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the picture and print means of the measures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("--out", default="drawn.png", help="the picture with points (default: drawn.png)")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    with Predictor() as predictor:
        faces = predictor(image)
    drawn = supervision.BoxAnnotator().annotate(image.copy(), to_supervision_detections(faces))
    drawn = supervision.VertexAnnotator(radius=2).annotate(drawn, to_supervision_keypoints(faces))
    cv2.imwrite(options.out, drawn)
    print(to_pandas(faces)[["confidence", "yaw", "mouth_opening", "mouth_width"]].mean().round(2).to_dict())


if __name__ == "__main__":
    main()
