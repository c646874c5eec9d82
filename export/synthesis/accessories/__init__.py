"""Glasses and masks."""

from export.synthesis.accessories.frames import Glasses
from export.synthesis.accessories.glasses import build_glasses, sample_glasses
from export.synthesis.accessories.masks import Mask, build_mask, sample_mask

__all__ = ["Glasses", "Mask", "build_glasses", "build_mask", "sample_glasses", "sample_mask"]
