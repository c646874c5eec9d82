"""What a network has learnt from, in all the runs that led to it: read from its checkpoints, not from memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

TITLES = {"helen": "HELEN", "afw": "AFW", "youtube": "YouTube Faces"}


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything that a network has learnt from.

    Attributes:
        facemesh: it started from FaceMesh's weights.
        annotated: sets of photographs whose annotations were learnt, in order of appearance.
        unlabelled: sets of photographs without.
        mesh_labels: labels of photographs that the attention mesh took part in.
        synthetic: folders of synthetic faces.
        teacher: it learnt the points of another network too, whose own lineage is included here.
    """

    facemesh: bool
    annotated: tuple[str, ...]
    unlabelled: tuple[str, ...]
    mesh_labels: bool
    synthetic: tuple[str, ...]
    teacher: bool

    @property
    def photographs(self) -> tuple[str, ...]:
        """All sets of photographs of people."""
        return (*self.annotated, *self.unlabelled)

    def describe(self) -> str:
        """One sentence for a model's metadata and card."""
        parts = [
            "FaceMesh weights (MediaPipe, Apache-2.0) as the start" if self.facemesh else "random weights at first"
        ]
        if self.annotated:
            parts.append(f"{_titles(self.annotated)} training photographs with 300-W annotations (research use)")
        if self.unlabelled:
            parts.append(f"{_titles(self.unlabelled)} frames (research use) without their labels")
        if self.mesh_labels:
            parts.append("labels that MediaPipe's attention mesh (Apache-2.0) took part in")
        if self.photographs:
            parts.append("depth of the photographs taught by FaceMesh")
        if self.synthetic:
            parts.append("synthetic faces of nobody (made by `python -m export synthesize`, CC0)")
        if self.teacher:
            parts.append("the points of a larger network that had learnt from nothing else")
        parts.append("pictures without people from scikit-image as what is no face")
        if not self.photographs:
            parts.append("no photograph of a person was used to train it")
        if self.synthetic:
            parts.append(
                "where the points of synthetic faces lie was calibrated: 68 mean offsets "
                "(export/synthesis/offsets.csv), measured with a network that had learnt 300-W annotations"
            )
        return "; ".join(parts)


def read_lineage(checkpoint: Path) -> Lineage:
    """Follow a checkpoint's start and teacher back to the first runs.

    Paths in a run's configuration are from the working directory, as in training.

    Raises:
        FileNotFoundError: the checkpoint, or one that it goes back to, is gone: nobody can say what is behind it.
    """
    configs = _configs(checkpoint)
    sets = [item for config in configs for item in config["sets"]]
    photographs = [item for item in sets if not item.get("path")]
    annotated = dict.fromkeys(item["name"] for item in photographs if item["annotated"])
    unlabelled = dict.fromkeys(item["name"] for item in photographs if not item["annotated"])
    return Lineage(
        facemesh=any(config["start"] == "facemesh" for config in configs),
        annotated=tuple(annotated),
        unlabelled=tuple(name for name in unlabelled if name not in annotated),
        mesh_labels=any(item.get("taught") for item in photographs),
        synthetic=tuple(dict.fromkeys(item["path"] for item in sets if item.get("path"))),
        teacher=any(config["teacher"] for config in configs),
    )


def _configs(checkpoint: Path) -> list[dict[str, Any]]:
    """The configurations of a run and of all before it."""
    configs: dict[Path, dict[str, Any]] = {}
    waiting = [checkpoint]
    while waiting:
        path = waiting.pop().resolve()
        if path in configs:
            continue
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: no such checkpoint, but {checkpoint} goes back to it; without it the training data is unknown"
            )
        configs[path] = torch.load(path, weights_only=True)["config"]
        before = (configs[path]["start"], configs[path]["teacher"])
        waiting += [Path(name) for name in before if name and name not in ("facemesh", "scratch")]
    return list(configs.values())


def _titles(names: tuple[str, ...]) -> str:
    return " and ".join(TITLES.get(name, name) for name in names)
