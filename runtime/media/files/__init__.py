"""Files read within limits and written whole or not at all, result tables, the guard against overwriting inputs."""

from runtime.media.files.atomic import (
    PARTS,
    create_part,
    fit_name,
    folded,
    is_encodable,
    is_stream,
    put_in_place,
    replacing,
    write_bytes,
    write_text,
)
from runtime.media.files.endings import IMAGE_SUFFIXES, JPEG_SUFFIXES, OTHER_SUFFIXES, VIDEO_SUFFIXES
from runtime.media.files.locks import lock, locked_folder
from runtime.media.files.reading import read_regular

__all__ = [
    "IMAGE_SUFFIXES",
    "JPEG_SUFFIXES",
    "OTHER_SUFFIXES",
    "PARTS",
    "VIDEO_SUFFIXES",
    "create_part",
    "fit_name",
    "folded",
    "is_encodable",
    "is_stream",
    "lock",
    "locked_folder",
    "put_in_place",
    "read_regular",
    "replacing",
    "write_bytes",
    "write_text",
]
