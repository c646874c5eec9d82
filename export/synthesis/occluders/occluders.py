"""Things in front of the face: hands and what they hold, somebody's shoulder, leaves, a fence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from export.synthesis.clothing import Fabric, sample_colours, sample_fabric
from export.synthesis.head import HandAssets, Head, Posing
from export.synthesis.mesh import Part, Reals
from export.synthesis.occluders.foreground import fence, leaves, somebody
from export.synthesis.occluders.hands import (
    Gesture,
    bend,
    clearance,
    hand_frame,
    moved,
    skin_part,
    skin_tone,
    sleeve_part,
    turned,
)
from export.synthesis.occluders.held_objects import held_shape, object_part

HELD = ("phone", "cup", "microphone", "apple")
BARE = ("chin", "cheek", "mouth", "wave")
FOREGROUND = ("shoulder", "leaves", "fence")
KINDS = BARE + HELD + FOREGROUND

HAND_SIZE = 0.70
"""Scale of the hand over the width of the face in decimetres."""


@dataclass(frozen=True, slots=True)
class Occluder:
    """Something in front of the face.

    Attributes:
        kind: one of :data:`KINDS`.
        left: it comes from the image's left.
        colour: (3,) linear RGB of the object.
        sleeve: cloth over the forearm.
        curl: 0..1, how far the fingers are bent beyond what the gesture needs.
        shift: (2,) decimetres right and up from its usual place.
        angle: radians it is turned in the image.
        seed: of everything else that varies.
    """

    kind: str
    left: bool
    colour: Reals
    sleeve: Fabric
    curl: float
    shift: Reals
    angle: float
    seed: int


def sample_occluder(rng: np.random.Generator) -> Occluder | None:
    """Something in front of 8 % of faces, else None."""
    if rng.random() > 0.08:
        return None
    odds = np.array([0.15, 0.14, 0.10, 0.10, 0.10, 0.09, 0.08, 0.05, 0.08, 0.07, 0.04])
    return Occluder(
        str(rng.choice(KINDS, p=odds / odds.sum())),
        bool(rng.random() < 0.5),
        sample_colours(rng)[0],
        sample_fabric(rng, {"plain": 0.6, "knit": 0.2, "denim": 0.2}, sample_colours(rng)),
        float(rng.random()),
        rng.normal(0, 0.10, 2).astype(np.float32),
        float(rng.normal(0, 0.18)),
        int(rng.integers(2**20)),
    )


def build_occluder(occluder: Occluder, head: Head, posing: Posing, hand: HandAssets) -> list[Part]:
    """The occluder in the camera frame, in front of a posed head; hands have the head's own skin colour."""
    points = posing.rigid(head.landmarks)
    match occluder.kind:
        case "shoulder":
            return somebody(points, occluder.left, occluder.sleeve, occluder.seed)
        case "leaves":
            return leaves(points, occluder.left, occluder.seed)
        case "fence":
            return fence(points, occluder.seed)
    side = -1 if occluder.left else 1
    gesture = gesture_of(occluder, points, side)
    local = hand_frame(hand)
    bent = bend(local, gesture.curl, gesture.close)
    skin = head.identity.melanin
    size = HAND_SIZE * float(head.landmarks[16, 0] - head.landmarks[0, 0])
    bent = replace(bent, vertices=bent.vertices * np.float32(size))
    arm = turned(bent, gesture, mirror=side > 0)
    thing = held_shape(occluder.kind, gesture)
    shapes = [arm, *([thing] if thing else [])]
    push = clearance(head, posing, shapes, gesture)
    parts: list[Part] = [
        skin_part(moved(arm, push), skin_tone(skin), occluder.seed),
        sleeve_part(occluder.sleeve, gesture, 0.35 + 0.3 * occluder.curl, push),
    ]
    if thing:
        parts.append(object_part(moved(thing, push), occluder.kind, occluder.colour, occluder.seed))
    return parts


def gesture_of(occluder: Occluder, points: Reals, side: int) -> Gesture:
    """The hand of each kind, camera frame; ``side`` is +1 for a hand from the image's right."""
    chin, mouth, cheek = points[8], points[[48, 54, 51, 57]].mean(axis=0), points[12 if side > 0 else 4]
    up = points[27] - points[8]
    up /= np.linalg.norm(up)
    ahead = np.array([0.0, 0.0, 1.0])
    out = np.array([float(side), 0.0, 0.0])
    more = 0.3 * occluder.curl
    toward = np.zeros(3)
    match occluder.kind:
        case "chin":
            fingers = up * 0.75 - out * 0.55
            goal, palm, curl, close = chin - up * 0.05, -ahead * 0.75 + up * 0.5, 1.0 + more, 0.9
            reach = 1.5
        case "cheek":
            fingers = up * 0.95 - out * 0.10
            goal, palm, curl, close = cheek + out * 0.02 + up * 0.05, -out * 0.75 - ahead * 0.45, 0.25 + more, 0.7
            reach = 1.15
        case "mouth":
            fingers = -out * 0.9 + up * 0.35
            goal, palm, curl, close = mouth, -ahead, 0.3 + more, 0.8
            reach = 1.25
        case "wave":
            fingers = up * 0.9 - out * 0.25
            goal, palm, curl, close = mouth + out * 0.45 + up * 0.2 + ahead * 1.5, ahead, 0.1 + more, 0.0
            reach = 1.1
        case "microphone":
            fingers = -out * 0.85 + up * 0.3 - ahead * 0.2
            goal, palm, curl, close = mouth - up * 0.75 + ahead * 0.55, -out * 0.2 - ahead * 0.9, 2.7, 1.0
            reach, toward = 0.85, mouth + ahead * 0.12
        case "phone":
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
        goal - fingers * reach, fingers, palm, curl, close, toward if occluder.kind == "microphone" else goal
    )
