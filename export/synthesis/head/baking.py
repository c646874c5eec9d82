"""Processing of MakeHuman's files into assets: the smooth mesh of a head, its points, masks and occlusion; a hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from export.synthesis.head.makehuman import BASE_VERTICES, GROUPS, BaseMesh, Group, Targets, read_body, vertex_mask
from export.synthesis.landmarks import build_point_table, inner_ends, slide_curves
from export.synthesis.mesh import Floats, catmull_clark, subdivide_corners, vertex_normals, vertex_occlusion

Arrays = dict[str, NDArray[np.generic]]

MASKS = ("lips", "face", "eyelids", "ears", "inside-mouth")

_LOWEST, _WIDEST = 4.6, 2.4  # the body down to the upper chest, out to the shoulders; decimetres
_ELBOW, _WRIST = np.array([3.129, 3.493, 0.132]), np.array([4.312, 2.452, 1.757])
_FOREARM = 0.35  # the share of the forearm, from the elbow, that is cut off the hand


def bake(data: Path) -> Arrays:
    """Compute everything that ``assets`` keeps.

    Args:
        data: folder of ``makehuman.data_folder``.

    Returns:
        Arrays by the names of their attributes; those of the hand start with ``hand_``.
    """
    mesh, targets = read_body(data)
    rest = mesh.points.copy()
    for name, (rows, displacement) in targets.items():
        if name.endswith("young-averagemuscle-averageweight"):
            rest[rows] += displacement / 2  # women and men
        elif name.startswith("macro/") and name.endswith("-young"):
            rest[rows] += displacement / 6  # of three ancestries each
    return _head(data, mesh, targets, rest) | _hand(data, mesh, rest)


def _head(data: Path, mesh: BaseMesh, targets: Targets, rest: NDArray[np.float64]) -> Arrays:
    points, faces = mesh.points, mesh.faces
    group = np.array([GROUPS.get(name, -1) for name in mesh.names], np.int8)
    body = group == Group.BODY
    inside = (points[faces, 1].min(axis=1) > _LOWEST) & (np.abs(points[faces, 0]).max(axis=1) < _WIDEST)
    keep = (group >= 0) & (inside | ~body)
    group = group[keep]
    used, local_of, faces = _compact(faces[keep])
    control = rest[used].astype(np.float32)

    # eyeballs are spheres and lashes thin strips: smoothing would shrink them
    smooth = ~np.isin(group, (Group.LEFT_EYE, Group.RIGHT_EYE, Group.LASHES))
    refinement, finer = catmull_clark(faces[smooth], len(control))
    quads = np.concatenate([finer, faces[~smooth]])
    corners = mesh.texture[mesh.face_texture[keep]].astype(np.float32)
    triangles, uv = _triangles(quads, np.concatenate([subdivide_corners(corners[smooth]), corners[~smooth]]))
    group = np.repeat(np.concatenate([np.repeat(group[smooth], 4), group[~smooth]]), 2)
    vertices = (refinement @ control).astype(np.float32)

    base_index = np.full(len(vertices), -1, np.int32)
    base_index[: len(used)] = used
    kept: Targets = {}
    for name, (rows, displacement) in targets.items():
        local = local_of[rows]
        moved = (local >= 0) & (np.abs(displacement).max(axis=1) > 1e-5)
        kept[name] = (local[moved], displacement[moved])
    mirror = cKDTree(vertices).query(vertices * [-1, 1, 1])[1].astype(np.int32)
    solid = triangles[group != Group.LASHES]
    return {
        "base": points[used].astype(np.float32),
        "control": control,
        "vertices": vertices,
        "triangles": triangles,
        "group": group,
        "uv": uv,
        "base_index": base_index,
        "local_of": local_of,
        "mirror": mirror,
        "occlusion": vertex_occlusion(vertices, solid, vertex_normals(vertices, triangles)),
        "refinement_data": refinement.data,
        "refinement_indices": refinement.indices,
        "refinement_indptr": refinement.indptr,
        "target_names": np.array(list(kept)),
        "target_bounds": np.cumsum([0, *(len(rows) for rows, _ in kept.values())]),
        "target_rows": np.concatenate([rows for rows, _ in kept.values()]),
        "target_displacements": np.concatenate([displacement for _, displacement in kept.values()]),
        **_points(vertices, triangles[group == Group.BODY], local_of, mirror),
        **{f"mask_{name}": vertex_mask(data, name, triangles, uv, len(vertices)) for name in MASKS},
    }


def _points(
    vertices: Floats, triangles: NDArray[np.int32], local_of: NDArray[np.int32], mirror: NDArray[np.int32]
) -> Arrays:
    point_rows, point_weights = build_point_table(local_of, mirror)
    points = (vertices[point_rows] * point_weights[..., None]).sum(axis=1)
    front = triangles[vertices[triangles, 2].min(axis=1) > 0]
    rows, weights = slide_curves(vertices, front, points[:9], inner_ends(points))
    rows[:, 0], weights[:, 0] = np.pad(point_rows[:9], ((0, 0), (0, 1))), np.pad(point_weights[:9], ((0, 0), (0, 1)))
    return {
        "point_rows": point_rows,
        "point_weights": point_weights,
        "outline_rows": np.concatenate([rows, mirror[rows[7::-1]]]),
        "outline_weights": np.concatenate([weights, weights[7::-1]]),
    }


def _hand(data: Path, mesh: BaseMesh, points: NDArray[np.float64]) -> Arrays:
    along = (points - _ELBOW) @ (_WRIST - _ELBOW) / ((_WRIST - _ELBOW) @ (_WRIST - _ELBOW))
    keep = (
        (mesh.names == "body") & (along[mesh.faces].min(axis=1) > _FOREARM) & (points[mesh.faces, 0].min(axis=1) > 2.6)
    )
    used, _, faces = _compact(mesh.faces[keep])
    refinement, finer = catmull_clark(faces, len(used))
    triangles, uv = _triangles(finer, subdivide_corners(mesh.texture[mesh.face_texture[keep]].astype(np.float32)))
    vertices = (refinement @ points[used].astype(np.float32)).astype(np.float32)
    return {
        "hand_vertices": vertices,
        "hand_triangles": triangles,
        "hand_normals": vertex_normals(vertices, triangles),
        "hand_uv": uv,
        "hand_nails": vertex_mask(data, "fingernails", triangles, uv, len(vertices)),
    }


def _compact(faces: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Renumber the vertices that faces use.

    Returns:
        The base vertices in use, the row of every base vertex among them (or -1), and the faces in those rows.
    """
    used = np.unique(faces)
    local_of = np.full(BASE_VERTICES, -1, np.int32)
    local_of[used] = np.arange(len(used), dtype=np.int32)
    return used, local_of, local_of[faces]


def _triangles(quads: NDArray[np.int32], corners: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Cut quads (Q, 4) and their texture coordinates (Q, 4, 2) into triangles (2 Q, 3) and (2 Q, 3, 2)."""
    cut = [[0, 1, 2], [0, 2, 3]]
    return quads[:, cut].reshape(-1, 3).astype(np.int32), corners[:, cut].reshape(-1, 3, 2).astype(np.float32)
