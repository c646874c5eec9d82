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

from export.cards import detector_card, landmark_card
from export.confidence import confidence_auc
from export.data.annotations import data_root, list_samples
from export.data.photographs import Photograph, load
from export.detector import DETECTORS, export_detectors
from export.evaluation import Errors, annotation_crops, errors_of, onnx_confidence, onnx_predict, torch_predict
from export.networks import LandmarkNetwork, parameter_count
from export.onnx_export import Provenance, describe, to_onnx
from export.pretrained import load_facemesh
from export.recall import CONDITIONS, measure_recall
from export.tflite_file import find_packaged, read_graph
from runtime.detector import BlazeFace, BlazeFaceSpec
from runtime.landmarker import Landmarker
from runtime.models import ModelEntry, ModelFile, metadata_of
from runtime.sessions import open_session

TEST_SETS = ("helen", "afw")
PARITY = 1e-3
"""Largest difference between torch and onnxruntime, in pixels of the crop."""

log = logging.getLogger(__name__)
RESEARCH_LICENSE = (
    "Apache-2.0 for the code and the FaceMesh weights it started from; the training photographs (HELEN, AFW, "
    "YouTube Faces, 300-W annotations) are for research use only, so use these weights for research, not in a "
    "commercial product"
)
RESEARCH_DATA = (
    "FaceMesh weights (MediaPipe, Apache-2.0) as the start; HELEN and AFW training photographs with 300-W "
    "annotations (research use); YouTube Faces frames (research use) without their labels, for face confidence, depth "
    "and, in the trimmed network, the full one's points; depth taught by FaceMesh"
)


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
        crops, points = annotation_crops(faces)
        errors[name] = errors_of(onnx_predict(landmarker)(crops), points)
    everyone = [face for faces in photographs.values() for face in faces]
    return Accuracy(errors, confidence_auc(onnx_confidence(landmarker), everyone))


def check_parity(network: LandmarkNetwork, landmarker: Landmarker, photographs: Sequence[Photograph]) -> None:
    """Compare the trained network with its ONNX file on real crops.

    Raises:
        RuntimeError: a point differs by more than ``PARITY`` pixels.
    """
    crops, _ = annotation_crops(photographs)
    distance = float(np.abs(torch_predict(network)(crops) - onnx_predict(landmarker)(crops)).max())
    log.info("%s: torch and onnxruntime differ by %.1e px on %d crops", network.config.name, distance, len(crops))
    if distance > PARITY:
        raise RuntimeError(f"{network.config.name}: torch and onnxruntime differ by {distance:.1e} px, not {PARITY}")


def release(networks: Sequence[LandmarkNetwork], directory: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.md`` for each network and bring ``manifest.json`` up to date.

    Raises:
        FileNotFoundError: the test photographs or the FaceMesh wheel are not on this machine.
        RuntimeError: a file would not compute what the trained network does.
    """
    photographs = test_photographs()
    written = []
    for network in networks:
        name = network.config.name
        path = directory / f"{name}.onnx"
        model = to_onnx(network, Provenance(RESEARCH_LICENSE, RESEARCH_DATA))
        landmarker = Landmarker(open_session(ModelFile(name, path, model.SerializeToString()), "cpu"))
        check_parity(network, landmarker, photographs[TEST_SETS[0]])
        accuracy = measure(landmarker, photographs)
        describe(model, network, Provenance(RESEARCH_LICENSE, RESEARCH_DATA, accuracy.metrics()))
        onnx.save(model, path)
        entry = _entry(
            name,
            "landmarks",
            path,
            parameter_count(network),
            "research only: trained on photographs under research terms",
            accuracy.metrics(),
        )
        update_manifest(directory, entry)
        card = landmark_card(network, entry, accuracy.errors, accuracy.confidence_auc, RESEARCH_LICENSE, RESEARCH_DATA)
        path.with_suffix(".md").write_text(card, encoding="utf-8")
        written.append(path)
    return written


def release_detectors(directory: Path) -> None:
    """Convert the detectors, measure their recall, write files, cards and manifest.

    Raises:
        FileNotFoundError: the test photographs or the wheel with the originals are not on this machine.
    """
    samples = {name: list_samples(data_root() / name / "test") for name in TEST_SETS}
    for path in export_detectors(directory):
        session = open_session(ModelFile(path.stem, path, path.read_bytes()), "cpu").onnx
        detector = BlazeFace(session, BlazeFaceSpec.from_metadata(metadata_of(session)))
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
        entry = _entry(path.stem, "detector", path, parameters, "Apache-2.0", metrics)
        update_manifest(directory, entry)
        path.with_suffix(".md").write_text(detector_card(source, entry, recalls), encoding="utf-8")


def _entry(
    name: str, role: str, path: Path, parameters: int, license_name: str, metrics: dict[str, float]
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
        metrics=metrics,
    )


def update_manifest(directory: Path, entry: ModelEntry) -> None:
    """Replace or add one entry; the order is by role, then name."""
    manifest = directory / "manifest.json"
    entries = json.loads(manifest.read_text(encoding="utf-8"))["models"] if manifest.exists() else []
    entries = [item for item in entries if item["name"] != entry.name] + [dataclasses.asdict(entry)]
    entries.sort(key=lambda item: (item["role"] != "landmarks", item["name"]))
    manifest.write_text(json.dumps({"models": entries}, indent=2) + "\n", encoding="utf-8")
