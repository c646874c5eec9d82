"""What decides a training run of the detector: dataclasses, read from TOML."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from export.detector.data.composites import CompositeConfig
from export.detector.losses import LossWeights
from export.detector.model.network import STEP, DetectorNetworkConfig
from export.training.configuration import read_table

Section = TypeVar("Section", DetectorNetworkConfig, CompositeConfig, LossWeights)

SECTIONS = {"network": DetectorNetworkConfig, "composites": CompositeConfig, "losses": LossWeights}


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """Everything that decides a run; ``export/detector/recipes/*.toml``.

    Attributes:
        network, composites, losses: tables of the file, see their classes.
        pictures: how many are composed until the learning rate is at its end.
        batch: pictures in a step.
        learning_rate: its highest value.
        weight_decay: of AdamW.
        warmup: share of the pictures over which the learning rate rises.
        ema: share of the moving average of the weights that a step keeps.
        clip: largest norm of the gradient.
        smallest: longer side in pixels below which a face is neither learnt nor counted as background.
        init: a checkpoint whose averaged weights the run starts from; empty for none.
        seed: of weights and pictures.
    """

    network: DetectorNetworkConfig = field(default_factory=DetectorNetworkConfig)
    composites: CompositeConfig = field(default_factory=CompositeConfig)
    losses: LossWeights = field(default_factory=LossWeights)
    pictures: int = 400_000
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warmup: float = 0.01
    ema: float = 0.9995
    clip: float = 10.0
    smallest: float = 6.0
    init: str = ""
    seed: int = 0


def read_detector_config(path: Path) -> DetectorConfig:
    """Read a recipe.

    Raises:
        ValueError: no TOML, an unknown key, or an impossible value.
    """
    return detector_config(read_table(path), f"{path}")


def detector_config(table: dict[str, Any], where: str) -> DetectorConfig:
    """A run's configuration from its keys and values; ``where`` they are from is named in errors.

    Raises:
        ValueError: an unknown key or an impossible value.
    """
    sections = {name: _section(kind, table.get(name, {}), f"{where}: {name}") for name, kind in SECTIONS.items()}
    _check_keys(DetectorConfig, table, where)
    config = DetectorConfig(**{**table, **sections})
    if config.pictures < 1 or config.batch < 1:
        raise ValueError(f"{where}: pictures and batch are at least 1")
    if config.composites.size < STEP or config.composites.size % STEP:
        raise ValueError(f"{where}: composites: size = {config.composites.size}; it is a multiple of {STEP}")
    return config


def detector_table(config: DetectorConfig) -> dict[str, Any]:
    """A configuration as plain keys and values, as :func:`detector_config` takes them."""
    return dataclasses.asdict(config)


def _section(kind: type[Section], table: dict[str, Any], where: str) -> Section:
    _check_keys(kind, table, where)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    return kind(**values)


def _check_keys(kind: type[Any], table: dict[str, Any], where: str) -> None:
    known = {each.name for each in dataclasses.fields(kind)}
    if unknown := set(table) - known:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
