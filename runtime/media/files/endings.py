"""Endings of the names of pictures and videos, in lower case."""

from __future__ import annotations

JPEG_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})

IMAGE_SUFFIXES = JPEG_SUFFIXES | frozenset(
    {".png", ".bmp", ".dib", ".gif", ".webp", ".avif", ".tif", ".tiff", ".jp2", ".pbm", ".pgm", ".ppm", ".pnm"}
)
"""What is taken from folders, in upper or lower case; files given by name are always tried."""

OTHER_SUFFIXES = frozenset({
    ".heic", ".heif", ".jxl", ".jif", ".pjpeg", ".j2k", ".tga", ".psd", ".exr", ".hdr", ".svg",
    ".raw", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
})  # fmt: skip
"""Pictures that are not taken from folders; they are counted, as are files without such an ending that begin like
pictures."""

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".wmv", ".3gp", ".h264"}
)
