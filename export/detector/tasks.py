"""Steps from pictures to a detector file: labels, contact sheets, evaluation and export of a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from export.data import contact_sheet
from export.detector.data import (
    PLAIN,
    PORTRAITS,
    SCENES,
    Composer,
    CompositeConfig,
    Sources,
    Teacher,
    draw_detections,
    draw_labels,
    label_file,
    label_set,
    mine_set,
    mined_file,
    open_pictures,
    read_labels,
)
from export.detector.evaluation import (
    BUCKETS,
    FALSE_BOXES,
    LEAST_SCORE,
    detector_finder,
    network_finder,
    read_wild,
    recall_at,
    run_detector,
    threshold_for,
)
from export.detector.model import STEP, multiply_adds, parameter_count, write_onnx
from export.detector.recall_table import DetectorChoice
from export.detector.trainer import load_detector_network
from runtime.media.images import write_picture

TRAINING_DATA = (
    "composites of FairFace (CC BY 4.0), Open Images (CC BY 2.0), COCO (CC BY 2.0 and no known restrictions) and the "
    "clothing dataset (CC0); labels by YuNet (Apache-2.0, trained on WIDER FACE) and the open landmark network"
)
"""Training data of the recipe's network, for its metadata and the model card."""

SHEET = 24
"""Number of pictures in a contact sheet."""


def label_sets(data: Path, cache: Path, yunet: Path, names: Sequence[str]) -> None:
    """Decode sets of pictures and label their faces with the teachers; a set that is half done is continued.

    Args:
        data: folder that holds the folders of pictures.
        cache: folder for decoded pictures and labels, ``NAME.labels.npz``.
        yunet: YuNet's ``yunet_n_dynamic.onnx``.
        names: folders to label, of ``SCENES``, ``PORTRAITS`` and ``PLAIN``.
    """
    teacher = Teacher(yunet)
    labellers = {
        **dict.fromkeys(SCENES, teacher.scene),
        **dict.fromkeys(PORTRAITS, teacher.portrait),
        **dict.fromkeys(PLAIN, teacher.plain),
    }
    for name in names:
        label_set(labellers[name], open_pictures(data / name, cache), label_file(cache, name))


def mine_sets(data: Path, cache: Path, detector: str, names: Sequence[str], sizes: Sequence[int]) -> dict[str, int]:
    """Find hard examples in labelled sets with a trained detector; return each set's number of hard negatives.

    Args:
        data: folder that holds the folders of pictures.
        cache: folder of decoded pictures and labels; gets ``NAME.mined.npz``.
        detector: name of a shipped detector, or an ONNX file.
        names: folders, of ``SCENES``, ``PORTRAITS`` and ``PLAIN``; those without labels are left out.
        sizes: longer sides of the detector's input in pixels; a third of them for portraits.
    """
    opened = {
        size: detector_finder(DetectorChoice(detector, size).open(LEAST_SCORE))
        for size in (*sizes, *(_for_portraits(size) for size in sizes))
    }
    finders = [opened[size] for size in sizes]
    near = [opened[_for_portraits(size)] for size in sizes]
    mined = {}
    for name in names:
        if label_file(cache, name).is_file():
            pictures = open_pictures(data / name, cache)
            labels = read_labels(label_file(cache, name), pictures)
            mined[name] = mine_set(near if name in PORTRAITS else finders, pictures, labels, mined_file(cache, name))
    return mined


def _for_portraits(size: int) -> int:
    """Return the input size for pictures that one face fills."""
    return max(STEP, size // 3 // STEP * STEP)


def draw_composites(sources: Sources, config: CompositeConfig, kind: str | None, seed: int, out: Path) -> None:
    """Write a contact sheet of training pictures with their labels; ``kind`` limits it to one kind of picture."""
    composer = Composer(sources, config)
    random = np.random.default_rng(seed)
    compose = getattr(composer, kind) if kind else composer
    write_picture(out, contact_sheet([draw_labels(*compose(random)) for _ in range(SHEET)]))


def evaluate_checkpoint(checkpoint: Path, wild: Path, sizes: Sequence[int], sheet: Path | None) -> str:
    """Measure recall by face size and return it as text, three thresholds for each input size.

    Args:
        checkpoint: ``checkpoint.pt`` of a run.
        wild: folder of photographs with ``boxes.json``.
        sizes: longer sides of the input in pixels.
        sheet: image file for the detections in the first photographs, at the last size.
    """
    network = load_detector_network(checkpoint)
    pictures = read_wild(wild)
    lines = [
        "sides   " + " ".join(f"{bound:4.2f}" for bound in BUCKETS[:-1]) + "  (from, fraction of the picture's side)"
    ]
    for size in sizes:
        find = network_finder(network, size)
        outcomes = run_detector(find, pictures)
        for threshold in (threshold_for(outcomes), threshold_for(outcomes, 2 * FALSE_BOXES), 0.5):
            lines.append(f"{size:5}:  {recall_at(outcomes, threshold)}")
    if sheet:
        write_picture(
            sheet, contact_sheet([draw_detections(image, labels, *find(image)) for image, labels in pictures[:SHEET]])
        )
    return "\n".join(lines)


def export_checkpoint(checkpoint: Path, out: Path) -> str:
    """Write a checkpoint's averaged network as an ONNX file and return its size in words."""
    network = load_detector_network(checkpoint)
    write_onnx(network, out, {"name": "edge", "license": "Apache-2.0", "training_data": TRAINING_DATA})
    return (
        f"{out}: {out.stat().st_size} bytes, {parameter_count(network)} parameters, "
        f"{multiply_adds(network) / 1e6:.1f} million multiply-adds at 320x240"
    )
