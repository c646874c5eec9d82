"""Parquet tables as sources: a column of paths, or of the bytes of picture files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from runtime.errors import OptionError
from runtime.media.files.parquet_tables import import_pyarrow, reading_parquet

BYTES_COLUMNS = ("image", "bytes", "content", "data", "jpg", "png")
PATH_COLUMNS = ("path", "image", "file", "filename", "file_name", "url", "uri")
NAME_COLUMNS = (*PATH_COLUMNS, "name", "key", "id")
"""Names by which columns are found, the first first."""

ROWS_AT_ONCE = 16
"""Pictures that are in memory at a time."""


class SourceTable:
    """A Parquet table whose rows are pictures. A context manager.

    The column is one of text with paths or URLs, one of bytes, or a structure with the field ``bytes`` and maybe
    ``path``, as data sets of Hugging Face have.
    """

    def __init__(self, file: Any, name: str, column: str | None) -> None:
        """Open a table.

        Args:
            file: a path or an open file.
            name: of the table in messages, and in the names of pictures that have none.
            column: the one with the pictures; None finds it.

        Raises:
            DependencyError: pyarrow is not installed.
            OptionError: it is no Parquet table, or has no such column.
        """
        arrow, parquet = import_pyarrow(), import_pyarrow("pyarrow.parquet")
        self._types, self._name = arrow.types, name
        try:
            self._table = parquet.ParquetFile(file)
            self._schema = self._table.schema_arrow
            _ = self._schema.names  # which need not be UTF-8
        except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise OptionError(f"{name}: no Parquet table ({error})") from error
        self._column = column or self._find()
        if self._column not in self._schema.names:
            raise OptionError(f"{name}: there is no column {column!r}; there are {', '.join(self._schema.names)}")
        kind = self._schema.field(self._column).type
        if not (self._is_text(kind) or self._is_bytes(kind)):
            raise OptionError(f"{name}: column {self._column!r} holds {kind}, neither paths nor bytes of pictures")
        self.holds_bytes = self._is_bytes(kind)

    def paths(self) -> Iterator[str]:
        """Yield the paths of all rows that have one; raises OptionError where the table is damaged."""
        with self._named():
            for batch in self._table.iter_batches(columns=[self._column]):
                yield from filter(None, batch.column(0).to_pylist())

    def group_sizes(self) -> list[int]:
        """Return the number of rows of each row group."""
        metadata = self._table.metadata
        return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]

    def pictures(self, group: int) -> Iterator[tuple[str, bytes | None]]:
        """Yield the name and the bytes of each picture of a row group.

        A picture without a name is called after the table and its row, from 0: ``shard.parquet#17``.

        Raises:
            OptionError: the table is damaged.
        """
        row = sum(self.group_sizes()[:group])
        names = self._first(NAME_COLUMNS, self._is_text)
        columns = [self._column, *([names] if names else [])]
        with self._named():
            for batch in self._table.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=columns):
                for record in batch.to_pylist():
                    name = record[names] if names else None
                    content = record[self._column]
                    if isinstance(content, dict):
                        name, content = content.get("path") or name, content["bytes"]
                    yield name or f"{self._name}#{row}", content
                    row += 1

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._table.close(force=True)

    def __enter__(self) -> SourceTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            with reading_parquet():
                yield
        except ValueError as error:
            raise OptionError(f"{self._name}: the table is damaged ({error})") from error

    def _find(self) -> str:
        found = self._first(BYTES_COLUMNS, self._is_bytes) or self._first(PATH_COLUMNS, self._is_text)
        texts = [field.name for field in self._schema if self._is_text(field.type)]
        if found is None and len(texts) == 1:
            found = texts[0]
        if found is None:
            names = ", ".join(self._schema.names)
            raise OptionError(f"{self._name}: name the column with paths or bytes of pictures: {names}")
        return found

    def _first(self, names: tuple[str, ...], fits: Any) -> str | None:
        fields = {name: self._schema.field(name) for name in names if name in self._schema.names}
        return next((name for name, field in fields.items() if fits(field.type)), None)

    def _is_text(self, kind: Any) -> bool:
        if self._types.is_dictionary(kind):
            kind = kind.value_type
        return bool(self._types.is_string(kind) or self._types.is_large_string(kind))

    def _is_bytes(self, kind: Any) -> bool:
        if self._types.is_struct(kind):
            index = kind.get_field_index("bytes")
            return index >= 0 and self._is_bytes(kind.field(index).type)
        return bool(self._types.is_binary(kind) or self._types.is_large_binary(kind))
