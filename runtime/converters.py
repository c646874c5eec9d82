"""Faces in the types of other libraries, which are imported when a function is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from runtime.errors import OptionError
from runtime.face_rows import MEASURE_COLUMNS, VALUE_COLUMNS
from runtime.faces import Face
from runtime.optional import import_optional

if TYPE_CHECKING:
    import pandas
    import supervision


def to_supervision_detections(faces: Iterable[Face]) -> supervision.Detections:
    """Convert the faces of one image to ``supervision.Detections``.

    Args:
        faces: what a predictor found.

    Returns:
        ``xyxy`` the boxes (N, 4) float32, ``confidence`` that of the landmark network, ``class_id`` 0, ``tracker_id``
        the tracks where every face has one, and in ``data`` (N,) ``class_name`` ("face"), ``score``, ``yaw``, ``pitch``
        and ``roll`` in degrees.

    Raises:
        DependencyError: supervision is not installed.
        OptionError: ``faces`` are no faces.
    """
    library, found = _supervision(), _faces(faces)
    kind: type[supervision.Detections] = library.Detections
    if not found:
        return kind.empty()
    return kind(
        xyxy=np.stack([face.box for face in found]),
        confidence=np.array([face.confidence for face in found], np.float32),
        class_id=np.zeros(len(found), int),
        tracker_id=_tracks(found),
        data=_data(found) | {"class_name": np.array(["face"] * len(found))},
    )


def to_supervision_keypoints(faces: Iterable[Face]) -> supervision.KeyPoints:
    """Convert the faces of one image to ``supervision.KeyPoints``.

    Args:
        faces: what a predictor found.

    Returns:
        ``xy`` the points (N, 68, 2) float32, ``class_id`` 0, and in ``data`` (N,) ``face_confidence`` of the landmark
        network, ``score``, ``yaw``, ``pitch``, ``roll`` in degrees, and ``track`` where every face has one. Points have
        no confidence of their own.

    Raises:
        DependencyError: supervision is not installed.
        OptionError: ``faces`` are no faces.
    """
    library, found = _supervision(), _faces(faces)
    kind: type[supervision.KeyPoints] = library.KeyPoints
    if not found:
        return kind.empty()
    data = _data(found) | {"face_confidence": np.array([face.confidence for face in found], np.float32)}
    tracks = _tracks(found)
    if tracks is not None:
        data["track"] = tracks
    points = np.stack([face.landmarks[:, :2] for face in found])
    return kind(xy=points, class_id=np.zeros(len(found), int), data=data)


def to_pandas(faces: Iterable[Face]) -> pandas.DataFrame:
    """Convert faces to a ``pandas.DataFrame`` with a row for each.

    Args:
        faces: what a predictor found in one image, or faces of several.

    Returns:
        The columns of :meth:`Face.to_row`: ``track`` is Int64 and may be absent, box and points are float32, all else
        is float64. Whole tables are read by ``pandas.read_parquet`` and ``pandas.read_csv``.

    Raises:
        DependencyError: pandas is not installed.
        OptionError: ``faces`` are no faces.
    """
    library, found = import_optional("pandas", "to_pandas", "pandas"), _faces(faces)
    rows = [face.to_row() for face in found]
    types = {"track": "Int64"} | {column.name: column.type for column in (*VALUE_COLUMNS, *MEASURE_COLUMNS)}
    table: pandas.DataFrame = library.DataFrame(rows, columns=list(types)).astype(types)
    return table


def _supervision() -> Any:
    return import_optional("supervision", "The conversion", "supervision")


def _faces(given: Any) -> list[Face]:
    found = list(given) if isinstance(given, Iterable) else [given]
    for each in found:
        if not isinstance(each, Face):
            raise OptionError(f"faces: a list of Face is needed, as a predictor gives it, not of {type(each).__name__}")
    if isinstance(given, Face):
        raise OptionError("faces: a list of Face is needed; of one face [face]")
    return found


def _tracks(faces: list[Face]) -> Any:
    """Return the tracks (N,) int; None where a face has none, as supervision allows no gaps."""
    tracks = [face.track for face in faces]
    return None if None in tracks else np.array(tracks, int)


def _data(faces: list[Face]) -> dict[str, Any]:
    numbers = {name: [getattr(face.pose, name) for face in faces] for name in ("yaw", "pitch", "roll")}
    return {name: np.array(values) for name, values in ({"score": [face.score for face in faces]} | numbers).items()}
