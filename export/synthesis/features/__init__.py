"""Eyes and mouth."""

from export.synthesis.features.eye_colours import EyeStyle
from export.synthesis.features.eyes import eyes_part, sample_eyes
from export.synthesis.features.mouth import MouthStyle, mouth_part, sample_mouth

__all__ = ["EyeStyle", "MouthStyle", "eyes_part", "mouth_part", "sample_eyes", "sample_mouth"]
