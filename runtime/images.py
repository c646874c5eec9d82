"""Pictures in and out: what counts as an image, reading one from a file, and writing one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import ImageError, OptionError

MAX_FILE_PIXELS = 2**30
"""OpenCV's own limit for a decoded picture, named here for the error message."""

JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""The end of a JPEG, or a marker that its segment's length follows; not what occurs inside compressed data."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def as_bgr(image: Any) -> NDArray[np.uint8]:
    """Check an image and bring it to three channels.

    Args:
        image: (H, W, 3) uint8 BGR as OpenCV reads it, returned as it is, without a copy; (H, W) or (H, W, 1)
            uint8 gray; (H, W, 4) uint8 BGRA, whose alpha is ignored. Any strides, 1x1 pixel and more.

    Returns:
        (H, W, 3) uint8 BGR.

    Raises:
        ImageError: anything else; the message says what was given and how to convert it.
    """
    if not isinstance(image, np.ndarray):
        if image is None:
            hint = "cv2.imread gives None for a file it cannot read; runtime.read_image(path) says why"
        elif isinstance(image, (str, os.PathLike)):
            hint = "read it with runtime.read_image(path)"
        else:
            hint = "convert it with numpy.asarray, channels last and in the order blue, green, red"
        raise ImageError(f"an image is a numpy array (H, W, 3) uint8 BGR, not {type(image).__name__}; {hint}")
    if image.dtype != np.uint8:
        raise ImageError(f"image dtype is {image.dtype}, expected uint8 (0..255){_dtype_hint(image)}")
    if image.ndim not in (2, 3):
        raise ImageError(
            f"image shape is {image.shape}, expected (H, W, 3), (H, W, 4) or (H, W); "
            "for several images at once use Predictor.batch"
        )
    if 0 in image.shape:
        raise ImageError(f"image shape is {image.shape}: it has no pixels")
    if image.ndim == 2 or image.shape[2] == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]
    if image.shape[2] == 4:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)  # type: ignore[return-value]
    if image.shape[2] != 3:
        hint = "; channels come last: image.transpose(1, 2, 0)" if image.shape[0] in (1, 3, 4) else ""
        raise ImageError(f"image shape is {image.shape}: {image.shape[2]} channels, expected 3, 4 or 1{hint}")
    return image


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read a picture file as (H, W, 3) uint8 BGR, turned upright by its EXIF orientation.

    Raises:
        ImageError: there is no such file, it is empty or cut short, or OpenCV cannot read it.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ImageError(f"read_image takes the path of a picture file, not {type(path).__name__}")
    file = Path(path)
    try:
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"{file}: no such file") from error
    except IsADirectoryError as error:
        raise ImageError(f"{file}: a folder, not a picture; list its files or use `landmarks predict`") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise ImageError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not content:
        raise ImageError(f"{file}: the file is empty")
    if _cut_short(content):
        raise ImageError(f"{file}: the file is cut short; copy or download it again")
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise ImageError(f"{file}: OpenCV refuses it ({error.err}); limit is {MAX_FILE_PIXELS} pixels") from error
    if image is None:
        raise ImageError(f"{file}: not a picture that OpenCV can read (JPEG, PNG, WebP, BMP, TIFF), or damaged")
    return image  # type: ignore[return-value]


def _cut_short(content: bytes) -> bool:
    """Does a JPEG or PNG lack its end marker? OpenCV may fill the rest with gray and say nothing.

    The file is walked from segment to segment: thumbnails inside have end markers of their own, and phones
    append videos after the end.
    """
    if content.startswith(b"\xff\xd8\xff"):
        position = 2
        while marker := JPEG_MARKER.search(content, position):
            if marker[0] == b"\xff\xd9":
                return False
            position = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
        return True
    if content.startswith(PNG_SIGNATURE):
        position = len(PNG_SIGNATURE)
        while position + 12 <= len(content):  # length, type and checksum take four bytes each
            if content[position + 4 : position + 8] == b"IEND":
                return False
            position += 12 + int.from_bytes(content[position : position + 4], "big")
        return True
    return False


def _dtype_hint(image: NDArray[Any]) -> str:
    if np.issubdtype(image.dtype, np.floating):
        if image.size and not np.isfinite(image).all():
            return "; it also holds NaN or infinite values: clean it with numpy.nan_to_num first"
        return "; for 0..1 use (image * 255).round().astype(numpy.uint8)"
    if image.dtype == np.bool_:
        return "; use image.astype(numpy.uint8) * 255"
    if image.dtype == np.uint16:
        return "; for 16-bit images use (image // 257).astype(numpy.uint8)"
    return "; if its values lie in 0..255 use image.astype(numpy.uint8)"


def write_picture(path: Path, image: NDArray[np.uint8]) -> None:
    """Write a picture as its file name's ending says, JPEG in quality 95; no half-written one ever bears the name.

    Args:
        path: the file, ``.png`` or ``.jpg`` for instance.
        image: (H, W, 3) uint8 BGR.

    Raises:
        OptionError: the ending is none that OpenCV can write.
        OSError: the folder cannot be written.
    """
    try:
        _, data = cv2.imencode(path.suffix, image)
    except cv2.error as error:
        raise OptionError(f"{path}: OpenCV writes no pictures that end in {path.suffix!r}; use .png or .jpg") from error
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data.tobytes())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
