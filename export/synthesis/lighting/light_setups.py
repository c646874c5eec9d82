"""Set-ups of light: photographed surroundings, and lamps, the sun or a flash in front of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

import numpy as np

from export.synthesis.lighting.environment import LUMINANCE, Environments, KeyLight, directions, extract_keys, turn
from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds

OUTDOORS = ("city", "dawn", "forest", "park", "sky", "sunrise", "sunset", "venice")


INDOORS = ("apartment", "bridge", "esplanade", "hall", "lab", "lobby", "studio", "warehouse", "workshop")


class LightKind(str, Enum):
    """Set-ups of light."""

    ENVIRONMENT = "environment"
    WINDOW = "window"
    SUN = "sun"
    STUDIO = "studio"
    FLASH = "flash"
    BACK = "back"
    DIM = "dim"
    NEON = "neon"


# how often photographs of people have each
LIGHT_ODDS = Odds(
    {
        LightKind.ENVIRONMENT: 0.58,
        LightKind.WINDOW: 0.1,
        LightKind.SUN: 0.09,
        LightKind.STUDIO: 0.08,
        LightKind.FLASH: 0.06,
        LightKind.BACK: 0.04,
        LightKind.DIM: 0.03,
        LightKind.NEON: 0.02,
    }
)


def _pick(rng: np.random.Generator, environments: Environments, names: tuple[str, ...]) -> Floats:
    """Pick and turn one of the named panoramas, more often than not so that the face is towards the light."""
    source = environments.panorama(str(rng.choice(names)))
    front = np.maximum(directions(32)[..., 2], 0).mean(axis=0)
    columns = (np.minimum(source[4::8, 4::8], 20) @ LUMINANCE).mean(axis=0)
    yaws = rng.uniform(-180, 180, 3)
    lit = [float(np.roll(columns, round(yaw / 360 * 64)) @ front) for yaw in yaws]
    yaw = yaws[int(np.argmax(lit))] if rng.random() < 0.6 else yaws[0]
    tilt = float(rng.normal(0, 4)) if rng.random() < 0.3 else 0.0
    return turn(source, float(yaw), tilt, bool(rng.random() < 0.5))


def _key(rng: np.random.Generator, azimuth: float, elevation: float, level: float, softness: float) -> KeyLight:
    """Make a light at degrees to the image's right and above, nearly white, warm or cool."""
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
    """Compute the typical luminance that an ambient surface gets, bright spots capped."""
    return float(np.minimum(panorama[8:192:8, ::8], 4).mean()) + 0.02


SETUPS: dict[LightKind, Callable[[np.random.Generator, Environments], Setup]] = {
    LightKind.ENVIRONMENT: _environment,
    LightKind.WINDOW: _window,
    LightKind.SUN: _sun,
    LightKind.STUDIO: _studio,
    LightKind.FLASH: _flash,
    LightKind.BACK: _back,
    LightKind.DIM: _dim,
    LightKind.NEON: _neon,
}
