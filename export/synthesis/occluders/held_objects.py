"""Objects that hands hold before a face: a phone, a cup, a microphone, an apple."""

from __future__ import annotations

import numpy as np

from export.synthesis.clothing import fractal_noise
from export.synthesis.mesh import Fragments, Material, Part, Reals, Shape, Solid, loft, posed_mesh
from export.synthesis.occluders.hands import Gesture
from export.synthesis.occluders.kinds import OccluderKind


def held_shape(kind: OccluderKind, gesture: Gesture) -> Shape | None:
    """Make the shape of the object in a hand; None for empty hands.

    Args:
        kind: kind of occluder.
        gesture: where the hand is.

    Returns:
        The object in the camera frame; its attributes are the shares along it and around it, or coordinates of a phone.
    """
    grip = gesture.wrist + gesture.fingers * 0.85 + gesture.palm * 0.36
    across = np.cross(gesture.fingers, gesture.palm)
    match kind:
        case OccluderKind.PHONE:
            return _slab(
                gesture.wrist + gesture.fingers * 1.25 + gesture.palm * 0.16, gesture.fingers, across, gesture.palm
            )
        case OccluderKind.CUP:
            upright = across * np.sign(across[1]) * 0.5 + np.array([0, 0.8, 0.0])
            upright /= np.linalg.norm(upright)
            share = np.array([0, 0, 0.02, 0.1, 0.5, 0.9, 1.0, 1.0, 0.9, 0.1])
            radius = np.array([0.0, 0.26, 0.30, 0.32, 0.37, 0.41, 0.42, 0.39, 0.37, 0.3])
            rings = grip + _rings(upright, radius, (share - 0.5) * 1.0)
            return loft(rings.astype(np.float32))
        case OccluderKind.MICROPHONE:
            direction = gesture.along - grip
            direction /= np.linalg.norm(direction)
            length = float((gesture.along - grip) @ direction)
            share = np.concatenate([np.linspace(-0.9, length - 0.25, 8), length - 0.25 + 0.5 * np.linspace(0, 1, 12)])
            ball = 0.26 * np.sqrt(np.clip(1 - (np.linspace(-0.9, 1, 12)) ** 2, 0, 1))
            radius = np.concatenate([np.linspace(0.11, 0.15, 8), np.maximum(ball, 0.0)])
            return loft((grip + _rings(direction, radius, share)).astype(np.float32))
        case OccluderKind.APPLE:
            polar = np.linspace(0.05, np.pi - 0.05, 18)
            radius = 0.42 * np.sin(polar) * (1 + 0.12 * np.cos(polar))
            height = 0.40 * np.cos(polar) * (1 - 0.35 * np.exp(-((np.sin(polar) / 0.35) ** 2)))
            return loft((grip + _rings(np.array([0.1, 1.0, 0.1]), radius, height)).astype(np.float32))
    return None


def _rings(axis: Reals, radius: Reals, height: Reals, sides: int = 28) -> Reals:
    """Make circles (R, S, 3) about ``axis`` through the origin."""
    axis = axis / np.linalg.norm(axis)
    first = np.cross(axis, np.eye(3)[np.abs(axis).argmin()])
    first /= np.linalg.norm(first)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[None, :, None]
    around = np.cos(angle) * first + np.sin(angle) * np.cross(axis, first)
    return radius[:, None, None] * around + height[:, None, None] * axis  # type: ignore[no-any-return]


def _slab(centre: Reals, along: Reals, across: Reals, normal: Reals) -> Shape:
    """Make a phone, 1.5 by 0.74 by 0.08 decimetres with round corners."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.25 * 0.37
    y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.25 * 0.75
    rings = []
    for scale, height in ((0.0, -0.04), (0.97, -0.04), (1.0, -0.02), (1.0, 0.02), (0.97, 0.04), (0.0, 0.04)):
        rings.append(centre + np.outer(x * scale, across) + np.outer(y * scale, along) + normal * height)
    flat = np.tile(np.column_stack([x, y]), (6, 1)) * np.repeat([0, 0.97, 1, 1, 0.97, 0], 48)[:, None]
    return loft(np.stack(rings).astype(np.float32)).with_attributes(flat.astype(np.float32))


def object_part(held: Shape, kind: OccluderKind, colour: Reals, seed: int) -> Part:
    """Make the part of a held object.

    Args:
        held: shape of :func:`held_shape`.
        kind: kind of occluder.
        colour: (3,) linear RGB.
        seed: of the colour of apples.
    """
    mesh = posed_mesh(held, held.vertices)

    def paint(fragments: Fragments) -> Material:
        first, second = fragments.attributes[:, 0], fragments.attributes[:, 1]
        base = np.broadcast_to(colour, (len(first), 3)).astype(np.float32)
        if kind == OccluderKind.PHONE:
            lens = np.zeros(len(first), bool)
            for x, y in ((0.18, 0.55), (0.18, 0.33), (0.02, 0.44)):
                lens |= np.hypot(first - x, second - y) < 0.075
            return Material.plain(fragments, np.where(lens[:, None], np.float32(0.01), base), 0.2, 0.05)
        if kind == OccluderKind.MICROPHONE:
            grille = np.where((np.sin(first * 260) * np.sin(second * 180)) > 0, 0.35, 0.10)
            painted = np.where((first > 0.42)[:, None], grille[:, None], np.float32(0.015))
            return Material.plain(fragments, np.broadcast_to(painted, base.shape), 0.35, 0.15)
        if kind == OccluderKind.APPLE:
            noise = fractal_noise(np.column_stack([second * 14, first * 3]), seed, 3)[:, None]
            red, green = np.array([0.42, 0.02, 0.02]), np.array([0.42, 0.42, 0.08])
            mix = np.clip(0.75 + 0.6 * noise, 0, 1) if seed % 2 else np.clip(0.05 + 0.3 * noise, 0, 1)
            return Material.plain(fragments, (green + (red - green) * mix).astype(np.float32), 0.3, 0.04, 0.2)
        inside = (first > 0.7)[:, None]
        return Material.plain(fragments, np.where(inside, np.float32(0.6), base), 0.25, 0.05)

    return Solid("occluder", mesh, paint)
