"""Folders of synthetic faces: pictures, 300-W annotations and one table, made on all cores and resumable."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.run_folders import remove_unfinished, writing_alone
from export.synthesis.dataset.files import write_npz
from export.synthesis.dataset.generators import Factory
from export.synthesis.dataset.workers import PARTS, FaceWriter, generate_faces, part_path, picture_path
from runtime.media.files import write_bytes

LABELS = "labels.npz"
SETTINGS = "settings.json"
FORMATS = ("jpg", "png")
ARRAYS = ("points2d", "points3d", "hidden", "pose", "box")

README = Path(__file__).with_name("readme_template.txt")
"""Template of the README.txt of a data set."""


def write_dataset(
    factory: Factory, count: int, seed: int, out: Path, workers: int | None = None, picture_format: str = "jpg"
) -> Path:
    """Write ``count`` faces to the folder ``out`` and return its table, ``out/labels.npz``.

    Existing faces are kept, so that a stopped run continues and a larger ``count`` extends a finished one. The bytes do
    not depend on ``workers`` (default: one per core), nor on interruptions.

    Raises:
        ValueError: the count or format is invalid, or ``out`` holds faces of another seed, size, format or version.
        OSError: another run is writing ``out``.
    """
    if count < 1:
        raise ValueError(f"count = {count}: at least 1 face is needed")
    if picture_format not in FORMATS:
        raise ValueError(f"format = {picture_format!r}; it is one of {', '.join(FORMATS)}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers = {workers}: at least 1 is needed")
    generator = factory()
    settings: dict[str, int | str] = {
        "seed": seed,
        "size": generator.size,
        "format": picture_format,
        "version": generator.version,
    }
    with writing_alone(out):
        _claim(out, settings)
        return _write(factory, count, settings, out, workers)


def _write(factory: Factory, count: int, settings: dict[str, int | str], out: Path, workers: int | None) -> Path:
    """Write the faces that are missing in a claimed folder, and its table."""
    picture_format = str(settings["format"])
    known = _read_rows(out / LABELS)
    total = max(count, len(known))
    missing = [index for index in range(count) if not _is_complete(out, index, picture_format, index < len(known))]
    if not missing and total == len(known):
        return out / LABELS
    (out / PARTS).mkdir(exist_ok=True)
    if missing:
        writer = FaceWriter(out, int(settings["seed"]), picture_format)
        workers = min(workers or os.cpu_count() or 1, len(missing))
        with tqdm(total=count, initial=count - len(missing), unit="image", smoothing=0.05) as bar:
            for _ in generate_faces(factory, writer, missing, workers):
                bar.update()
    rows = [known[index] if index < len(known) else _read_part(out, index) for index in range(total)]
    _write_table(out, rows, settings)
    return out / LABELS


def read_settings(folder: Path) -> dict[str, int | str]:
    """Read the settings that a folder's faces were made with: ``seed``, ``size``, ``format``, ``version``.

    Raises:
        FileNotFoundError: ``synthesize`` did not write this folder.
        ValueError: the file is not JSON.
    """
    path = folder / SETTINGS
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; `python -m export synthesize --out {folder}` writes it (photographs need NAME.pts "
            "beside them instead)"
        )
    try:
        return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error}); delete the folder and make it again") from None


def _claim(out: Path, settings: dict[str, int | str]) -> None:
    """Take an empty folder, or check that it was written by ``synthesize`` with the same settings."""
    path = out / SETTINGS
    if not path.exists():
        if any(out.glob("*.pts")):
            raise ValueError(f"{out}: holds annotated pictures that synthesize did not write; choose another --out")
        # a user's own README.txt, labels.npz or 000012.jpg would be replaced
        written = re.compile(rf"{LABELS}|README\.txt|{PARTS}|\d{{6}}\.({'|'.join(FORMATS)})", re.IGNORECASE)
        if taken := sorted(each.name for each in out.iterdir() if written.fullmatch(each.name)):
            raise ValueError(f"{out}: holds {taken[0]}, which was not written by synthesize; choose another --out")
        write_bytes(path, (json.dumps(settings, indent=2) + "\n").encode())
        return
    found = read_settings(out)
    for name, value in settings.items():
        if found.get(name) != value:
            raise ValueError(
                f"{out}: holds faces of {name} {found.get(name)!r}, not {value!r}; "
                "choose another --out, or delete the folder"
            )
    remove_unfinished(out)


def _is_complete(out: Path, index: int, picture_format: str, in_table: bool) -> bool:
    picture = picture_path(out, index, picture_format)
    labelled = in_table or part_path(out, index).exists()
    return labelled and picture.exists() and picture.with_suffix(".pts").exists()


def _read_part(out: Path, index: int) -> dict[str, NDArray[Any]]:
    with np.load(part_path(out, index)) as part:
        return dict(part)


def _read_rows(table: Path) -> list[dict[str, NDArray[Any]]]:
    if not table.exists():
        return []
    with np.load(table) as columns:
        read = {name: columns[name] for name in columns.files if columns[name].ndim}
    return [{name: column[index] for name, column in read.items()} for index in range(len(read["points2d"]))]


def _write_table(out: Path, rows: list[dict[str, NDArray[Any]]], settings: dict[str, int | str]) -> None:
    for index, row in enumerate(rows):
        if set(row) != set(rows[0]):
            raise ValueError(f"face {index} has other attributes than face 0: {sorted(set(row) ^ set(rows[0]))}")
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    scalars = {name: np.array(settings[name]) for name in ("seed", "version")}
    write_npz(out / LABELS, {**scalars, **columns})
    attributes = "\n  ".join(
        f"{name}  {column.shape} {'text' if column.dtype.kind == 'U' else column.dtype}"
        for name, column in columns.items()
        if name not in ARRAYS
    )
    write_bytes(
        out / "README.txt", README.read_text(encoding="utf-8").format(attributes=attributes, **settings).encode("utf-8")
    )
    for part in (out / PARTS).glob("*.npz"):
        part.unlink()
    (out / PARTS).rmdir()
