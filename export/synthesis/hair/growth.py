"""Growth of hairs: from roots along a combing direction, under gravity, outside the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.hair.follicles import Follicles, Roots, nearest_vertex
from export.synthesis.mesh import Floats

NAPE = 7.0  # height on the rest head below which hair hangs free of the skull and may touch the shoulders
CLOTHES, CLOTH = 6.0, 0.06  # height below which the body is dressed, and room for the cloth


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of each of N hairs; lengths in decimetres, rates per decimetre of hair.

    Attributes:
        comb: (N, 3) float32, direction along the skin that it is combed to.
        length: (N,) float32.
        lift: (N,) float32 0 (flat on the skin) .. 1 (straight out), at the root.
        hold: (N,) float32, how strongly it turns to the combing direction.
        reach: (N,) float32, length after which the combing has faded.
        gravity: (N,) float32, how strongly it turns down.
        cling: (N,) float32, how strongly it keeps to the skin (slicked hair).
        layer: (N,) float32, distance that it keeps from the skin.
        hem: (N,) float32, height at which scissors cut it.
        veil: (N,) bool, whether it may hang over the face (fringes).
    """

    comb: Floats
    length: Floats
    lift: Floats
    hold: Floats
    reach: Floats
    gravity: Floats
    cling: Floats
    layer: Floats
    hem: Floats
    veil: NDArray[np.bool_]


def grow(follicles: Follicles, vertices: Floats, normals: Floats, roots: Roots, growth: Growth, points: int) -> Floats:
    """Grow hairs from their roots, outside the skin of a head.

    Args:
        follicles: skin that hairs grow from.
        vertices: (V, 3) float32 vertices of the head.
        normals: (V, 3) float32 unit normals.
        roots: N roots.
        growth: how each hair grows.
        points: points of a hair.

    Returns:
        (N, points, 3) float32 paths.
    """
    shoulders = _shoulder_starts(follicles.rest)
    return _integrate(
        roots.position,
        roots.normal,
        roots.vertex,
        growth.comb,
        growth.length,
        growth.lift,
        growth.hold,
        growth.reach,
        growth.gravity,
        growth.cling,
        growth.layer,
        growth.hem,
        growth.veil,
        points,
        vertices,
        normals,
        follicles.neighbours,
        follicles.rest,
        shoulders,
    )


def _shoulder_starts(rest: Floats) -> NDArray[np.int32]:
    """Find the vertices on the slopes of the right and the left shoulder from which walks along them start."""
    return np.array([np.argmin(((rest - [x, 5.75, 0.0]) ** 2).sum(axis=1)) for x in (-1.0, 1.0)], np.int32)


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"})  # heights of hems may be infinite
def _integrate(  # type: ignore[no-untyped-def]
    position, normal, vertex, comb, length, lift, hold, reach, gravity, cling, layer, hem, veil, k,
    vertices, normals, neighbours, rest, shoulders,
):  # fmt: skip
    n = position.shape[0]
    out = np.empty((n, k, 3), np.float32)
    path = np.empty((k, 3), np.float32)
    for i in range(n):
        step = length[i] / (k - 1)
        px, py, pz = position[i, 0], position[i, 1], position[i, 2]
        up = lift[i]
        dx = normal[i, 0] * up + comb[i, 0] * (1 - up)
        dy = normal[i, 1] * up + comb[i, 1] * (1 - up)
        dz = normal[i, 2] * up + comb[i, 2] * (1 - up)
        near = vertex[i]
        low = shoulders[0] if px < 0 else shoulders[1]
        path[0, 0], path[0, 1], path[0, 2] = px, py, pz
        last = k - 1.0
        for j in range(1, k):
            s = step * j
            combed = hold[i] * np.exp(-s / reach[i]) * step
            dx += comb[i, 0] * combed
            dy += comb[i, 1] * combed - gravity[i] * step
            dz += comb[i, 2] * combed
            scale = 1.0 / (np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9)
            dx, dy, dz = dx * scale, dy * scale, dz * scale
            qx, qy, qz = px + dx * step, py + dy * step, pz + dz * step
            near = nearest_vertex(qx, qy, qz, near, vertices, neighbours)
            margin = 0.006 + layer[i] * min(1.0, s / (layer[i] * 2 + 0.02))
            for surface in range(2):
                v = near
                if surface == 1:
                    if rest[near, 1] > NAPE:
                        break
                    low = nearest_vertex(qx, qy, qz, low, vertices, neighbours)
                    v = low
                nx, ny, nz = normals[v, 0], normals[v, 1], normals[v, 2]
                ox, oy, oz = qx - vertices[v, 0], qy - vertices[v, 1], qz - vertices[v, 2]
                out_of = ox * nx + oy * ny + oz * nz
                if rest[v, 1] < CLOTHES:
                    out_of -= CLOTH
                # a tangent plane approximates the skin only near its vertex
                if out_of < margin and ox * ox + oy * oy + oz * oz < 0.16:
                    rise = min(margin - out_of, 0.9 * step + 0.02)  # softly, where skins meet
                    qx, qy, qz = qx + nx * rise, qy + ny * rise, qz + nz * rise
                    into = dx * nx + dy * ny + dz * nz
                    if into < 0:
                        dx, dy, dz = dx - nx * into, dy - ny * into, dz - nz * into
                elif surface == 0 and out_of < 0.5 + margin and rest[near, 1] > NAPE:
                    pull = min(cling[i] * (out_of - margin) * 8.0, 1.0) * min(step * 12, 0.5)
                    dx, dy, dz = dx - nx * pull, dy - ny * pull, dz - nz * pull
            stop = qy < hem[i]
            if not veil[i]:
                # hair over the face is swept aside, and cut where it would cover the features
                rx, ry, rz = rest[near, 0], rest[near, 1], rest[near, 2]
                if rz > 0.8 and ry < 7.95 and ry > 6.0:
                    side = 1.0 if rx > 0 else -1.0
                    sweep = (6.0 if abs(rx) < 0.6 else 3.0) * step
                    dx, dz = dx + side * sweep, dz - sweep
                    stop = stop or (abs(rx) < 0.47 and ry < 7.6 and ry > 6.35)
            # the actual step, after collisions
            mx, my, mz = qx - px, qy - py, qz - pz
            gone = np.sqrt(mx * mx + my * my + mz * mz) + 1e-9
            dx, dy, dz = 0.5 * dx + 0.5 * mx / gone, 0.5 * dy + 0.5 * my / gone, 0.5 * dz + 0.5 * mz / gone
            px, py, pz = qx, qy, qz
            path[j, 0], path[j, 1], path[j, 2] = px, py, pz
            if stop:
                last = float(j)
                break
        for j in range(k):
            at = last * j / (k - 1)
            a = min(int(at), k - 2)
            t = at - a
            b = min(a + 1, int(last))
            for c in range(3):
                out[i, j, c] = path[a, c] + (path[b, c] - path[a, c]) * t
    return out
