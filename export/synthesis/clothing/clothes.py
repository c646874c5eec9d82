"""Clothes: shells of the neck, shoulders and chest, cut along necklines, with collars, lapels, bands and buttons."""

from __future__ import annotations

from export.synthesis.clothing.outfits import KINDS, Outfit
from export.synthesis.clothing.pullovers import hoodie, jacket, pullover, straps, turtleneck
from export.synthesis.clothing.shirts import shirt, suit
from export.synthesis.clothing.tailoring import Tailor, torso_of
from export.synthesis.head import Head, Posing
from export.synthesis.mesh import Part


def build_clothes(outfit: Outfit, head: Head, posing: Posing) -> list[Part]:
    """The outfit on a head's shoulders, from the inside out. The skin below stays: it is covered."""
    torso = torso_of(head)
    tailor = Tailor(torso, posing)
    match outfit.kind:
        case "tee" | "v-neck" | "scoop" | "sweater":
            parts = pullover(tailor, outfit)
        case "straps":
            parts = straps(tailor, outfit)
        case "turtleneck":
            parts = turtleneck(tailor, outfit)
        case "shirt" | "polo":
            parts = shirt(tailor, outfit, outfit.outer, outfit.ease)
        case "suit":
            parts = suit(tailor, outfit)
        case "jacket":
            parts = jacket(tailor, outfit)
        case "hoodie":
            parts = hoodie(tailor, outfit)
        case _:
            raise ValueError(f"unknown outfit {outfit.kind!r}: choose one of {', '.join(KINDS)}")
    return parts
