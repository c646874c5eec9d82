"""Expressions of a face: units of the facial action coding system in combinations that people make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from export.synthesis.head.face_units import ExpressionKind, UnitWeights
from export.synthesis.head.mouth_shapes import MOUTH_SHAPES
from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds

EXPRESSION_ODDS = Odds(
    {
        ExpressionKind.NEUTRAL: 0.2,
        ExpressionKind.SMILE: 0.2,
        ExpressionKind.LAUGH: 0.11,
        ExpressionKind.TALK: 0.19,
        ExpressionKind.SURPRISE: 0.07,
        ExpressionKind.FROWN: 0.07,
        ExpressionKind.DISGUST: 0.04,
        ExpressionKind.PUCKER: 0.05,
        ExpressionKind.RANDOM: 0.07,
    }
)

GAZE_REACH = 30.0
"""Degrees of gaze at which the units ``eyeLook...`` reach weight 1."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of a face.

    Attributes:
        kind: expression of the mouth.
        weights: face unit (``fu/...``) -> weight. Those of ``fu/eyeBlinkLeft`` and ``Right`` are the closed share of
            the opening between the lids that the other units leave.
        gaze: (2,) float32 degrees, to the subject's left and up, relative to the head.
    """

    kind: ExpressionKind
    weights: dict[str, float]
    gaze: Floats


def neutral_expression() -> Expression:
    """Make a face at rest that looks straight ahead."""
    return Expression(ExpressionKind.NEUTRAL, {}, np.zeros(2, np.float32))


def sample_expression(rng: np.random.Generator) -> Expression:
    """Sample an expression: a kind, with brows, lids and gaze on top."""
    kind = EXPRESSION_ODDS.sample(rng)
    units = UnitWeights(rng)
    MOUTH_SHAPES[kind](units)
    _brows(units, kind)
    gaze = _gaze(rng)
    _follow_gaze(units, gaze)
    if kind != ExpressionKind.SURPRISE:
        _lids(units)
    return Expression(kind, {f"fu/{name}": weight for name, weight in units.weights.items() if weight > 0}, gaze)


def _brows(units: UnitWeights, kind: ExpressionKind) -> None:
    if kind in (ExpressionKind.FROWN, ExpressionKind.DISGUST, ExpressionKind.SURPRISE):
        return
    if units.chance(0.2):
        units.one("browInnerUp", 0.0, 0.7)
        units.both("browOuterUp", 0.0, 0.6)
    elif units.chance(0.12):
        units.both("browDown", 0.0, 0.6)
    elif units.chance(0.06):
        units.one(str(units.rng.choice(["browOuterUpLeft", "browOuterUpRight"])), 0.2, 0.9)


def _gaze(rng: np.random.Generator) -> Floats:
    """Sample a gaze (2,) in degrees; most people look about where the head points."""
    spread = np.array([7.0, 5.0]) if rng.random() < 0.65 else np.array([18.0, 11.0])
    return np.clip(rng.normal(0, spread), [-35, -25], [35, 18]).astype(np.float32)


def _follow_gaze(units: UnitWeights, gaze: Floats) -> None:
    """Let lids and the skin around the eyes follow the gaze."""
    left, up = (float(angle) / GAZE_REACH for angle in gaze)
    for side, outwards in (("Left", left), ("Right", -left)):
        units.weights[f"eyeLook{'Out' if outwards > 0 else 'In'}{side}"] = min(abs(outwards), 1.0)
        units.weights[f"eyeLook{'Up' if up > 0 else 'Down'}{side}"] = min(abs(up), 1.0)


def _lids(units: UnitWeights) -> None:
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
