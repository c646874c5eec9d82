"""Faces as flat rows: the columns of tables, their types and units, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.errors import OptionError

SCHEMA_VERSION = 1
"""Of the columns; raised when one changes its name or meaning, not when one is added."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of faces.

    Attributes:
        name: of the column.
        type: of its values in Parquet.
        digits: decimals in CSV and JSON; None for text and whole numbers.
        nullable: values may be absent.
    """

    name: str
    type: Literal["string", "int64", "float32", "float64"]
    digits: int | None = None
    nullable: bool = False


IMAGE_COLUMNS = (Column("image", "string"), Column("face", "int64"))
"""Where a row comes from: the path as given, and the number of the face in its image, from 0."""

FRAME_COLUMNS = (
    Column("frame", "int64"),
    Column("time", "float64", 4),
    Column("face", "int64"),
    Column("track", "int64", nullable=True),
)
"""Likewise for videos: number of the frame, from 0; seconds since the first frame; number of the face in its frame;
``Face.track``, absent where faces are not followed."""

BOX = ("left", "top", "right", "bottom")
ANGLES = ("yaw", "pitch", "roll")
AXES = "xyz"

VALUE_COLUMNS = (
    Column("score", "float64", 4),
    Column("confidence", "float64", 4),
    *(Column(name, "float32", 3) for name in BOX),
    *(Column(name, "float64", 2) for name in ANGLES),
    *(Column(f"{axis}{number}", "float32", 3) for number in range(68) for axis in AXES),
)
"""What is needed to make the face again: 0..1; image pixels; degrees; points in image pixels."""

MEASURE_COLUMNS = tuple(
    Column(name, "float64", 4)
    for name in (
        "eye_opening_right",
        "eye_opening_left",
        "mouth_opening",
        "mouth_width",
        "mouth_corner_lift",
        "brow_raise_right",
        "brow_raise_left",
    )
)
"""The fields of :class:`runtime.Measures`, which follow from the points."""

IRIS_COLUMNS = (
    *(
        Column(f"iris_{side}_{name}", "float64", 3, nullable=True)
        for side in ("right", "left")
        for name in ("x", "y", "diameter")
    ),
    Column("gaze_yaw", "float64", 2, nullable=True),
    Column("gaze_pitch", "float64", 2, nullable=True),
)
"""Of a predictor with ``irises=True``: image pixels and degrees; see :class:`runtime.Irises`."""


def row_values(
    box: NDArray[np.float32], score: float, confidence: float, angles: tuple[float, ...], points: NDArray[np.float32]
) -> dict[str, float]:
    """Return the values of :data:`VALUE_COLUMNS`, unrounded."""
    values = [float(score), float(confidence), *box.tolist(), *map(float, angles), *points.ravel().tolist()]
    return {column.name: value for column, value in zip(VALUE_COLUMNS, values, strict=True)}


def numbers_of(row: Mapping[str, Any]) -> tuple[NDArray[np.float64], int | None]:
    """Read a row: the values of :data:`VALUE_COLUMNS` as float64, and the track.

    Raises:
        OptionError: ``row`` is no mapping, a column is missing, or one holds no number.
    """
    if not isinstance(row, Mapping):
        raise OptionError(f"row={row!r:.60}: a mapping of columns to values is needed, as Face.to_row gives it")
    values = np.empty(len(VALUE_COLUMNS))
    for index, column in enumerate(VALUE_COLUMNS):
        if column.name not in row:
            raise OptionError(f"row: there is no column {column.name!r}")
        values[index] = number(column.name, row[column.name])
    return values, track_of(row.get("track"))


def number(name: str, value: Any) -> float:
    """Return a number, also of text; raises OptionError, which names the value, where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{name}={value!r:.60}: a number is needed") from error


def track_of(value: Any) -> int | None:
    """Return the number of a track; None for None, NaN and empty text, as tables write what is absent.

    Raises:
        OptionError: it is no whole number.
    """
    if value is None or value == "":
        return None
    found = number("track", value)
    if math.isnan(found):
        return None
    if not found.is_integer():
        raise OptionError(f"track={value!r}: a whole number is needed, or None")
    return int(found)
