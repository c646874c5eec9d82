"""Release of the landmark networks: convert, measure, write files, model cards and manifest."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from export.catalogue import Model
from export.data import Photograph
from export.evaluation import TEST_SETS, annotation_crops, measure_accuracy, measure_synthetic, read_test_photographs
from export.networks import LandmarkNetwork, parameter_count
from export.onnx_graph import store_half
from export.release.cards import landmark_card
from export.release.checks import check_parity, check_rounding, checked_lineage
from export.release.manifest import make_entry, update_manifest
from export.release.onnx_export import Provenance, describe, open_model, to_onnx
from export.training import CHECKPOINT, Lineage, load_network
from runtime.media.files import write_bytes, write_text


def checkpoint_of(model: Model, runs: Path) -> Path:
    """Return the path at which a model's run leaves its network."""
    return runs / model.name / CHECKPOINT


def release_landmarks(models: Sequence[Model], runs: Path, synthetic: Path, directory: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.md`` for each model and bring ``manifest.json`` up to date.

    Args:
        models: what to release.
        runs: folder of the runs, with ``NAME/checkpoint.safetensors`` for each model.
        synthetic: folder of synthetic test faces, as ``synthesize`` writes it.
        directory: folder of the shipped files.

    Returns:
        The paths of the ONNX files.

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
    photographs = read_test_photographs()
    return [
        _release(model, network, lineage, photographs, synthetic, directory)
        for model, network, lineage in zip(models, networks, lineages, strict=True)
    ]


def _release(
    model: Model,
    network: LandmarkNetwork,
    lineage: Lineage,
    photographs: Mapping[str, Sequence[Photograph]],
    synthetic: Path,
    directory: Path,
) -> Path:
    """Convert, measure and write one model."""
    family = model.family
    provenance = Provenance(model.name, family.license, lineage.describe())
    exact = to_onnx(network, provenance)
    stored = copy.deepcopy(exact)
    store_half(stored)

    exact_landmarker, landmarker = open_model(exact), open_model(stored)
    crops, _ = annotation_crops(photographs[TEST_SETS[0]])
    check_parity(model.name, network, exact_landmarker, crops)
    everyone = [face for faces in photographs.values() for face in faces]
    rounding = check_rounding(model.name, landmarker, exact_landmarker, everyone)
    accuracy, rendered = measure_accuracy(landmarker, photographs), measure_synthetic(landmarker, synthetic)
    metrics = {**accuracy.metrics(), **rendered.metrics()}

    path = directory / f"{model.name}.onnx"
    describe(stored, network, dataclasses.replace(provenance, metrics=metrics))
    write_bytes(path, stored.SerializeToString())
    entry = make_entry(path, "landmarks", parameter_count(network), family.short_license, family.trained_on, metrics)
    update_manifest(directory, entry)
    card = landmark_card(model, network, entry, accuracy, rendered.markdown(), lineage, rounding)
    write_text(path.with_suffix(".md"), card)
    return path
