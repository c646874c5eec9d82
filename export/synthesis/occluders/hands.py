"""Hands: bent, turned to a gesture, brought up to the face, in a sleeve."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from export.synthesis.clothing import Fabric, fractal_noise, weave
from export.synthesis.head import HandAssets, Head, HeadPose
from export.synthesis.mesh import Fragments, Material, Part, Reals, Shape, Solid, clip, posed_mesh, tube
from export.synthesis.skin import reflectance_table

BLOOD = 0.68
"""Haemoglobin of a hand on the axis of the table of pigments, 0..1."""

_HAND_LENGTH, _KNUCKLES = 1.95, 0.95
"""Decimetres from the wrist to the tip of the middle finger, and to where the fingers begin to bend."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """Place and bend of a hand, camera frame.

    Attributes:
        wrist: (3,) decimetres.
        fingers: (3,) unit vector along the fingers.
        palm: (3,) unit vector out of the palm.
        curl: radians that the fingers are bent in all.
        close: 0..1, how far the fingers are brought together.
        along: (3,) target point of the hand or of the object in it.
    """

    wrist: Reals
    fingers: Reals
    palm: Reals
    curl: float
    close: float
    along: Reals


def hand_frame(hand: HandAssets) -> Shape:
    """Turn a hand to axes of its own with the wrist at the origin.

    Args:
        hand: the hand's mesh.

    Returns:
        The hand, x to the thumb, y along the fingers, z out of the palm; its attributes are the mask of the nails, then
        the same coordinates.
    """
    v = hand.vertices.astype(np.float64)
    elbow_to_tip = np.linalg.svd(v - v.mean(axis=0), full_matrices=False)[2][0]
    tips = v[hand.nails > 0.5].mean(axis=0)
    elbow_to_tip *= np.sign(elbow_to_tip @ (tips - v.mean(axis=0)))
    far = v @ elbow_to_tip
    fist = v[far > far.max() - _HAND_LENGTH]
    axes = np.linalg.svd(fist - fist.mean(axis=0), full_matrices=False)[2]
    along = axes[0] * np.sign(axes[0] @ elbow_to_tip)
    # fingers at rest bend towards the palm
    palm = axes[2] * np.sign(axes[2] @ (tips - fist.mean(axis=0)))
    across = np.cross(along, palm)
    local = np.stack([v @ across, v @ along, v @ palm], axis=1)
    local[:, 1] -= local[:, 1].max() - _HAND_LENGTH
    wrist = np.abs(local[:, 1]) < 0.15
    local[:, [0, 2]] -= local[wrist][:, [0, 2]].mean(axis=0)
    # the thumb: vertices to the side, below the knuckles
    middle = local[(local[:, 1] > 0.3) & (local[:, 1] < _KNUCKLES), 0]
    local[:, 0] *= 1 if middle.max() > -middle.min() else -1
    attributes = np.column_stack([hand.nails, local]).astype(np.float32)
    shape = Shape(local.astype(np.float32), hand.triangles.astype(np.int32), attributes)
    return clip(shape, lambda rows: rows[:, 2] + 0.9)


def bend(hand: Shape, curl: float, close: float) -> Shape:
    """Bend the fingers along an arc and bring them together.

    Args:
        hand: shape of :func:`hand_frame`.
        curl: radians in all.
        close: 0..1.
    """
    x, y, z = hand.vertices.T
    beyond = np.maximum(y - _KNUCKLES, 0)
    x = x * (1 - 0.30 * close * np.clip(beyond / 0.7, 0, 1))
    rate = max(curl, 1e-3) / (_HAND_LENGTH - _KNUCKLES)
    angle = np.minimum(beyond * rate, 3.0)
    depth = z + 0.0
    bent_y = np.where(beyond > 0, _KNUCKLES + np.sin(angle) / rate - depth * np.sin(angle), y)
    bent_z = np.where(beyond > 0, (1 - np.cos(angle)) / rate + depth * np.cos(angle), z)
    # the thumb closes towards the fingers
    thumb = np.clip((x - 0.32) / 0.4, 0, 1) * np.clip((_KNUCKLES - y) / 0.2, 0, 1) * np.clip(y / 0.3, 0, 1)
    bent_z = bent_z + 0.35 * min(curl, 1.5) * thumb
    x = x - 0.15 * close * thumb
    return replace(hand, vertices=np.column_stack([x, bent_y, bent_z]).astype(np.float32))


def place_hand(hand: Shape, gesture: Gesture, mirror: bool) -> Shape:
    """Place a hand at a gesture.

    Args:
        hand: shape of :func:`bend`.
        gesture: its place and bend.
        mirror: whether to make it a right hand.
    """
    across = np.cross(gesture.fingers, gesture.palm) * (-1 if mirror else 1)
    axes = np.stack([across, gesture.fingers, gesture.palm])
    return replace(hand, vertices=(hand.vertices @ axes + gesture.wrist).astype(np.float32))


def shifted(shape: Shape, offset: Reals) -> Shape:
    """Move a shape by an offset (3,)."""
    return replace(shape, vertices=(shape.vertices + offset).astype(np.float32))


def clearance(head: Head, pose: HeadPose, shapes: list[Shape]) -> Reals:
    """Compute how far to move hand and object towards the camera so that they do not sink into the face.

    Args:
        head: unposed head.
        pose: its pose.
        shapes: hand and object, camera frame.

    Returns:
        (3,) float32 decimetres.
    """
    skin = pose.apply(head.vertices, head.assets.vertices)
    skin = skin[skin[:, 2] > np.quantile(skin[:, 2], 0.3)]
    tree = cKDTree(skin[:, :2])
    hand = np.concatenate([shape.vertices for shape in shapes])[::4]
    away, near = tree.query(hand[:, :2], k=4)
    surface = np.where(away < 0.12, skin[near, 2], -9).max(axis=1)
    gap = hand[:, 2] - surface
    on_face = surface > -5
    if not on_face.any():
        return np.zeros(3, np.float32)
    deepest = float(np.quantile(gap[on_face], 0.04))
    return np.array([0, 0, max(0.02 - deepest, 0.0)], np.float32)


def skin_tone(melanin: float) -> Reals:
    """Look up the albedo (3,) of a hand with about as much melanin as the painted face."""
    table = reflectance_table()
    row, column = np.clip([melanin + 0.06, BLOOD], 0, 1) * (len(table) - 1)
    return table[int(row), int(column)]


def skin_part(arm: Shape, tone: Reals, seed: int) -> Part:
    """Make the part of a hand's skin: redder knuckles, paler palms and nails, a mottle.

    Args:
        arm: hand and forearm, camera frame.
        tone: (3,) albedo.
        seed: of the mottle.
    """
    mesh = posed_mesh(arm, arm.vertices)

    def paint(fragments: Fragments) -> Material:
        nails, x, y, z = fragments.attributes.T
        mottle = fractal_noise(np.column_stack([x * 9 + z * 5, y * 9]), seed, 3)
        palm = np.clip(z / 0.12 + 0.2, 0, 1)
        creases = np.exp(-(((y - np.array([[1.22], [1.52], [0.95]])) / 0.035) ** 2)).sum(axis=0)
        pale = tone + (1 - tone) * 0.12
        albedo = tone * (1 + 0.06 * mottle[:, None])
        albedo = albedo + palm[:, None] * 0.6 * (pale - albedo)
        albedo = albedo * (1 - creases[:, None] * np.array([0.08, 0.2, 0.2]))
        nail = np.clip(nails * 1.5 - 0.2, 0, 1)[:, None]
        albedo = albedo + nail * (np.array([0.52, 0.34, 0.30]) * (0.4 + tone.mean()) - albedo) * 0.8
        made = Material.plain(fragments, albedo.astype(np.float32), 0.5, 0.028, 1.0)
        return replace(made, roughness=(0.5 - 0.22 * nail[:, 0]).astype(np.float32))

    return Solid("occluder", mesh, paint)


def sleeve_part(cloth: Fabric, gesture: Gesture, bare: float, push: Reals) -> Part:
    """Make the part of a sleeve from the middle of the forearm to far below the picture.

    Args:
        cloth: what it is made of.
        gesture: where the hand is.
        bare: decimetres of the forearm that are bare.
        push: (3,) displacement of the hand, see :func:`clearance`.
    """
    share = np.linspace(0, 1, 30)[:, None]
    start = gesture.wrist - gesture.fingers * bare + push
    down = gesture.fingers * 0.9 + np.array([0, 0.45, 0])
    path = start - down * 5.0 * share
    radius = 0.33 + 0.10 * np.sqrt(share[:, 0]) + 0.02 * np.exp(-((share[:, 0] / 0.02) ** 2))
    shape = tube(path, radius, 24)
    shape = shape.with_attributes((shape.attributes * np.array([5.0, 2.2])).astype(np.float32))
    mesh = posed_mesh(shape, shape.vertices)

    def paint(fragments: Fragments) -> Material:
        return weave(cloth, mesh, fragments, fragments.attributes, np.ones(len(fragments.pixels), np.float32))

    return Solid("occluder", mesh, paint)
