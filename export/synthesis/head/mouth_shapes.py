"""Movements of mouth and cheeks in each kind of expression."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from export.synthesis.head.face_units import ExpressionKind, UnitWeights
from export.synthesis.sampling import Odds


def _neutral(units: UnitWeights) -> None:
    if units.chance(0.4):
        units.one("jawOpen", 0.0, 0.08)
    if units.chance(0.25):
        units.both("mouthPress", 0.0, 0.4)
    if units.chance(0.25):
        units.both("mouthFrown", 0.0, 0.3)
    elif units.chance(0.3):
        units.both("mouthSmile", 0.0, 0.2)


def _smile(units: UnitWeights) -> None:
    strength = units.rng.uniform(0.3, 0.95)
    units.both("mouthSmile", strength * 0.9, strength)
    units.both("cheekSquint", 0.3 * strength, 0.8 * strength)
    units.both("eyeSquint", 0.0, 0.5 * strength)
    units.both("mouthDimple", 0.0, 0.4)
    if units.chance(0.6):  # with teeth
        units.both("mouthUpperUp", 0.2 * strength, 0.6 * strength)
        units.both("mouthLowerDown", 0.1 * strength, 0.5 * strength)
        units.one("jawOpen", 0.0, 0.1)


def _laugh(units: UnitWeights) -> None:
    strength = units.rng.uniform(0.5, 1)
    units.both("mouthSmile", 0.8 * strength, strength)
    units.both("cheekSquint", 0.5 * strength, strength)
    units.both("eyeSquint", 0.3 * strength, 0.9 * strength)
    units.both("mouthUpperUp", 0.3 * strength, 0.8 * strength)
    units.both("mouthLowerDown", 0.1, 0.6 * strength)
    units.one("jawOpen", 0.15, 0.25 + 0.4 * strength)
    if units.chance(0.4):
        units.both("noseSneer", 0.0, 0.4)


class _Sound(str, Enum):
    """Shapes of the mouth in speech."""

    OPEN = "open"
    WIDE = "wide"
    ROUND = "round"
    LABIAL = "labial"
    DENTAL = "dental"


_SOUND_ODDS = Odds(dict.fromkeys(_Sound, 0.2))


def _talk(units: UnitWeights) -> None:
    match _SOUND_ODDS.sample(units.rng):
        case _Sound.OPEN:
            units.one("jawOpen", 0.15, 0.5)
            units.both("mouthLowerDown", 0.0, 0.4)
        case _Sound.WIDE:
            units.one("jawOpen", 0.05, 0.25)
            units.both("mouthStretch", 0.1, 0.6)
            units.both("mouthLowerDown", 0.1, 0.6)
            units.both("mouthUpperUp", 0.0, 0.4)
        case _Sound.ROUND:
            units.one("jawOpen", 0.1, 0.4)
            units.one("mouthFunnel", 0.2, 0.8)
            units.one("mouthPucker", 0.0, 0.4)
        case _Sound.LABIAL:
            units.one("mouthRollLower", 0.1, 0.6)
            units.one("mouthRollUpper", 0.0, 0.4)
        case _Sound.DENTAL:
            units.one("jawOpen", 0.08, 0.25)
            units.one("mouthRollLower", 0.0, 0.3)
            units.both("mouthUpperUp", 0.1, 0.5)
    if units.chance(0.3):
        units.one(str(units.rng.choice(["mouthLeft", "mouthRight"])), 0.0, 0.35)


def _surprise(units: UnitWeights) -> None:
    units.one("jawOpen", 0.2, 0.9)
    units.one("browInnerUp", 0.4, 1)
    units.both("browOuterUp", 0.4, 1)
    units.both("eyeWide", 0.3, 1)
    if units.chance(0.4):
        units.one("mouthFunnel", 0.0, 0.5)


def _frown(units: UnitWeights) -> None:
    units.both("browDown", 0.4, 1)
    units.both("mouthFrown", 0.1, 0.8)
    units.both("eyeSquint", 0.0, 0.6)
    units.both("mouthPress", 0.0, 0.5)
    if units.chance(0.4):
        units.one("mouthShrugLower", 0.1, 0.5)


def _disgust(units: UnitWeights) -> None:
    units.both("noseSneer", 0.4, 1)
    units.both("browDown", 0.2, 0.7)
    units.both("mouthUpperUp", 0.2, 0.7)
    units.both("mouthFrown", 0.0, 0.5)
    units.both("eyeSquint", 0.2, 0.7)
    units.both("cheekSquint", 0.1, 0.5)


def _pucker(units: UnitWeights) -> None:
    units.one("mouthPucker", 0.4, 1)
    if units.chance(0.3):
        units.one("cheekPuff", 0.1, 0.6)


def _random(units: UnitWeights) -> None:
    pairs = ("mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "cheekSquint", "noseSneer", "mouthPress")
    singles = ("jawOpen", "jawLeft", "jawRight", "jawForward", "mouthLeft", "mouthRight", "cheekPuff", "mouthFunnel")
    for name in units.rng.choice(pairs, 2, replace=False):
        units.both(str(name), 0.0, 0.6, skew=0.5)
    for name in units.rng.choice(singles, 2, replace=False):
        units.one(str(name), 0.0, 0.6)
    if units.weights.get("jawOpen", 0.0) > 0.25 and units.chance(0.4):
        units.one("tongueOut", 0.3, 1)


MOUTH_SHAPES: dict[ExpressionKind, Callable[[UnitWeights], None]] = {
    ExpressionKind.NEUTRAL: _neutral,
    ExpressionKind.SMILE: _smile,
    ExpressionKind.LAUGH: _laugh,
    ExpressionKind.TALK: _talk,
    ExpressionKind.SURPRISE: _surprise,
    ExpressionKind.FROWN: _frown,
    ExpressionKind.DISGUST: _disgust,
    ExpressionKind.PUCKER: _pucker,
    ExpressionKind.RANDOM: _random,
}
