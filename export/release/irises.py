"""Release of the iris network: convert, measure, write file, model card and manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from export.annotations import data_root, list_samples
from export.evaluation import TEST_SETS
from export.irises import gaze_table, measure_gaze, measure_photographs, photographs_table
from export.onnx_graph import store_half
from export.pretrained import iris_parameters, iris_to_onnx
from export.release.cards import iris_card
from export.release.manifest import make_entry, update_manifest
from runtime import Predictor
from runtime.media.files import write_bytes, write_text

TRAINED_ON = "Google's own photographs, which are not published"


def release_irises(directory: Path, rendered: int, advance: Callable[[], object] = lambda: None) -> None:
    """Write ``iris.onnx`` and ``iris.md`` and bring ``manifest.json`` up to date.

    Args:
        directory: of the shipped files, which the runtime reads.
        rendered: number of faces that are rendered to measure gaze.
        advance: called after each of them.

    Raises:
        FileNotFoundError: the test photographs or the wheel with the original are not on this machine.
    """
    samples = {name: list_samples(data_root() / name / "test") for name in TEST_SETS}
    model = iris_to_onnx()
    exact = onnx.ModelProto.FromString(model.SerializeToString())
    store_half(model)
    path = directory / "iris.onnx"
    write_bytes(path, model.SerializeToString())
    entry = make_entry(path, "iris", iris_parameters(), "Apache-2.0", TRAINED_ON, {})
    update_manifest(directory, entry)
    with Predictor(irises=True, device="cpu") as predictor:
        tables = (
            photographs_table(measure_photographs(predictor, samples)),
            gaze_table(measure_gaze(predictor, rendered, advance=advance)),
        )
    write_text(path.with_suffix(".md"), iris_card(entry, *tables, _rounding(exact, model)))


def _rounding(exact: onnx.ModelProto, stored: onnx.ModelProto) -> float:
    """Return by how many pixels rounding the kernels moves a point, on four random pictures."""
    images = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), np.uint8)
    points = [
        onnxruntime.InferenceSession(each.SerializeToString(), providers=["CPUExecutionProvider"]).run(
            None, {"image": images}
        )[0]
        for each in (exact, stored)
    ]
    return float(np.abs(points[0][..., :2] - points[1][..., :2]).max())
