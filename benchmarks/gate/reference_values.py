"""Committed baselines: latencies for each make of processor, and sizes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gate.ratios import Ratio
from benchmarks.workload import workloads
from runtime.bench.machine import Machine
from runtime.media.files import write_text

FOLDER = Path(__file__).with_name("reference_results")
SIZES = "sizes.json"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Latencies of one machine as ratios to the reference."""

    machine: Machine
    ratios: dict[str, Ratio]


def path_for(machine: Machine, folder: Path = FOLDER) -> Path:
    """Return the file of a make of processor and a version of onnxruntime, between which no ratios are comparable.

    The number of CPUs does not count: everything is measured on one thread.
    """
    return folder / f"{machine.make}_onnxruntime-{machine.onnxruntime}.json"


def others(folder: Path = FOLDER) -> list[str]:
    """Return the names of the baselines in a folder, without the ending."""
    return sorted(path.stem for path in folder.glob("*_onnxruntime-*.json"))


def read_baseline(machine: Machine, folder: Path = FOLDER) -> Baseline | None:
    """Read the baseline of a make of processor; None if there is none.

    Raises:
        ValueError: the file is damaged.
    """
    path = path_for(machine, folder)
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        ratios = {name: Ratio(**ratio) for name, ratio in values["ratios"].items()}
        return Baseline(Machine(**values["machine"]), ratios)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: not a baseline ({error}); rewrite it with --update") from error


def write_baseline(baseline: Baseline, folder: Path = FOLDER) -> Path:
    """Write the baseline of its make of processor and return the path."""
    ratios = {
        name: {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in dataclasses.asdict(ratio).items()
        }
        for name, ratio in baseline.ratios.items()
    }
    path = path_for(baseline.machine, folder)
    _write(path, {"machine": dataclasses.asdict(baseline.machine), "ratios": ratios})
    return path


def measured_sizes() -> dict[str, int]:
    """Return bytes, parameters and multiply-adds of every shipped network, by names such as ``"full: bytes"``."""
    return {
        f"{name}: {key.replace('_', '-')}": value
        for name, workload in workloads().items()
        for key, value in dataclasses.asdict(workload).items()
    }


def read_sizes(folder: Path = FOLDER) -> dict[str, int]:
    """Read the committed sizes; empty if there is no file yet."""
    path = folder / SIZES
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_sizes(sizes: Mapping[str, int], folder: Path = FOLDER) -> Path:
    """Write the sizes and return the path."""
    _write(folder / SIZES, dict(sizes))
    return folder / SIZES


def _write(path: Path, values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(values, indent=1) + "\n")
