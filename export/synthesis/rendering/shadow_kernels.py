"""Inner loops of shadows and occlusion (numba); :mod:`export.synthesis.rendering.shadows` explains them."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, fastmath=True)
def bounds(points):  # type: ignore[no-untyped-def]
    """Compute the least and greatest first two coordinates (2,), (2,) of points (N, 3)."""
    low, high = points[0, :2].copy(), points[0, :2].copy()
    for i in range(points.shape[0]):
        for k in range(2):
            low[k] = min(low[k], points[i, k])
            high[k] = max(high[k], points[i, k])
    return low, high


@njit(cache=True, fastmath=True)
def raise_triangles(height, local, triangles, origin, texel):  # type: ignore[no-untyped-def]
    """Raise the height map (R, R) to the triangles."""
    size = height.shape[0]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = (local[a, 0] - origin[0]) / texel, (local[a, 1] - origin[1]) / texel
        bx, by = (local[b, 0] - origin[0]) / texel, (local[b, 1] - origin[1]) / texel
        cx, cy = (local[c, 0] - origin[0]) / texel, (local[c, 1] - origin[1]) / texel
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < np.float32(1e-9):
            continue
        first_x, last_x = max(math.ceil(min(ax, bx, cx)), 0), min(math.floor(max(ax, bx, cx)), size - 1)
        first_y, last_y = max(math.ceil(min(ay, by, cy)), 0), min(math.floor(max(ay, by, cy)), size - 1)
        za, zb, zc = local[a, 2], local[b, 2], local[c, 2]
        for y in range(first_y, last_y + 1):
            for x in range(first_x, last_x + 1):
                wb = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
                wc = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
                if wb < -1e-4 or wc < -1e-4 or wb + wc > 1.0001:
                    continue
                height[y, x] = max(height[y, x], za + wb * (zb - za) + wc * (zc - za))


@njit(cache=True, fastmath=True)
def raise_hairs(height, hairs, origin, texel):  # type: ignore[no-untyped-def]
    """Raise the height map to hairs (N, K, 3), a texel wide."""
    size = height.shape[0]
    for n in range(hairs.shape[0]):
        for k in range(hairs.shape[1] - 1):
            dx, dy = hairs[n, k + 1, 0] - hairs[n, k, 0], hairs[n, k + 1, 1] - hairs[n, k, 1]
            dz = hairs[n, k + 1, 2] - hairs[n, k, 2]
            steps = int(max(abs(dx), abs(dy)) / texel) + 1
            for s in range(steps):
                part = (s + np.float32(0.5)) / steps
                x = int((hairs[n, k, 0] + part * dx - origin[0]) / texel + np.float32(0.5))
                y = int((hairs[n, k, 1] + part * dy - origin[1]) / texel + np.float32(0.5))
                if 0 <= x < size and 0 <= y < size:
                    height[y, x] = max(height[y, x], hairs[n, k, 2] + part * dz)


@njit(cache=True, fastmath=True)
def thicken(layers, height, hairs, width, origin, texel, layer):  # type: ignore[no-untyped-def]
    """Add the hairs' optical depth to the layers (R, R, LAYERS) that end below each hair."""
    size = height.shape[0]
    for n in range(hairs.shape[0]):
        for k in range(hairs.shape[1] - 1):
            dx, dy = hairs[n, k + 1, 0] - hairs[n, k, 0], hairs[n, k + 1, 1] - hairs[n, k, 1]
            dz = hairs[n, k + 1, 2] - hairs[n, k, 2]
            length = math.sqrt(dx * dx + dy * dy)
            steps = int(max(abs(dx), abs(dy)) / texel) + 1
            taper = 1 - np.float32(0.6) * k / hairs.shape[1]
            cover = width[n] * taper * length / steps / (texel * texel)
            for s in range(steps):
                part = (s + np.float32(0.5)) / steps
                x = int((hairs[n, k, 0] + part * dx - origin[0]) / texel + np.float32(0.5))
                y = int((hairs[n, k, 1] + part * dy - origin[1]) / texel + np.float32(0.5))
                if 0 <= x < size and 0 <= y < size:
                    below = height[y, x] - (hairs[n, k, 2] + part * dz)
                    for band in range(layers.shape[2]):
                        if below <= layer * (1 << band) or band == layers.shape[2] - 1:
                            layers[y, x, band] += cover


@njit(cache=True, fastmath=True)
def _hash(row, seed):  # type: ignore[no-untyped-def]
    """Hash two integers to a number 0..1."""
    h = np.uint32(row) * np.uint32(747796405) + np.uint32(seed) * np.uint32(2891336453) + np.uint32(1)
    h = ((h >> ((h >> np.uint32(28)) + np.uint32(4))) ^ h) * np.uint32(277803737)
    return np.float32((h >> np.uint32(22)) ^ h) / np.float32(4294967296.0)


@njit(cache=True, fastmath=True)
def soft_visibility(local, tilt, origin, texel, height, hair_height, hair, layer, softness, disc, seed):  # type: ignore[no-untyped-def]
    """Compute the share (N,) of a light that arrives at points (N, 3), see ``ShadowMap.visibility``."""
    count, size, taps = local.shape[0], height.shape[0], disc.shape[0]
    out = np.empty(count, np.float32)
    one, zero = np.float32(1), np.float32(0)
    widest = min(np.float32(1.2) * softness, np.float32(0.5))
    for i in range(count):
        angle = _hash(i, seed) * np.float32(2 * math.pi)
        sine, cosine = math.sin(angle), math.cos(angle)
        # slope of the receiver's plane towards the light, along right and up
        facing = tilt[i, 2]
        if facing < np.float32(-0.45):
            out[i] = zero
            continue
        steep = max(abs(facing), np.float32(0.3))
        rise_x, rise_y = -tilt[i, 0] / steep, -tilt[i, 1] / steep
        if facing <= zero:
            rise_x, rise_y = zero, zero
        # at and past the terminator the surface curves away under itself: diffuse falls off there by itself
        bias = np.float32(1.2) * texel + np.float32(0.008) + np.float32(0.06) * max(np.float32(0.25) - facing, zero)
        z = local[i, 2] + bias
        x, y = (local[i, 0] - origin[0]) / texel, (local[i, 1] - origin[1]) / texel
        # mean distance of the blockers
        above, hits, seen = zero, 0, 0
        search = max(widest, np.float32(2.5) * texel)
        for t in range(0, taps, 2):
            ox = (disc[t, 0] * cosine - disc[t, 1] * sine) * search
            oy = (disc[t, 0] * sine + disc[t, 1] * cosine) * search
            column, row = int(x + ox / texel + np.float32(0.5)), int(y + oy / texel + np.float32(0.5))
            if 0 <= column < size and 0 <= row < size:
                ground = z + rise_x * ox + rise_y * oy
                if hair_height[row, column] > ground:
                    seen += 1
                gap = height[row, column] - (ground + np.float32(0.1) * search)
                # a blocker counts only if a light of this size could be hidden by it here
                if gap > zero and gap * softness + np.float32(2.5) * texel > math.sqrt(ox * ox + oy * oy) * np.float32(
                    0.9
                ):
                    above += gap
                    hits += 1
        if hits == 0 and seen == 0:
            out[i] = one
            continue
        if 2 * hits >= taps:
            out[i] = zero
            continue
        radius = np.float32(1.5) * texel
        if hits > 0:
            radius = max(radius, min(above / hits * softness, np.float32(0.5)))
        blocked, weight, depth = zero, zero, zero
        for t in range(taps):
            ox = (disc[t, 0] * cosine - disc[t, 1] * sine) * radius
            oy = (disc[t, 0] * sine + disc[t, 1] * cosine) * radius
            column, row = int(x + ox / texel + np.float32(0.5)), int(y + oy / texel + np.float32(0.5))
            weight += one
            if column < 0 or row < 0 or column >= size or row >= size:
                continue
            ground = z + rise_x * ox + rise_y * oy
            if height[row, column] > ground + np.float32(0.15) * radius:
                blocked += one
            below = hair_height[row, column] - ground
            if below > zero:
                # optical depth between the layers' ends, linear
                start, last = zero, zero
                for band in range(hair.shape[2]):
                    end = layer * (1 << band)
                    value = hair[row, column, band]
                    if below <= end or band == hair.shape[2] - 1:
                        depth += last + (value - last) * min((below - start) / (end - start), one)
                        break
                    start, last = end, value
        out[i] = (one - blocked / weight) * math.exp(-depth / weight)
    return out


@njit(cache=True, fastmath=True)
def occlude(depth, footprint, reach, radius, seed):  # type: ignore[no-untyped-def]
    """Compute ambient visibility (R, C) from a depth picture by horizon sampling, unsmoothed."""
    rows, columns = depth.shape
    out = np.ones((rows, columns), np.float32)
    for r in range(rows):
        for c in range(columns):
            here = depth[r, c]
            if not here < np.float32(1e6):
                continue
            turn = _hash(r * columns + c, seed) * np.float32(math.pi)
            total = np.float32(0)
            for ray in range(4):
                angle = turn + ray * np.float32(math.pi / 2)
                dx, dy = math.cos(angle), math.sin(angle)
                highest = np.float32(0)
                for step in range(1, 5):
                    # steps are denser near the pixel
                    away = radius * np.float32(step * step) / np.float32(16) + np.float32(1)
                    x, y = int(c + dx * away + np.float32(0.5)), int(r + dy * away + np.float32(0.5))
                    if x < 0 or y < 0 or x >= columns or y >= rows:
                        break
                    rise = here - depth[y, x]
                    flat = away * footprint
                    if rise <= np.float32(0) or rise > 4 * reach:
                        continue
                    distance = math.sqrt(rise * rise + flat * flat)
                    fade = max(np.float32(1) - distance / (np.float32(2) * reach), np.float32(0))
                    highest = max(highest, (rise / distance - np.float32(0.25)) * fade)
                total += highest
            out[r, c] = max(np.float32(1) - total / np.float32(4) * np.float32(1.2), np.float32(0))
    return out


@njit(cache=True, fastmath=True)
def smooth_within(values, depth, tolerance):  # type: ignore[no-untyped-def]
    """Average over 5 x 5 pixels of about the same depth."""
    rows, columns = depth.shape
    out = np.ones((rows, columns), np.float32)
    for r in range(rows):
        for c in range(columns):
            here = depth[r, c]
            if not here < np.float32(1e6):
                continue
            total, weight = np.float32(0), np.float32(0)
            for y in range(max(r - 2, 0), min(r + 3, rows)):
                for x in range(max(c - 2, 0), min(c + 3, columns)):
                    if abs(depth[y, x] - here) < tolerance:
                        total += values[y, x]
                        weight += np.float32(1)
            out[r, c] = total / weight
    return out
