"""Clothes around neck, shoulders and chest, and their fabrics."""

from export.synthesis.clothing.clothes import build_clothes
from export.synthesis.clothing.fabrics import Fabric, Pattern, sample_colours, sample_fabric
from export.synthesis.clothing.noise import fractal_noise, value_noise
from export.synthesis.clothing.outfits import Outfit, sample_outfit
from export.synthesis.clothing.weaving import weave

__all__ = [
    "Fabric",
    "Outfit",
    "Pattern",
    "build_clothes",
    "fractal_noise",
    "sample_colours",
    "sample_fabric",
    "sample_outfit",
    "value_noise",
    "weave",
]
