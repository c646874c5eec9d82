"""Clothes: shells of the neck, shoulders and chest, cut along necklines, with collars, lapels, bands and buttons."""

from __future__ import annotations

from export.synthesis.clothing.builder import GarmentBuilder, torso_shape
from export.synthesis.clothing.outfits import Outfit, OutfitKind
from export.synthesis.clothing.pullovers import hoodie, jacket, pullover, straps, turtleneck
from export.synthesis.clothing.shirts import shirt, suit
from export.synthesis.head import Head, HeadPose
from export.synthesis.mesh import Part


def build_clothes(outfit: Outfit, head: Head, pose: HeadPose) -> list[Part]:
    """Build an outfit on a head's shoulders. The skin below stays: it is covered.

    Args:
        outfit: what the person wears.
        head: unposed head.
        pose: its pose.

    Returns:
        Posed parts, from the inside out.

    Raises:
        ValueError: the kind of clothes is unknown.
    """
    torso = torso_shape(head)
    builder = GarmentBuilder(torso, pose)
    match outfit.kind:
        case OutfitKind.TEE | OutfitKind.V_NECK | OutfitKind.SCOOP | OutfitKind.SWEATER:
            parts = pullover(builder, outfit)
        case OutfitKind.STRAPS:
            parts = straps(builder, outfit)
        case OutfitKind.TURTLENECK:
            parts = turtleneck(builder, outfit)
        case OutfitKind.SHIRT | OutfitKind.POLO:
            parts = shirt(builder, outfit, outfit.outer, outfit.ease)
        case OutfitKind.SUIT:
            parts = suit(builder, outfit)
        case OutfitKind.JACKET:
            parts = jacket(builder, outfit)
        case OutfitKind.HOODIE:
            parts = hoodie(builder, outfit)
        case _:
            known = ", ".join(kind.value for kind in OutfitKind)
            raise ValueError(f"unknown outfit {outfit.kind!r}: choose one of {known}")
    return parts
