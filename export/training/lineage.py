"""Training data of a network over all runs that led to it, parents included; every checkpoint records it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from export.calibration import SYNTHETIC_POINTS, describe_calibrations
from export.data import OPEN_LICENSES, LabelOrigin, holds_photographs, read_face_labels
from export.pretrained import load_onnx, names_onnx, read_metadata
from export.synthesis.dataset import read_settings
from export.training.checkpoints import CheckpointInfo, read_info
from export.training.configuration import TrainingConfig

TITLES = {"helen": "HELEN", "afw": "AFW", "youtube": "YouTube Faces"}
NO_PHOTOGRAPHS = "no photograph of a person was used to train it"
"""Phrase in the metadata of a network that was trained without photographs of people."""
OPEN_PHOTOGRAPHS = "the photographs of people used to train it are under open licences and were not annotated by people"
"""Phrase in the metadata of a network that learnt from photographs under open licences alone, labelled by teachers."""

Record = dict[str, Any]
"""The record of one run in its checkpoint, made of plain values.

``config``: its configuration. ``synthetic``: by folder, the ``seed`` and the generator's ``version`` of its synthetic
faces. ``labelled``: by file of labels, its ``sha256``, and ``pictures``, ``license`` and ``teachers`` as it says; runs
without such labels have no such key. ``parents``: by role (``"init"``, ``"teacher"``), the ``path`` as configured
and its ``sha256``; for a checkpoint also its own ``record``, for an ONNX file ``name``, ``license`` and
``training_data`` from its metadata.
"""


@dataclass(frozen=True, slots=True)
class OnnxParent:
    """A parent that was read from an ONNX file; only its metadata describes its training data.

    Attributes:
        name: name of the model.
        sha256: hash of the file.
        license: licence of its weights.
        training_data: phrases, separated by semicolons.
    """

    name: str
    sha256: str
    license: str
    training_data: str

    @property
    def photographs(self) -> bool:
        """Whether it may have learnt from photographs of people for research: True unless the metadata excludes it."""
        return NO_PHOTOGRAPHS not in self.phrases and not self.open_photographs

    @property
    def open_photographs(self) -> bool:
        """Whether it learnt from photographs of people, but from such under open licences alone."""
        return OPEN_PHOTOGRAPHS in self.phrases

    @property
    def phrases(self) -> list[str]:
        """The phrases of its training data."""
        return self.training_data.split("; ")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Training data and parents of a network over all runs.

    Attributes:
        facemesh: whether it started from FaceMesh's weights.
        annotated: sets of photographs trained on with annotations, in order of appearance.
        unlabelled: sets of photographs trained on without annotations.
        mesh_labels: whether labels of photographs were blended with points of the attention mesh.
        synthetic: folders of synthetic faces and their seeds.
        teacher: whether it was distilled from another network, whose lineage is included here.
        networks: parents that were read from ONNX files.
        own: folders of annotated photographs that are not a known set; their terms of use are unknown.
        labelled: photographs whose points come from teachers: their set, its licence, and the teachers.
    """

    facemesh: bool
    annotated: tuple[str, ...]
    unlabelled: tuple[str, ...]
    mesh_labels: bool
    synthetic: tuple[tuple[str, int], ...]
    teacher: bool
    networks: tuple[OnnxParent, ...] = ()
    own: tuple[str, ...] = ()
    labelled: tuple[LabelOrigin, ...] = ()

    @property
    def photographs(self) -> tuple[str, ...]:
        """All sets of photographs of people, without those under open licences; an ONNX parent counts as one set."""
        return (
            *self.annotated,
            *self.unlabelled,
            *self.own,
            *(item.pictures for item in self.labelled if item.license not in OPEN_LICENSES),
            *(f"those of {item.name}" for item in self.networks if item.photographs),
        )

    def describe(self) -> str:
        """Describe the training data in one sentence for a model's metadata and card."""
        parts = []
        for item in self.networks:  # their training data is this network's, too
            parts.append(f"the network {item.name} (SHA-256 {item.sha256}), trained from what follows")
            parts += [phrase for phrase in item.phrases if phrase not in (NO_PHOTOGRAPHS, OPEN_PHOTOGRAPHS)]
        if self.facemesh:
            parts.append("FaceMesh weights (MediaPipe, Apache-2.0) as the start")
        elif not self.networks:
            parts.append("random weights at first")
        if self.annotated:
            parts.append(f"{_titles(self.annotated)} training photographs with 300-W annotations (research use)")
        if self.unlabelled:
            parts.append(f"{_titles(self.unlabelled)} frames (research use) without their labels")
        if self.mesh_labels:
            parts.append("labels that MediaPipe's attention mesh (Apache-2.0) took part in")
        if self.own:
            parts.append(f"annotated photographs of the folders {', '.join(self.own)} (terms not stated)")
        if self.annotated or self.unlabelled or self.own:
            parts.append("depth of the photographs taught by FaceMesh")
        for label in self.labelled:
            parts.append(f"photographs of {label.pictures} ({label.license}) with points by {label.teachers}")
        if self.synthetic:
            parts.append("synthetic faces (made by `python -m export synthesize`, CC0)")
        if self.teacher:
            parts.append("the points of a larger network that had learnt from nothing else")
        parts.append("pictures without people from scikit-image as what is no face")
        if not self.photographs:
            learnt = self.labelled or any(item.open_photographs for item in self.networks)
            parts.append(OPEN_PHOTOGRAPHS if learnt else NO_PHOTOGRAPHS)
        if self.synthetic:
            parts.append(
                "where the points of synthetic faces lie was calibrated on 300-W annotations: "
                + describe_calibrations(SYNTHETIC_POINTS)
            )
        return "; ".join(dict.fromkeys(parts))


def describe_run(config: TrainingConfig) -> Record:
    """Return the record of a run that is about to start, with the records of its parents.

    Raises:
        FileNotFoundError: a parent's checkpoint or a folder of synthetic faces is missing.
        ModelError: a parent's ONNX file cannot be read.
        ValueError: a parent's checkpoint has no record, or a shippable network would be trained on photographs of
            people.
    """
    synthetic, labelled = {}, {}
    for item in config.sets:
        if item.labels:
            labelled[item.labels] = _describe_labels(Path(item.labels))
        elif item.path and not holds_photographs(Path(item.path)):
            settings = read_settings(Path(item.path))
            synthetic[item.path] = {"seed": int(settings["seed"]), "version": str(settings["version"])}
    parents = {role: _describe_parent(name) for role, name in config.parents.items()}
    record = {"config": config.model_dump(mode="json"), "synthetic": synthetic, "parents": parents}
    if labelled:
        record["labelled"] = labelled
    if config.shippable and (photographs := lineage_of(record).photographs):
        raise ValueError(
            f"the recipe is marked shippable, but would train on photographs of people ({', '.join(photographs)}), "
            "itself or through its init or teacher; change those, or leave out `shippable`"
        )
    return record


def _describe_labels(path: Path) -> dict[str, str]:
    origin = read_face_labels(path).origin
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **asdict(origin)}


def _describe_parent(name: str) -> dict[str, Any]:
    if names_onnx(name):
        file = load_onnx(name)
        stated = read_metadata(file)
        return {
            "path": name,
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "name": stated.get("name", file.name),
            "license": stated.get("license", "not stated"),
            "training_data": stated.get("training_data", "not stated"),
        }
    record = record_of(read_info(Path(name)), Path(name))
    return {"path": name, "sha256": hashlib.sha256(Path(name).read_bytes()).hexdigest(), "record": record}


def check_same_run(found: Record, wanted: Record, checkpoint: Path) -> None:
    """Check that a checkpoint belongs to the run that is to be resumed; otherwise its record would be wrong.

    Args:
        found: record of the checkpoint.
        wanted: record of the run.
        checkpoint: path for the error message.

    Raises:
        ValueError: the configuration, the synthetic faces, or the content of a parent differ.
    """
    changed = [
        key
        for key in dict.fromkeys([*found["config"], *wanted["config"]])
        if key != "shippable" and found["config"].get(key) != wanted["config"].get(key)
    ]
    if found["synthetic"] != wanted["synthetic"]:
        changed.append("seed or version of the synthetic faces")
    if found.get("labelled") != wanted.get("labelled"):
        changed.append("file of labels")
    before, now = ({role: parent["sha256"] for role, parent in record["parents"].items()} for record in (found, wanted))
    changed += [f"content of {role}" for role in {**before, **now} if before.get(role) != now.get(role)]
    if changed:
        raise ValueError(
            f"{checkpoint} was trained with another {', '.join(changed)}; resume it as it was, or choose another --run"
        )


def record_of(info: CheckpointInfo, path: Path) -> Record:
    """Return the record of a checkpoint.

    Raises:
        ValueError: there is none.
    """
    if info.record is None:
        raise ValueError(f"{path}: the checkpoint does not say what it has learnt from; train it again")
    return info.record


def read_lineage(checkpoint: Path) -> Lineage:
    """Read the lineage of a checkpoint from its record.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: it has no record.
    """
    return lineage_of(record_of(read_info(checkpoint), checkpoint))


def lineage_of(record: Record) -> Lineage:
    """Collect the lineage of a run and of all runs before it."""
    records = list(_ancestry(record))
    configs = [item["config"] for item in records]
    sets = [(item, record) for record in records for item in record["config"]["sets"]]
    photographs = [item for item, record in sets if item["path"] not in record["synthetic"] and not item.get("labels")]
    known = [item for item in photographs if not item["path"]]
    annotated = dict.fromkeys(item["name"] for item in known if item["annotated"])
    unlabelled = dict.fromkeys(item["name"] for item in known if not item["annotated"])
    own = dict.fromkeys(item["name"] for item in photographs if item["path"])
    files = [parent for item in records for parent in item["parents"].values() if "record" not in parent]
    networks = [OnnxParent(**{key: value for key, value in parent.items() if key != "path"}) for parent in files]
    stated = [labels for record in records for labels in record.get("labelled", {}).values()]
    labelled = [LabelOrigin(item["pictures"], item["license"], item["teachers"]) for item in stated]
    folders = [(path, faces["seed"]) for item in records for path, faces in item["synthetic"].items()]
    return Lineage(
        facemesh=any(config["init"] == "facemesh" for config in configs),
        annotated=tuple(annotated),
        unlabelled=tuple(name for name in unlabelled if name not in annotated),
        mesh_labels=any(item["pseudo_label_weight"] for item in photographs),
        synthetic=tuple(dict.fromkeys(folders)),
        teacher=any("teacher" in item["parents"] for item in records),
        networks=tuple(dict.fromkeys(networks)),
        own=tuple(own),
        labelled=tuple(dict.fromkeys(labelled)),
    )


def check_unseen(name: str, lineage: Lineage, synthetic: Path) -> None:
    """Check that a network was not trained on synthetic faces of the test faces' seed.

    Raises:
        ValueError: it was.
        FileNotFoundError: ``synthetic`` is not a folder that ``synthesize`` wrote.
    """
    seed = int(read_settings(synthetic)["seed"])
    for folder, trained in lineage.synthetic:
        if trained == seed:
            raise ValueError(
                f"{synthetic}: {name} was trained on faces of this seed, {seed} ({folder}); test it on those of another"
            )


def _ancestry(record: Record) -> Iterator[Record]:
    """Iterate over a record and those of all runs before it."""
    yield record
    for parent in record["parents"].values():
        if "record" in parent:
            yield from _ancestry(parent["record"])


def _titles(names: tuple[str, ...]) -> str:
    return " and ".join(TITLES.get(name, name) for name in names)
