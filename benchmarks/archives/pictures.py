"""A folder of pictures to annotate: crops of one photograph, and files that are no pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import skimage.data


def make_pictures(folder: Path, count: int, side: int = 320, broken: int = 0) -> None:
    """Write JPEG files, each another part of a NASA photograph (public domain) with its face.

    Args:
        folder: made where there is none.
        count: files in all.
        side: of each in pixels.
        broken: so many of them, the last ones, are no pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    photograph = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
    for index in range(count):
        path = folder / f"{index:06}.jpg"
        if index >= count - broken:
            path.write_bytes(b"no picture")
            continue
        left, top = 20 + index % 60, index // 60 % 20
        part = photograph[top : top + 320, left : left + 320]
        cv2.imwrite(str(path), cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA))
