"""Independent random numbers for each aspect of a picture.

An additional draw for one aspect, such as a hat, does not change any other aspect of the same seed.
"""

from __future__ import annotations

from enum import Enum

import numpy as np


class Aspect(str, Enum):
    """Aspects of a picture with a random stream each; the value is part of the seed."""

    IDENTITY = "identity"
    EXPRESSION = "expression"
    HAIR = "hair"
    FACIAL_HAIR = "facial hair"
    SKIN = "skin"
    EYES = "eyes"
    MOUTH = "mouth"
    CLOTHING = "clothing"
    HEADWEAR = "headwear"
    GLASSES = "glasses"
    MASK = "mask"
    OCCLUDER = "occluder"
    POSE = "pose"
    CAMERA = "camera"
    LIGHTING = "lighting"
    BACKGROUND = "background"
    RENDERING = "rendering"
    PHOTOGRAPHY = "photography"


class RandomStreams:
    """The random generators of one picture, one for each aspect.

    Example:
        >>> streams = RandomStreams(seed=7, index=0)
        >>> rng = streams[Aspect.HAIR]
    """

    def __init__(self, seed: int, index: int) -> None:
        """Create the streams.

        Args:
            seed: seed of the data set, not negative.
            index: number of the picture in it, not negative.
        """
        self._entropy = (seed, index)

    def __getitem__(self, aspect: Aspect) -> np.random.Generator:
        """Return a new generator at the start of the aspect's stream."""
        # keyed by name, so that a new aspect does not change the others
        sequence = np.random.SeedSequence(self._entropy, spawn_key=tuple(aspect.value.encode()))
        return np.random.default_rng(sequence)
