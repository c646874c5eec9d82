"""Properties in a picture file's header that OpenCV ignores; such files are refused rather than read wrongly."""

from __future__ import annotations

import re
import struct

from runtime.errors import ImageError
from runtime.media.images.exif import JPEG_SEGMENT, first_directory
from runtime.media.images.heif import brands, stored_sizes

MAX_PIXELS = 2**28
"""Pixels of the largest image that is taken, 16384x16384 for instance: 768 MiB."""

MAX_SIDE = 2**20
"""Longest side in pixels: up to there float32 tells sixteenths of a pixel, and OpenCV's own readers stop there, too."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of the segment with precision, size and components."""

TIFF_TAGS = {258: 1, 339: 1, 254: 0, 262: 2, 256: 0, 257: 0}
"""Bits and format of the first channel, kind and colours of the picture, width and height; with their defaults."""

TIFF_COLOURS = frozenset({0, 1, 2, 3, 5, 6})
"""Gray, RGB, palette, CMYK and YCbCr; CIELAB comes out with a tint, and what raw files hold are no colours yet."""

AVIF_BRANDS = frozenset({b"avif", b"avis"})

HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis"})

VIDEO_BRANDS = frozenset({b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V ", b"3gp4", b"3gp5"})

SIZES = (
    (re.compile(rb"BM.{12}\x0c\0\0\0", re.DOTALL), "<HH", 18),  # OS/2
    (re.compile(rb"BM.{12}(?!\x0c\0\0\0)", re.DOTALL), "<ii", 18),
    (re.compile(rb"GIF8"), "<HH", 6),
    (re.compile(rb"\x59\xa6\x6a\x95"), ">II", 4),
)
"""BMP, GIF and Sun raster: how they begin, and where width and height are. OpenCV makes room for all pixels before it
reads the first."""

RADIANCE_SIZE = re.compile(rb"#\?.*?\n\n[-+]Y (\d{1,19}) [-+]X (\d{1,19})\n", re.DOTALL)
"""Height and width of a Radiance picture."""

VIDEO_START = re.compile(rb"\x1aE\xdf\xa3|RIFF....AVI ", re.DOTALL)
"""Matroska, WebM and AVI."""


def check_size(height: int, width: int) -> None:
    """Refuse what has more pixels than :data:`MAX_PIXELS`, or a side longer than :data:`MAX_SIDE`.

    Raises:
        ImageError: there are more.
    """
    if height * width > MAX_PIXELS:
        raise ImageError(f"{width}x{height} are more than {MAX_PIXELS} pixels; shrink it, or cut it into parts")
    if max(height, width) > MAX_SIDE:
        raise ImageError(f"{width}x{height}: a side of more than {MAX_SIDE} pixels; shrink it, or cut it into parts")


def check_header(content: bytes) -> int:
    """Refuse a picture that OpenCV reads wrongly, or not at all.

    Args:
        content: the whole file.

    Returns:
        The largest value that a pixel can have: 255, or 65535 for 16 bits. OpenCV scales to 8 bits by it, except for
        PNM, whose header may name any number.

    Raises:
        ImageError: the file is cut short, or of a kind that this runtime does not read.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return _check_jpeg(content)
    if content.startswith(PNG_SIGNATURE):
        return _check_png(content)
    if content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _check_tiff(content)
    if re.match(rb"P[1-6]\s", content):
        return _check_pnm(content)
    if re.match(rb"P[7Ff]\s", content):
        raise ImageError("PAM and PFM are not read; save it as PNG or TIFF with 8 bits")
    kinds = brands(content)
    if kinds & HEIC_BRANDS and not kinds & AVIF_BRANDS:
        raise ImageError("HEIC is not read; export it as JPEG")
    if (kinds & VIDEO_BRANDS and not kinds & AVIF_BRANDS) or VIDEO_START.match(content):
        raise ImageError("a video, not a picture; use Predictor.stream(path)")
    _check_others(content)
    return _jpeg2000_maximum(content)


def _check_jpeg(content: bytes) -> int:
    """Walk from segment to segment.

    Thumbnails inside have end markers of their own, and phones append videos after the end. OpenCV fills what is
    missing with gray and says nothing.
    """
    position, components, adobe = 2, 0, False
    while marker := JPEG_SEGMENT.search(content, position):
        if marker[0] == b"\xff\xd9":
            # four inks are stored inverted where Adobe's marker is present; without it the file does not say
            if components == 4 and not adobe:
                raise ImageError("a CMYK JPEG without Adobe's marker; save it as RGB")
            return 255
        body = content[marker.end() + 2 : marker.end() + 14]
        if marker[0][1] in JPEG_FRAMES and len(body) > 5:
            if body[0] != 8:
                raise ImageError(f"a JPEG of {body[0]} bits; save it with 8")
            check_size(*struct.unpack_from(">HH", body, 1))
            components = body[5]
        adobe = adobe or (marker[0] == b"\xff\xee" and body.startswith(b"Adobe"))
        position = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2], "big")
    raise ImageError("the file is cut short; copy or download it again")


def _check_png(content: bytes) -> int:
    if len(content) > 24:
        width, height = struct.unpack_from(">II", content, 16)
        check_size(height, width)
    position = len(PNG_SIGNATURE)
    while position + 12 <= len(content):  # length, type and checksum take four bytes each
        if content[position + 4 : position + 8] == b"IEND":
            return 65535 if content[24] == 16 else 255
        position += 12 + int.from_bytes(content[position : position + 4], "big")
    raise ImageError("the file is cut short; copy or download it again")


def _check_tiff(content: bytes) -> int:
    """Check the first picture of the file, the one that is read."""
    try:
        bits, sample_format, reduced, colours, width, height = first_directory(content, TIFF_TAGS).values()
    except struct.error as error:
        raise ImageError("not a picture that can be read: its TIFF header is damaged or cut short") from error
    check_size(height, width)
    if reduced & 1:
        raise ImageError("its first picture is a thumbnail (camera raw?); export it as JPEG, PNG or TIFF")
    if colours not in TIFF_COLOURS:
        raise ImageError("a TIFF of CIELAB or of a sensor's own values; save it as RGB")
    if sample_format != 1:
        kind = {2: "signed", 3: "floating-point"}.get(sample_format, "undefined or complex")
        raise ImageError(f"a TIFF of {kind} values; save it with 8 or 16 bits, unsigned")
    if bits not in (1, 2, 4, 8, 16):
        raise ImageError(f"a TIFF of {bits} bits a value; save it with 8 or 16")
    return 65535 if bits == 16 else 255


def _check_pnm(content: bytes) -> int:
    numbers = re.findall(rb"\d+", re.sub(rb"#[^\n]*", b" ", content[2:1000]))
    if content[1:2] in b"14":  # black and white
        return 255
    maximum = int(numbers[2]) if len(numbers) > 2 else 0
    if len(numbers) > 1:
        check_size(int(numbers[1]), int(numbers[0]))
    if not 0 < maximum <= 65535:
        raise ImageError("not a picture that can be read: its header is damaged")
    if maximum > 255 and content[1:2] in b"23":
        raise ImageError("a PNM in text of more than 8 bits; save it as PNG")
    return maximum


def _check_others(content: bytes) -> None:
    for start, form, position in SIZES:
        if start.match(content) and len(content) >= position + struct.calcsize(form):
            width, height = struct.unpack_from(form, content, position)
            check_size(abs(height), abs(width))  # a negative height turns the order of a BMP's rows
    if found := RADIANCE_SIZE.match(content[: 1 << 16]):
        check_size(int(found[1]), int(found[2]))
    if content[4:8] == b"ftyp":
        for width, height in stored_sizes(content):
            check_size(height, width)


def _jpeg2000_maximum(content: bytes) -> int:
    """Read the precision of the first channel (ISO/IEC 15444-1, marker SIZ); 255 for other formats."""
    head = content[: 1 << 16]
    if not head.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")):
        return 255
    start = head.find(b"\xff\x4f\xff\x51")
    if start >= 0 and len(head) > start + 16:
        width, height = struct.unpack_from(">II", head, start + 8)
        check_size(height, width)
    return 65535 if start >= 0 and len(head) > start + 42 and (head[start + 42] & 0x7F) + 1 > 8 else 255
