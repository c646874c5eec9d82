"""Files that are written whole or not at all, result tables, and the guard against overwriting inputs."""

from runtime.media.files.atomic import (
    PARTS,
    create_part,
    fit_name,
    folded,
    put_in_place,
    replacing,
    write_bytes,
    write_text,
)

__all__ = ["PARTS", "create_part", "fit_name", "folded", "put_in_place", "replacing", "write_bytes", "write_text"]
