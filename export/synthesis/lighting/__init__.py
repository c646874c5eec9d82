"""Light and surroundings: environment maps, lamps, backgrounds."""

from export.synthesis.lighting.backgrounds import Backgrounds
from export.synthesis.lighting.environment import LUMINANCE, Environments, KeyLight
from export.synthesis.lighting.lighting import Illumination, sample_illumination
from export.synthesis.lighting.reflection import level_of, look_up

__all__ = [
    "LUMINANCE",
    "Backgrounds",
    "Environments",
    "Illumination",
    "KeyLight",
    "level_of",
    "look_up",
    "sample_illumination",
]
