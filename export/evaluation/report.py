"""``python -m export evaluate``: a table of accuracy and the error curves behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from export.evaluation.accuracy import measure_accuracy, read_test_photographs
from export.evaluation.figures import draw_error_curves
from export.evaluation.metrics import Errors, pipeline_errors
from export.evaluation.synthetic_report import measure_synthetic
from export.versions import describe_versions
from runtime.bench.markdown import markdown_table
from runtime.engine import list_models, load_model
from runtime.media.files import write_text
from runtime.pipeline import open_landmarker
from runtime.predictor import Predictor


def evaluate(
    models: Sequence[str] = (),
    figures: Path | None = None,
    numbers: Path | None = None,
    synthetic: Path | None = None,
    folders: Sequence[str] = (),
) -> str:
    """Measure models on annotated photographs, and on synthetic faces if there are any.

    Args:
        models: names of shipped networks, or ONNX files; empty for all that are shipped.
        figures: folder for the error curves, ``ced.png``.
        numbers: file for the same numbers as JSON.
        synthetic: folder of synthetic test faces, as ``synthesize`` writes it.
        folders: of annotated photographs; by default the test photographs.

    Returns:
        A Markdown table (crops cut by the annotation, then the whole pipeline from the picture on), for each model its
        tables on synthetic faces, and the versions.

    Raises:
        ModelError: there is no such model, or it is no landmark network.
        FileNotFoundError: the photographs or the synthetic faces are not on this machine.
        ValueError: no face was found in a set of photographs.
    """
    models = models or [entry.name for entry in list_models() if entry.role == "landmarks"]
    landmarkers = {model: open_landmarker(load_model(model, "landmarks"), "cpu")[0] for model in models}
    photographs = read_test_photographs(folders)
    rows: list[dict[str, str | float]] = []
    curves: dict[str, Errors] = {}
    for model, landmarker in landmarkers.items():
        accuracy = measure_accuracy(landmarker, photographs)
        with Predictor(model, device="cpu") as predictor:
            for name, faces in photographs.items():
                errors, whole = accuracy.errors[name], pipeline_errors(predictor, faces)
                curves[f"{model} on {name}"] = errors
                rows.append(
                    {
                        "model": model,
                        "set": name if folders else f"{name}/test",
                        "faces": len(faces),
                        "NME": errors.nme_mean,
                        "ME": float(errors.me.mean()),
                        "Std": float(errors.me.std()),
                        "SR": errors.success_rate,
                        "AUC@8": errors.auc(),
                        "FR@8": errors.failure_rate(),
                        "pipeline found": whole.found / whole.faces,
                        "pipeline NME": whole.errors.nme_mean,
                        "confidence AUC": accuracy.confidence_auc,
                    }
                )
    rendered = {name: measure_synthetic(item, synthetic) for name, item in landmarkers.items()} if synthetic else {}
    if figures:
        figures.mkdir(parents=True, exist_ok=True)
        draw_error_curves(curves, figures / "ced.png")
    if numbers:
        known = {"photographs": rows, "synthetic": {name: item.to_dict() for name, item in rendered.items()}}
        write_text(numbers, json.dumps(known, indent=2) + "\n")
    sections = [f"## {name}: synthetic faces\n\n{item.markdown()}" for name, item in rendered.items()]
    return "\n\n".join([records_table(rows), *sections, describe_versions()])


def records_table(rows: Sequence[dict[str, str | float]]) -> str:
    """Format rows with the same keys as a Markdown table, floats with three decimals."""
    cells = [[f"{value:.3f}" if isinstance(value, float) else value for value in row.values()] for row in rows]
    return markdown_table(list(rows[0]), cells, aligned=False)
