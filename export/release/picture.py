"""The README's picture: the astronaut photograph (NASA, public domain), whole and close."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import skimage.data

from runtime import Predictor, draw_faces
from runtime.media.files import replacing

HEIGHT = 640


def draw_picture(path: Path) -> None:
    """Write the picture as JPEG: the annotated photograph, and the region around its face enlarged."""
    photograph = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    top, left, side = 12, 118, 236
    views = (photograph, photograph[top : top + side, left : left + side])
    with Predictor(device="cpu") as predictor:
        annotated = []
        for view in views:
            image = cv2.resize(view, (HEIGHT, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
            annotated.append(draw_faces(image, predictor(image)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        cv2.imwrite(str(part), np.hstack(annotated), [cv2.IMWRITE_JPEG_QUALITY, 90])
