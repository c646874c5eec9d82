"""Release of the project's own face detector: ONNX file, model card and manifest entry."""

from __future__ import annotations

from pathlib import Path

from export.annotations import data_root, list_samples
from export.calibration import PIPELINE, list_calibrations
from export.detector.model import STEP, multiply_adds, parameter_count, write_onnx
from export.detector.recall_table import DetectorChoice, recall_report
from export.detector.tasks import TRAINING_DATA
from export.detector.trainer import load_detector_network, trained_pictures
from export.evaluation import TEST_SETS
from export.release import fill_card, make_entry, measure_crops, recalls_table, update_manifest
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
    "Hands, balls and logos are sometimes taken for faces; the landmark network's confidence drops most of them.\n  "
    "`min_score=0.6` gives about as few false boxes as `blazeface-back` (`python -m export detector evaluate`).",
)

UNKNOWN_GROUPS = "Recall by origin and age was not measured for this card."


def release_detector(
    weights: Path,
    directory: Path,
    *,
    wild: Path | None,
    portraits: Path | None,
    people: Path | None = None,
    count: int | None = None,
) -> Path:
    """Write ``edge.onnx`` and ``edge.md``, and bring ``manifest.json`` up to date; return the ONNX file.

    Args:
        weights: checkpoint of a run, or weights that ``python -m export detector weights`` wrote.
        directory: folder of the shipped files.
        wild: folder of photographs with ``boxes.json``; None leaves its table out.
        portraits: FairFace's folder; None leaves its columns out.
        people: FairFace's ``fairface_label_val.csv``; None leaves recall by origin and age out.
        count: number of portraits, evenly spread; None for all.

    Raises:
        FileNotFoundError: the weights or the test photographs are not on this machine.
    """
    network = load_detector_network(weights)
    path = directory / f"{NAME}.onnx"
    write_onnx(network, path, {"name": NAME, "license": "Apache-2.0", "training_data": TRAINING_DATA})
    detector, _ = open_detector(ModelFile(NAME, path, path.read_bytes()), "cpu")
    folders = {name: data_root() / name / "test" for name in TEST_SETS}
    recalls, metrics = measure_crops(detector, {name: list_samples(folder) for name, folder in folders.items()})
    entry = make_entry(path, "detector", parameter_count(network), "Apache-2.0", TRAINING_DATA, metrics)
    choices = [DetectorChoice(str(path), 320), DetectorChoice(str(path), 640), DetectorChoice("blazeface-back", None)]
    tables = recall_report(
        choices,
        0.5,
        wild=wild,
        portraits=portraits,
        annotated=list(folders.values()),
        people=people,
        count=count,
    )
    card = fill_card(
        "edge.md",
        entry,
        multiply_adds=multiply_adds(network) / 1e6,
        step=STEP,
        use=USE,
        pictures=trained_pictures(weights),
        calibrations=list_calibrations(PIPELINE),
        tables=tables,
        recalls=recalls_table(recalls),
        limits="\n".join(f"- {limit}" for limit in (*LIMITS, *([] if people else [UNKNOWN_GROUPS]))),
    )
    update_manifest(directory, entry)
    write_text(path.with_suffix(".md"), card)
    return path
