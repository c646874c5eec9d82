"""The rows of the tables, read from the TOML files of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from export.config_files import read_table, validate
from export.training import TrainingConfig

FOLDER = Path(__file__).parent
COMMON = "common"
ROWS = (
    "synthetic-mse",
    "synthetic-wing",
    "synthetic-adaptive-wing",
    "real",
    "mixture-60",
    "mixture-90",
    "synthetic-all",
    "mixture-60-all",
    "trimmed-synthetic",
    "trimmed-mixture-60",
)
"""In the tables' order."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Values that the study reports for a row: mean error and standard deviation in pixels, success rate."""

    me: float
    std: float
    success_rate: float


@dataclass(frozen=True, slots=True)
class Experiment:
    """One row: its training, and the study's numbers by test set (``"synthetic"``, ``"real"``), if any."""

    name: str
    title: str
    training: TrainingConfig
    study: dict[str, Reported]


def read_rows(
    names: Sequence[str] = ROWS, crops: int | None = None, synthetic: Path | None = None, folder: Path = FOLDER
) -> list[Experiment]:
    """Read rows by name; ``common.toml`` holds their defaults.

    Args:
        names: names of the rows, in the order of the result.
        crops: number of training crops; that of the files if None.
        synthetic: folder of synthetic faces; that of the files if None.
        folder: folder of the TOML files.

    Raises:
        ValueError: there is no such row, or its file is not valid.
    """
    common = read_table(folder / f"{COMMON}.toml")
    if crops is not None:
        common["crops"] = crops
    rows = []
    for name in names:
        path = folder / f"{name}.toml"
        if name == COMMON or not path.is_file():
            known = sorted(item.stem for item in folder.glob("*.toml") if item.stem != COMMON)
            raise ValueError(f"no row {name!r}; there are {', '.join(known)}")
        table = read_table(path)
        if unknown := set(table) - {"title", "study", "training"}:
            raise ValueError(f"{path}: unknown {', '.join(sorted(unknown))}; known are title, study, training")
        config = validate(TrainingConfig, {**common, **table.get("training", {})}, f"{path}")
        if synthetic is not None:
            other = {"path": str(synthetic)}
            sets = tuple(item.model_copy(update=other) if item.path else item for item in config.sets)
            config = config.model_copy(update={"sets": sets})
        study = {test: Reported(*numbers) for test, numbers in table.get("study", {}).items()}
        rows.append(Experiment(name, table.get("title", name), config, study))
    return rows
