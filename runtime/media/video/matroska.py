"""Matroska and WebM (RFC 9559): facts in the header, and the number of pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from runtime.media.video.display_geometry import TURNS, Matrix, product

_HEADER, _SEGMENT, _CLUSTER, _GROUP, _BLOCK, _SIMPLE = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xA0, 0xA1, 0xA3
_TRACKS, _ENTRY, _NUMBER, _TYPE, _CODEC, _VIDEO = 0x1654AE6B, 0xAE, 0xD7, 0x83, 0x86, 0xE0
_PROJECTION, _YAW, _PITCH, _ROLL = 0x7670, 0x7673, 0x7674, 0x7675

_ENTERED = {_SEGMENT, _CLUSTER, _GROUP}
_SKIPPED = {
    *(_HEADER, _TRACKS, 0x114D9B74, 0x1549A966, 0x1C53BB6B, 0x1254C367, 0x1941A469, 0x1043A770, 0xEC, 0xBF),
    *(0xE7, 0xAB, 0xA7, 0x9B, 0xFA, 0xFB, 0xFD, 0x75A1, 0x75A2, 0xA4, 0xAF, 0x8E, 0xC8, 0x5854),
}
"""Elements beside the blocks of a whole file, down to what a group of blocks holds."""

ODD: Matrix = (0.5, 0.5, -0.5, 0.5)
"""Stands for angles that are not right ones."""


def _number(file: BinaryIO, *, marked: bool) -> int:
    """Read a variable-length number, -1 for an unknown size; identifiers keep the bit that marks their length."""
    first = file.read(1)[0]
    length = 9 - first.bit_length()
    data = bytes([first if marked else first & (0xFF >> length)]) + file.read(length - 1)
    if length > 8 or len(data) < length:
        raise ValueError
    value = int.from_bytes(data, "big")
    return -1 if not marked and value == (1 << 7 * length) - 1 else value


def _elements(file: BinaryIO, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield identifier, start and end of each element; one of unknown size reaches to the end."""
    while position < end:
        file.seek(position)
        identifier, size = _number(file, marked=True), _number(file, marked=False)
        start = file.tell()
        position = end if size < 0 else start + size
        yield identifier, start, position


def read_track(file: BinaryIO, size: int) -> tuple[str, Matrix, int] | None:
    """Return codec and matrix of the first track of pictures, and by how many bytes the file is too short.

    Args:
        file: seekable.
        size: of the file in bytes.

    Raises:
        ValueError, IndexError, struct.error: the header is damaged.
    """
    for identifier, start, end in _elements(file, 0, size):
        if identifier != _SEGMENT:
            continue
        for inner, first, last in _elements(file, start, min(end, size)):
            if inner == _CLUSTER:
                return None
            if inner == _TRACKS and (values := _pictures(file, first, min(last, size))):
                return values[_CODEC].decode("latin-1"), _matrix(values), max(0, end - size)
    return None


def count_frames(file: BinaryIO) -> tuple[int, bool]:
    """Count the visible frames of the first track of pictures; return also whether the file is intact to its end.

    Reads the headers of all blocks. After a damaged place it goes on at the next cluster.
    """
    size, position, track, frames, intact = file.seek(0, 2), 0, -1, 0, True
    while position < size:
        try:
            identifier, start, end = next(_elements(file, position, size))
            if identifier in _ENTERED:
                position = start
                continue
            if identifier == _TRACKS and (values := _pictures(file, start, min(end, size))):
                track = int.from_bytes(values[_NUMBER], "big")
            elif identifier in (_SIMPLE, _BLOCK):
                file.seek(start)
                shown = _number(file, marked=False) == track and not file.read(3)[2] & 0x08
                frames += shown
            elif identifier not in _SKIPPED:
                raise ValueError
            intact &= end <= size
            position = end
        except (ValueError, IndexError, struct.error):
            intact = False
            position = _find_cluster(file, position + 1, size)
    return frames, intact


def _find_cluster(file: BinaryIO, position: int, size: int) -> int:
    wanted, chunk = _CLUSTER.to_bytes(4, "big"), 1 << 20
    while position < size:
        file.seek(position)
        found = file.read(chunk + 3).find(wanted)
        if found >= 0:
            return position + found
        position += chunk
    return size


def _pictures(file: BinaryIO, start: int, end: int) -> dict[int, bytes] | None:
    """Return values of the first track of pictures, with those of its picture and projection."""
    for identifier, first, last in _elements(file, start, end):
        if identifier == _ENTRY:
            values = {_NUMBER: b"", _CODEC: b"", **dict(_values(file, first, min(last, end)))}
            if values.get(_TYPE, b"")[-1:] == b"\x01":
                return values
    return None


def _values(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    for identifier, first, last in _elements(file, start, end):
        if identifier in (_VIDEO, _PROJECTION):
            yield from _values(file, first, min(last, end))
        elif last - first <= 64:
            file.seek(first)
            yield identifier, file.read(last - first)


def _matrix(values: dict[int, bytes]) -> Matrix:
    """Compose the matrix: first mirrored by a yaw of half a turn, then rolled anticlockwise."""
    yaw, pitch, roll = (_real(values.get(key, b"")) for key in (_YAW, _PITCH, _ROLL))
    matrix = TURNS.get(round(-roll) % 360, ODD)
    return product((-1, 0, 0, 1), matrix) if abs(yaw) == 180 and not pitch else matrix


def _real(data: bytes) -> float:
    value = float(struct.unpack(">f" if len(data) == 4 else ">d", data)[0]) if len(data) in (4, 8) else 0.0
    return value if abs(value) <= 360 else 0.0
