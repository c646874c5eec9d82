"""Input types of the renderer: meshes, fragments, materials, strands, lenses.

Units are decimetres. The head frame has x to the subject's left, y up and z to the front; the camera frame has the same
axes after posing, so that x points to the image's right, y up and z towards the camera. Colours are linear RGB.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles that are drawn from both sides.

    Attributes:
        vertices: (V, 3) float32, decimetres, camera frame.
        triangles: (T, 3) int32.
        normals: (V, 3) float32 unit vectors, camera frame.
        attributes: (V, C) float32, interpolated for the part's material: texture coordinates, rest positions, masks.
    """

    vertices: Floats
    triangles: NDArray[np.int32]
    normals: Floats
    attributes: Floats


@dataclass(frozen=True, slots=True)
class Fragments:
    """The visible points of one part, one row each.

    Attributes:
        pixels: (N,) int64, flat index ``row * width + column`` into the supersampled picture.
        position: (N, 3) float32, camera frame.
        normal: (N, 3) float32 unit vectors, camera frame, turned towards the camera.
        triangle: (N,) int32, index into the part's own triangles.
        attributes: (N, C) float32, interpolated attributes of the mesh.
        footprint: decimetres that a supersampled pixel covers at the part's distance; finer detail would alias.
    """

    pixels: NDArray[np.int64]
    position: Floats
    normal: Floats
    triangle: NDArray[np.int32]
    attributes: Floats
    footprint: float


@dataclass(frozen=True, slots=True)
class Material:
    """Reflectance of fragments; N rows as in :class:`Fragments`.

    Attributes:
        albedo: (N, 3) linear RGB, 0..1.
        normal: (N, 3) shading normal, bumps included.
        roughness: (N,) GGX roughness (alpha = roughness squared), 0.03 (wet) .. 1 (matt).
        specular: (N,) reflectance at normal incidence; 0.028 for skin, 0.04 for most things.
        scatter: (N,) 0..1, how much light spreads below the surface (1 for skin).
        occlusion: (N,) 0..1 ambient visibility (1: open sky).
        glow: (N, 3) emitted light, such as a painted reflection; mostly zero.
    """

    albedo: Floats
    normal: Floats
    roughness: Floats
    specular: Floats
    scatter: Floats
    occlusion: Floats
    glow: Floats

    @staticmethod
    def plain(
        fragments: Fragments,
        albedo: Floats,
        roughness: float = 0.6,
        specular: float = 0.04,
        scatter: float = 0.0,
        occlusion: float = 1.0,
    ) -> Material:
        """Make a material that is the same everywhere but for its colour; normals are the interpolated ones.

        Args:
            fragments: the visible points.
            albedo: (3,) one colour, or (N, 3) one for each fragment.
            roughness: GGX roughness.
            specular: reflectance at normal incidence.
            scatter: how much light spreads below the surface, 0..1.
            occlusion: ambient visibility, 0..1.
        """
        n = len(fragments.pixels)
        row = np.ones(n, np.float32)
        return Material(
            np.broadcast_to(np.asarray(albedo, np.float32), (n, 3)).copy(),
            fragments.normal,
            row * roughness,
            row * specular,
            row * scatter,
            row * occlusion,
            np.zeros((n, 3), np.float32),
        )

    @staticmethod
    def concatenate(materials: list[Material]) -> Material:
        """Join the rows of several materials, one after another."""
        return Material(*(np.concatenate([getattr(m, f.name) for m in materials]) for f in fields(Material)))


class Part(Protocol):
    """An opaque part of the scene: skin, an eye, a collar, a hat, a hand."""

    @property
    def name(self) -> str:
        """Name for messages and tests: ``"skin"``, ``"eyes"``, ``"mask"``, ..."""
        ...

    @property
    def mesh(self) -> Mesh:
        """Posed triangles in the camera frame."""
        ...

    def material(self, fragments: Fragments) -> Material:
        """Compute the material of the part's visible points."""
        ...


class StrandKind(str, Enum):
    """Places where hairs grow."""

    HAIR = "hair"
    BEARD = "beard"
    BROWS = "brows"
    LASHES = "lashes"


@dataclass(frozen=True, slots=True)
class Strands:
    """Hairs as polylines, all with the same number of points.

    Attributes:
        kind: where they grow.
        points: (N, K, 3) float32, decimetres, camera frame, from the root to the tip.
        width: (N,) float32, decimetres at the root; hairs taper towards the tip.
        colour: (N, 3) float32 linear RGB.
        opacity: (N,) float32 0..1.
        gloss: strength of the highlights, 0 (dull) .. 1 (wet).
    """

    kind: StrandKind
    points: Floats
    width: Floats
    colour: Floats
    opacity: Floats
    gloss: float = 0.4


@dataclass(frozen=True, slots=True)
class Lens:
    """A thin pane in front of an eye.

    Attributes:
        mesh: posed triangles.
        transmission: (3,) share of light that passes, linear RGB; 1 is clear, 0.05 sunglasses.
        reflection: strength of the mirrored surroundings, 0..1.
    """

    mesh: Mesh
    transmission: Floats
    reflection: float
