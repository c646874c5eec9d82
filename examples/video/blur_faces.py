"""Write a video in which every face is blurred.

::

    python examples/video/blur_faces.py street.mp4 blurred.mp4
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime import Face, Predictor, TrackingConfig, VideoSink, VideoSource


def blur(image: NDArray[np.uint8], faces: Sequence[Face]) -> NDArray[np.uint8]:
    """Return a copy of a BGR image with a blurred ellipse over each head."""
    result: NDArray[np.uint8] = image.copy()
    for face in faces:
        points = face.landmarks[:, :2]
        size = np.ptp(points, axis=0).max()  # the points end at the brows: the ellipse reaches over the hair
        centre = points.mean(axis=0) - [0, 0.15 * size]
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.ellipse(mask, (tuple(map(float, centre)), (1.5 * float(size), 1.8 * float(size)), face.pose.roll), 255, -1)
        x, y, width, height = cv2.boundingRect(mask)
        if width and height:
            patch = np.s_[y : y + height, x : x + width]
            pixels = cv2.resize(image[patch], (8, 8), interpolation=cv2.INTER_AREA)  # blur alone could be undone
            blurred = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
            result[patch][mask[patch] > 0] = blurred[mask[patch] > 0]
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the blurred video."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("video")
    parser.add_argument("blurred")
    options = parser.parse_args(arguments)
    # a face that is missed is shown: low thresholds, small faces, the detector in every frame
    predictor = Predictor(min_score=0.3, min_confidence=0.1, detector_size=512)
    with predictor, VideoSource(options.video) as source, VideoSink(options.blurred, source.fps) as sink:
        for frame, faces in predictor.stream(source, tracking=TrackingConfig(detect_every=0)):
            sink.write(blur(frame.image, faces), frame.time)


if __name__ == "__main__":
    main()
