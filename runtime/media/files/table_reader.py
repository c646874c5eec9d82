"""Tables of faces read back: JSON, JSON Lines, CSV and Parquet give the same rows."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import OptionError
from runtime.face_rows import number
from runtime.faces import Face
from runtime.media.files.parquet_tables import import_pyarrow, reading_parquet


@dataclass(frozen=True, slots=True)
class TableRow:
    """A face of a table, and where it was found.

    Attributes:
        image: path of the image as it was given; None in tables of videos.
        frame: number of the frame, from 0; None in tables of images.
        time: seconds since the first frame; None in tables of images.
        index: number of the face in its image or frame, from 0.
        face: with its ``track``, where faces were followed.
    """

    image: str | None
    frame: int | None
    time: float | None
    index: int
    face: Face


def read_table(path: str | os.PathLike[str]) -> list[TableRow]:
    """Read a table of faces that this package wrote: ``.json``, ``.jsonl``, ``.csv`` or ``.parquet``.

    JSON and CSV have rounded numbers (0.001 pixels, 0.01 degrees, 0.0001 of scores): what is read is what the file has,
    and writes the same file again. Parquet has the numbers of the faces themselves. Images and frames without a face
    have no row.

    Raises:
        OptionError: the name ends otherwise, or the file is no such table; the message names the place.
        DependencyError: Parquet is to be read, and pyarrow is not installed.
        OSError: the file cannot be read.

    Example:
        >>> for row in read_table("faces.csv"):
        ...     print(row.image, row.face.pose)
    """
    file = Path(path)
    readers = {".json": _json_rows, ".jsonl": _json_rows, ".csv": _csv_rows, ".parquet": _parquet_rows}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise OptionError(f"{file}: a table that ends in {', '.join(readers)} is needed")
    rows: list[TableRow] = []
    try:
        rows.extend(reader(file))
    except (KeyError, TypeError, ValueError) as error:
        remark = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise OptionError(f"{file}: no table of faces, after {len(rows)} faces: {remark}") from error
    return rows


def _json_rows(file: Path) -> Iterator[TableRow]:
    text = file.read_text(encoding="utf-8")
    records = json.loads(text) if text.lstrip().startswith("[") else map(json.loads, text.splitlines())
    for record in records:
        for index, face in enumerate(record["faces"]):
            yield _row(record, index, Face.from_dict(face))


def _csv_rows(file: Path) -> Iterator[TableRow]:
    with open(file, newline="", encoding="utf-8") as lines:
        for record in csv.DictReader(lines):
            yield _row(record, int(record["face"]), Face.from_row(record))


def _parquet_rows(file: Path) -> Iterator[TableRow]:
    with reading_parquet(), import_pyarrow("pyarrow.parquet").ParquetFile(file) as table:
        for batch in table.iter_batches(batch_size=1000):
            for record in batch.to_pylist():
                yield _row(record, record["face"], Face.from_row(record))


def _row(record: Mapping[str, Any], index: int, face: Face) -> TableRow:
    if "image" in record:
        return TableRow(record["image"], None, None, index, face)
    return TableRow(None, int(number("frame", record["frame"])), number("time", record["time"]), index, face)
