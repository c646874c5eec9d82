"""What decides a training run: dataclasses, read from TOML."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.networks.landmark_network import CONFIGS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found]


@dataclass(frozen=True, slots=True)
class SetConfig:
    """One set of faces.

    Attributes:
        name: folder of photographs inside ``LANDMARKS_DATA`` (``"helen"``); with a ``path`` only its name in the log.
        weight: share of the crops.
        annotated: the labels are good enough to learn from.
        path: folder of faces, from the working directory: one that ``synthesize`` wrote, or pictures with 300-W
            annotations (``.pts``) beside them.
        pseudo_label_weight: share of the attention mesh's points in the labels, 0 to 1; see
            :mod:`export.data.mesh_labels`.
        count: how many different faces are used, drawn with the run's seed; 0 for all.
    """

    name: str
    weight: float
    annotated: bool = True
    path: str = ""
    count: int = 0
    pseudo_label_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides a run. Read from TOML by :func:`read_config`."""

    network: str  # "full" or "trimmed"
    init: str  # "facemesh", "scratch", or a parent (its blocks are dropped for "trimmed"): the name of a shipped
    # network ("full"), an ONNX file, or a checkpoint
    sets: tuple[SetConfig, ...]
    trainable: str = "all"  # what learns: "all", or "presence", the head that tells faces from other things, alone
    crops: int = 200_000
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup: float = 0.02  # share of the steps
    ema: float = 0.995
    clip: float = 20.0  # of the gradient's norm
    loss: str = "wing"  # "wing", "adaptive-wing" or "mse"
    wing_width: float = 10.0
    wing_curvature: float = 2.0
    depth_weight: float = 0.3
    confidence_weight: float = 2.0
    teacher: str = ""  # a network whose points are learnt too, named as a parent is
    teacher_weight: float = 1.0
    batch_norm: str = "frozen"  # "frozen": running statistics stay; "batch": as usual, from scratch
    rotation: float = 10.0  # standard deviation of the crops' rotation, degrees
    degradation_probability: float = 1.0  # share of the faces whose light, colour and sharpness are changed
    occlusion_probability: float = 0.25
    warp_probability: float = 0.0  # share of the faces whose features are moved into those of another person
    negative_probability: float = 0.15
    seed: int = 0
    shippable: bool = False  # refuse photographs of people, those that a parent was trained on included


def read_config(path: Path) -> TrainingConfig:
    """Read a run's configuration.

    Raises:
        ValueError: no TOML, an unknown or missing key, or an impossible value.
    """
    return config_from_table(read_table(path), f"{path}")


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: not TOML ({error})") from None


def config_from_table(table: dict[str, Any], where: str) -> TrainingConfig:
    """A run's configuration from its keys and values; ``where`` they are from is named in errors.

    Raises:
        ValueError: an unknown or missing key, or an impossible value.
    """
    _check_keys(where, table, TrainingConfig)
    for item in table["sets"]:
        _check_keys(f"{where}: sets", item, SetConfig)
    config = TrainingConfig(**{**table, "sets": tuple(SetConfig(**item) for item in table["sets"])})
    for name, value, allowed in (
        ("network", config.network, tuple(CONFIGS)),
        ("trainable", config.trainable, ("all", "presence")),
        ("loss", config.loss, ("wing", "mse", "adaptive-wing")),
        ("batch_norm", config.batch_norm, ("frozen", "batch")),
    ):
        if value not in allowed:
            raise ValueError(f"{where}: {name} = {value!r}; it is one of {', '.join(allowed)}")
    for name, count in (("crops", config.crops), ("batch", config.batch), ("sets", len(config.sets))):
        if count < 1:
            raise ValueError(f"{where}: {name}: at least 1 is needed")
    for item in config.sets:
        if item.count < 0 or item.weight <= 0:
            raise ValueError(f"{where}: sets: {item.name}: count is not negative and weight is positive")
        if not 0 <= item.pseudo_label_weight <= 1:
            raise ValueError(
                f"{where}: sets: {item.name}: pseudo_label_weight = {item.pseudo_label_weight}; it is a share, 0 to 1"
            )
    return config


def config_to_table(config: TrainingConfig) -> dict[str, Any]:
    """A run's configuration as plain keys and values, as :func:`config_from_table` takes them."""
    table = dataclasses.asdict(config)
    return {**table, "sets": list(table["sets"])}


def _check_keys(where: str, table: dict[str, object], kind: type[TrainingConfig] | type[SetConfig]) -> None:
    fields = dataclasses.fields(kind)
    known = {field.name for field in fields}
    if unknown := set(table) - known:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    needed = {field.name for field in fields if field.default is dataclasses.MISSING}
    if missing := needed - set(table):
        raise ValueError(f"{where}: {', '.join(sorted(missing))} missing")
