"""Clothes around neck, shoulders and chest, and the fabrics they are made of."""

from export.synthesis.clothing.clothes import build_clothes
from export.synthesis.clothing.fabrics import Fabric, fractal_noise, sample_colours, sample_fabric, value_noise, weave
from export.synthesis.clothing.outfits import Outfit, sample_outfit

__all__ = [
    "Fabric",
    "Outfit",
    "build_clothes",
    "fractal_noise",
    "sample_colours",
    "sample_fabric",
    "sample_outfit",
    "value_noise",
    "weave",
]
