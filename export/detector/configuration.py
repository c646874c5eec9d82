"""What decides a training run of the detector: a model that pydantic validates, read from TOML."""

from __future__ import annotations

from pathlib import Path

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat

from export.config_files import Config, Count, Share, read_table, validate
from export.detector.data.composites import CompositeConfig
from export.detector.losses import LossWeights
from export.detector.model.network import DetectorNetworkConfig


class DetectorConfig(Config):
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

    network: DetectorNetworkConfig = DetectorNetworkConfig()
    composites: CompositeConfig = CompositeConfig()
    losses: LossWeights = LossWeights()
    pictures: Count = 400_000
    batch: Count = 16
    learning_rate: PositiveFloat = 2e-3
    weight_decay: NonNegativeFloat = 1e-4
    warmup: Share = 0.01
    ema: Share = 0.9995
    clip: PositiveFloat = 10.0
    smallest: NonNegativeFloat = 6.0
    init: str = ""
    seed: NonNegativeInt = 0


def read_detector_config(path: Path) -> DetectorConfig:
    """Read a recipe.

    Raises:
        ValueError: no TOML, an unknown key, or an impossible value.
    """
    return validate(DetectorConfig, read_table(path), f"{path}")
