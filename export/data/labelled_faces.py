"""Photographs whose points come from teachers: the file of labels, written bit by bit, and its faces for training."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import PICTURES, evenly_spread
from export.data.contact_sheets import contact_sheet
from export.data.face_teachers import TaughtFace
from export.data.photographs import read_image
from runtime.media.files import replacing

OPEN_LICENSES = ("CC0", "CC BY 4.0", "public domain")
"""Licences of pictures that a network for products may learn from."""

AGREEMENT = 5.0
"""Disagreement of the teachers, in percent of the root of the area of the points' box, up to which a face is used."""

SURE = 0.6
"""Confidence of the network from which a face is used."""

HOLD_OUT = 20
"""One picture of so many, by a hash of its name, is kept for validation."""

SAVED_EVERY = 200
"""Faces between two writes of the file."""


@dataclass(frozen=True, slots=True)
class LabelOrigin:
    """Where labels come from, for the lineage of networks that learn from them.

    Attributes:
        pictures: name of the set of pictures (``"FairFace"``).
        license: their licence (``"CC BY 4.0"``).
        teachers: the teachers, in words.
    """

    pictures: str
    license: str
    teachers: str


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Labels of faces, also of those that are not used.

    Attributes:
        origin: where they come from.
        names: file names of the pictures.
        points: (N, 68, 3) float32 in picture pixels, z 0 at its mean; x and y are NaN where the mesh saw no face.
        disagreement: (N,) float32, :attr:`TaughtFace.disagreement`.
        confidence: (N,) float32 of the network, 0..1.
    """

    origin: LabelOrigin
    names: tuple[str, ...]
    points: NDArray[np.float32]
    disagreement: NDArray[np.float32]
    confidence: NDArray[np.float32]

    @property
    def used(self) -> NDArray[np.bool_]:
        """(N,) whether the teachers agree on the face and the network is sure of it."""
        return (self.disagreement <= AGREEMENT) & (self.confidence >= SURE)  # False for NaN


@dataclass(frozen=True, slots=True)
class LabelledFace:
    """A face whose points came from teachers; stands for a photograph wherever crops are cut.

    Attributes:
        path: picture, read at each access: tens of thousands do not fit into memory.
        points: (68, 3) float32 in picture pixels (centres at integers), z in the same unit, 0 at its mean.
    """

    path: Path
    points: NDArray[np.float32]

    @property
    def annotated(self) -> bool:
        """Always: the points are good enough to learn from."""
        return True

    @property
    def image(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 BGR."""
        return read_image(self.path)


def write_face_labels(
    folder: Path,
    out: Path,
    origin: LabelOrigin,
    teach: Callable[[NDArray[np.uint8]], TaughtFace],
    count: int | None = None,
    skipped: str = "",
) -> LabelTable:
    """Label the pictures of a folder in order of name; what ``out`` holds already is kept.

    Args:
        folder: pictures that one face fills each.
        out: ``.npz`` file, written every :data:`SAVED_EVERY` faces and at the end, also when it is interrupted.
        origin: what the file says of itself.
        teach: see :class:`~export.data.face_teachers.FaceTeachers`.
        count: pictures to label in total, those before included; all if None.
        skipped: beginning of the names of pictures that are left out; empty for none.

    Raises:
        FileNotFoundError: there is no picture.
        ValueError: ``out`` holds labels of another origin, or cannot be read.
    """
    names = sorted(path.name for path in folder.glob("*") if path.suffix.lower() in PICTURES)
    names = [name for name in names if not (skipped and name.startswith(skipped))][:count]
    if not names:
        raise FileNotFoundError(f"{folder}: no pictures to label")
    rows: dict[str, tuple[NDArray[np.float32], float, float]] = {}
    if out.exists():
        table = read_face_labels(out)
        if table.origin != origin:
            raise ValueError(f"{out}: labels of another origin, {table.origin}; delete it or choose another --out")
        rows = dict(zip(table.names, zip(table.points, table.disagreement, table.confidence, strict=True), strict=True))
    missing = [name for name in names if name not in rows]
    bar = tqdm(missing, initial=len(rows), total=len(rows) + len(missing), unit="face", mininterval=2)
    try:
        for number, name in enumerate(bar, start=1):
            face = teach(read_image(folder / name))
            rows[name] = (face.points, face.disagreement, face.confidence)
            if number % SAVED_EVERY == 0:
                _write(out, origin, rows)
    finally:
        _write(out, origin, rows)
    return read_face_labels(out)


def read_face_labels(path: Path) -> LabelTable:
    """Read a file of :func:`write_face_labels`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not such a file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no labels; `python -m export faces label` writes them")
    try:
        with np.load(path) as file:
            origin = LabelOrigin(*(str(file[key]) for key in ("pictures", "license", "teachers")))
            columns = [file[key] for key in ("points", "disagreement", "confidence")]
            return LabelTable(origin, tuple(file["names"].tolist()), *columns)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a file of `python -m export faces label` ({error})") from None


def load_labelled_faces(folder: Path, labels: Path) -> tuple[list[LabelledFace], list[LabelledFace]]:
    """Return the training and validation faces of a folder on which the teachers agree.

    Raises:
        FileNotFoundError: there are no labels, or no face is used.
        ValueError: the labels cannot be read.
    """
    table = read_face_labels(labels)
    training: list[LabelledFace] = []
    validation: list[LabelledFace] = []
    for name, points, used in zip(table.names, table.points, table.used, strict=True):
        if used:
            (validation if held_out(name) else training).append(LabelledFace(folder / name, points))
    if not training or not validation:
        raise FileNotFoundError(f"{labels}: only {table.used.sum()} of {len(table.names)} faces can be used")
    return training, validation


def held_out(name: str) -> bool:
    """Return whether a picture is kept for validation, by a hash of its name alone."""
    return zlib.crc32(name.encode()) % HOLD_OUT == 0


def draw_face_labels(folder: Path, table: LabelTable, count: int, columns: int = 10) -> NDArray[np.uint8]:
    """Draw ``count`` faces, evenly spread, with their points: green where they are used, red where they are not."""
    shown: list[NDArray[np.uint8]] = []
    for index in evenly_spread(range(len(table.names)), count):
        picture = read_image(folder / table.names[index])
        zoom = 224 / max(picture.shape[:2])
        page = cv2.resize(picture, (224, 224), interpolation=cv2.INTER_AREA)
        colour = (0, 255, 0) if table.used[index] else (0, 0, 255)
        for x, y in np.nan_to_num(table.points[index, :, :2]) * zoom:
            cv2.circle(page, (round(float(x)), round(float(y))), 1, colour, -1)
        text = f"{table.disagreement[index]:.1f}"
        cv2.putText(page, text, (2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
        shown.append(page)  # type: ignore[arg-type]
    return contact_sheet(shown, columns, 224)


def _write(path: Path, origin: LabelOrigin, rows: dict[str, tuple[NDArray[np.float32], float, float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    points, disagreement, confidence = zip(*rows.values(), strict=True) if rows else ((), (), ())
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            pictures=origin.pictures,
            license=origin.license,
            teachers=origin.teachers,
            names=np.array(list(rows), dtype=str),
            points=np.array(points, np.float32).reshape(-1, 68, 3),
            disagreement=np.array(disagreement, np.float32),
            confidence=np.array(confidence, np.float32),
        )
