"""Who a head is: sex, age, ancestry, build and the many small differences between people."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from export.synthesis.head.assets import HeadAssets
from export.synthesis.mesh import Floats

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

_LARGEST = 3.0  # of those deviations; nobody goes further on one axis
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
# what tilts or shifts the whole head, what no face has, what the macro targets do already
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
        weights: target -> weight: what shapes this head.
    """

    sex: float
    age: float
    ancestry: Floats
    build: float
    muscle: float
    melanin: float
    weights: dict[str, float]


def sample_identity(rng: np.random.Generator, assets: HeadAssets) -> Identity:
    """Anybody: 10 % children, 30 % over 50, ancestries mixed, both sexes alike often."""
    sex = float(rng.beta(0.25, 0.25))
    age = sample_age(rng)
    ancestry = rng.dirichlet([0.45] * 3).astype(np.float32)
    build = float(np.clip(rng.normal(0.15 * math.sin(math.pi * min(age, 80) / 80) - 0.05, 0.42), -1, 1))
    muscle = float(np.clip(rng.normal(0.2 * sex - 0.1, 0.35), -1, 1))
    weights = macro_weights(sex, age, ancestry, build, muscle)
    weights |= _details(rng, assets, sex, age, build)
    return Identity(sex, age, ancestry, build, muscle, _melanin(rng, ancestry), weights)


def mean_identity() -> Identity:
    """Nobody in particular: the rest head, halfway between the sexes and ancestries, 25 years old."""
    ancestry = np.full(3, 1 / 3, np.float32)
    return Identity(0.5, 25.0, ancestry, 0.0, 0.0, 0.4, macro_weights(0.5, 25.0, ancestry, 0.0, 0.0))


def sample_age(rng: np.random.Generator) -> float:
    """Years: 10 % under 15, 30 % over 50."""
    low, high = ((5, 15), (15, 50), (50, 85))[int(rng.choice(3, p=[0.1, 0.6, 0.3]))]
    return float(rng.uniform(low, high))


def macro_weights(sex: float, age: float, ancestry: Floats, build: float, muscle: float) -> dict[str, float]:
    """MakeHuman's interpolation between its modelled bodies: 1, 9, 20 and 88 years old, of both sexes."""
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
    """Weights of the detail targets, every region held within what people vary."""
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
    """Pairs of opposite targets of a region; of a symmetric pair only the left one."""
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
    """Small asymmetries; the left or the right one of each, as ears and eyes are rarely both out of place."""
    names = [name for name in assets.targets if name.startswith("asym/")]
    return [name for i, name in enumerate(names) if name.endswith("-l" if i // 2 % 2 else "-r")]


def _restrain(assets: HeadAssets, weights: dict[str, float], reach: float) -> dict[str, float]:
    """The same weights, smaller if together they move any control point further than ``reach``."""
    total = assets.displace(np.zeros_like(assets.control), weights)
    furthest = float(np.sqrt((total**2).sum(axis=1).max()))
    share = min(1.0, reach / max(furthest, 1e-6))
    return {name: weight * share for name, weight in weights.items()}


def shape(assets: HeadAssets, identity: Identity) -> Floats:
    """Control points (C, 3) of a person, moved so that the eyes are where the rest head has them.

    Bodies differ in height by decimetres; the size of the head is left as it is.
    """
    control = assets.displace(assets.base, identity.weights)
    eyes = np.concatenate(assets.eye_rows)
    return control + (assets.control[eyes].mean(axis=0) - control[eyes].mean(axis=0))
