"""Results on disk as Parquet, by pyarrow, which is not among the dependencies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from runtime.errors import OptionError
from runtime.face_rows import SCHEMA_VERSION, Column
from runtime.media.files.atomic import create_part, put_in_place
from runtime.media.files.growing_file import is_stdout
from runtime.media.files.result_tables import ImageResult, VideoFrameResult, table_columns, table_rows
from runtime.optional import import_optional

ROWS_IN_GROUP = 2000
"""Rows that are kept in memory and written together."""

METADATA_KEY = b"edge_landmarks"


def import_pyarrow(module: str = "pyarrow") -> Any:
    """Import pyarrow or a module of it; raises DependencyError, which says what to install."""
    return import_optional(module, "Parquet", "'edge-landmarks[parquet]' (or pyarrow)")


@contextmanager
def reading_parquet() -> Iterator[None]:
    """Turn what pyarrow raises for damaged content into ``ValueError``: some of it are bare ``OSError``.

    Raises:
        ValueError: the content is damaged, or of a kind that pyarrow does not read.
        OSError: the file cannot be read.
    """
    arrow = import_pyarrow()
    try:
        yield
    except arrow.ArrowMemoryError:
        raise
    except arrow.ArrowException as error:
        raise ValueError(str(error)) from error
    except OSError as error:
        if error.errno is not None:  # of the system
            raise
        raise ValueError(str(error)) from error


def arrow_schema(columns: Iterable[Column], **facts: int | str | None) -> Any:
    """Return the schema of pyarrow for columns; ``facts`` stand in its metadata beside the schema's version.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    arrow = import_pyarrow()
    types = {"string": arrow.string(), "int64": arrow.int64(), "float32": arrow.float32(), "float64": arrow.float64()}
    fields = [arrow.field(each.name, types[each.type], nullable=each.nullable) for each in columns]
    return arrow.schema(fields, {METADATA_KEY: json.dumps({"schema": SCHEMA_VERSION, **facts}).encode()})


class ParquetWriter:
    """A Parquet table with the columns of :class:`CsvWriter`, unrounded. A context manager.

    Parquet has its index at the end: the file takes its place when the table is closed, whole, and the old file stays
    until then. A run that is killed leaves no table.

    Example::

        with ParquetWriter("faces.parquet", ImageResult) as writer:
            writer.write(ImageResult("photo.jpg", 512, 512, faces))
    """

    def __init__(
        self, path: str | os.PathLike[str], kind: type[ImageResult] | type[VideoFrameResult], *, irises: bool = False
    ) -> None:
        """Begin a table beside the file.

        Args:
            path: where to; not standard output, a pipe or a device.
            kind: the results to come, those of images or those of frames.
            irises: with the columns of irises, null where a face has none.

        Raises:
            DependencyError: pyarrow is not installed.
            OptionError: ``path`` is standard output.
            OSError: the file cannot be created.
        """
        pyarrow, parquet = import_pyarrow(), import_pyarrow("pyarrow.parquet")
        if is_stdout(path):
            raise OptionError(f"{os.fspath(path)}: Parquet needs a file, not standard output")
        self._irises = irises
        self._columns = table_columns(kind, irises)
        self._schema = arrow_schema(self._columns)
        self._table, self._path = pyarrow.Table, Path(path)
        self._rows: list[list[Any]] = []
        self._part: Path | None = create_part(self._path)
        try:
            self._writer = parquet.ParquetWriter(self._part, self._schema)
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def write(self, result: ImageResult | VideoFrameResult) -> None:
        """Append the faces of one image or frame.

        Raises:
            OSError: the disk is full or gone.
        """
        self._rows += table_rows(result, self._irises)
        if len(self._rows) >= ROWS_IN_GROUP:
            self._flush()

    def close(self) -> None:
        """Finish the file and put it in its place; closing twice is fine.

        Raises:
            OSError: the disk is full or gone; the old file is still there then.
        """
        if self._part is None:
            return
        part, self._part = self._part, None
        try:
            try:
                self._flush()
            finally:
                self._writer.close()
            put_in_place(part, self._path)
        finally:
            part.unlink(missing_ok=True)

    def __enter__(self) -> ParquetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _flush(self) -> None:
        if self._rows:
            columns = {
                column.name: [as_text(value) if column.type == "string" else value for value in values]
                for column, values in zip(self._columns, zip(*self._rows, strict=True), strict=True)
            }
            self._writer.write_table(self._table.from_pydict(columns, schema=self._schema))
            self._rows = []


def as_text(value: str | os.PathLike[str]) -> str:
    """Return a file name as the other tables write it: what is not Unicode as a backslash and ``udce9``."""
    return os.fspath(value).encode("utf-8", "backslashreplace").decode("utf-8")
