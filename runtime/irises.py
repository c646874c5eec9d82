"""Irises of a face: where they are, how large, and where the eyes look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.face_rows import IRIS_COLUMNS, number

SIDES = ("right", "left")


@dataclass(frozen=True, slots=True)
class Iris:
    """One iris in the image.

    Attributes:
        x, y: centre in image pixels (pixel centres at integers).
        diameter: in image pixels.

    Raises:
        OptionError: a value is no number.
    """

    x: float
    y: float
    diameter: float

    def __post_init__(self) -> None:
        for name in ("x", "y", "diameter"):
            if not is_number(getattr(self, name)):
                raise OptionError(f"{name}={getattr(self, name)!r}: a number of pixels is needed")


@dataclass(frozen=True, slots=True)
class Irises:
    """Both irises of a face, and the direction in which its eyes look. For closed eyes they are a guess.

    Attributes:
        right, left: of the person's own right and left eye.
        gaze_yaw: degrees, as ``Pose.yaw`` counts them: 0 towards the camera, positive towards the right side of the
            image. NaN where the head's pose is.
        gaze_pitch: degrees, positive upwards.

    Raises:
        OptionError: a value is none of its kind.
    """

    right: Iris
    left: Iris
    gaze_yaw: float
    gaze_pitch: float

    def __post_init__(self) -> None:
        for side in SIDES:
            if not isinstance(getattr(self, side), Iris):
                raise OptionError(f"{side}={getattr(self, side)!r}: an Iris(x, y, diameter) is needed")
        for name in ("gaze_yaw", "gaze_pitch"):
            if not is_number(getattr(self, name)) or math.isinf(getattr(self, name)):
                raise OptionError(f"{name}={getattr(self, name)!r}: a number of degrees is needed, or NaN")

    @property
    def diameter(self) -> float:
        """Mean of both diameters, in image pixels."""
        return (self.right.diameter + self.left.diameter) / 2

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, ready for JSON; angles are None where there are none."""
        eyes = {side: getattr(self, side) for side in SIDES}
        return {
            **{
                side: {name: round(getattr(eye, name), 3) for name in ("x", "y", "diameter")}
                for side, eye in eyes.items()
            },
            "gaze": {
                name: None if math.isnan(angle) else round(angle, 2)
                for name, angle in (("yaw", self.gaze_yaw), ("pitch", self.gaze_pitch))
            },
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Irises:
        """Make irises of what :meth:`to_dict` gave.

        Raises:
            OptionError: an entry is missing, or holds no number.
        """
        try:
            right, left = (
                Iris(*(number(name, values[side][name]) for name in ("x", "y", "diameter"))) for side in SIDES
            )
            gaze = [values["gaze"][name] for name in ("yaw", "pitch")]
        except (KeyError, TypeError) as error:
            raise OptionError(f"irises: none as to_dict gives them ({error!r})") from error
        yaw, pitch = (math.nan if angle is None else number("gaze", angle) for angle in gaze)
        return cls(right, left, yaw, pitch)

    def to_row(self) -> dict[str, float]:
        """Return the columns of a table: ``iris_right_x`` and so on, unrounded."""
        values = [getattr(getattr(self, side), name) for side in SIDES for name in ("x", "y", "diameter")]
        columns = [column.name for column in IRIS_COLUMNS]
        return dict(zip(columns, (*values, self.gaze_yaw, self.gaze_pitch), strict=True))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Irises | None:
        """Make irises of a row of a table; None where it has none.

        Raises:
            OptionError: a column holds no number.
        """
        names = [column.name for column in IRIS_COLUMNS]
        # tables write what is absent as nothing, and NaN where a library reads it as a number
        given = [row.get(name) for name in names]
        if any(value is None or value == "" for value in given[:6]):
            return None
        values = [
            math.nan if value in (None, "") else number(name, value) for name, value in zip(names, given, strict=True)
        ]
        if any(map(math.isnan, values[:6])):
            return None
        return cls(Iris(*values[:3]), Iris(*values[3:6]), values[6], values[7])
