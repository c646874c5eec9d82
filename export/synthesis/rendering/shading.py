"""Reflection of light by surfaces: diffuse light that spreads below skin, GGX highlights, mirrored surroundings."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from export.synthesis.lighting import Illumination, level_of, look_up
from export.synthesis.mesh import Floats, Material


def shade(
    position: Floats,
    normal: Floats,
    material: Material,
    eye: Floats,
    light: Illumination,
    visibility: Floats,
) -> Floats:
    """Compute the radiance of surfaces towards the camera.

    Diffuse light wraps round the terminator, red furthest, where ``scatter`` is set, as in pre-integrated skin (Penner,
    SIGGRAPH 2011). Occlusion dims ambient light less where the surface itself is bright and coloured (Jimenez et al.,
    "Practical Realtime Strategies for Accurate Indirect Occlusion", 2016). Highlights are GGX (Walter et al., EGSR
    2007), two lobes on skin; surroundings are mirrored with Karis's fit of the split sum (2014).

    Args:
        position: (N, 3) points, camera frame, decimetres.
        normal: (N, 3) unit normals without bumps: red light under the skin does not see pores.
        material: the surfaces.
        eye: (3,) the camera's place, camera frame: ``camera.target + (0, 0, camera.distance)``.
        light: the light.
        visibility: (K, N) 0..1, a row for each of ``light.keys``.

    Returns:
        (N, 3) float32 linear RGB.

    Raises:
        ValueError: ``visibility`` has another shape.
    """
    expected = (len(light.keys), len(position))
    if visibility.shape != expected:
        raise ValueError(f"visibility has shape {visibility.shape}, not {expected}: give one row for each key light")
    keys = np.zeros((len(light.keys), 7), np.float32)
    for row, key in zip(keys, light.keys, strict=True):
        row[:3], row[3:6], row[6] = key.direction, key.colour, key.softness
    m = material
    numbers = np.stack([m.roughness, m.specular, m.scatter, m.occlusion], axis=1).astype(np.float32)
    colours = [np.ascontiguousarray(a, np.float32) for a in (position, normal, m.normal, m.albedo, m.glow)]
    return _shade(*colours, numbers, eye.astype(np.float32), light.harmonics, keys, visibility, light.mirror)  # type: ignore[call-arg]


@njit(cache=True, fastmath=True)
def _wrapped(cosine, width):  # type: ignore[no-untyped-def]
    """Compute max(cosine, 0) with a parabola of this half width in place of the kink."""
    if cosine >= width:
        return cosine
    if cosine <= -width:
        return np.float32(0)
    return (cosine + width) * (cosine + width) / (4 * width)


@njit(cache=True, fastmath=True)
def _open(ao, albedo):  # type: ignore[no-untyped-def]
    """Compute ambient visibility with the light that bounces within a crevice of this albedo."""
    a = np.float32(2.0404) * albedo - np.float32(0.3324)
    b = np.float32(-4.7951) * albedo + np.float32(0.6417)
    c = np.float32(2.7552) * albedo + np.float32(0.6903)
    return max(ao, ((ao * a + b) * ao + c) * ao)


@njit(cache=True, fastmath=True)
def _highlight(alpha, ndh, ndl, ndv):  # type: ignore[no-untyped-def]
    """Compute the GGX distribution times visibility (Smith, as approximated by Hammon 2017)."""
    a2 = alpha * alpha
    d = ndh * ndh * (a2 - 1) + 1
    spread = 2 * ndl * ndv * (1 - alpha) + alpha * (ndl + ndv)
    return a2 / (np.float32(math.pi) * d * d) * np.float32(0.5) / max(spread, np.float32(1e-3))


@njit(cache=True, fastmath=True)
def _shade(position, smooth, bumpy, albedo, glow, numbers, eye, harmonics, keys, visibility, mirror):  # type: ignore[no-untyped-def]
    count = position.shape[0]
    out = np.empty((count, 3), np.float32)
    # sine of the angle that light travels past the terminator in skin, and how far bumps are averaged, per channel
    wrap = np.array([0.28, 0.11, 0.07], np.float32)
    flatten = np.array([0.75, 0.45, 0.3], np.float32)
    n = np.empty(3, np.float32)
    one, zero = np.float32(1), np.float32(0)
    for i in range(count):
        roughness, specular, scatter, occlusion = numbers[i, 0], numbers[i, 1], numbers[i, 2], numbers[i, 3]
        vx, vy, vz = eye[0] - position[i, 0], eye[1] - position[i, 1], eye[2] - position[i, 2]
        length = one / math.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx * length, vy * length, vz * length
        nx, ny, nz = bumpy[i, 0], bumpy[i, 1], bumpy[i, 2]
        ndv = max(nx * vx + ny * vy + nz * vz, np.float32(0.02))
        # ambient, with the bumps half averaged
        k = np.float32(0.5) * scatter
        n[0], n[1], n[2] = nx + k * (smooth[i, 0] - nx), ny + k * (smooth[i, 1] - ny), nz + k * (smooth[i, 2] - nz)
        x, y, z = n[0], n[1], n[2]
        for c in range(3):
            linear = harmonics[0, c] + harmonics[1, c] * x + harmonics[2, c] * y + harmonics[3, c] * z
            square = harmonics[4, c] * x * y + harmonics[5, c] * y * z + harmonics[6, c] * (3 * z * z - 1)
            square += harmonics[7, c] * x * z + harmonics[8, c] * (x * x - y * y)
            ambient = max(linear + square, np.float32(0.15) * harmonics[0, c])
            out[i, c] = albedo[i, c] * ambient * _open(occlusion, albedo[i, c]) + glow[i, c]
        # mirrored surroundings; without specular reflectance there is no Fresnel reflection either
        edge = min(one, np.float32(50) * specular)
        # fine hair and flaking dull skin's grazing mirror
        edge *= one - np.float32(0.4) * scatter
        turn = 2 * (nx * vx + ny * vy + nz * vz)
        rx, ry, rz = turn * nx - vx, turn * ny - vy, turn * nz - vz
        red, green, blue = look_up(mirror, rx, ry, rz, level_of(roughness))
        fit = min((one - roughness) ** 2, np.float32(2.0) ** (np.float32(-9.28) * ndv)) * (one - roughness)
        fit += np.float32(0.0425) - np.float32(0.0275) * roughness
        first = np.float32(-1.04) * fit + np.float32(1.04) - np.float32(0.572) * roughness
        second = np.float32(1.04) * fit + np.float32(0.022) * roughness - np.float32(0.04)
        # a crevice occludes reflections more than diffuse light; at grazing angles the skin reflects itself
        mirrored = max(specular * first + edge * second, zero) * occlusion * min(one, occlusion + np.float32(0.4) * ndv)
        mirrored *= min(
            one, max(zero, one + np.float32(1.3) * (rx * smooth[i, 0] + ry * smooth[i, 1] + rz * smooth[i, 2]))
        )
        out[i, 0] += mirrored * red
        out[i, 1] += mirrored * green
        out[i, 2] += mirrored * blue
        for key in range(keys.shape[0]):
            lx, ly, lz, softness = keys[key, 0], keys[key, 1], keys[key, 2], keys[key, 6]
            shadow = visibility[key, i]
            if shadow <= zero:
                continue
            ndl = nx * lx + ny * ly + nz * lz
            smooth_ndl = smooth[i, 0] * lx + smooth[i, 1] * ly + smooth[i, 2] * lz
            spread = min(np.float32(0.5) * softness, np.float32(0.35)) + np.float32(0.01)
            if ndl < -spread - wrap[0] and smooth_ndl < -spread - wrap[0]:
                continue
            # in a penumbra on skin red light arrives from the lit side
            bleed = shadow + np.float32(0.35) * scatter * shadow * (one - shadow)
            for c in range(3):
                cosine = ndl + scatter * flatten[c] * (smooth_ndl - ndl)
                part = shadow if c > 0 else bleed
                out[i, c] += albedo[i, c] * keys[key, 3 + c] * part * _wrapped(cosine, spread + scatter * wrap[c])
            if ndl <= zero:
                continue
            hx, hy, hz = lx + vx, ly + vy, lz + vz
            inverse = one / math.sqrt(hx * hx + hy * hy + hz * hz + np.float32(1e-8))
            ndh = max((nx * hx + ny * hy + nz * hz) * inverse, zero)
            vdh = max((vx * hx + vy * hy + vz * hz) * inverse, zero)
            grazing = one - vdh
            fresnel = specular + (edge - specular) * grazing * grazing * grazing * grazing * grazing
            # a wide light widens the highlight
            alpha = min(max(roughness * roughness + np.float32(0.25) * softness, np.float32(0.03)), one)
            lobe = _highlight(alpha, ndh, ndl, ndv)
            if scatter > zero:
                tight = max(np.float32(0.4) * alpha, np.float32(0.03))
                lobe += np.float32(0.25) * scatter * (_highlight(tight, ndh, ndl, ndv) - lobe)
            lobe *= fresnel * ndl * shadow * np.float32(math.pi)
            for c in range(3):
                out[i, c] += keys[key, 3 + c] * lobe
    return out
