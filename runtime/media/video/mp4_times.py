"""Times of the frames of an MP4 file, rewritten after a muxer that writes a constant rate only.

Source: ISO/IEC 14496-12, boxes mvhd, tkhd, elst, mdhd and stts.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import BinaryIO

CONTAINERS = (b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl")


def set_times(path: Path, times: Sequence[float], last: float) -> None:
    """Give each frame of the only track of an MP4 file its time.

    The boxes with the times are rewritten. They follow the pictures, as FFmpeg puts them, so that nothing else
    of the file moves.

    Args:
        path: the file.
        times: seconds of the frames, growing, the first one's counts as 0.
        last: seconds for which the last frame is shown.

    Raises:
        ValueError: the file is no such file.
    """
    with open(path, "r+b") as file:
        start, movie = _movie(file)
        scale = _timescale(movie)
        ticks = [round((time - times[0]) * scale) for time in times]
        steps = [max(1, after - before) for before, after in pairwise(ticks)] + [max(1, round(last * scale))]
        file.seek(start)
        file.write(_rewritten(movie, steps, scale))
        file.truncate()


def _movie(file: BinaryIO) -> tuple[int, bytes]:
    """Return position and bytes of the last box, which must be the movie's."""
    position, end = 0, file.seek(0, 2)
    while position + 8 <= end:
        file.seek(position)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        if size < 8:
            break
        if kind == b"moov" and position + size == end:
            file.seek(position)
            return position, file.read()
        position += size
    raise ValueError("the movie's box is not the last one")


def _boxes(content: bytes) -> list[tuple[bytes, bytes]]:
    found, position = [], 0
    while position < len(content):
        size, kind = struct.unpack(">I4s", content[position : position + 8])
        if size < 8 or position + size > len(content):
            raise ValueError(f"a box of {size} bytes")
        found.append((kind, content[position + 8 : position + size]))
        position += size
    return found


def _timescale(movie: bytes) -> int:
    """Return the units per second of the track's times."""
    content = movie[8:]
    for kind in (b"trak", b"mdia", b"mdhd"):
        content = next(inner for name, inner in _boxes(content) if name == kind)
    return int(struct.unpack(">I", content[20:24] if content[0] == 1 else content[12:16])[0])


def _rewritten(box: bytes, steps: Sequence[int], scale: int, movie_scale: int = 0) -> bytes:
    """Rewrite a box and all in it with the times of these steps, in units of the track's scale."""
    [(kind, content)] = _boxes(box)
    total = sum(steps)
    if kind in CONTAINERS:
        inner = _boxes(content)
        if kind == b"moov":
            header = next(data for name, data in inner if name == b"mvhd")
            movie_scale = struct.unpack(">I", header[20:24] if header[0] == 1 else header[12:16])[0]
        packed = (struct.pack(">I4s", 8 + len(data), name) + data for name, data in inner)
        content = b"".join(_rewritten(each, steps, scale, movie_scale) for each in packed)
    elif kind == b"stts":
        runs = [(len(list(group)), step) for step, group in groupby(steps)]
        content = struct.pack(">II", 0, len(runs)) + b"".join(struct.pack(">II", *run) for run in runs)
    elif kind == b"mdhd":
        content = _with_duration(content, 16, 24, total)
    elif kind == b"mvhd":
        content = _with_duration(content, 16, 24, round(total * movie_scale / scale))
    elif kind == b"tkhd":
        content = _with_duration(content, 20, 28, round(total * movie_scale / scale))
    elif kind == b"elst":
        content = _with_duration(content, 8, 8, round(total * movie_scale / scale))
    elif kind == b"ctts":
        raise ValueError("frames are not stored in the order of their times")
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _with_duration(content: bytes, offset: int, offset_of_version_1: int, duration: int) -> bytes:
    form, place = (">Q", offset_of_version_1) if content[0] == 1 else (">I", offset)
    return content[:place] + struct.pack(form, duration) + content[place + struct.calcsize(form) :]
