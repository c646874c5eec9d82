"""Rendering of a scene to linear light: rasterise and shade the opaque parts, draw lenses and hair over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from export.synthesis.lighting import Illumination
from export.synthesis.mesh import (
    Floats,
    Fragments,
    Lens,
    Material,
    Mesh,
    Part,
    StrandKind,
    Strands,
    interpolate,
    rasterize,
)
from export.synthesis.rendering.camera import Camera
from export.synthesis.rendering.shading import shade
from export.synthesis.rendering.shadows import cast_shadows, screen_space_occlusion
from export.synthesis.rendering.strands import draw_strands

SUPERSAMPLING = 2
"""Supersampling factor of the picture in both directions."""

DARK_LENS = 0.3
"""A lens with a smaller transmission hides the points behind it."""


_BEHIND_LENSES = (StrandKind.BROWS, StrandKind.LASHES)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything in front of the camera, posed.

    Attributes:
        parts: opaque parts.
        strands: hairs; brows and lashes lie behind the lenses.
        lenses: panes in front of the eyes.
        camera: the camera.
        light: the light.
        background: (S, S, 3) float32 linear RGB, S = camera.size * SUPERSAMPLING.
    """

    parts: Sequence[Part]
    strands: Sequence[Strands]
    lenses: Sequence[Lens]
    camera: Camera
    light: Illumination
    background: Floats


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered scene.

    Attributes:
        image: (S, S, 3) float32 linear RGB.
        depth: (S, S) float32 decimetres to what hides the points behind it; infinite for the background.
        owner: (S, S) int16 index of the part seen, -1 for the background; hair and lenses do not count.
    """

    image: Floats
    depth: Floats
    owner: NDArray[np.int16]


def render(scene: Scene, rng: np.random.Generator) -> Rendering:
    """Draw a scene.

    Args:
        scene: everything in front of the camera.
        rng: random numbers of sampling patterns.
    """
    size = scene.camera.size * SUPERSAMPLING
    soup = _soup([part.mesh for part in scene.parts])
    pixels, depth = scene.camera.project(soup.vertices, SUPERSAMPLING)
    nearest, weights, buffer = rasterize(pixels, depth, soup.triangles, size, size)
    fragments, owner = _fragments(scene, soup, nearest, weights)
    seen = [item for item in fragments if len(item.pixels)]
    material = Material.concatenate(
        [part.material(item) for part, item in zip(scene.parts, fragments, strict=True) if len(item.pixels)]
    )
    pixels, position, normal = (
        np.concatenate([getattr(item, name) for item in seen]) for name in ("pixels", "position", "normal")
    )
    crevices = screen_space_occlusion(buffer, scene.camera.footprint(SUPERSAMPLING), seed=int(rng.integers(2**31)))
    material = replace(material, occlusion=material.occlusion * crevices.reshape(-1)[pixels])
    casters = [item for item in scene.strands if item.kind in (StrandKind.HAIR, StrandKind.BEARD)]
    shadows = [cast_shadows(key, soup.vertices, soup.triangles, casters) for key in scene.light.keys]
    visibility = np.empty((len(shadows), len(position)), np.float32)
    for row, shadow in zip(visibility, shadows, strict=True):
        row[:] = shadow.visibility(position, normal, seed=int(rng.integers(2**31)))
    image = scene.background.astype(np.float32, copy=True)
    image.reshape(-1, 3)[pixels] = shade(position, normal, material, _eye(scene.camera), scene.light, visibility)

    behind, front = _split_strands(scene.strands)
    for strands in behind:
        draw_strands(image, buffer, strands, scene.camera, SUPERSAMPLING, scene.light, int(rng.integers(2**31)))
    hiding = buffer.copy()
    for lens in scene.lenses:
        _draw_lens(image, buffer, hiding, lens, scene)
    for strands in front:
        coverage = draw_strands(
            image, buffer, strands, scene.camera, SUPERSAMPLING, scene.light, int(rng.integers(2**31))
        )
        hiding = np.where(coverage > 0.6, np.minimum(hiding, buffer), hiding)
    return Rendering(image, hiding, owner)


def _eye(camera: Camera) -> Floats:
    return (camera.target + np.array([0, 0, camera.distance])).astype(np.float32)


def _soup(meshes: Sequence[Mesh]) -> Mesh:
    """Join all meshes into one; attributes differ in meaning and are left out."""
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.triangles + offset for mesh, offset in zip(meshes, offsets, strict=False)]).astype(
            np.int32
        ),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.zeros((int(offsets[-1]), 0), np.float32),
    )


def _fragments(
    scene: Scene, soup: Mesh, nearest: NDArray[np.int32], weights: Floats
) -> tuple[list[Fragments], NDArray[np.int16]]:
    """Compute the visible points of every part, and which part each pixel shows."""
    first = np.cumsum([0] + [len(part.mesh.triangles) for part in scene.parts])
    flat = nearest.reshape(-1)
    owner = (np.searchsorted(first, flat, side="right") - 1).astype(np.int16)  # -1 for the background
    footprint = scene.camera.footprint(SUPERSAMPLING)
    eye = _eye(scene.camera)
    result = []
    for index, part in enumerate(scene.parts):
        pixels = np.flatnonzero(owner == index)
        triangle = flat[pixels]
        corners, shares = soup.triangles[triangle], weights.reshape(-1, 3)[pixels]
        position = interpolate(soup.vertices, corners, shares)
        normal = interpolate(soup.normals, corners, shares)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        away = np.einsum("ij,ij->i", normal, eye - position) < 0
        normal[away] *= -1
        own = (triangle - first[index]).astype(np.int32)
        attributes = interpolate(part.mesh.attributes, part.mesh.triangles[own], shares)
        result.append(Fragments(pixels, position, normal, own, attributes, footprint))
    return result, owner.reshape(nearest.shape)


def _draw_lens(image: Floats, buffer: Floats, hiding: Floats, lens: Lens, scene: Scene) -> None:
    """Multiply the picture behind the pane by its transmission and add its reflections."""
    mesh = lens.mesh
    size = image.shape[0]
    pixels, depth = scene.camera.project(mesh.vertices, SUPERSAMPLING)
    nearest, weights, distance = rasterize(pixels, depth, mesh.triangles, size, size)
    rows, columns = np.nonzero((nearest >= 0) & (distance < buffer))
    corners, shares = mesh.triangles[nearest[rows, columns]], weights[rows, columns]
    position, normal = interpolate(mesh.vertices, corners, shares), interpolate(mesh.normals, corners, shares)
    view = _eye(scene.camera) - position
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    cosine = np.abs(np.einsum("ij,ij->i", normal, view))[:, None]
    fresnel = 0.04 + 0.96 * (1 - cosine) ** 5  # Schlick 1994
    facing = np.where(np.einsum("ij,ij->i", normal, view)[:, None] < 0, -normal, normal)
    mirrored = scene.light.reflect((2 * cosine * facing - view).astype(np.float32), 0.05)
    strength = np.clip(fresnel + lens.reflection, 0, 1)
    image[rows, columns] = image[rows, columns] * lens.transmission * (1 - strength) + mirrored * strength
    if float(np.mean(lens.transmission)) < DARK_LENS:
        hiding[rows, columns] = distance[rows, columns]


def _split_strands(strands: Sequence[Strands]) -> tuple[list[Strands], list[Strands]]:
    """Split strands into those behind the lenses and those in front."""
    behind = [item for item in strands if item.kind in _BEHIND_LENSES]
    return behind, [item for item in strands if item.kind not in _BEHIND_LENSES]
