"""Release of networks: export, measure on the test photographs, write files, manifest and model cards."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from export.calibration.confidence import confidence_auc
from export.data.annotations import data_root, list_samples
from export.data.photographs import Photograph, load
from export.evaluation.float16_error import Rounding, measure_rounding
from export.evaluation.metrics import Errors, annotation_crops, errors_of, onnx_confidence, onnx_predict, torch_predict
from export.evaluation.recall import CONDITIONS, measure_recall
from export.evaluation.synthetic_report import measure_synthetic
from export.networks.landmark_network import LandmarkNetwork, parameter_count
from export.onnx_graph import store_half
from export.pretrained.blazeface import DETECTORS, export_detectors
from export.pretrained.facemesh import load_facemesh
from export.pretrained.tflite_file import find_packaged, read_graph
from export.release.cards import detector_card, landmark_card
from export.release.catalogue import Model
from export.release.onnx_export import Provenance, describe, to_onnx
from export.synthesis.dataset.dataset import read_settings
from export.training.lineage import Lineage, read_lineage
from export.training.loop import load_network
from runtime.engine.model_registry import ModelEntry, ModelFile
from runtime.engine.sessions import open_session
from runtime.landmarks.landmarker import Landmarker
from runtime.media.files.atomic import write_bytes, write_text
from runtime.pipeline.loading import open_detector

TEST_SETS = ("helen", "afw")
PARITY = 1e-3
"""Largest difference between torch and onnxruntime, in pixels of the crop."""
ROUNDING = 0.01
"""Largest share by which float16 storage may make a network's NME grow."""

DETECTOR_DATA = "Google's own photographs, which are not published"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What is measured of one network.

    Attributes:
        errors: by test set, on crops cut by the annotation.
        confidence_auc: on augmented faces and non-faces of all test photographs.
    """

    errors: dict[str, Errors]
    confidence_auc: float

    def metrics(self) -> dict[str, float]:
        """Flat numbers for the manifest and the file's metadata."""
        flat = {f"nme_{name}_test": round(errors.nme_mean, 3) for name, errors in self.errors.items()}
        return {**flat, "confidence_auc": round(self.confidence_auc, 5)}


def test_photographs() -> dict[str, list[Photograph]]:
    """The photographs kept for reporting, by set.

    Raises:
        FileNotFoundError: they are not on this machine, or the FaceMesh wheel is missing.
    """
    teacher = load_facemesh()
    return {name: load(list_samples(data_root() / name / "test"), teacher) for name in TEST_SETS}


def measure(landmarker: Landmarker, photographs: dict[str, list[Photograph]]) -> Accuracy:
    """Accuracy of a network on the test photographs."""
    errors = {}
    for name, faces in photographs.items():
        crops, points = annotation_crops(faces, landmarker.spec.crop_scale)
        errors[name] = errors_of(onnx_predict(landmarker)(crops), points)
    everyone = [face for faces in photographs.values() for face in faces]
    return Accuracy(errors, confidence_auc(onnx_confidence(landmarker), everyone))


def check_parity(
    name: str, network: LandmarkNetwork, landmarker: Landmarker, photographs: Sequence[Photograph]
) -> None:
    """Compare the trained network of a model with its ONNX file on real crops.

    Raises:
        RuntimeError: a point differs by more than ``PARITY`` pixels.
    """
    crops, _ = annotation_crops(photographs)
    distance = float(np.abs(torch_predict(network)(crops) - onnx_predict(landmarker)(crops)).max())
    log.info("%s: torch and onnxruntime differ by %.1e px on %d crops", name, distance, len(crops))
    if distance > PARITY:
        raise RuntimeError(f"{name}: torch and onnxruntime differ by {distance:.1e} px, not {PARITY}")


def check_rounding(name: str, rounded: Landmarker, exact: Landmarker, photographs: Sequence[Photograph]) -> Rounding:
    """Compare the file with float16 storage with the one before it on real crops.

    Raises:
        RuntimeError: the NME grows by more than the share ``ROUNDING``.
    """
    rounding = measure_rounding(onnx_predict(rounded), onnx_predict(exact), photographs, exact.spec.crop_scale)
    log.info("%s: by float16 storage %s", name, rounding)
    if rounding.cost > ROUNDING:
        raise RuntimeError(f"{name}: by float16 storage {rounding}; {ROUNDING:.0%} is allowed")
    return rounding


def _landmarker(name: str, path: Path, file: onnx.ModelProto) -> Landmarker:
    return Landmarker(open_session(ModelFile(name, path, file.SerializeToString()), "cpu"))


def checked_lineage(model: Model, network: LandmarkNetwork, checkpoint: Path, synthetic: Path) -> Lineage:
    """What a model has learnt from, if that is what its name promises and not what it is tested on.

    Raises:
        ValueError: the checkpoint is of another network or does not say what it has learnt from, a model for products
            has learnt from photographs of people, or the ``synthetic`` test faces are of a seed that was trained on.
        FileNotFoundError: ``synthetic`` is no folder that ``synthesize`` wrote.
    """
    if network.config.name != model.network:
        raise ValueError(f"{checkpoint} holds a {network.config.name} network, {model.name} is a {model.network} one")
    lineage = read_lineage(checkpoint)
    if lineage.photographs and not model.family.people:
        raise ValueError(
            f"{checkpoint} has learnt from photographs of people ({', '.join(lineage.photographs)}), itself or through "
            f"its start or teacher; {model.name} promises that it has not"
        )
    check_unseen(model.name, lineage, synthetic)
    return lineage


def check_unseen(name: str, lineage: Lineage, synthetic: Path) -> None:
    """Compare the seed of synthetic test faces with those that a network has learnt from.

    Raises:
        ValueError: the test faces were trained on.
        FileNotFoundError: ``synthetic`` is no folder that ``synthesize`` wrote.
    """
    seed = int(read_settings(synthetic)["seed"])
    for folder, trained in lineage.synthetic:
        if trained == seed:
            raise ValueError(
                f"{synthetic}: {name} was trained on faces of this seed, {seed} ({folder}); test it on those of another"
            )


def checkpoint_of(model: Model, runs: Path) -> Path:
    """Where a model's run leaves its network."""
    return runs / model.name / "checkpoint.pt"


def release(models: Sequence[Model], runs: Path, synthetic: Path, directory: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.md`` for each model and bring ``manifest.json`` up to date.

    Args:
        models: what to release.
        runs: folder of the runs, ``NAME/checkpoint.pt`` each.
        synthetic: folder of synthetic test faces, as ``synthesize`` writes it.
        directory: where to.

    Raises:
        FileNotFoundError: a checkpoint, the test photographs, the synthetic faces or the FaceMesh wheel are missing.
        ValueError: a checkpoint is not what its model promises; nothing is written then.
        RuntimeError: a file would not compute what the trained network does, or loses by float16 storage.
    """
    networks = [load_network(checkpoint_of(model, runs)) for model in models]
    lineages = [
        checked_lineage(model, network, checkpoint_of(model, runs), synthetic)
        for model, network in zip(models, networks, strict=True)
    ]
    photographs = test_photographs()
    written = []
    for model, network, lineage in zip(models, networks, lineages, strict=True):
        path = directory / f"{model.name}.onnx"
        provenance = Provenance(model.name, model.family.license, lineage.describe())
        file = to_onnx(network, provenance)
        exact = _landmarker(model.name, path, file)
        check_parity(model.name, network, exact, photographs[TEST_SETS[0]])
        store_half(file)
        landmarker = _landmarker(model.name, path, file)
        everyone = [face for faces in photographs.values() for face in faces]
        rounding = check_rounding(model.name, landmarker, exact, everyone)
        accuracy, rendered = measure(landmarker, photographs), measure_synthetic(landmarker, synthetic)
        metrics = {**accuracy.metrics(), **rendered.metrics()}
        describe(file, network, dataclasses.replace(provenance, metrics=metrics))
        write_bytes(path, file.SerializeToString())
        family = model.family
        entry = _entry(
            model.name, "landmarks", path, parameter_count(network), family.short_license, family.trained_on, metrics
        )
        update_manifest(directory, entry)
        card = landmark_card(
            model,
            network,
            entry,
            accuracy.errors,
            accuracy.confidence_auc,
            rendered.markdown(),
            lineage,
            rounding,
        )
        write_text(path.with_suffix(".md"), card)
        written.append(path)
    return written


def release_detectors(directory: Path) -> None:
    """Convert the detectors, measure their recall, write files, cards and manifest.

    Raises:
        FileNotFoundError: the test photographs or the wheel with the originals are not on this machine.
    """
    samples = {name: list_samples(data_root() / name / "test") for name in TEST_SETS}
    for path in export_detectors(directory):
        detector, _ = open_detector(ModelFile(path.stem, path, path.read_bytes()), "cpu")
        recalls = {
            name: {condition: measure_recall(detector, items, condition) for condition in CONDITIONS}
            for name, items in samples.items()
        }
        metrics = {f"recall_{name}_test": round(results[CONDITIONS[0]].recall, 4) for name, results in recalls.items()}
        source = DETECTORS[path.stem]
        original = read_graph(find_packaged(source.file))
        read = {tensor for operator in original.operators for tensor in operator.inputs}
        weights = [array for tensor, array in original.constants.items() if tensor in read]
        parameters = sum(array.size for array in weights if array.dtype == np.float32)
        entry = _entry(path.stem, "detector", path, parameters, "Apache-2.0", DETECTOR_DATA, metrics)
        update_manifest(directory, entry)
        write_text(path.with_suffix(".md"), detector_card(source, entry, recalls))


def _entry(
    name: str, role: str, path: Path, parameters: int, license_name: str, trained_on: str, metrics: dict[str, float]
) -> ModelEntry:
    content = path.read_bytes()
    return ModelEntry(
        name=name,
        role=role,  # type: ignore[arg-type]
        file=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        parameters=parameters,
        license=license_name,
        trained_on=trained_on,
        metrics=metrics,
    )


def update_manifest(directory: Path, entry: ModelEntry) -> None:
    """Replace or add one entry; the order is by role, then name."""
    manifest = directory / "manifest.json"
    entries = json.loads(manifest.read_text(encoding="utf-8"))["models"] if manifest.exists() else []
    entries = [item for item in entries if item["name"] != entry.name] + [dataclasses.asdict(entry)]
    entries.sort(key=lambda item: (item["role"] != "landmarks", item["name"]))
    write_text(manifest, json.dumps({"models": entries}, indent=2) + "\n")
