"""Occluders between camera and face: another person, leaves, a fence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from export.synthesis.clothing import Fabric, fractal_noise, weave
from export.synthesis.mesh import (
    Fragments,
    Material,
    Part,
    Reals,
    Shape,
    Solid,
    ellipsoid,
    loft,
    merge,
    posed_mesh,
    tube,
)


def other_person(points: Reals, left: bool, coat: Fabric, seed: int) -> list[Part]:
    """Build the back of another person's head and shoulder at the picture's side, nearer to the camera.

    Args:
        points: (68, 3) landmarks of the posed head, camera frame.
        left: at the image's left.
        coat: cloth of the shoulder.
        seed: of the position and the hair's colour.
    """
    rng = np.random.default_rng(seed)
    side = -1 if left else 1
    middle = (points[0] + points[16]) / 2
    head = middle + np.array([side * (1.25 + rng.uniform(0, 0.35)), rng.uniform(-0.5, 0.1), 1.4])
    hair = ellipsoid(head, np.array([0.95, 1.15, 1.0]), 36, 40)
    below = np.minimum(hair.vertices[:, 1] - head[1], 0)
    hair = replace(hair, vertices=(hair.vertices + np.outer(below, [0, 1.0, 0])).astype(np.float32))  # down to the neck
    torso = ellipsoid(head + np.array([side * 0.5, -3.6, 0]), np.array([2.1, 2.2, 1.2]), 30, 40)
    dark = np.array([[0.010, 0.007, 0.005], [0.03, 0.018, 0.010], [0.10, 0.06, 0.03], [0.25, 0.16, 0.08]])[
        rng.integers(4)
    ]
    mesh = posed_mesh(hair, hair.vertices)

    def strands(fragments: Fragments) -> Material:
        first, second = fragments.attributes.T
        streak = fractal_noise(np.column_stack([second * 150, first * 4]), seed, 3)[:, None]
        made = Material.plain(fragments, (dark * np.clip(1 + 0.6 * streak, 0.2, 2)).astype(np.float32), 0.45, 0.05)
        normal = made.normal + 0.25 * streak * np.array([1.0, 0, 0])
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return replace(made, normal=normal.astype(np.float32))

    torso = torso.with_attributes((torso.attributes * np.array([6.0, 12.0])).astype(np.float32))
    cloth = posed_mesh(torso, torso.vertices)

    def woven(fragments: Fragments) -> Material:
        return weave(coat, cloth, fragments, fragments.attributes, np.ones(len(fragments.pixels), np.float32))

    return [Solid("foreground", mesh, strands), Solid("foreground", cloth, woven)]


def leaves(points: Reals, left: bool, seed: int) -> list[Part]:
    """Build twigs with leaves that hang into the picture from one side.

    Args:
        points: (68, 3) landmarks of the posed head, camera frame.
        left: from the image's left.
        seed: of twigs, leaves and colour.
    """
    rng = np.random.default_rng(seed)
    side = -1 if left else 1
    shapes = []
    for _ in range(3):
        root = points[30] + np.array([side * 2.2, rng.uniform(-0.6, 1.3), rng.uniform(0.8, 1.6)])
        tip = points[30] + np.array([side * rng.uniform(0.1, 0.8), rng.uniform(-0.9, 0.9), rng.uniform(0.6, 1.4)])
        share = np.linspace(0, 1, 12)[:, None]
        twig = root * (1 - share) + tip * share - np.array([0, 0.3, 0]) * share * (1 - share)
        shapes.append(tube(twig, np.linspace(0.03, 0.012, 12), 6))
        for k in range(2, 12):
            direction = np.array([-side * 0.6, rng.normal(-0.2, 0.6), rng.normal(0, 0.4)])
            shapes.append(
                _leaf(twig[k], direction / np.linalg.norm(direction), rng.uniform(0.28, 0.5), rng.normal(size=3))
            )
    shape = merge(shapes)
    mesh = posed_mesh(shape, shape.vertices)
    green = np.array([0.05, 0.13, 0.02]) * rng.uniform(0.5, 1.6) + np.array([0.12, 0.02, 0.0]) * rng.uniform(0, 1) ** 3

    def paint(fragments: Fragments) -> Material:
        along, across = fragments.attributes.T
        vein = np.exp(-((np.abs(across - 0.5) / 0.03) ** 2)) + 0.4 * np.exp(
            -((np.abs((along * 7) % 1 - 0.5) / 0.12) ** 2)
        )
        colour = green * (0.85 + 0.35 * vein[:, None])
        return Material.plain(fragments, colour.astype(np.float32), 0.45, 0.04, 0.3)

    return [Solid("foreground", mesh, paint)]


def _leaf(root: Reals, direction: Reals, length: float, tilt: Reals) -> Shape:
    """Build a pointed leaf, folded along its middle."""
    share = np.linspace(0, 1, 9)
    width = 0.34 * length * np.sin(np.pi * share**0.8) ** 0.9
    aside = np.cross(direction, tilt)
    aside /= np.linalg.norm(aside) + 1e-6
    normal = np.cross(direction, aside)
    middle = root + np.outer(share * length, direction) - np.outer(0.25 * length * share**2, np.array([0, 1.0, 0]))
    rows = [middle + np.outer(k * width, aside) + np.outer(abs(k) * width * 0.3, normal) for k in (-1, -0.5, 0, 0.5, 1)]
    return loft(np.stack(rows, axis=1).astype(np.float32), closed=False)


def fence(points: Reals, seed: int) -> list[Part]:
    """Build wire mesh or bars across the whole picture, in front of the face.

    Args:
        points: (68, 3) landmarks of the posed head, camera frame.
        seed: of everything that varies.
    """
    rng = np.random.default_rng(seed)
    bars = rng.random() < 0.5
    z = float(points[30, 2]) + rng.uniform(1.0, 3.0)
    step = rng.uniform(0.9, 1.5) if bars else rng.uniform(0.5, 0.8)
    phase, reach = rng.uniform(0, step), np.linspace(-4, 4, 5)
    centre = points[30, :2]
    shapes = []
    for offset in np.arange(-4, 4, step) + phase:
        for slope in (0.0,) if bars else (-1.0, 1.0):
            path = np.column_stack([centre[0] + offset + slope * reach, centre[1] + reach, np.full(5, z)])
            shapes.append(tube(path, 0.07 if bars else 0.016, 8))
    shape = merge(shapes)
    metal = np.array([0.05, 0.05, 0.05]) * rng.uniform(0.3, 8)
    return [
        Solid(
            "foreground",
            posed_mesh(shape, shape.vertices),
            lambda f: Material.plain(f, metal.astype(np.float32), 0.4, 0.2),
        )
    ]
