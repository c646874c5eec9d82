"""Orientation of an AVIF picture: the boxes of the HEIF container that OpenCV ignores.

AVIF stores orientation as properties of the picture (``clap``, ``irot``, ``imir``: ISO/IEC 23008-12), not as EXIF. A
reader applies them in the order in which they are associated with the primary item, and ignores EXIF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from runtime.errors import ImageError

Box = tuple[bytes, bytes]
"""Type and content."""


def brands(content: bytes) -> set[bytes]:
    """Return the brands of an ISO base media file, such as ``{b"avif", b"mif1"}``; empty for others."""
    if content[4:8] != b"ftyp":
        return set()
    try:
        body = next(boxes(content))[1]
    except struct.error:
        return set()
    return {body[:4]} | {body[start : start + 4] for start in range(8, len(body) - 3, 4)}


def stored_sizes(content: bytes) -> list[tuple[int, int]]:
    """Return width and height in pixels of each stored picture (``ispe``); none where the container is damaged."""
    found = [content]
    with suppress(struct.error):
        for kind, skipped in ((b"meta", 0), (b"iprp", 4), (b"ipco", 0), (b"ispe", 0)):
            found = [body for outer in found for name, body in boxes(outer[skipped:]) if name == kind]
        return [struct.unpack_from(">II", body, 4) for body in found]
    return []


def turn_upright(image: NDArray[np.uint8], content: bytes) -> NDArray[np.uint8]:
    """Crop, turn and mirror a decoded AVIF picture as its container says.

    Args:
        image: (H, W, 3) uint8, as it is stored.
        content: the whole file.

    Raises:
        ImageError: the container is damaged, or asks for what this reader cannot do.
    """
    try:
        properties = _transforms(content)
        for kind, body in properties:
            if kind == b"clap":
                image = _cropped(image, body)
            elif kind == b"irot":
                image = np.rot90(image, body[0] & 3)  # anticlockwise
            else:
                image = image[:, ::-1] if body[0] & 1 else image[::-1]
    except (struct.error, IndexError, ZeroDivisionError, StopIteration) as error:
        raise ImageError("its AVIF container is damaged: its orientation cannot be read") from error
    return np.ascontiguousarray(image)


def boxes(content: bytes) -> Iterator[Box]:
    """Yield the boxes that follow each other in a file or in another box's content.

    Raises:
        struct.error: a header is cut off.
    """
    position = 0
    while position < len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, position + 8)
            header = 16
        end = len(content) if size == 0 else position + size
        if end < position + header:
            raise struct.error("a box is shorter than its header")
        yield kind, content[position + header : end]
        position = end


def _transforms(content: bytes) -> list[Box]:
    """Return ``clap``, ``irot`` and ``imir`` of the primary item, in the order in which they apply."""
    top = dict(boxes(content))
    meta = dict(boxes(top[b"meta"][4:])) if b"meta" in top else {}
    found: list[Box] = []
    if {b"pitm", b"iprp"} <= meta.keys():
        item = int.from_bytes(meta[b"pitm"][4 : 6 if meta[b"pitm"][0] == 0 else 8], "big")
        known: list[Box] = []
        numbers: list[int] = []
        for kind, body in boxes(meta[b"iprp"]):
            if kind == b"ipco":
                known = list(boxes(body))
            elif kind == b"ipma":
                numbers += _associated(body, item)
        found = [known[number - 1] for number in numbers if number]
    turns = [box for box in found if box[0] in (b"clap", b"irot", b"imir")]
    if b"moov" in top and (turns or any(_turned(body) for body in _track_headers(top[b"moov"]))):
        raise ImageError("an animated AVIF that is to be turned; save its first picture as PNG or JPEG")
    return turns


def _associated(body: bytes, item: int) -> list[int]:
    """Return numbers (from 1) of an item's properties, from the content of an ``ipma`` box."""
    version, wide = body[0], body[3] & 1
    (entries,) = struct.unpack_from(">I", body, 4)
    position = 8
    for _ in range(entries):
        (owner,) = struct.unpack_from(">H" if version == 0 else ">I", body, position)
        position += 2 if version == 0 else 4
        count = body[position]
        position += 1
        if owner == item:
            # the highest bit says whether a reader must know the property
            form, mask = (f">{count}H", 0x7FFF) if wide else (f">{count}B", 0x7F)
            return [number & mask for number in struct.unpack_from(form, body, position)]
        position += count * (2 if wide else 1)
    return []


def _cropped(image: NDArray[np.uint8], body: bytes) -> NDArray[np.uint8]:
    """Read the clean aperture: width, height, and offsets of its centre from the picture's, as fractions."""
    values = struct.unpack_from(">IIIIiIiI", body)
    width, height, right, down = (Fraction(values[index], values[index + 1]) for index in (0, 2, 4, 6))
    left = right + (image.shape[1] - width) / 2
    top = down + (image.shape[0] - height) / 2
    if any(value.denominator != 1 for value in (width, height, left, top)):
        raise ImageError("its clean aperture does not lie on whole pixels; save it as PNG or JPEG")
    if not (0 <= left < left + width <= image.shape[1] and 0 <= top < top + height <= image.shape[0]):
        raise ImageError("its clean aperture lies outside the picture; save it as PNG or JPEG")
    return image[int(top) : int(top + height), int(left) : int(left + width)]


def _track_headers(moov: bytes) -> Iterator[bytes]:
    for kind, track in boxes(moov):
        if kind == b"trak":
            yield from (body for name, body in boxes(track) if name == b"tkhd")


def _turned(header: bytes) -> bool:
    """Return whether a track's matrix differs from the identity."""
    start = 40 if header[0] == 0 else 52
    return struct.unpack_from(">9i", header, start) != (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
