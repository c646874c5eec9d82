"""Configuration of a training run of the detector: a pydantic model, read from TOML."""

from __future__ import annotations

from pathlib import Path

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat

from export.config_files import Config, Count, Share, read_table, validate
from export.detector.data import CompositeConfig
from export.detector.losses import LossWeights
from export.detector.model import DetectorNetworkConfig


class DetectorConfig(Config):
    """Configuration of a run, read from ``export/detector/recipes/*.toml``.

    Attributes:
        network, composites, losses: tables of the file; see their classes.
        pictures: number of pictures of the run.
        batch: pictures per step.
        learning_rate: highest learning rate.
        weight_decay: weight decay of AdamW.
        warmup: share of the pictures over which the learning rate rises.
        ema: decay of the moving average of the weights per step.
        clip: largest norm of the gradient.
        smallest: longer side in pixels below which a face counts neither as a face nor as background.
        init: a checkpoint or a file of ``python -m export detector weights``: the run starts from its averaged weights;
            empty for random ones.
        seed: seed of weights and pictures.
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
        ValueError: the file is not TOML, or has an unknown key or an invalid value.
    """
    return validate(DetectorConfig, read_table(path), f"{path}")
