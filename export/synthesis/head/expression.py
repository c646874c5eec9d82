"""What a face does: units of the facial action coding system in the combinations that people make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from export.synthesis.mesh import Floats

KINDS = {
    "neutral": 0.2,
    "smile": 0.2,
    "laugh": 0.11,
    "talk": 0.19,
    "surprise": 0.07,
    "frown": 0.07,
    "disgust": 0.04,
    "pucker": 0.05,
    "random": 0.07,
}
"""How often each kind occurs; sums to 1."""

GAZE_REACH = 30.0
"""Degrees of gaze at which the units ``eyeLook...`` reach weight 1."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A momentary face.

    Attributes:
        kind: one of :data:`KINDS`.
        weights: face unit (``fu/...``) -> weight. ``fu/eyeBlinkLeft`` and ``Right`` are different: the share of the
            opening between the lids that is closed, whatever the other units do to it.
        gaze: (2,) float32 degrees, to the subject's left and up, against the head.
    """

    kind: str
    weights: dict[str, float]
    gaze: Floats


def neutral_expression() -> Expression:
    """A face at rest that looks straight ahead."""
    return Expression("neutral", {}, np.zeros(2, np.float32))


def sample_expression(rng: np.random.Generator) -> Expression:
    """One of the kinds, with brows, lids and gaze on top."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    units = _Units(rng)
    _MOUTHS[kind](units)
    _brows(units, kind)
    gaze = _gaze(rng)
    _look(units, gaze)
    if kind != "surprise":
        _lids(units)
    return Expression(kind, {f"fu/{name}": weight for name, weight in units.weights.items() if weight > 0}, gaze)


class _Units:
    """Weights being gathered; the stronger of two demands on a unit holds."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.weights: dict[str, float] = {}

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def one(self, name: str, low: float, high: float) -> None:
        self._put(name, float(self.rng.uniform(low, high)))

    def both(self, name: str, low: float, high: float, skew: float = 0.12) -> None:
        """Left and right alike but for ``skew``, the standard deviation of their ratio."""
        value = self.rng.uniform(low, high)
        for side in ("Left", "Right"):
            self._put(name + side, float(np.clip(value * (1 + self.rng.normal(0, skew)), 0, 1)))

    def _put(self, name: str, weight: float) -> None:
        self.weights[name] = max(self.weights.get(name, 0.0), weight)


def _neutral(units: _Units) -> None:
    if units.chance(0.4):
        units.one("jawOpen", 0.0, 0.08)
    if units.chance(0.25):
        units.both("mouthPress", 0.0, 0.4)
    if units.chance(0.25):
        units.both("mouthFrown", 0.0, 0.3)
    elif units.chance(0.3):
        units.both("mouthSmile", 0.0, 0.2)


def _smile(units: _Units) -> None:
    strength = units.rng.uniform(0.3, 0.95)
    units.both("mouthSmile", strength * 0.9, strength)
    units.both("cheekSquint", 0.3 * strength, 0.8 * strength)
    units.both("eyeSquint", 0.0, 0.5 * strength)
    units.both("mouthDimple", 0.0, 0.4)
    if units.chance(0.6):  # with teeth
        units.both("mouthUpperUp", 0.2 * strength, 0.6 * strength)
        units.both("mouthLowerDown", 0.1 * strength, 0.5 * strength)
        units.one("jawOpen", 0.0, 0.1)


def _laugh(units: _Units) -> None:
    strength = units.rng.uniform(0.5, 1)
    units.both("mouthSmile", 0.8 * strength, strength)
    units.both("cheekSquint", 0.5 * strength, strength)
    units.both("eyeSquint", 0.3 * strength, 0.9 * strength)
    units.both("mouthUpperUp", 0.3 * strength, 0.8 * strength)
    units.both("mouthLowerDown", 0.1, 0.6 * strength)
    units.one("jawOpen", 0.15, 0.25 + 0.4 * strength)
    if units.chance(0.4):
        units.both("noseSneer", 0.0, 0.4)


def _talk(units: _Units) -> None:
    sound = str(units.rng.choice(["open", "wide", "round", "labial", "dental"]))
    if sound == "open":
        units.one("jawOpen", 0.15, 0.5)
        units.both("mouthLowerDown", 0.0, 0.4)
    elif sound == "wide":
        units.one("jawOpen", 0.05, 0.25)
        units.both("mouthStretch", 0.1, 0.6)
        units.both("mouthLowerDown", 0.1, 0.6)
        units.both("mouthUpperUp", 0.0, 0.4)
    elif sound == "round":
        units.one("jawOpen", 0.1, 0.4)
        units.one("mouthFunnel", 0.2, 0.8)
        units.one("mouthPucker", 0.0, 0.4)
    elif sound == "labial":
        units.one("mouthRollLower", 0.1, 0.6)
        units.one("mouthRollUpper", 0.0, 0.4)
    else:
        units.one("jawOpen", 0.08, 0.25)
        units.one("mouthRollLower", 0.0, 0.3)
        units.both("mouthUpperUp", 0.1, 0.5)
    if units.chance(0.3):
        units.one(str(units.rng.choice(["mouthLeft", "mouthRight"])), 0.0, 0.35)


def _surprise(units: _Units) -> None:
    units.one("jawOpen", 0.2, 0.9)
    units.one("browInnerUp", 0.4, 1)
    units.both("browOuterUp", 0.4, 1)
    units.both("eyeWide", 0.3, 1)
    if units.chance(0.4):
        units.one("mouthFunnel", 0.0, 0.5)


def _frown(units: _Units) -> None:
    units.both("browDown", 0.4, 1)
    units.both("mouthFrown", 0.1, 0.8)
    units.both("eyeSquint", 0.0, 0.6)
    units.both("mouthPress", 0.0, 0.5)
    if units.chance(0.4):
        units.one("mouthShrugLower", 0.1, 0.5)


def _disgust(units: _Units) -> None:
    units.both("noseSneer", 0.4, 1)
    units.both("browDown", 0.2, 0.7)
    units.both("mouthUpperUp", 0.2, 0.7)
    units.both("mouthFrown", 0.0, 0.5)
    units.both("eyeSquint", 0.2, 0.7)
    units.both("cheekSquint", 0.1, 0.5)


def _pucker(units: _Units) -> None:
    units.one("mouthPucker", 0.4, 1)
    if units.chance(0.3):
        units.one("cheekPuff", 0.1, 0.6)


def _random(units: _Units) -> None:
    pairs = ("mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "cheekSquint", "noseSneer", "mouthPress")
    singles = ("jawOpen", "jawLeft", "jawRight", "jawForward", "mouthLeft", "mouthRight", "cheekPuff", "mouthFunnel")
    for name in units.rng.choice(pairs, 2, replace=False):
        units.both(str(name), 0.0, 0.6, skew=0.5)
    for name in units.rng.choice(singles, 2, replace=False):
        units.one(str(name), 0.0, 0.6)
    if units.weights.get("jawOpen", 0.0) > 0.25 and units.chance(0.4):
        units.one("tongueOut", 0.3, 1)


_MOUTHS: dict[str, Callable[[_Units], None]] = {
    "neutral": _neutral,
    "smile": _smile,
    "laugh": _laugh,
    "talk": _talk,
    "surprise": _surprise,
    "frown": _frown,
    "disgust": _disgust,
    "pucker": _pucker,
    "random": _random,
}


def _brows(units: _Units, kind: str) -> None:
    if kind in ("frown", "disgust", "surprise"):
        return
    if units.chance(0.2):
        units.one("browInnerUp", 0.0, 0.7)
        units.both("browOuterUp", 0.0, 0.6)
    elif units.chance(0.12):
        units.both("browDown", 0.0, 0.6)
    elif units.chance(0.06):
        units.one(str(units.rng.choice(["browOuterUpLeft", "browOuterUpRight"])), 0.2, 0.9)


def _gaze(rng: np.random.Generator) -> Floats:
    """Most look about where the head points."""
    spread = np.array([7.0, 5.0]) if rng.random() < 0.65 else np.array([18.0, 11.0])
    return np.clip(rng.normal(0, spread), [-35, -25], [35, 18]).astype(np.float32)


def _look(units: _Units, gaze: Floats) -> None:
    """Lids and the skin about the eyes go with the gaze."""
    left, up = (float(angle) / GAZE_REACH for angle in gaze)
    for side, outwards in (("Left", left), ("Right", -left)):
        units.weights[f"eyeLook{'Out' if outwards > 0 else 'In'}{side}"] = min(abs(outwards), 1.0)
        units.weights[f"eyeLook{'Up' if up > 0 else 'Down'}{side}"] = min(abs(up), 1.0)


def _lids(units: _Units) -> None:
    draw = units.rng.random()
    if draw < 0.08:
        units.both("eyeBlink", 1.0, 1.0, skew=0.0)
    elif draw < 0.2:
        units.both("eyeBlink", 0.2, 0.75, skew=0.06)
    elif draw < 0.225:
        side, other = units.rng.permutation(["Left", "Right"])
        units.one(f"eyeBlink{side}", 1.0, 1.0)
        units.one(f"eyeSquint{other}", 0.1, 0.6)
        units.one(f"cheekSquint{side}", 0.3, 0.9)
