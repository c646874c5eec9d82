"""Facts in the headers of video files that OpenCV drops: display matrix, exact length, codec, completeness.

MP4 and QuickTime (ISO/IEC 14496-12), Matroska and WebM (RFC 9559), and AVI. Nothing here decodes; a file that cannot be
parsed has no facts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from runtime.media.video.display_geometry import UPRIGHT, Matrix, product
from runtime.media.video.matroska import read_track

LARGEST = 1 << 20
"""Bytes of a header element that is read whole; larger ones hold pictures or tables."""


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """Header of the first video track of a file.

    Attributes:
        container: ``"mp4"``, ``"matroska"`` or ``"avi"``.
        codec: four characters in MP4 such as ``"avc1"``, an identifier in Matroska such as ``"V_AV1"``; empty in AVI.
        matrix: how stored frames are shown, see :data:`runtime.media.video.display_geometry.Matrix`.
        frames: how many frames the track shows; None where the header does not say exactly.
        missing_bytes: by which the file is shorter than its header says; 0 for a whole file.
    """

    container: str
    codec: str
    matrix: Matrix = UPRIGHT
    frames: int | None = None
    missing_bytes: int = 0


def read_facts(file: BinaryIO) -> ContainerFacts | None:
    """Read facts of an open, seekable file; None for other containers and damaged headers."""
    try:
        size = file.seek(0, 2)
        file.seek(0)
        start = file.read(12)
        if start[:4] == b"RIFF" and start[8:] == b"AVI ":
            return ContainerFacts("avi", "", missing_bytes=max(0, 8 + struct.unpack("<I", start[4:8])[0] - size))
        if start[:4] == b"\x1aE\xdf\xa3":
            codec, matrix, missing = read_track(file, size) or ("", UPRIGHT, 0)
            return ContainerFacts("matroska", codec, matrix, None, missing) if codec else None
        if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
            return _mp4(file, size)
    except (struct.error, IndexError, ValueError, OverflowError):
        pass
    return None


def _boxes(file: BinaryIO, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, start of the content and end of each box; the last end may lie behind the file's."""
    while position + 8 <= end:
        file.seek(position)
        size, kind = struct.unpack(">I4s", file.read(8))
        content = position + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            content += 8
        elif size == 0:
            size = end - position
        if position + size < content:
            return
        yield kind, content, position + size
        position += size


def _child(file: BinaryIO, parent: tuple[int, int], *path: bytes) -> tuple[int, int] | None:
    """Start and end of the first box at a path of types."""
    place: tuple[int, int] | None = parent
    for wanted in path:
        if place is None:
            return None
        place = next(((start, end) for kind, start, end in _boxes(file, *place) if kind == wanted), None)
    return place


def _content(file: BinaryIO, parent: tuple[int, int], *path: bytes) -> bytes:
    place = _child(file, parent, *path)
    if place is None:
        return b""
    file.seek(place[0])
    return file.read(min(place[1] - place[0], LARGEST))


def _mp4(file: BinaryIO, size: int) -> ContainerFacts | None:
    movie = None
    missing = 0
    for kind, start, end in _boxes(file, 0, size):
        missing = max(missing, end - size)
        if kind == b"moov" and end <= size:
            movie = start, end
    if movie is None:
        return None
    for kind, start, end in _boxes(file, *movie):
        track = start, end
        if kind == b"trak" and _content(file, track, b"mdia", b"hdlr")[8:12] == b"vide":
            whole = _matrix(_content(file, movie, b"mvhd"), 36, 52)
            own = _matrix(_content(file, track, b"tkhd"), 40, 52)
            codec = _content(file, track, b"mdia", b"minf", b"stbl", b"stsd")[12:16].decode("latin-1")
            return ContainerFacts("mp4", codec, product(own, whole), _frames(file, movie, track), missing)
    return None


def _matrix(header: bytes, offset: int, offset_of_version_1: int) -> Matrix:
    offset = offset_of_version_1 if header[0] == 1 else offset
    a, b, _, c, d = (value / 65536 for value in struct.unpack_from(">5i", header, offset))
    return (a, b, c, d) if any((a, b, c, d)) else UPRIGHT


def _frames(file: BinaryIO, movie: tuple[int, int], track: tuple[int, int]) -> int | None:
    table = _content(file, track, b"mdia", b"minf", b"stbl", b"stsz")[:12]
    count = int(struct.unpack_from(">I", table, 8)[0]) if len(table) == 12 else 0
    if not count:
        return None  # fragments count for themselves
    edits = _content(file, track, b"edts", b"elst")
    if edits:
        seconds = _duration(_content(file, track, b"mdia", b"mdhd"))
        shown = _edited(edits) / _timescale(_content(file, movie, b"mvhd"))
        if shown < seconds * (1 - 0.5 / count):
            return None  # part of the track is not shown
    return count


def _timescale(header: bytes) -> int:
    return max(1, int(struct.unpack_from(">I", header, 20 if header[0] == 1 else 12)[0]))


def _duration(header: bytes) -> float:
    ticks = struct.unpack_from(">Q", header, 24) if header[0] == 1 else struct.unpack_from(">I", header, 16)
    return float(ticks[0]) / _timescale(header)


def _edited(edits: bytes) -> int:
    """Return the length that an edit list shows, in ticks of the movie; empty edits, which only delay, not counted."""
    (count,) = struct.unpack_from(">I", edits, 4)
    entry = struct.Struct(">Qqi" if edits[0] == 1 else ">Iii")
    entries = (entry.unpack_from(edits, 8 + index * entry.size) for index in range(min(count, 1000)))
    return sum(length for length, start, _ in entries if start >= 0)
