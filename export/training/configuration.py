"""Configuration of a training run: pydantic models, read from TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, model_validator

from export.config_files import Config, Count, Share, read_table, validate
from export.networks import CONFIGS


def _network(name: str) -> str:
    if name not in CONFIGS:
        raise ValueError(f"it is one of {', '.join(CONFIGS)}")
    return name


class SetConfig(Config):
    """One set of faces.

    Attributes:
        name: folder of photographs in ``LANDMARKS_DATA`` (``"helen"``); with a ``path`` only the name in the log.
        weight: relative share of the crops.
        annotated: whether the labels are accurate enough for training.
        path: folder of faces, relative to the working directory: one that ``synthesize`` wrote, or pictures with
            300-W annotations (``.pts``) beside them.
        pseudo_label_weight: weight of the attention mesh's points in the labels, 0 to 1; see
            :mod:`export.data.mesh_labels`.
        labels: file of ``python -m export faces label``: the pictures of ``path`` have no annotations of their own,
            their points come from teachers.
        count: number of faces to use, drawn with the run's seed; 0 for all.
    """

    name: str
    weight: PositiveFloat
    annotated: bool = True
    path: str = ""
    labels: str = ""
    count: NonNegativeInt = 0
    pseudo_label_weight: Share = 0.0

    @model_validator(mode="after")
    def _labels_are_of_pictures(self) -> SetConfig:
        if self.labels and not self.path:
            raise ValueError("labels needs path, the folder of their pictures")
        if self.labels and (self.pseudo_label_weight or not self.annotated):
            raise ValueError("labels goes with neither pseudo_label_weight nor annotated = false")
        return self


class TrainingConfig(Config):
    """Configuration of a run, read from TOML by :func:`read_config`."""

    network: Annotated[str, AfterValidator(_network)]  # "full" or "trimmed"
    init: str  # "facemesh", "scratch", or a parent (its blocks are dropped for "trimmed"): the name of a shipped
    # network ("full"), an ONNX file, or a checkpoint
    sets: Annotated[tuple[SetConfig, ...], Field(min_length=1, strict=False)]  # TOML has arrays, not tuples
    trainable: Literal["all", "presence"] = "all"  # presence: only the head that classifies face or no face
    crops: Count = 200_000
    batch: Count = 32
    learning_rate: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 1e-4
    warmup: Share = 0.02  # share of the steps
    ema: Share = 0.995
    clip: PositiveFloat = 20.0  # of the gradient's norm
    loss: Literal["wing", "mse", "adaptive-wing"] = "wing"
    wing_width: PositiveFloat = 10.0
    wing_curvature: PositiveFloat = 2.0
    depth_weight: NonNegativeFloat = 0.3
    confidence_weight: NonNegativeFloat = 2.0
    teacher: str = ""  # a network to distil from, named as a parent
    teacher_weight: NonNegativeFloat = 1.0
    batch_norm: Literal["frozen", "batch"] = (
        "frozen"  # frozen: running statistics; batch: batch statistics, for training from scratch
    )
    rotation: NonNegativeFloat = 10.0  # standard deviation of the crops' rotation, degrees
    degradation_probability: Share = 1.0  # of changes of light, colour and sharpness
    occlusion_probability: Share = 0.25  # of an occluded face
    warp_probability: Share = 0.0  # of a face warped to the proportions of another person
    negative_probability: Share = 0.15  # of a crop without a face
    seed: NonNegativeInt = 0
    shippable: bool = False  # refuse photographs of people under research terms, a parent's included

    @property
    def steps(self) -> int:
        """Number of optimiser steps of the run."""
        return max(1, self.crops // self.batch)

    @property
    def parents(self) -> dict[str, str]:
        """Networks that the run starts from or distils: checkpoints or ONNX files, by configuration key."""
        named = {"init": self.init, "teacher": self.teacher}
        return {key: name for key, name in named.items() if name not in ("", "facemesh", "scratch")}


def read_config(path: Path) -> TrainingConfig:
    """Read a run's configuration.

    Raises:
        ValueError: the file is not TOML, or has an unknown or missing key or an invalid value.
    """
    return validate(TrainingConfig, read_table(path), f"{path}")
