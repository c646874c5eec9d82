"""Kinds of beards, moustaches and sideburns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from export.synthesis.sampling import Odds


@dataclass(frozen=True, slots=True)
class Beard:
    """A beard; the zones are 0 (shaved) .. 1 (grown).

    Attributes:
        moustache: zone of the upper lip.
        chin: zone of the chin.
        cheeks: zone of the cheeks.
        sideburns: zone in front of the ears.
        length: of hairs, decimetres.
        chin_length: of hairs on the chin, decimetres.
        cheek_line: rise of the upper border on the cheeks, decimetres.
        neck_line: height of the lower border on the rest head, decimetres.
        patchy: 0..1, how uneven the density is.
        curl: radius of curls, decimetres.
        count: number of paths; stubble has single hairs, longer beards wisps of three.
        width: of a hair, decimetres.
        shadow: 0..1, how much shaved or short hair darkens the skin.
        seed: of the patches.
    """

    moustache: float = 0.0
    chin: float = 0.0
    cheeks: float = 0.0
    sideburns: float = 0.0
    length: float = 0.1
    chin_length: float = 0.1
    cheek_line: float = 0.0
    neck_line: float = 6.1
    patchy: float = 0.3
    curl: float = 0.0
    count: int = 0
    width: float = 0.006
    shadow: float = 0.0
    seed: float = 0.0


class BeardKind(str, Enum):
    """Kinds of beards; ``NONE`` is a shaved face."""

    NONE = "none"
    STUBBLE = "stubble"
    SHORT = "short"
    FULL = "full"
    GOATEE = "goatee"
    MOUSTACHE = "moustache"
    CHIN_STRAP = "chin strap"
    SIDEBURNS = "sideburns"


@dataclass(frozen=True, slots=True)
class BeardRange:
    """Ranges that a kind of beard is sampled from.

    Attributes:
        zones: of moustache, chin, cheeks and sideburns, 0..1.
        length: least and greatest length, decimetres.
        chin: greatest length on the chin, in lengths elsewhere.
        count: number of paths.
        shadow: least and greatest shadow.
    """

    zones: tuple[float, float, float, float]
    length: tuple[float, float]
    chin: float
    count: int
    shadow: tuple[float, float]

    def sample(self, rng: np.random.Generator) -> Beard:
        """Sample a beard."""
        length = float(rng.uniform(*self.length))
        return Beard(
            *self.zones,
            length=length,
            chin_length=length * float(rng.uniform(1, self.chin)),
            cheek_line=float(rng.normal(0, 0.05)),
            neck_line=float(rng.uniform(6.05, 6.25)),
            patchy=float(rng.uniform(0.1, 0.8)),
            curl=float(rng.uniform(0, 0.02)) if length > 0.08 else 0.0,
            count=int(self.count * rng.uniform(0.75, 1.15)),
            width=float(rng.uniform(0.0045, 0.0065)),
            shadow=float(rng.uniform(*self.shadow)),
            seed=float(rng.uniform(0, 6.28)),
        )


BEARDS = {
    BeardKind.NONE: BeardRange((1, 1, 1, 1), (0.01, 0.01), 1.0, 0, (0.0, 0.12)),
    BeardKind.STUBBLE: BeardRange((0.8, 1, 0.8, 1), (0.015, 0.04), 1.0, 5500, (0.1, 0.4)),
    BeardKind.SHORT: BeardRange((1, 1, 1, 1), (0.06, 0.12), 1.5, 2600, (0.3, 0.6)),
    BeardKind.FULL: BeardRange((1, 1, 1, 1), (0.16, 0.4), 2.0, 2800, (0.4, 0.7)),
    BeardKind.GOATEE: BeardRange((1, 1, 0, 0), (0.06, 0.18), 2.0, 900, (0.3, 0.6)),
    BeardKind.MOUSTACHE: BeardRange((1, 0, 0, 0), (0.08, 0.18), 1.0, 500, (0.2, 0.5)),
    BeardKind.CHIN_STRAP: BeardRange((0, 1, 0.35, 1), (0.04, 0.1), 1.5, 1500, (0.3, 0.6)),
    BeardKind.SIDEBURNS: BeardRange((0, 0, 0, 1), (0.04, 0.1), 1.0, 500, (0.2, 0.4)),
}


MEN_BEARD_ODDS = Odds(
    {
        BeardKind.NONE: 0.38,
        BeardKind.STUBBLE: 0.24,
        BeardKind.SHORT: 0.14,
        BeardKind.FULL: 0.08,
        BeardKind.GOATEE: 0.05,
        BeardKind.MOUSTACHE: 0.05,
        BeardKind.CHIN_STRAP: 0.02,
        BeardKind.SIDEBURNS: 0.04,
    }
)
