"""Identity of a head: sex, age, ancestry, build and the many small differences between people."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum

import numpy as np

from export.synthesis.head.assets import HeadAssets
from export.synthesis.mesh import Floats
from export.synthesis.sampling import Odds


class AgeGroup(str, Enum):
    """Ranges of age that are drawn from."""

    CHILD = "child"
    ADULT = "adult"
    OLD = "old"


AGE_ODDS = Odds({AgeGroup.CHILD: 0.1, AgeGroup.ADULT: 0.6, AgeGroup.OLD: 0.3})
AGE_YEARS = {AgeGroup.CHILD: (5, 15), AgeGroup.ADULT: (15, 50), AgeGroup.OLD: (50, 85)}

ANCESTRIES = ("caucasian", "asian", "african")

_SPREAD = {
    "head": 0.16,
    "forehead": 0.22,
    "eyebrows": 0.25,
    "eyes": 0.17,
    "nose": 0.2,
    "mouth": 0.2,
    "cheek": 0.22,
    "chin": 0.2,
    "ears": 0.25,
    "neck": 0.15,
}
"""Standard deviation of the detail axes of a region; 1 is the end of MakeHuman's slider, a caricature."""

_LARGEST = 3.0  # of those deviations, the limit on one axis
_REACH = {"eyes": 0.035, "nose": 0.09, "mouth": 0.07, "chin": 0.09, "cheek": 0.07, "forehead": 0.08, "eyebrows": 0.06}
_REACH_OTHER = 0.13  # decimetres that all axes of a region together may move a control point

_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)
# targets that tilt or shift the whole head, that are implausible, or that the macro targets cover
_LEFT_OUT = re.compile(
    r"head-(trans|angle|age|fat)|neck-trans|measure|(nose|mouth)-trans-(in|out)|ear-shape|eye-trans-(in|out)"
)
_HEAD_SHAPES = tuple(
    f"head/head-{shape}"
    for shape in ("diamond", "invertedtriangular", "oval", "rectangular", "round", "square", "triangular")
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person.

    Attributes:
        sex: 0 female .. 1 male, mostly near the ends.
        age: years, 5..85.
        ancestry: (3,) float32 shares that sum to 1: European, Asian, African.
        build: -1 thin .. 1 fat.
        muscle: -1 .. 1.
        melanin: 0 the palest .. 1 the darkest skin.
        weights: target -> weight; they shape the head.
    """

    sex: float
    age: float
    ancestry: Floats
    build: float
    muscle: float
    melanin: float
    weights: dict[str, float]


def sample_identity(rng: np.random.Generator, assets: HeadAssets) -> Identity:
    """Sample a person: 10 % children, 30 % over 50, ancestries mixed, both sexes equally often."""
    sex = float(rng.beta(0.25, 0.25))
    age = sample_age(rng)
    ancestry = rng.dirichlet([0.45] * 3).astype(np.float32)
    build = float(np.clip(rng.normal(0.15 * math.sin(math.pi * min(age, 80) / 80) - 0.05, 0.42), -1, 1))
    muscle = float(np.clip(rng.normal(0.2 * sex - 0.1, 0.35), -1, 1))
    weights = macro_weights(sex, age, ancestry, build, muscle)
    weights |= _details(rng, assets, sex, age, build)
    return Identity(sex, age, ancestry, build, muscle, _melanin(rng, ancestry), weights)


def mean_identity() -> Identity:
    """Make the person of the rest head: halfway between the sexes and ancestries, 25 years old."""
    ancestry = np.full(3, 1 / 3, np.float32)
    return Identity(0.5, 25.0, ancestry, 0.0, 0.0, 0.4, macro_weights(0.5, 25.0, ancestry, 0.0, 0.0))


def sample_age(rng: np.random.Generator) -> float:
    """Sample an age in years: 10 % under 15, 30 % over 50."""
    return float(rng.uniform(*AGE_YEARS[AGE_ODDS.sample(rng)]))


def macro_weights(sex: float, age: float, ancestry: Floats, build: float, muscle: float) -> dict[str, float]:
    """Interpolate between MakeHuman's modelled bodies: 1, 9, 20 and 88 years old, of both sexes.

    Args:
        sex: 0 female .. 1 male.
        age: years.
        ancestry: (3,) shares that sum to 1.
        build: -1 thin .. 1 fat.
        muscle: -1 .. 1.

    Returns:
        Weights of the targets ``macro/...``.
    """
    ages = dict(
        zip(
            ("baby", "child", "young", "old"),
            (float(np.interp(age, (1, 9, 20, 88), row)) for row in np.eye(4)),
            strict=True,
        )
    )
    muscles, builds = _three_way(muscle, "muscle"), _three_way(build, "weight")
    weights: dict[str, float] = {}
    for gender, a in (("female", 1 - sex), ("male", sex)):
        for period, b in ages.items():
            for name, c in zip(ANCESTRIES, ancestry, strict=True):
                weights[f"macro/{name}-{gender}-{period}"] = a * b * float(c)
            for muscle_name, c in muscles.items():
                for build_name, d in builds.items():
                    weights[f"macro/universal-{gender}-{period}-{muscle_name}-{build_name}"] = a * b * c * d
    return {name: weight for name, weight in weights.items() if weight > 0}


def _three_way(value: float, noun: str) -> dict[str, float]:
    return {f"min{noun}": max(-value, 0.0), f"average{noun}": 1 - abs(value), f"max{noun}": max(value, 0.0)}


def _melanin(rng: np.random.Generator, ancestry: Floats) -> float:
    mean, spread = np.array([0.14, 0.34, 0.74]) @ ancestry, np.array([0.08, 0.13, 0.16]) @ ancestry
    return float(np.clip(rng.normal(mean, spread), 0, 1))


def _details(rng: np.random.Generator, assets: HeadAssets, sex: float, age: float, build: float) -> dict[str, float]:
    """Sample weights of the detail targets, every region limited to what people vary."""
    years = max(age - 40, 0) / 45
    means = {
        "eyes/eye-bag-incr": 0.5 * years,
        "eyes/eye-eyefold-down": 0.15 * years,
        "ears/ear-scale-incr": 0.25 * years,
        "ears/ear-lobe-incr": 0.3 * years,
        "nose/nose-point-down": 0.2 * years,
        "nose/nose-scale-vert-incr": 0.15 * years,
        "mouth/mouth-upperlip-volume-decr": 0.25 * years,
        "cheek/cheek-volume-incr": 0.25 * build,
        "neck/neck-double-incr": max(0.45 * build, 0) + 0.15 * years,
        "eyebrows/eyebrows-trans-forward": 0.15 * (sex - 0.5),
        "chin/chin-width-incr": 0.15 * (sex - 0.5),
    }
    adult = float(np.clip((age - 5) / 13, 0.55, 1))  # children differ less
    weights: dict[str, float] = {}
    for region, spread in _SPREAD.items():
        mine: dict[str, float] = {}
        for low, high in _axes(assets, region):
            shared = float(np.clip(rng.normal(), -_LARGEST, _LARGEST)) * spread * adult
            for side in ("l-", "r-") if high.split("/")[1].startswith("l-") else ("",):
                up, down = (name.replace("/l-", f"/{side}") for name in (high, low))
                plain_up, plain_down = (name.replace("/l-", "/") for name in (high, low))
                value = shared + means.get(plain_up, 0.0) - means.get(plain_down, 0.0)
                value += rng.normal(0, 0.15 * spread) if side else 0.0
                mine[up if value > 0 else down] = abs(value)
        weights |= _restrain(assets, mine, _REACH.get(region, _REACH_OTHER))
    shape = str(rng.choice(_HEAD_SHAPES))
    weights[shape] = float(rng.uniform(0, 0.45)) * adult
    for name in _one_sided(assets):
        if rng.random() < 0.25:
            weights[name] = float(rng.uniform(0, 0.22))
    return weights


def _axes(assets: HeadAssets, region: str) -> list[tuple[str, str]]:
    """List pairs of opposite targets of a region; of a symmetric pair only the left one."""
    pairs = []
    for name in assets.targets:
        if not name.startswith(f"{region}/") or name.startswith(f"{region}/r-") or _LEFT_OUT.search(name):
            continue
        for low, high in _OPPOSITES:
            other = f"{name.removesuffix(low)}{high}"
            if name.endswith(f"-{low}") and other in assets.targets:
                pairs.append((name, other))
    return pairs


def _one_sided(assets: HeadAssets) -> list[str]:
    """List small asymmetries, the left or the right one of each: ears and eyes are rarely both out of place."""
    names = [name for name in assets.targets if name.startswith("asym/")]
    return [name for i, name in enumerate(names) if name.endswith("-l" if i // 2 % 2 else "-r")]


def _restrain(assets: HeadAssets, weights: dict[str, float], reach: float) -> dict[str, float]:
    """Scale weights down if together they move any control point further than ``reach`` decimetres."""
    total = assets.displace(np.zeros_like(assets.control), weights)
    furthest = float(np.sqrt((total**2).sum(axis=1).max()))
    share = min(1.0, reach / max(furthest, 1e-6))
    return {name: weight * share for name, weight in weights.items()}


def control_points(assets: HeadAssets, identity: Identity) -> Floats:
    """Compute the control points of a person, moved so that the eyes are where the rest head has them.

    Bodies differ in height by decimetres; the size of the head is left as it is.

    Args:
        assets: the head's mesh.
        identity: the person.

    Returns:
        (C, 3) float32, decimetres.
    """
    control = assets.displace(assets.base, identity.weights)
    eyes = np.concatenate(assets.eye_rows)
    return control + (assets.control[eyes].mean(axis=0) - control[eyes].mean(axis=0))
