"""Caps, hats, scarves, hoods, turbans, helmets and headphones."""

from export.synthesis.headwear.headwear import build_headwear, sample_headwear
from export.synthesis.headwear.kinds import Headwear

__all__ = ["Headwear", "build_headwear", "sample_headwear"]
