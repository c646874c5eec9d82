"""Release of the project's own face detector: ONNX file, model card and manifest entry."""

from __future__ import annotations

from pathlib import Path

from export.annotations import data_root, list_samples
from export.calibration import PIPELINE, list_calibrations
from export.detector.model import STEP, multiply_adds, parameter_count, write_onnx
from export.detector.recall_table import DetectorChoice, recall_report
from export.detector.tasks import TRAINING_DATA
from export.detector.trainer import load_detector_network, trained_pictures
from export.evaluation import CONDITIONS, TEST_SETS, measure_recall
from export.release import RECALLS_HEADER, fill_card, make_entry, update_manifest
from runtime.bench.markdown import markdown_table
from runtime.engine import ModelFile
from runtime.media.files import write_text
from runtime.pipeline import open_detector

NAME = "edge"
USE = (
    "Faces in photographs and videos, turned ones and those that fill the picture, too, at half the cost of "
    "`blazeface-back`."
)
LIMITS = (
    "Small and half-hidden faces are missed as often as the first table shows.",
    "Hands, balls and logos are sometimes taken for faces; the landmark network's confidence drops most of them.",
)


def release_detector(
    weights: Path, directory: Path, *, wild: Path | None, portraits: Path | None, count: int | None = None
) -> Path:
    """Write ``edge.onnx`` and ``edge.md``, and bring ``manifest.json`` up to date; return the ONNX file.

    Args:
        weights: checkpoint of a run, or weights that ``python -m export detector weights`` wrote.
        directory: folder of the shipped files.
        wild: folder of photographs with ``boxes.json``; None leaves its table out.
        portraits: FairFace's folder; None leaves its columns out.
        count: number of portraits, evenly spread; None for all.

    Raises:
        FileNotFoundError: the weights or the test photographs are not on this machine.
    """
    network = load_detector_network(weights)
    path = directory / f"{NAME}.onnx"
    write_onnx(network, path, {"name": NAME, "license": "Apache-2.0", "training_data": TRAINING_DATA})
    detector, _ = open_detector(ModelFile(NAME, path, path.read_bytes()), "cpu")
    recalls = {
        name: {
            condition: measure_recall(detector, list_samples(data_root() / name / "test"), condition)
            for condition in CONDITIONS
        }
        for name in TEST_SETS
    }
    metrics = {f"recall_{name}_test": round(results[CONDITIONS[0]].recall, 4) for name, results in recalls.items()}
    entry = make_entry(path, "detector", parameter_count(network), "Apache-2.0", TRAINING_DATA, metrics)
    choices = [DetectorChoice(str(path), 320), DetectorChoice(str(path), 640), DetectorChoice("blazeface-back", None)]
    tables = recall_report(
        choices,
        0.5,
        wild=wild,
        portraits=portraits,
        annotated=[data_root() / name / "test" for name in TEST_SETS],
        count=count,
    )
    rows = [
        (f"{name}/test", item.images, condition, f"{item.recall:.1%}", f"{item.extra_per_image:.3f}")
        for name, items in recalls.items()
        for condition, item in items.items()
    ]
    card = fill_card(
        "edge.md",
        entry,
        multiply_adds=multiply_adds(network) / 1e6,
        step=STEP,
        use=USE,
        pictures=trained_pictures(weights),
        calibrations=list_calibrations(PIPELINE),
        tables=tables,
        recalls=markdown_table(RECALLS_HEADER, rows, aligned=False),
        limits="\n".join(f"- {limit}" for limit in LIMITS),
    )
    update_manifest(directory, entry)
    write_text(path.with_suffix(".md"), card)
    return path
