"""Kinds of expressions, and the weights of face units that make them."""

from __future__ import annotations

from enum import Enum

import numpy as np


class ExpressionKind(str, Enum):
    """Expressions of the mouth; brows, lids and gaze are added to them."""

    NEUTRAL = "neutral"
    SMILE = "smile"
    LAUGH = "laugh"
    TALK = "talk"
    SURPRISE = "surprise"
    FROWN = "frown"
    DISGUST = "disgust"
    PUCKER = "pucker"
    RANDOM = "random"


class UnitWeights:
    """Weights of face units of an expression that is being sampled; of two weights of a unit the larger is kept.

    Attributes:
        rng: random numbers.
        weights: face unit, without ``fu/`` -> weight.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        """Start without any weight.

        Args:
            rng: random numbers.
        """
        self.rng = rng
        self.weights: dict[str, float] = {}

    def chance(self, probability: float) -> bool:
        """Draw whether something with this probability happens."""
        return bool(self.rng.random() < probability)

    def one(self, name: str, low: float, high: float) -> None:
        """Require a weight of one unit, uniform in a range."""
        self._put(name, float(self.rng.uniform(low, high)))

    def both(self, name: str, low: float, high: float, skew: float = 0.12) -> None:
        """Require about the same weight of the left and the right unit of a pair.

        Args:
            name: name of the units without their side.
            low: least weight.
            high: greatest weight.
            skew: standard deviation of each side's ratio to the common weight.
        """
        value = self.rng.uniform(low, high)
        for side in ("Left", "Right"):
            self._put(name + side, float(np.clip(value * (1 + self.rng.normal(0, skew)), 0, 1)))

    def _put(self, name: str, weight: float) -> None:
        self.weights[name] = max(self.weights.get(name, 0.0), weight)
