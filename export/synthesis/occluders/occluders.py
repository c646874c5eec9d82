"""Sampling and building of occluders: hands, held objects, another person's shoulder, leaves, a fence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from export.synthesis.clothing import Fabric, Pattern, sample_colours, sample_fabric
from export.synthesis.head import HandAssets, Head, HeadPose
from export.synthesis.mesh import Part, Reals
from export.synthesis.occluders.foreground import fence, leaves, other_person
from export.synthesis.occluders.hands import (
    Gesture,
    bend,
    clearance,
    hand_frame,
    place_hand,
    shifted,
    skin_part,
    skin_tone,
    sleeve_part,
)
from export.synthesis.occluders.held_objects import held_shape, object_part
from export.synthesis.occluders.kinds import OccluderKind
from export.synthesis.sampling import Odds

FREQUENCY = 0.08
"""Share of faces with something in front of them."""

OCCLUDER_ODDS = Odds(
    {
        OccluderKind.CHIN: 0.15,
        OccluderKind.CHEEK: 0.14,
        OccluderKind.MOUTH: 0.1,
        OccluderKind.WAVE: 0.1,
        OccluderKind.PHONE: 0.1,
        OccluderKind.CUP: 0.09,
        OccluderKind.MICROPHONE: 0.08,
        OccluderKind.APPLE: 0.05,
        OccluderKind.SHOULDER: 0.08,
        OccluderKind.LEAVES: 0.07,
        OccluderKind.FENCE: 0.04,
    }
)
_SLEEVES = Odds({Pattern.PLAIN: 0.6, Pattern.KNIT: 0.2, Pattern.DENIM: 0.2})

HAND_SIZE = 0.70
"""Scale of the hand over the width of the face in decimetres."""


@dataclass(frozen=True, slots=True)
class Occluder:
    """An occluder in front of the face.

    Attributes:
        kind: kind of occluder.
        left: whether it comes from the image's left.
        colour: (3,) linear RGB of the object.
        sleeve: cloth over the forearm.
        curl: 0..1, how far the fingers are bent beyond what the gesture needs.
        shift: (2,) decimetres right and up from its usual place.
        angle: rotation in the image, radians.
        seed: seed of all other variation.
    """

    kind: OccluderKind
    left: bool
    colour: Reals
    sleeve: Fabric
    curl: float
    shift: Reals
    angle: float
    seed: int


def sample_occluder(rng: np.random.Generator) -> Occluder | None:
    """Sample an occluder, or None."""
    if rng.random() > FREQUENCY:
        return None
    return Occluder(
        OCCLUDER_ODDS.sample(rng),
        bool(rng.random() < 0.5),
        sample_colours(rng)[0],
        sample_fabric(rng, _SLEEVES, sample_colours(rng)),
        float(rng.random()),
        rng.normal(0, 0.10, 2).astype(np.float32),
        float(rng.normal(0, 0.18)),
        int(rng.integers(2**20)),
    )


def build_occluder(occluder: Occluder, head: Head, pose: HeadPose, hand: HandAssets) -> list[Part]:
    """Build the occluder in front of a posed head; hands have the head's own skin colour.

    Args:
        occluder: kind and parameters.
        head: unposed head.
        pose: its pose.
        hand: the hand's mesh.

    Returns:
        Parts in the camera frame.
    """
    points = pose.rigid(head.landmarks)
    match occluder.kind:
        case OccluderKind.SHOULDER:
            return other_person(points, occluder.left, occluder.sleeve, occluder.seed)
        case OccluderKind.LEAVES:
            return leaves(points, occluder.left, occluder.seed)
        case OccluderKind.FENCE:
            return fence(points, occluder.seed)
    side = -1 if occluder.left else 1
    gesture = make_gesture(occluder, points, side)
    local = hand_frame(hand)
    bent = bend(local, gesture.curl, gesture.close)
    skin = head.identity.melanin
    size = HAND_SIZE * float(head.landmarks[16, 0] - head.landmarks[0, 0])
    bent = replace(bent, vertices=bent.vertices * np.float32(size))
    arm = place_hand(bent, gesture, mirror=side > 0)
    held = held_shape(occluder.kind, gesture)
    shapes = [arm, *([held] if held else [])]
    push = clearance(head, pose, shapes)
    parts: list[Part] = [
        skin_part(shifted(arm, push), skin_tone(skin), occluder.seed),
        sleeve_part(occluder.sleeve, gesture, 0.35 + 0.3 * occluder.curl, push),
    ]
    if held:
        parts.append(object_part(shifted(held, push), occluder.kind, occluder.colour, occluder.seed))
    return parts


def make_gesture(occluder: Occluder, points: Reals, side: int) -> Gesture:
    """Compute the gesture of each kind of hand.

    Args:
        occluder: an occluder with a hand.
        points: (68, 3) landmarks of the posed head, camera frame.
        side: 1 for a hand from the image's right, -1 from the left.
    """
    chin, mouth, cheek = points[8], points[[48, 54, 51, 57]].mean(axis=0), points[12 if side > 0 else 4]
    up = points[27] - points[8]
    up /= np.linalg.norm(up)
    ahead = np.array([0.0, 0.0, 1.0])
    out = np.array([float(side), 0.0, 0.0])
    more = 0.3 * occluder.curl
    toward = np.zeros(3)
    match occluder.kind:
        case OccluderKind.CHIN:
            fingers = up * 0.75 - out * 0.55
            goal, palm, curl, close = chin - up * 0.05, -ahead * 0.75 + up * 0.5, 1.0 + more, 0.9
            reach = 1.5
        case OccluderKind.CHEEK:
            fingers = up * 0.95 - out * 0.10
            goal, palm, curl, close = cheek + out * 0.02 + up * 0.05, -out * 0.75 - ahead * 0.45, 0.25 + more, 0.7
            reach = 1.15
        case OccluderKind.MOUTH:
            fingers = -out * 0.9 + up * 0.35
            goal, palm, curl, close = mouth, -ahead, 0.3 + more, 0.8
            reach = 1.25
        case OccluderKind.WAVE:
            fingers = up * 0.9 - out * 0.25
            goal, palm, curl, close = mouth + out * 0.45 + up * 0.2 + ahead * 1.5, ahead, 0.1 + more, 0.0
            reach = 1.1
        case OccluderKind.MICROPHONE:
            fingers = -out * 0.85 + up * 0.3 - ahead * 0.2
            goal, palm, curl, close = mouth - up * 0.75 + ahead * 0.55, -out * 0.2 - ahead * 0.9, 2.7, 1.0
            reach, toward = 0.85, mouth + ahead * 0.12
        case OccluderKind.PHONE:
            fingers = up * 0.75 - out * 0.55
            goal, palm, curl, close = mouth - up * 0.1 + out * 0.25 + ahead * 0.7, ahead, 1.7 + more, 0.8
            reach = 0.75
        case _:
            fingers = -out * 0.75 + up * 0.2 + ahead * 0.45
            goal, palm, curl, close = (
                mouth + out * 0.30 - up * 0.36 + ahead * 0.42,
                -out * 0.85 - ahead * 0.35,
                1.5 + more,
                0.8,
            )
            reach = 0.95
    cos, sin = np.cos(occluder.angle), np.sin(occluder.angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    fingers, palm = turn @ fingers, turn @ palm
    fingers /= np.linalg.norm(fingers)
    palm = palm - fingers * (palm @ fingers)
    palm /= np.linalg.norm(palm)
    goal = goal + np.array([*occluder.shift, 0])
    return Gesture(
        goal - fingers * reach, fingers, palm, curl, close, toward if occluder.kind == OccluderKind.MICROPHONE else goal
    )
