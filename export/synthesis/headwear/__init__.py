"""Caps, hats, scarves, hoods, turbans, helmets and headphones."""

from export.synthesis.headwear.builder import Headwear
from export.synthesis.headwear.headwear import build_headwear, sample_headwear

__all__ = ["Headwear", "build_headwear", "sample_headwear"]
