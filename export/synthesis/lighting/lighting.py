"""The light of a scene: ambient light, key lights and mirrored surroundings, exposed for the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.synthesis.lighting.environment import (
    LUMINANCE,
    Environments,
    KeyLight,
    extract_keys,
    harmonics_basis,
    irradiance_harmonics,
)
from export.synthesis.lighting.light_setups import LIGHT_ODDS, SETUPS, LightKind
from export.synthesis.lighting.reflection import mip_stack, reflect
from export.synthesis.mesh import Floats


@dataclass(frozen=True, slots=True)
class Illumination:
    """All light of a scene, camera frame, linear RGB.

    Attributes:
        kind: the set-up.
        harmonics: (9, 3) ambient irradiance over pi, without the key lights.
        keys: lights that cast shadows, strongest first.
        mirror: (43680, 3) mip stack of the surroundings without the key lights.
        panorama: (256, 512, 3) the complete surroundings, which the camera may see behind the head.
    """

    kind: LightKind
    harmonics: Floats
    keys: tuple[KeyLight, ...]
    mirror: Floats
    panorama: Floats

    def ambient(self, normals: Floats) -> Floats:
        """Compute the light (N, 3) on white matt surfaces with unit normals (N, 3), key lights left out."""
        return np.maximum(harmonics_basis(normals) @ self.harmonics, 0.15 * self.harmonics[0]).astype(np.float32)

    def reflect(self, vectors: Floats, roughness: float = 0.0) -> Floats:
        """Look up the mirrored surroundings.

        Args:
            vectors: (N, 3) unit vectors that light arrives from.
            roughness: GGX roughness of the surface that blurs them.

        Returns:
            (N, 3) radiance.
        """
        return reflect(self.mirror, np.ascontiguousarray(vectors, np.float32), roughness)


def sample_illumination(rng: np.random.Generator, environments: Environments) -> Illumination:
    """Sample light under which a face can be seen: a white face turned to the camera has a luminance of about 1.

    Only dim light is darker. The colour of the light is mostly taken out, as a camera's white balance does.

    Args:
        rng: random numbers.
        environments: the stored panoramas.
    """
    kind = LIGHT_ODDS.sample(rng)
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


def _exposure(rng: np.random.Generator, kind: LightKind, harmonics: Floats, keys: list[KeyLight]) -> Floats:
    """Compute the gain (3,) that makes a face bright enough and takes most of the colour out of the light."""
    normals = np.array([[0, 0, 1], [0.6, 0.2, 0.77], [-0.6, 0.2, 0.77], [0, 0.5, 0.87]], np.float32)
    faces = np.maximum(harmonics_basis(normals) @ harmonics, 0.02)
    for key in keys:
        faces = faces + np.maximum(normals @ key.direction, 0)[:, None] * key.colour
    # expose partly for the brightest direction
    colour = faces.mean(axis=0) * 0.6 + faces.max(axis=0) * 0.4
    level = float(colour @ LUMINANCE)
    balance = 0.3 if kind == LightKind.NEON else float(rng.uniform(0.6, 1.0))
    wanted = 0.35 if kind == LightKind.DIM else 1.0
    return ((level / colour) ** balance * wanted / level).astype(np.float32)
