"""Odds: kinds and their probabilities."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

import numpy as np

Kind = TypeVar("Kind")

TOLERANCE = 1e-8
"""Largest deviation of the sum of probabilities from 1."""


class Odds(Mapping[Kind, float]):
    """A read-only mapping from each kind to its probability.

    Example:
        >>> coin = Odds({"heads": 0.5, "tails": 0.5})
        >>> coin.sample(np.random.default_rng(0))
        'tails'
    """

    def __init__(self, probabilities: Mapping[Kind, float]) -> None:
        """Check and keep the probabilities.

        Args:
            probabilities: probability of each kind, 0..1; their order decides which random number gives which kind.

        Raises:
            ValueError: a probability is negative, or they do not sum to 1.
        """
        if any(not probability >= 0 for probability in probabilities.values()):
            raise ValueError(f"a probability is negative: {dict(probabilities)}")
        total = math.fsum(probabilities.values())
        if not abs(total - 1) <= TOLERANCE:
            raise ValueError(f"the probabilities of {', '.join(map(str, probabilities))} sum to {total:g}, not to 1")
        self._probabilities = dict(probabilities)

    def __getitem__(self, kind: Kind) -> float:
        """Return the probability of a kind."""
        return self._probabilities[kind]

    def __iter__(self) -> Iterator[Kind]:
        """Iterate over the kinds in their order."""
        return iter(self._probabilities)

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self._probabilities)

    def sample(self, rng: np.random.Generator) -> Kind:
        """Draw one kind; takes one number from ``rng``."""
        kinds = list(self._probabilities)
        return kinds[int(rng.choice(len(kinds), p=list(self._probabilities.values())))]

    def without(self, excluded: Collection[Kind]) -> Odds[Kind]:
        """Set the probability of some kinds to 0; the others keep their ratios.

        Args:
            excluded: kinds that must not be drawn; those that have no odds here are ignored.

        Returns:
            New odds of the same kinds in the same order.

        Raises:
            ValueError: no kind is left.
        """
        kept = {kind: 0.0 if kind in excluded else probability for kind, probability in self.items()}
        total = math.fsum(kept.values())
        if total == 0:
            raise ValueError(f"no kind is left of {', '.join(map(str, self))}")
        return Odds({kind: probability / total for kind, probability in kept.items()})

    def mixed(self, other: Mapping[Kind, float], share: float) -> Odds[Kind]:
        """Mix with other odds of the same kinds.

        Args:
            other: probability of each kind of these odds.
            share: share of ``other`` in the mixture, 0..1.

        Returns:
            New odds of the same kinds in the same order.
        """
        return Odds({kind: (1 - share) * probability + share * other[kind] for kind, probability in self.items()})
