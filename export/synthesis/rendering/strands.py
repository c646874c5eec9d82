"""Drawing of hairs: lit polylines, blended front to back over a linear picture.

A hair is lit as a translucent cylinder (Kajiya and Kay 1989; Marschner et al. 2003): a diffuse term, a white highlight
shifted to the root, a coloured one shifted to the tip, and light that passes through from behind. Hairs shade each
other through a coarse voxel grid of their density, into which the solid head enters by its depth buffer.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.lighting import Illumination
from export.synthesis.mesh import NEAR, Floats, Strands
from export.synthesis.rendering.camera import Camera
from export.synthesis.rendering.hair_volume import HairVolume

DEPTH_BUCKETS = 512
FINITE_OR_NOT = {"reassoc", "contract", "arcp", "nsz"}  # fast arithmetic that keeps infinite depths


def draw_strands(
    image: Floats,
    depth: Floats,
    strands: Strands,
    camera: Camera,
    scale: int,
    light: Illumination,
    seed: int,
) -> Floats:
    """Blend hairs into a picture; they shade each other.

    Args:
        image: (S, S, 3) float32 linear RGB, supersampled by ``scale``; changed in place.
        depth: (S, S) float32 decimetres from the camera, infinite where nothing is; changed in place: where hair covers
            more than half of a pixel its depth becomes the hair's.
        strands: hairs in the camera frame.
        camera: of the picture.
        scale: supersampling factor.
        light: key lights and surroundings.
        seed: of the small differences between hairs, which break up the highlights.

    Returns:
        (S, S) float32 0..1, the share of each pixel that hair covers.

    Raises:
        ValueError: when the buffers differ in size.
    """
    if image.shape[:2] != depth.shape:
        raise ValueError(f"image {image.shape} and depth {depth.shape} differ: give buffers of one size")
    coverage = np.zeros(depth.shape, np.float32)
    n, k = strands.points.shape[:2]
    if n == 0:
        return coverage
    points = np.ascontiguousarray(strands.points, np.float32).reshape(-1, 3)
    pixels, z = camera.project(points, scale)
    volume = HairVolume(strands, depth, camera, scale)
    fields = [volume.transmittance(key.direction) for key in light.keys]
    direct = np.array([volume.look_up(field, points) for field in fields], np.float32).reshape(-1, n, k)
    ambient = light.ambient(volume.normals(points)) * (0.12 + 0.88 * volume.look_up(volume.sky(), points)[:, None])
    jitter = np.random.default_rng(seed).normal(0, 1, (n, 2)).astype(np.float32)
    colours = _shade(
        points.reshape(n, k, 3),
        strands.colour,
        jitter,
        np.float32(strands.gloss),
        (camera.target + np.array([0, 0, camera.distance])).astype(np.float32),
        np.array([key.direction for key in light.keys], np.float32).reshape(-1, 3),
        np.array([key.colour for key in light.keys], np.float32).reshape(-1, 3),
        direct,
        ambient.astype(np.float32).reshape(n, k, 3),
    )
    size = (strands.width[:, None] * np.float32(camera.focal * scale) / z.reshape(n, k)).astype(np.float32)
    rows = _segments(pixels.reshape(n, k, 2), z.reshape(n, k), size, strands.opacity, colours)
    _blend(rows, _front_to_back(rows[:, 4]), image, depth, coverage)
    return coverage


@njit(cache=True, fastmath=True)
def _shade(points, colour, jitter, gloss, eye, directions, colours, direct, ambient):  # type: ignore[no-untyped-def]
    """Compute the radiance (N, K, 3) of every point: ambient and key lights on a translucent cylinder."""
    n, k = points.shape[:2]
    out = np.empty((n, k, 3), np.float32)
    for i in range(n):
        for j in range(k):
            a, b = max(j - 1, 0), min(j + 1, k - 1)
            tx, ty, tz = (
                points[i, b, 0] - points[i, a, 0],
                points[i, b, 1] - points[i, a, 1],
                points[i, b, 2] - points[i, a, 2],
            )
            s = 1.0 / (np.sqrt(tx * tx + ty * ty + tz * tz) + 1e-9)
            tx, ty, tz = tx * s, ty * s, tz * s
            vx, vy, vz = eye[0] - points[i, j, 0], eye[1] - points[i, j, 1], eye[2] - points[i, j, 2]
            s = 1.0 / (np.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9)
            vx, vy, vz = vx * s, vy * s, vz * s
            view = min(max(tx * vx + ty * vy + tz * vz, -1.0), 1.0)
            outgoing = np.arcsin(view)
            # roots are closer together than the grid resolves
            deep = 0.6 + 0.4 * min(1.0, 3.0 * j / (k - 1))
            for c in range(3):
                out[i, j, c] = colour[i, c] * ambient[i, j, c] * deep
            for m in range(directions.shape[0]):
                lx, ly, lz = directions[m, 0], directions[m, 1], directions[m, 2]
                along = min(max(tx * lx + ty * ly + tz * lz, -1.0), 1.0)
                across = np.sqrt(1 - along * along)
                half = 0.5 * (np.arcsin(along) + outgoing)
                first = np.exp(-0.5 * ((half + 0.06 + 0.05 * jitter[i, 0]) / 0.10) ** 2)
                second = np.exp(-0.5 * ((half - 0.11 + 0.08 * jitter[i, 1]) / 0.20) ** 2)
                # cosine of the angle between light and view around the hair
                around = (lx * vx + ly * vy + lz * vz - along * view) / (across * np.sqrt(1 - view * view) + 1e-4)
                facing = 0.5 + 0.5 * min(max(around, -1.0), 1.0)
                through = (1 - facing) ** 4
                lit = direct[m, i, j] * deep
                for c in range(3):
                    tint = np.sqrt(colour[i, c])
                    out[i, j, c] += (
                        colours[m, c]
                        * lit
                        * (
                            colour[i, c] * across * (0.35 + 0.65 * facing)
                            + gloss * 0.14 * first * facing
                            + gloss * 0.7 * second * facing * tint * (0.06 + colour[i, c])
                            + 0.5 * lit * through * across * tint * colour[i, c]
                        )
                    )
    return out


@njit(cache=True, fastmath=True)
def _segments(pixels, depth, size, opacity, colours):  # type: ignore[no-untyped-def]
    """List the hairs' pieces.

    Rows are x0, y0, x1, y1, depth, half width 0, half width 1, alpha 0, alpha 1, RGB 0, RGB 1.
    """
    n, k = depth.shape
    rows = np.empty((n * (k - 1), 15), np.float32)
    r = 0
    for i in range(n):
        for j in range(k - 1):
            rows[r, 0:2] = pixels[i, j]
            rows[r, 2:4] = pixels[i, j + 1]
            rows[r, 4] = 0.5 * (depth[i, j] + depth[i, j + 1])
            for e in range(2):
                t = (j + e) / (k - 1)
                width = size[i, j + e] * (1 - 0.75 * t * t)
                # a hair thinner than a pixel is a pixel wide and lets more through
                rows[r, 5 + e] = 0.5 * max(width, 1.0)
                rows[r, 7 + e] = opacity[i] * min(width, 1.0) * (1 - 0.6 * t**3)
            rows[r, 9:12] = colours[i, j]
            rows[r, 12:15] = colours[i, j + 1]
            r += 1
    return rows


def _front_to_back(depth: Floats) -> NDArray[np.int64]:
    """Order the rows from the nearest to the farthest, exact to a bucket."""
    low, high = float(depth.min()), float(depth.max())
    bucket = ((depth - low) * ((DEPTH_BUCKETS - 1) / max(high - low, 1e-6))).astype(np.uint16)
    return np.argsort(bucket, kind="stable")


@njit(cache=True, fastmath=FINITE_OR_NOT)
def _blend(rows, order, image, depth, coverage):  # type: ignore[no-untyped-def]
    """Draw the pieces with soft edges. Ends are cut square, so that pieces of one hair do not overlap."""
    height, width = depth.shape
    colour = np.zeros((height, width, 3), np.float32)
    hair_depth = np.full((height, width), np.inf, np.float32)
    for r in order:
        x0, y0, x1, y1, z = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3], rows[r, 4]
        half = max(rows[r, 5], rows[r, 6]) + 0.5
        left, right = max(int(np.ceil(min(x0, x1) - half)), 0), min(int(np.floor(max(x0, x1) + half)), width - 1)
        top, bottom = max(int(np.ceil(min(y0, y1) - half)), 0), min(int(np.floor(max(y0, y1) + half)), height - 1)
        if left > right or top > bottom or z < NEAR:
            continue
        # most pieces of thick hair lie wholly behind others
        if left > 0 and right < width - 1 and top > 0 and bottom < height - 1:
            a, b = coverage[int(y0 + 0.5), int(x0 + 0.5)], coverage[int(y1 + 0.5), int(x1 + 0.5)]
            c = coverage[int((y0 + y1 + 1) / 2), int((x0 + x1 + 1) / 2)]
            if min(a, b, c) > 0.98:
                continue
        ux, uy = x1 - x0, y1 - y0
        if ux == 0 and uy == 0:  # seen end on, or pulled together under a hat
            continue
        length = np.sqrt(ux * ux + uy * uy) + 1e-6
        ux, uy = ux / length, uy / length
        # along the longer side, line by line, only the pixels near the hair
        steep = abs(uy) >= abs(ux)
        slope = ux / uy if steep else uy / (ux + 1e-12)
        reach = half / max(abs(uy), abs(ux))
        for line in range(top if steep else left, (bottom if steep else right) + 1):
            middle = x0 + (line - y0) * slope if steep else y0 + (line - x0) * slope
            first = max(int(np.ceil(middle - reach)), left if steep else top)
            last = min(int(np.floor(middle + reach)), right if steep else bottom)
            for place in range(first, last + 1):
                y, x = (line, place) if steep else (place, line)
                clear = 1 - coverage[y, x]
                if clear < 0.02 or z > depth[y, x] + 0.01:
                    continue
                along = (x - x0) * ux + (y - y0) * uy
                # the share of the pixel between the two ends
                inside = min(along + 0.5, length) - max(along - 0.5, 0.0)
                if inside <= 0:
                    continue
                t = min(max(along / length, 0.0), 1.0)
                edge = rows[r, 5] + (rows[r, 6] - rows[r, 5]) * t + 0.5 - abs((y - y0) * ux - (x - x0) * uy)
                if edge <= 0:
                    continue
                alpha = (rows[r, 7] + (rows[r, 8] - rows[r, 7]) * t) * min(edge, 1.0) * min(inside, 1.0)
                for c in range(3):
                    value = rows[r, 9 + c] + (rows[r, 12 + c] - rows[r, 9 + c]) * t
                    colour[y, x, c] += clear * alpha * value
                coverage[y, x] += alpha * clear
                if coverage[y, x] > 0.5 and hair_depth[y, x] == np.inf:
                    hair_depth[y, x] = z
    for y in range(height):
        for x in range(width):
            if coverage[y, x] > 0:
                for c in range(3):
                    image[y, x, c] = image[y, x, c] * (1 - coverage[y, x]) + colour[y, x, c]
                depth[y, x] = min(depth[y, x], hair_depth[y, x])
