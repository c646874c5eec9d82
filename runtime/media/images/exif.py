"""EXIF orientation, the same with every release of OpenCV: those before 5 pass over it in WebP."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

ORIENTATION = 0x0112
"""Number of the tag."""

JPEG_SEGMENT = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""A marker that its segment's length follows, or the end; not what occurs inside compressed data."""


def first_directory(content: bytes, defaults: Mapping[int, int]) -> dict[int, int]:
    """Read the first directory of a TIFF structure, which is also that of EXIF.

    Args:
        content: from the byte order on.
        defaults: the tags that are wanted, and their values where they are absent. Of several values of a tag the
            first is given.

    Raises:
        struct.error: the structure is damaged or cut short.

    Source: TIFF 6.0, and BigTIFF, whose offsets and counts have 64 bits.
    """
    values = dict(defaults)
    order = "<" if content[:1] == b"I" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    offset, counter, width = (order + "Q", order + "Q", 20) if big else (order + "I", order + "H", 12)
    (start,) = struct.unpack_from(offset, content, 8 if big else 4)
    (count,) = struct.unpack_from(counter, content, start)
    first = start + struct.calcsize(counter)
    for entry in range(first, first + width * count, width):
        tag, kind = struct.unpack_from(order + "HH", content, entry)
        if tag in values:
            (number,) = struct.unpack_from(offset, content, entry + 4)
            form = order + {1: "B", 3: "H", 4: "I", 16: "Q"}.get(kind, "I")
            place = entry + 4 + struct.calcsize(offset)
            if number * struct.calcsize(form) > struct.calcsize(offset):
                (place,) = struct.unpack_from(offset, content, place)
            (values[tag],) = struct.unpack_from(form, content, place)
    return values


def exif_orientation(content: bytes) -> int:
    """Return the orientation, 1 to 8, of a JPEG, PNG or WebP file; 1, which is upright, where the file has none."""
    exif = _exif(content)
    try:
        orientation = first_directory(exif, {ORIENTATION: 1})[ORIENTATION] if exif else 1
    except struct.error:
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def turned_upright(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn an image (H, W, C) as it was stored upright."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _exif(content: bytes) -> bytes:
    """Return the TIFF structure inside a file; empty where there is none."""
    if content.startswith(b"\xff\xd8\xff"):
        return _exif_of_jpeg(content)
    if content.startswith(b"\x89PNG"):
        return _chunk(content, 8, ">I4s", True, b"eXIf")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _chunk(content, 12, "<4sI", False, b"EXIF").removeprefix(b"Exif\0\0")
    return b""


def _exif_of_jpeg(content: bytes) -> bytes:
    position = 2
    while marker := JPEG_SEGMENT.search(content, position):
        if marker[0][1] in (0xD9, 0xDA):  # the picture begins, or ends
            return b""
        size = int.from_bytes(content[marker.end() : marker.end() + 2], "big")
        position = marker.end() + size
        if marker[0][1] == 0xE1 and content.startswith(b"Exif\0\0", marker.end() + 2):
            return content[marker.end() + 8 : position]
    return b""


def _chunk(content: bytes, position: int, form: str, checksum: bool, wanted: bytes) -> bytes:
    """Return the body of the first chunk of a kind; PNG has a checksum after each, RIFF pads to even sizes."""
    while position + 8 <= len(content):
        fields = struct.unpack_from(form, content, position)
        size, kind = fields if checksum else fields[::-1]
        if kind == wanted:
            return content[position + 8 : position + 8 + size]
        position += 8 + size + (4 if checksum else size % 2)
    return b""
