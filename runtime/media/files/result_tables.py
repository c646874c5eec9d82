"""Results on disk as JSON, JSON Lines and CSV, written as they come: an interrupted run keeps its work."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from runtime.errors import OptionError
from runtime.face_rows import FRAME_COLUMNS, IMAGE_COLUMNS, IRIS_COLUMNS, MEASURE_COLUMNS, VALUE_COLUMNS, Column
from runtime.faces import Face
from runtime.media.files.growing_file import GrowingFile


@dataclass(frozen=True, slots=True)
class ImageResult:
    """Result of one image of a run.

    Attributes:
        image: its path as given.
        width, height: in pixels; 0 if it could not be read.
        faces: the largest first, unless the predictor's ``order`` says otherwise.
        error: why there are none, or why there is no annotated copy; None if all went well.
    """

    image: str
    width: int = 0
    height: int = 0
    faces: list[Face] = field(default_factory=list)
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings and lists, ready for JSON."""
        return {
            "image": self.image,
            "width": self.width,
            "height": self.height,
            "faces": [face.to_dict() for face in self.faces],
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class VideoFrameResult:
    """Result of one frame of a video.

    Attributes:
        frame: its index, from 0.
        time: seconds since the first frame.
        faces: in the order of their tracks; as in a picture where they are not followed.
    """

    frame: int
    time: float
    faces: list[Face]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings and lists, ready for JSON."""
        return {
            "frame": self.frame,
            "time": round(self.time, 4),
            "faces": [face.to_dict() for face in self.faces],
        }


class _Writer:
    """A table that grows by a record at a time; a context manager."""

    def __init__(self, path: str | os.PathLike[str], start: str, end: str = "") -> None:
        self._file = GrowingFile(path, start, end)

    def close(self) -> None:
        """Close the file; closing twice is fine.

        Raises:
            OSError: another program replaced the file meanwhile.
        """
        self._file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JsonWriter(_Writer):
    """One JSON document, an array with one object per image. It is valid JSON after every ``write``.

    Example::

        with JsonWriter("faces.json") as writer:
            writer.write(ImageResult("photo.jpg", 512, 512, faces))
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Replace the file by one with an empty array; ``"-"`` is standard output.

        Raises:
            OSError: it cannot be created, or another run is writing it.
        """
        super().__init__(path, "[", "\n]\n")
        self._empty = True

    def write(self, result: ImageResult) -> None:
        """Append the result of one image.

        Raises:
            OSError: the disk is full or gone; the results before this one are kept.
        """
        self._file.append(("\n" if self._empty else ",\n") + _json(result))
        self._empty = False

    def __enter__(self) -> JsonWriter:
        return self


class JsonLinesWriter(_Writer):
    """JSON Lines (jsonlines.org): one object per line and frame."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Replace the file by an empty one; ``"-"`` is standard output.

        Raises:
            OSError: it cannot be created, or another run is writing it.
        """
        super().__init__(path, "")

    def write(self, result: VideoFrameResult) -> None:
        """Append the result of one frame.

        Raises:
            OSError: the disk is full or gone; the lines before this one are kept.
        """
        self._file.append(_json(result) + "\n")

    def __enter__(self) -> JsonLinesWriter:
        return self


class CsvWriter(_Writer):
    """A table with one row per face; images and frames without a face have no row.

    Columns: ``image`` or ``frame,time``, then ``face`` (from 0), for frames ``track`` (empty where faces are not
    followed), and those of :meth:`Face.to_row`, rounded as in JSON.
    """

    def __init__(
        self, path: str | os.PathLike[str], kind: type[ImageResult] | type[VideoFrameResult], *, irises: bool = False
    ) -> None:
        """Replace the file by one with the header.

        Args:
            path: where to; ``"-"`` is standard output.
            kind: the results to come, those of images or those of frames.
            irises: with the columns of irises, empty where a face has none.

        Raises:
            OptionError: ``kind`` is neither.
            OSError: it cannot be created, or another run is writing it.
        """
        if kind is not ImageResult and kind is not VideoFrameResult:
            raise OptionError(f"kind={kind!r}: ImageResult or VideoFrameResult is needed")
        self._irises = irises
        header = [column.name for column in table_columns(kind, irises)]
        super().__init__(path, _csv([header]))

    def write(self, result: ImageResult | VideoFrameResult) -> None:
        """Append the faces of one image or frame.

        Raises:
            OSError: the disk is full or gone; the rows before these are kept.
        """
        digits = [column.digits for column in table_columns(type(result), self._irises)]
        rows = [
            [
                value if places is None or value is None else round(value, places)
                for value, places in zip(row, digits, strict=True)
            ]
            for row in table_rows(result, self._irises)
        ]
        self._file.append(_csv(rows))

    def __enter__(self) -> CsvWriter:
        return self


def table_columns(kind: type[ImageResult] | type[VideoFrameResult], irises: bool = False) -> tuple[Column, ...]:
    """Return the columns of a table of images or of frames, with those of irises or without."""
    places = IMAGE_COLUMNS if kind is ImageResult else FRAME_COLUMNS
    return (*places, *VALUE_COLUMNS, *MEASURE_COLUMNS, *(IRIS_COLUMNS if irises else ()))


def table_rows(result: ImageResult | VideoFrameResult, irises: bool = False) -> list[list[Any]]:
    """Return a row for each face of an image or a frame, in the order of :func:`table_columns`, unrounded."""
    rows = []
    for index, face in enumerate(result.faces):
        row = face.to_row()
        track = row["track"]
        values = [row[column.name] for column in (*VALUE_COLUMNS, *MEASURE_COLUMNS)]
        if irises:
            values += [row.get(column.name) for column in IRIS_COLUMNS]
        if isinstance(result, ImageResult):
            rows.append([result.image, index, *values])
        else:
            rows.append([result.frame, result.time, index, track, *values])
    return rows


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json(result: ImageResult | VideoFrameResult) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
