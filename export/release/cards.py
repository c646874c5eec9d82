"""Model cards in Markdown (Mitchell et al. 2019, arXiv:1810.03993), filled in with what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from export.calibration import PIPELINE, SYNTHETIC_POINTS, list_calibrations
from export.catalogue import Model
from export.evaluation import Accuracy, Condition, RecallResult, Rounding
from export.networks import LandmarkNetwork, layer_table
from export.pretrained import DetectorSource
from export.training import Lineage
from export.versions import describe_versions
from runtime.bench.markdown import markdown_table
from runtime.engine import ModelEntry, ModelVariant
from runtime.landmarks import CROP_SCALE

TEMPLATES = Path(__file__).with_name("templates")

ERRORS_HEADER = ("set", "faces", "NME", "median", "ME +- Std", "SR", "AUC@8", "FR@8")
RECALLS_HEADER = ("set", "faces", "pictures", "recall", "extra boxes per picture")

Recalls = Mapping[str, Mapping[Condition, RecallResult]]
"""Recall on annotated crops, by test set and condition."""


def landmark_card(
    model: Model,
    network: LandmarkNetwork,
    entry: ModelEntry,
    accuracy: Accuracy,
    synthetic: str,
    lineage: Lineage,
    rounding: Rounding,
) -> str:
    """Write the card of a landmark model.

    Args:
        model: the released model.
        network: its network in torch.
        entry: its line of the manifest.
        accuracy: on the test photographs.
        synthetic: tables on synthetic faces, as ``SyntheticAccuracy.markdown`` gives them.
        lineage: its training data.
        rounding: what float16 storage costs.
    """
    layers = layer_table(network)
    errors = [
        (
            f"{name}/test",
            len(item.me),
            f"{item.nme_mean:.2f}",
            f"{np.median(item.nme):.2f}",
            f"{item.me.mean():.2f} +- {item.me.std():.2f}",
            f"{item.success_rate:.3f}",
            f"{item.auc():.3f}",
            f"{item.failure_rate():.3f}",
        )
        for name, item in accuracy.errors.items()
    ]
    regions = {name: item.by_part() for name, item in accuracy.errors.items()}
    parts = list(next(iter(regions.values())))
    by_part = [(f"{name}/test", *(f"{row[part]:.2f}" for part in parts)) for name, row in regions.items()]
    return fill_card(
        "landmarks.md",
        entry,
        layers=len(layers),
        multiply_adds=sum(layer.multiply_adds for layer in layers) / 1e6,
        errors=markdown_table(ERRORS_HEADER, errors, aligned=False),
        by_part=markdown_table(["set", *parts], by_part, aligned=False),
        auc=accuracy.confidence_auc,
        synthetic=synthetic,
        use=model.use,
        license=model.family.license,
        data=lineage.describe(),
        calibrations=list_calibrations((*(SYNTHETIC_POINTS if lineage.synthetic else ()), *PIPELINE)),
        rounding=rounding,
        limits="\n".join(f"- {limit}" for limit in model.family.limits),
        crop_scale=CROP_SCALE,
    )


def detector_card(source: DetectorSource, entry: ModelEntry, recalls: Recalls) -> str:
    """Write the card of a detector."""
    near = "Faces within arm's reach of a laptop's or phone's camera. For everything else take `blazeface-back`."
    far = "Faces near and far in photographs and videos; the default."
    return fill_card(
        "detector.md",
        entry,
        size=source.input_size,
        free=" (every multiple of 32 works too)" if source.free_size else "",
        use=far if source.free_size else near,
        variants="".join(map(_variant_text, entry.variants)),
        recalls=recalls_table(recalls),
        calibrations=list_calibrations(PIPELINE),
    )


def recalls_table(recalls: Recalls) -> str:
    """Write the table of a detector's recall on annotated crops."""
    rows = [
        (f"{name}/test", item.images, condition, f"{item.recall:.1%}", f"{item.extra_per_image:.3f}")
        for name, items in recalls.items()
        for condition, item in items.items()
    ]
    return markdown_table(RECALLS_HEADER, rows, aligned=False)


def iris_card(entry: ModelEntry, photographs: str, gaze: str, rounding: float) -> str:
    """Write the card of the iris network.

    Args:
        entry: its line of the manifest.
        photographs: table of ``export.irises.photographs_table``.
        gaze: table of ``export.irises.gaze_table``.
        rounding: pixels of the crop by which float16 storage moves points.
    """
    return fill_card("iris.md", entry, photographs=photographs, gaze=gaze, rounding=rounding)


def _variant_text(variant: ModelVariant) -> str:
    return (
        f"\n`{variant.file}` ({variant.bytes / 1000:.0f} kB, SHA-256 `{variant.sha256}`)\n"
        f"is the same network for processors whose vector registers hold {variant.channel_block} channels (AVX2), "
        "and for browsers; the\nruntime chooses."
    )


def fill_card(template: str, entry: ModelEntry, **values: object) -> str:
    """Fill a template with what every card says of its file, and with what only this kind says."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return text.format(
        name=entry.name,
        file=entry.file,
        parameters=entry.parameters,
        kilobytes=entry.bytes / 1000,
        sha256=entry.sha256,
        versions=describe_versions(),
        **values,
    )
