"""Files of a data set: pictures, 300-W annotations, NumPy tables; written whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.media.files import replacing

JPEG_QUALITY = 95


def encode(image: NDArray[np.uint8], picture_format: str) -> bytes:
    """Encode an image (H, W, 3) uint8 BGR as ``"jpg"`` or ``"png"``."""
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if picture_format == "jpg" else []
    done, content = cv2.imencode(f".{picture_format}", image, options)
    assert done
    return content.tobytes()


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name, for ``numpy.load``; none of them may hold Python objects."""
    with replacing(path, sync=False) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            # an entry without a time stamp, so that the bytes are reproducible
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
