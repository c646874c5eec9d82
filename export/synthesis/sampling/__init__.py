"""Random draws: one stream of random numbers for each aspect of a picture, and odds of kinds."""

from export.synthesis.sampling.odds import Odds
from export.synthesis.sampling.streams import Aspect, RandomStreams

__all__ = ["Aspect", "Odds", "RandomStreams"]
