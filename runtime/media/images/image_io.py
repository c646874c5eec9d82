"""Pictures in and out: what counts as an image, reading one from a file, and writing one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import ImageError, OptionError
from runtime.media.files import write_bytes
from runtime.media.images.exif import exif_orientation, turned_upright
from runtime.media.images.headers import AVIF_BRANDS, MAX_PIXELS, check_header, check_size
from runtime.media.images.heif import brands, turn_upright
from runtime.media.images.hints import hint

UNSCALED = 16
"""Brightest value, of 0..255, of 12 bits that lie in 16 unscaled."""

MAX_FILE_BYTES = 2**31
"""Size of the largest file that is read: the largest image with 16 bits a value and alpha, not compressed."""

MAX_SIDES = {".webp": 16383, ".png": 1_000_000, ".avif": 65536, **dict.fromkeys((".jpg", ".jpeg", ".jpe"), 65500)}
"""Pixels a side that the encoders in OpenCV take; asked for more, they print of their own."""


def as_bgr(image: Any) -> NDArray[np.uint8]:
    """Check an image and bring it to three channels.

    Args:
        image: (H, W, 3) uint8 BGR as OpenCV reads it, returned as it is; (H, W) or (H, W, 1)
            uint8 gray; (H, W, 4) uint8 BGRA, whose alpha is ignored. Any strides, from 1x1 pixel to 2^28 pixels
            (:data:`runtime.media.images.headers.MAX_PIXELS`) and a side of 2^20
            (:data:`runtime.media.images.headers.MAX_SIDE`).

    Returns:
        (H, W, 3) uint8 BGR, as OpenCV takes it without copying: strides of its own make a copy.

    Raises:
        ImageError: anything else; the message says what was given and how to convert it.
    """
    if not isinstance(image, np.ndarray):
        raise ImageError(f"an image is a numpy array (H, W, 3) uint8 BGR, not {type(image).__name__}; {hint(image)}")
    if image.ndim in (2, 3):
        check_size(*image.shape[:2])
    if image.dtype != np.uint8:
        raise ImageError(f"image dtype is {image.dtype}, expected uint8 (0..255); {hint(image)}")
    if image.ndim not in (2, 3):
        raise ImageError(f"image shape is {image.shape}, expected (H, W, 3), (H, W, 4) or (H, W); {hint(image)}")
    if 0 in image.shape:
        raise ImageError(f"image shape is {image.shape}: it has no pixels")
    channels = image.shape[2] if image.ndim == 3 else 1
    if channels not in (1, 3, 4):
        raise ImageError(f"image shape is {image.shape}: {channels} channels, expected 3, 4 or 1; {hint(image)}")
    if channels == 3:
        return image if _is_opencvs(image) else _contiguous(image)
    way = cv2.COLOR_BGRA2BGR if channels == 4 else cv2.COLOR_GRAY2BGR
    return cv2.cvtColor(image if _is_opencvs(image) else _contiguous(image), way)  # type: ignore[return-value]


def _is_opencvs(image: NDArray[np.uint8]) -> bool:
    """Return whether OpenCV takes the array as it lies in memory."""
    pixel = image.shape[2] if image.ndim == 3 else 1
    strides = image.strides
    return (
        (image.ndim == 2 or strides[2] == 1 or pixel == 1)
        and (strides[1] == pixel or image.shape[1] == 1)
        and strides[0] >= pixel * image.shape[1]
    )


def _contiguous(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy an array; where OpenCV makes the copy, lack of memory ends the process."""
    try:
        return np.ascontiguousarray(image)
    except MemoryError as error:
        raise ImageError(f"image shape is {image.shape}: there is no memory for a contiguous copy") from error


def read_image(source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 BGR, upright: turned by its EXIF orientation, or by AVIF's own properties.

    JPEG, PNG, WebP, BMP, GIF, TIFF, JPEG 2000, AVIF and PNM, the first picture of those that hold several. Values of
    more than 8 bits are scaled to 8. What would come out wrong is refused: floating-point and signed values, CMYK of
    unknown polarity, and 16-bit files that are all but black because they hold 10 or 12 bits unscaled.

    Args:
        source: a path, the content of a file, or an open binary file, which is read to its end.

    Raises:
        ImageError: there is no such file, it is empty or cut short, it cannot be read correctly, or has more than 2^28
            pixels, a side of more than 2^20, or more than 2^31 bytes.

    Example:
        >>> image = read_image("photo.jpg")
        >>> image = read_image(urllib.request.urlopen(url).read())
    """
    name, content = _content(source)
    try:
        return _decoded(content)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error


def _content(source: object) -> tuple[str, bytes]:
    """Return a name for messages, and the bytes of a file."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"<{len(source)} bytes>", bytes(source)
    if isinstance(source, (str, os.PathLike)):
        return _read_file(source)
    if not callable(getattr(source, "read", None)):
        hint = "; an array is an image already" if isinstance(source, np.ndarray) and source.ndim > 1 else ""
        raise ImageError(
            f"read_image takes the path of a picture file, its bytes or an open file, not {type(source).__name__}{hint}"
        )
    file: Any = source
    name = str(getattr(file, "name", f"<{type(file).__name__}>"))
    try:
        content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: closed, or text that cannot be decoded
        raise ImageError(f"{name}: cannot be read ({error}); open it with open(path, 'rb')") from error
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise ImageError(f"{name}: read() gives {type(content).__name__}, not bytes; open it with open(path, 'rb')")
    if len(content) > MAX_FILE_BYTES:
        raise ImageError(f"{name}: more than {MAX_FILE_BYTES} bytes, which no image of {MAX_PIXELS} pixels has")
    return name, bytes(content)


def _read_file(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    name = os.fspath(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", name):
        raise ImageError(
            f"{name}: a URL, and nothing is fetched; use read_image(urllib.request.urlopen(url).read()), "
            "or save it first"
        )
    file = Path(name)
    try:
        with open(file, "rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)  # a device may never end
    except FileNotFoundError as error:
        raise ImageError(f"{file}: no such file") from error
    except IsADirectoryError as error:
        raise ImageError(f"{file}: a folder, not a picture; list its files or use `landmarks predict`") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise ImageError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(content) > MAX_FILE_BYTES:
        raise ImageError(f"{file}: more than {MAX_FILE_BYTES} bytes, which no image of {MAX_PIXELS} pixels has")
    return str(file), content


def _decoded(content: bytes) -> NDArray[np.uint8]:
    """Decode the picture in a file's content."""
    if not content:
        raise ImageError("the file is empty")
    maximum = check_header(content)
    avif = bool(brands(content) & AVIF_BRANDS)
    orientation = exif_orientation(content)
    # OpenCV turns TIFF rightly, and scales by all maxima but those of PNM
    turns = content[:2] not in (b"II", b"MM")
    scaled = maximum in (255, 65535)
    flags = cv2.IMREAD_COLOR | (cv2.IMREAD_IGNORE_ORIENTATION if turns else 0) | (0 if scaled else cv2.IMREAD_ANYDEPTH)
    try:
        image: Any = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        limit = f"at most {MAX_PIXELS} pixels, or as many as OPENCV_IO_MAX_IMAGE_PIXELS says"
        raise ImageError(f"OpenCV refuses it ({error.err}): {limit}") from error
    if image is None and avif:
        raise ImageError(
            f"an AVIF that OpenCV {cv2.__version__} cannot read: without AVIF (release 5 has it), or damaged"
        )
    if image is None:
        raise ImageError(
            "not a picture that OpenCV can read (JPEG, PNG, WebP, BMP, GIF, TIFF, JPEG 2000, AVIF), or damaged"
        )
    check_size(*image.shape[:2])
    if not scaled:
        return _scaled(image, maximum)
    if maximum > 255 and 0 < image.max() <= UNSCALED:
        raise ImageError(
            f"all but black: of 0..255, the brightest value is {image.max()}. If it holds 10 or 12 bits in 16, "
            "multiply them by 64 or 16 and save it again"
        )
    return turn_upright(image, content) if avif else turned_upright(image, orientation)


def _scaled(values: NDArray[np.generic], maximum: int) -> NDArray[np.uint8]:
    """Scale values of 0..maximum to 0..255."""
    result: NDArray[np.uint8] = np.rint(values.astype(np.float32) * (255 / maximum)).astype(np.uint8)
    return result


def write_picture(path: Path, image: NDArray[np.uint8]) -> None:
    """Write a picture in the format of its file name's extension, JPEG in quality 95; the file appears complete.

    Args:
        path: the file, ``.png`` or ``.jpg`` for instance.
        image: (H, W, 3) uint8 BGR.

    Raises:
        OptionError: the ending is none that OpenCV can write.
        ImageError: the format cannot hold a picture of this size.
        OSError: the folder cannot be written.
    """
    if not cv2.haveImageWriter(f"picture{path.suffix}"):
        raise OptionError(f"{path}: OpenCV writes no pictures that end in {path.suffix!r}; use .png or .jpg")
    height, width = image.shape[:2]
    limit = MAX_SIDES.get(path.suffix.lower(), MAX_PIXELS)
    if max(width, height) > limit:
        raise ImageError(f"{path}: {path.suffix} holds at most {limit} pixels a side, the picture has {width}x{height}")
    try:
        done, data = cv2.imencode(path.suffix, image)
    except cv2.error:
        done = False
    if not done:
        raise ImageError(f"{path}: OpenCV cannot write {width}x{height} pixels as {path.suffix}; use .png or .jpg")
    write_bytes(path, data.tobytes(), sync=False)
