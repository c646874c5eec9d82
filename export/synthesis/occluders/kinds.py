"""Kinds of occluders."""

from __future__ import annotations

from enum import Enum


class OccluderKind(str, Enum):
    """Kinds of objects that cover part of a face."""

    # an empty hand, named by its place or gesture
    CHIN = "chin"
    CHEEK = "cheek"
    MOUTH = "mouth"
    WAVE = "wave"
    # a hand that holds something
    PHONE = "phone"
    CUP = "cup"
    MICROPHONE = "microphone"
    APPLE = "apple"
    # something near the camera
    SHOULDER = "shoulder"
    LEAVES = "leaves"
    FENCE = "fence"


HAND = (OccluderKind.CHIN, OccluderKind.CHEEK, OccluderKind.MOUTH, OccluderKind.WAVE)
HELD = (OccluderKind.PHONE, OccluderKind.CUP, OccluderKind.MICROPHONE, OccluderKind.APPLE)
