"""Light of a scene: photographed surroundings mostly; else studio, sun, window, flash, back light, dusk or neon."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from export.synthesis.lighting.environment import (
    LUMINANCE,
    Environments,
    KeyLight,
    directions,
    extract_keys,
    harmonics_basis,
    irradiance_harmonics,
    turn,
)
from export.synthesis.lighting.reflection import mip_stack, reflect
from export.synthesis.mesh import Floats

OUTDOORS = ("city", "dawn", "forest", "park", "sky", "sunrise", "sunset", "venice")
INDOORS = ("apartment", "bridge", "esplanade", "hall", "lab", "lobby", "studio", "warehouse", "workshop")
# Set-ups and how often photographs of people have them.
KINDS = {
    "environment": 0.58,
    "window": 0.1,
    "sun": 0.09,
    "studio": 0.08,
    "flash": 0.06,
    "back": 0.04,
    "dim": 0.03,
    "neon": 0.02,
}


@dataclass(frozen=True, slots=True)
class Illumination:
    """All light of a scene, camera frame, linear RGB.

    Attributes:
        kind: the set-up, one of ``KINDS``.
        harmonics: (9, 3) ambient irradiance over pi, without the key lights.
        keys: lights that cast shadows, strongest first.
        mirror: (43680, 3) mip stack of the surroundings without the key lights.
        panorama: (256, 512, 3) the surroundings with everything: what the camera may see behind the head.
    """

    kind: str
    harmonics: Floats
    keys: tuple[KeyLight, ...]
    mirror: Floats
    panorama: Floats

    def ambient(self, normals: Floats) -> Floats:
        """Light (N, 3) on white matt surfaces with unit normals (N, 3), key lights left out."""
        return np.maximum(harmonics_basis(normals) @ self.harmonics, 0.15 * self.harmonics[0]).astype(np.float32)

    def reflect(self, vectors: Floats, roughness: float = 0.0) -> Floats:
        """Radiance (N, 3) that arrives from unit vectors (N, 3), blurred for a surface of this roughness."""
        return reflect(self.mirror, np.ascontiguousarray(vectors, np.float32), roughness)


def sample_illumination(rng: np.random.Generator, environments: Environments) -> Illumination:
    """Light under which a face can be seen: a white face turned to the camera has a luminance of about 1.

    Only "dim" is darker. The colour of the light is mostly taken out, as a camera's white balance does.
    """
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    panorama, added = SETUPS[kind](rng, environments)
    spots, rest = extract_keys(panorama, 3 - min(len(added), 2))
    keys = sorted((*added, *spots), key=lambda key: -float(key.colour @ LUMINANCE))
    harmonics = irradiance_harmonics(rest)
    gain = _exposure(rng, kind, harmonics, keys)
    return Illumination(
        kind,
        harmonics * gain,
        tuple(KeyLight(key.direction, key.colour * gain, key.softness) for key in keys),
        mip_stack(rest) * gain,
        panorama * gain,
    )


def _exposure(rng: np.random.Generator, kind: str, harmonics: Floats, keys: list[KeyLight]) -> Floats:
    """Gain (3,) that makes a face bright enough and takes most of the colour out of the light."""
    normals = np.array([[0, 0, 1], [0.6, 0.2, 0.77], [-0.6, 0.2, 0.77], [0, 0.5, 0.87]], np.float32)
    faces = np.maximum(harmonics_basis(normals) @ harmonics, 0.02)
    for key in keys:
        faces = faces + np.maximum(normals @ key.direction, 0)[:, None] * key.colour
    # where the light is bright is what is exposed for
    colour = faces.mean(axis=0) * 0.6 + faces.max(axis=0) * 0.4
    level = float(colour @ LUMINANCE)
    balance = 0.3 if kind == "neon" else float(rng.uniform(0.6, 1.0))
    wanted = 0.35 if kind == "dim" else 1.0
    return ((level / colour) ** balance * wanted / level).astype(np.float32)


def _pick(rng: np.random.Generator, environments: Environments, names: tuple[str, ...]) -> Floats:
    """One of the named panoramas, turned at random; more often than not so that the face is towards the light."""
    source = environments.panorama(str(rng.choice(names)))
    front = np.maximum(directions(32)[..., 2], 0).mean(axis=0)
    columns = (np.minimum(source[4::8, 4::8], 20) @ LUMINANCE).mean(axis=0)
    yaws = rng.uniform(-180, 180, 3)
    lit = [float(np.roll(columns, round(yaw / 360 * 64)) @ front) for yaw in yaws]
    yaw = yaws[int(np.argmax(lit))] if rng.random() < 0.6 else yaws[0]
    tilt = float(rng.normal(0, 4)) if rng.random() < 0.3 else 0.0
    return turn(source, float(yaw), tilt, bool(rng.random() < 0.5))


def _key(rng: np.random.Generator, azimuth: float, elevation: float, level: float, softness: float) -> KeyLight:
    """A light at degrees to the image's right and above, nearly white, warm or cool."""
    a, e = math.radians(azimuth), math.radians(elevation)
    vector = np.array([math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)], np.float32)
    warmth = float(rng.normal(0.03, 0.1))
    return KeyLight(vector, (level * np.exp([warmth, 0, -warmth])).astype(np.float32), softness)


def _side(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]))


Setup = tuple[Floats, tuple[KeyLight, ...]]


def _environment(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, environments.names)
    if rng.random() < 0.15:  # light of two places: a window here, lamps there
        lamps, _ = extract_keys(_pick(rng, environments, INDOORS), 1)
        return panorama, lamps
    return panorama, ()


def _window(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, INDOORS)
    level = float(rng.uniform(0.5, 2.0)) * _mean(panorama)
    key = _key(rng, _side(rng) * rng.uniform(25, 100), rng.uniform(0, 30), level * 2, rng.uniform(0.3, 0.6))
    return panorama * np.float32(rng.uniform(0.3, 0.8)), (key,)


def _sun(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, ("city", "dawn", "sunset", "venice", "forest", "bridge"))
    level = float(rng.uniform(1.0, 4.0)) * _mean(panorama)
    return panorama, (_key(rng, rng.normal(0, 65), rng.uniform(15, 70), level, 0.012),)


def _studio(rng: np.random.Generator, environments: Environments) -> Setup:
    shade = float(rng.choice([0.05, 0.3, 0.7])) * np.exp(rng.normal(0, 0.05, 3))
    height = directions(256)[..., 1:2]
    panorama = (shade * (1 + 0.5 * height)).astype(np.float32)
    side = _side(rng)
    keys = [_key(rng, side * rng.uniform(15, 60), rng.uniform(10, 50), 1.0, rng.uniform(0.15, 0.5))]
    if rng.random() < 0.7:
        keys.append(_key(rng, -side * rng.uniform(20, 70), rng.uniform(-5, 30), rng.uniform(0.15, 0.6), 0.5))
    if rng.random() < 0.5:
        keys.append(_key(rng, -side * rng.uniform(120, 160), rng.uniform(10, 50), rng.uniform(0.4, 1.5), 0.2))
    return panorama, tuple(keys)


def _flash(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, environments.names)
    level = float(rng.uniform(1.0, 5.0)) * _mean(panorama)
    return panorama, (_key(rng, rng.normal(0, 5), rng.uniform(0, 14), level, float(rng.choice([0.015, 0.08]))),)


def _back(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, OUTDOORS)
    level = float(rng.uniform(2.0, 6.0)) * _mean(panorama)
    azimuth = _side(rng) * rng.uniform(115, 170)
    return panorama, (_key(rng, azimuth, rng.uniform(5, 50), level, rng.uniform(0.01, 0.15)),)


def _dim(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, ("night", "lobby", "apartment", "dawn", "warehouse"))
    level = float(rng.uniform(0.5, 2.0)) * _mean(panorama)
    key = _key(rng, rng.normal(0, 60), rng.uniform(-20, 60), level, rng.uniform(0.05, 0.3))
    return panorama * np.float32(0.6), (key,)


def _neon(rng: np.random.Generator, environments: Environments) -> Setup:
    panorama = _pick(rng, environments, ("night", "esplanade", "hall", "warehouse"))
    base = _mean(panorama)
    hues = np.array([[1, 0.15, 0.5], [0.2, 0.4, 1], [0.6, 0.15, 1], [0.1, 0.9, 0.8], [1, 0.45, 0.1]], np.float32)
    side = _side(rng)
    keys = []
    for hue, azimuth in zip(hues[rng.permutation(5)[:2]], (side * 50, -side * rng.uniform(40, 110)), strict=True):
        white = _key(rng, float(azimuth), rng.uniform(-10, 40), base * rng.uniform(0.8, 2.0), 0.3)
        keys.append(KeyLight(white.direction, white.colour * hue, white.softness))
    return panorama * np.float32(0.4), tuple(keys)


def _mean(panorama: Floats) -> float:
    """Typical luminance that an ambient surface gets, bright spots capped."""
    return float(np.minimum(panorama[8:192:8, ::8], 4).mean()) + 0.02


SETUPS: dict[str, Callable[[np.random.Generator, Environments], Setup]] = {
    "environment": _environment,
    "window": _window,
    "sun": _sun,
    "studio": _studio,
    "flash": _flash,
    "back": _back,
    "dim": _dim,
    "neon": _neon,
}
