"""Release of the detectors: convert, measure recall, write files, model cards and manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from export.annotations import Sample, data_root, list_samples
from export.evaluation import CONDITIONS, TEST_SETS, measure_recall
from export.pretrained import DETECTORS, export_detectors, find_packaged, narrow_file, read_graph
from export.release.cards import Recalls, detector_card
from export.release.manifest import make_entry, update_manifest
from runtime.detection import FaceDetector
from runtime.engine import NARROW_BLOCK, ModelFile
from runtime.media.files import write_text
from runtime.pipeline import open_detector

TRAINED_ON = "Google's own photographs, which are not published"


def release_detectors(directory: Path) -> None:
    """Write ``NAME.onnx`` and ``NAME.md`` for each detector and bring ``manifest.json`` up to date.

    Raises:
        FileNotFoundError: the test photographs or the wheel with the originals are not on this machine.
    """
    samples = {name: list_samples(data_root() / name / "test") for name in TEST_SETS}
    for path in export_detectors(directory):
        detector, _ = open_detector(ModelFile(path.stem, path, path.read_bytes()), "cpu")
        recalls, metrics = measure_crops(detector, samples)
        source = DETECTORS[path.stem]
        variants = {NARROW_BLOCK: narrow_file(path)} if source.narrow else {}
        entry = make_entry(path, "detector", _parameters(source.file), "Apache-2.0", TRAINED_ON, metrics, variants)
        update_manifest(directory, entry)
        write_text(path.with_suffix(".md"), detector_card(source, entry, recalls))


def measure_crops(detector: FaceDetector, samples: Mapping[str, Sequence[Sample]]) -> tuple[Recalls, dict[str, float]]:
    """Measure recall on annotated crops by test set and condition, and return it with the manifest's metrics."""
    recalls = {
        name: {condition: measure_recall(detector, items, condition) for condition in CONDITIONS}
        for name, items in samples.items()
    }
    return recalls, {f"recall_{name}_test": round(each[CONDITIONS[0]].recall, 4) for name, each in recalls.items()}


def _parameters(file: str) -> int:
    """Count the weights of an original TensorFlow Lite file."""
    original = read_graph(find_packaged(file))
    read = {tensor for operator in original.operators for tensor in operator.inputs}
    weights = [array for tensor, array in original.constants.items() if tensor in read]
    return sum(array.size for array in weights if array.dtype == np.float32)
