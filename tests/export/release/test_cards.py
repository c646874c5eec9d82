"""Model cards: every number, the licence and the training data."""

from __future__ import annotations

import numpy as np

from export.catalogue import MODELS
from export.evaluation.accuracy import Accuracy
from export.evaluation.float16_error import Rounding
from export.evaluation.metrics import Errors
from export.release.cards import landmark_card
from export.training.lineage import Lineage
from runtime.engine.model_registry import ModelEntry

ENTRY = ModelEntry("full", "landmarks", "full.onnx", "ab" * 32, 1_097_019, 264_317, "Apache-2.0", "faces", {"nme": 3.5})
LEARNT = Lineage(True, (), (), False, (("runs/synthetic", 1),), False)


def test_model_card_holds_licence_and_every_number(networks):
    rng = np.random.default_rng(0)
    errors = {
        name: Errors(rng.uniform(1, 9, (count, 68)), rng.uniform(60, 90, count))
        for name, count in (("helen", 31), ("afw", 47))
    }
    model = MODELS["full-research"]
    rounding = Rounding(mean=0.0123, largest=0.456, nme=4.04, exact_nme=4.0)
    card = landmark_card(
        model, networks["full"], ENTRY, Accuracy(errors, 0.98765), "tables of renderings", LEARNT, rounding
    )
    assert "points move by 0.012 px on average and 0.46 px at most, NME 4.000 becomes 4.040 (+1.00%)" in card
    assert model.family.license in card and model.use in card and all(limit in card for limit in model.family.limits)
    assert "tables of renderings" in card and LEARNT.describe() in card and ENTRY.sha256 in card
    for text in ("68 layers", "264,317", "34.6 million multiply-adds", "1097 kB", "`full.onnx`", "0.9877"):
        assert text in card
    for name, measured in errors.items():
        row = next(line for line in card.splitlines() if line.startswith(f"| {name}/test | {len(measured.me)} |"))
        for value in (
            f"{measured.nme_mean:.2f}",
            f"{np.median(measured.nme):.2f}",
            f"{measured.me.mean():.2f} +- {measured.me.std():.2f}",
            f"{measured.success_rate:.3f}",
            f"{measured.auc():.3f}",
            f"{measured.failure_rate():.3f}",
        ):
            assert f"| {value} |" in row
        parts = " | ".join(f"{value:.2f}" for value in measured.by_part().values())
        assert f"| {name}/test | {parts} |" in card
    assert "| set | jaw | brows | nose | eyes | mouth |" in card
    sections = ("Intended use", "Out of scope", "Licence", "Data", "Accuracy", "Accuracy on synthetic faces", "Limits")
    for section in sections:
        assert f"## {section}\n" in card


def test_flat_metrics_are_rounded():
    errors = Errors(np.full((2, 68), 3.14159), np.full(2, 100.0))
    assert Accuracy({"helen": errors}, 0.9999949).metrics() == {"nme_helen_test": 3.142, "confidence_auc": 0.99999}
