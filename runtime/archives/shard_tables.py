"""The two tables of a shard: a row for each picture, and a row for each face."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from runtime.face_rows import Column
from runtime.media.files.parquet_tables import METADATA_KEY, ParquetWriter, arrow_schema, as_text, import_pyarrow
from runtime.media.files.result_tables import ImageResult

PICTURE_COLUMNS = (
    Column("image", "string"),
    Column("width", "int64"),
    Column("height", "int64"),
    Column("faces", "int64"),
    Column("error", "string", nullable=True),
)
"""Of the table of pictures: path as given; pixels, 0 where it could not be read; number of faces; why there is no
result, absent where there is one."""

IMAGES, FACES = "images", "faces"
"""Folders of the tables."""


class ShardTables:
    """Gathers the results of a shard; a context manager, because rows of faces wait in a temporary file."""

    def __init__(self, irises: bool) -> None:
        """Begin without rows; raises OSError where there is no room for temporary files.

        Args:
            irises: with the columns of irises.
        """
        self.faces = self.errors = 0
        self._rows: list[tuple[Any, ...]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="landmarks-", ignore_cleanup_errors=True)
        self._file = Path(self._folder.name, "faces.parquet")
        self._writer = ParquetWriter(self._file, ImageResult, irises=irises)

    @property
    def images(self) -> int:
        """Number of pictures so far."""
        return len(self._rows)

    def add(self, result: ImageResult) -> None:
        """Append a picture and its faces; raises OSError where the disk is full."""
        error = None if result.error is None else as_text(result.error)
        self._rows.append((as_text(result.image), result.width, result.height, len(result.faces), error))
        self.faces += len(result.faces)
        self.errors += error is not None
        self._writer.write(result)

    def files(self, number: int) -> tuple[tuple[str, bytes], ...]:
        """Return the files of the shard, that of the pictures last; raises OSError where the disk is full."""
        self._writer.close()
        images = table_bytes(PICTURE_COLUMNS, self._rows, faces=self.faces, errors=self.errors)
        return (shard_file(FACES, number), self._file.read_bytes()), (shard_file(IMAGES, number), images)

    def __enter__(self) -> ShardTables:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
        self._folder.cleanup()


def shard_file(folder: str, number: int) -> str:
    """Return the name of a shard's file below the output folder."""
    return f"{folder}/{number:08}.parquet"


def table_bytes(columns: tuple[Column, ...], rows: list[tuple[Any, ...]], **facts: int | str | None) -> bytes:
    """Return a small table as a Parquet file, with facts about it in its metadata."""
    arrow, parquet = import_pyarrow(), import_pyarrow("pyarrow.parquet")
    values = dict(zip([column.name for column in columns], zip(*rows, strict=True), strict=True)) if rows else {}
    lists = {column.name: list(values.get(column.name, ())) for column in columns}
    table = arrow.Table.from_pydict(lists, schema=arrow_schema(columns, **facts))
    sink = arrow.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())


def read_facts(path: Path) -> tuple[int, dict[str, Any]]:
    """Return the number of rows of a table, and the facts in its metadata.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such table.
    """
    parquet = import_pyarrow("pyarrow.parquet")
    metadata = parquet.read_metadata(path)
    return metadata.num_rows, json.loads((metadata.metadata or {})[METADATA_KEY])
