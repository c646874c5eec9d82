"""Recipes: TOML files with the stages of a training, runs that may start from earlier ones."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from export.config_files import read_table, validate
from export.pretrained import names_onnx
from export.training.checkpoints import CHECKPOINT, read_info
from export.training.configuration import TrainingConfig
from export.training.lineage import check_same_run, describe_run, record_of
from export.training.loop import train

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingStage:
    """One run of a recipe.

    Attributes:
        name: name of the stage and of its folder.
        config: configuration of the run.
    """

    name: str
    config: TrainingConfig


def read_stages(path: Path) -> tuple[TrainingStage, ...]:
    """Read the stages of a recipe; empty for a plain configuration, which has no ``stages``.

    A key outside of ``[[stages]]`` is the default of every stage.

    Raises:
        ValueError: the file is not TOML, or has an unknown or missing key, an invalid value, or a name that is invalid
            or given twice.
    """
    shared = read_table(path)
    if "stages" not in shared:
        return ()
    tables = shared.pop("stages")
    if not tables or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"{path}: stages: at least 1 table [[stages]] is needed")
    stages: dict[str, TrainingStage] = {}
    for number, table in enumerate(tables, start=1):
        name = table.pop("name", None)
        if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name):
            raise ValueError(f"{path}: stages: name of stage {number} = {name!r}; it is letters, digits, - and _")
        if name in stages:
            raise ValueError(f"{path}: stages: name = {name!r} is given twice")
        config = validate(TrainingConfig, {**shared, **table}, f"{path}: stages: {name}")
        stages[name] = TrainingStage(name, config)
    return tuple(stages.values())


def choose_stage(stages: Sequence[TrainingStage], name: str, path: Path) -> tuple[TrainingStage, ...]:
    """Return the stage with this name; ``path`` is for the error message.

    Raises:
        ValueError: there is none.
    """
    chosen = tuple(stage for stage in stages if stage.name == name)
    if not chosen:
        raise ValueError(f"{path}: no stage {name!r}; there are {', '.join(stage.name for stage in stages) or 'none'}")
    return chosen


def train_stages(
    stages: Sequence[TrainingStage],
    runs: Path,
    resume: bool = False,
    threads: int | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Iterator[Path]:
    """Train stages in order, each in the folder ``runs/NAME``, and yield their checkpoints.

    Args:
        stages: the stages in order; finished ones are skipped.
        runs: folder of the runs.
        resume: continue a stopped stage from its checkpoint.
        threads: threads of torch; torch's default if None.
        device: see :mod:`export.training.device`.
        precision: see :mod:`export.training.device`.

    Raises:
        FileExistsError: a stage was stopped and ``resume`` is False.
        FileNotFoundError: a parent neither exists nor is made by an earlier stage, or faces are missing.
        ValueError: a stage's folder holds another run, or as for :func:`export.training.loop.train`.
        ModelError: a parent's ONNX file cannot be read.
    """
    _check_parents(stages, runs)
    for stage in stages:
        run = runs / stage.name
        if is_finished(stage.config, run):
            log.info("%s: finished, skipped", stage.name)
            yield run / CHECKPOINT
        else:
            log.info("%s: %d steps", stage.name, stage.config.steps)
            begun = (run / CHECKPOINT).exists()
            yield train(stage.config, run, resume and begun, threads, device, precision)


def is_finished(config: TrainingConfig, run: Path) -> bool:
    """Return whether a folder holds the finished run of a configuration.

    Raises:
        FileNotFoundError: a parent or a folder of faces, needed to compare the runs, is missing.
        ValueError: the folder holds another run, or a checkpoint that cannot be read.
    """
    checkpoint = run / CHECKPOINT
    if not checkpoint.exists():
        return False
    info = read_info(checkpoint)
    check_same_run(record_of(info, checkpoint), describe_run(config), checkpoint)
    return info.step >= config.steps


def _check_parents(stages: Sequence[TrainingStage], runs: Path) -> None:
    """Raise FileNotFoundError for a missing parent before training starts."""
    made: set[Path] = set()
    for stage in stages:
        for name in stage.config.parents.values():
            if not names_onnx(name) and not Path(name).is_file() and Path(name).resolve() not in made:
                raise FileNotFoundError(f"{name}: no such checkpoint, and no stage before {stage.name} makes it")
        made.add((runs / stage.name / CHECKPOINT).resolve())
