"""Glasses and sunglasses that sit on the nose and reach the ears."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from export.synthesis.accessories.frames import (
    Glasses,
    GlassesShape,
    bridge,
    face_width,
    pane_outline,
    pane_shape,
    rims,
    seat_depth,
    temple,
)
from export.synthesis.clothing import value_noise
from export.synthesis.head import Head, HeadPose, Identity
from export.synthesis.mesh import Fragments, Lens, Material, Part, Reals, Solid, merge, posed_mesh
from export.synthesis.sampling import Odds

GLASSES_ODDS = Odds(
    {
        GlassesShape.ROUND: 0.16,
        GlassesShape.OVAL: 0.13,
        GlassesShape.SQUARE: 0.14,
        GlassesShape.RECTANGLE: 0.14,
        GlassesShape.WAYFARER: 0.16,
        GlassesShape.CAT_EYE: 0.07,
        GlassesShape.AVIATOR: 0.05,
        GlassesShape.HALF_RIM: 0.09,
        GlassesShape.RIMLESS: 0.06,
    }
)
SUNGLASSES_ODDS = Odds(
    {
        GlassesShape.ROUND: 0.02,
        GlassesShape.OVAL: 0.02,
        GlassesShape.SQUARE: 0.18,
        GlassesShape.RECTANGLE: 0.1,
        GlassesShape.WAYFARER: 0.3,
        GlassesShape.CAT_EYE: 0.14,
        GlassesShape.AVIATOR: 0.24,
    }
)

_ALWAYS_METAL = (GlassesShape.AVIATOR, GlassesShape.RIMLESS, GlassesShape.HALF_RIM)
_OFTEN_METAL = (GlassesShape.ROUND, GlassesShape.OVAL, GlassesShape.RECTANGLE)

# colours of frames, linear RGB
_METALS = ((0.02, 0.02, 0.022), (0.55, 0.55, 0.56), (0.62, 0.42, 0.17), (0.16, 0.16, 0.17), (0.50, 0.27, 0.19))
_ACETATES = ((0.012, 0.012, 0.014), (0.012, 0.012, 0.014), (0.05, 0.02, 0.01), (0.02, 0.03, 0.09), (0.22, 0.01, 0.015),
             (0.25, 0.24, 0.23), (0.6, 0.55, 0.5), (0.03, 0.09, 0.06))  # fmt: skip


def sample_glasses(rng: np.random.Generator, identity: Identity) -> Glasses | None:
    """Sample glasses, or None.

    18 % of people wear clear ones (more of the old, fewer of the young), 6 % sunglasses.

    Args:
        rng: random numbers.
        identity: the person.
    """
    clear = float(np.interp(identity.age, [5, 15, 30, 60], [0.07, 0.14, 0.18, 0.26]))
    chance = rng.random()
    if chance > clear + 0.06:
        return None
    dark = chance > clear
    shape = (SUNGLASSES_ODDS if dark else GLASSES_ODDS).sample(rng)
    metal = shape in _ALWAYS_METAL or (shape in _OFTEN_METAL and rng.random() < 0.5)
    colours = _METALS if metal else _ACETATES
    tortoise = not metal and rng.random() < 0.25
    colour = np.array((0.035, 0.014, 0.006) if tortoise else colours[int(rng.integers(len(colours)))], np.float32)
    if dark:
        level = rng.uniform(0.02, 0.16)
        tint = np.array(((1, 1, 1), (1.0, 0.75, 0.5), (0.75, 0.95, 0.75), (0.8, 0.85, 1.1))[int(rng.integers(4))])
        transmission, reflection = level * tint, rng.uniform(0.04, 0.12)
        if rng.random() < 0.2:
            reflection = rng.uniform(0.25, 0.5)
    elif rng.random() < 0.12:
        tint = np.array(
            ((0.9, 0.6, 0.45), (0.55, 0.65, 0.85), (0.95, 0.8, 0.35), (0.6, 0.6, 0.6))[int(rng.integers(4))]
        )
        transmission, reflection = tint * rng.uniform(0.6, 1.0), rng.uniform(0.03, 0.08)
    else:
        transmission, reflection = np.full(3, rng.uniform(0.90, 0.96)), rng.uniform(0.02, 0.07)
    return Glasses(
        shape,
        float(rng.uniform(0.92, 1.1) * (1.1 if dark else 1.0)),
        float(rng.uniform(0.008, 0.013) if metal else rng.uniform(0.018, 0.038)),
        metal,
        colour * np.float32(rng.uniform(0.8, 1.2)),
        tortoise,
        transmission.astype(np.float32),
        float(reflection),
        float(rng.choice([rng.uniform(0, 0.06), rng.uniform(0.06, 0.2)], p=[0.85, 0.15])),
        int(rng.integers(2**20)),
    )


def build_glasses(glasses: Glasses, head: Head, pose: HeadPose) -> tuple[list[Part], list[Lens]]:
    """Build frame and panes on a head, posed.

    Args:
        glasses: the glasses.
        head: unposed head.
        pose: its pose.
    """
    eyes = np.stack([eye.centre for eye in head.eyes])
    scale = float(eyes[1, 0] - eyes[0, 0]) / 0.62 * 0.55 + 0.45 * face_width(head) / 1.32
    tilt = 0.12  # the panes lean forward at the brow
    panes = []
    for centre, side in zip(eyes, (-1, 1), strict=True):
        outline = pane_outline(glasses, scale) * np.array([side, 1])
        # wide panes move outwards, to leave room for the nose
        away = max(centre[0] * side + 0.02 * scale, 0.105 * scale - float((outline[:, 0] * side).min()))
        middle = np.array([side * away, centre[1] - 0.045 * scale - glasses.drop])
        panes.append(outline + middle)
    depth = seat_depth(glasses, head, panes, tilt)

    front = head.vertices[(head.vertices[:, 2] > 0.6) & (np.abs(head.vertices[:, 1] - eyes[0, 1]) < 0.6)]
    surface = cKDTree(front[:, :2])

    def place(points: Reals) -> Reals:
        """Place points (N, 2) of the front view on the curved front (N, 3), which gives way a little to the skin."""
        z = depth - 0.09 * points[:, 0] ** 2 + tilt * (points[:, 1] - eyes[:, 1].mean())
        skin = front[surface.query(points, k=3)[1], 2].mean(axis=1)
        push = np.clip(skin + 0.8 * glasses.thickness - z, 0, 0.16)
        push = np.convolve(np.pad(push, 1, mode="edge"), np.ones(3) / 3, "valid")
        return np.column_stack([points, z + push])

    shapes = [*rims(glasses, panes, place), *bridge(glasses, head, panes, place)]
    shapes += [temple(glasses, head, place(pane), side) for pane, side in zip(panes, (-1, 1), strict=True)]
    frame = merge(shapes)
    frame = frame.with_attributes(frame.vertices)
    mesh = posed_mesh(frame, pose.rigid(frame.vertices))

    def paint(fragments: Fragments) -> Material:
        colour = np.broadcast_to(glasses.colour, (len(fragments.pixels), 3))
        if glasses.tortoise:
            point = fragments.attributes
            fleck = value_noise(np.column_stack([point[:, 0] * 14 + point[:, 2] * 9, point[:, 1] * 18]), glasses.seed)
            amber = np.array([0.30, 0.12, 0.03], np.float32)
            colour = colour + np.clip(fleck * 1.6, 0, 1)[:, None] * (amber - colour)
        rough, specular = (0.28, 0.35) if glasses.metal else (0.22, 0.05)
        return Material.plain(fragments, colour.astype(np.float32), rough, specular)

    lenses = []
    for pane in panes:
        shape = pane_shape(place, pane)
        lens = posed_mesh(shape, pose.rigid(shape.vertices))
        lenses.append(Lens(lens, glasses.transmission, glasses.reflection))
    return [Solid("glasses", mesh, paint)], lenses
