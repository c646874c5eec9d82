"""The README's table of models, filled in from the manifest and the cards: ``python -m export readme``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from export.networks.landmark_network import CONFIGS, build, layer_table
from export.release.catalogue import MODELS
from runtime.engine.model_registry import ModelEntry, list_models
from runtime.media.files.atomic import write_text

START = "<!-- models: written by `python -m export readme` -->"
END = "<!-- /models -->"
HEADER = (
    "model",
    "take it for",
    "in a product?",
    "NME helen/test",
    "NME afw/test",
    "layers",
    "multiply-adds",
    "size",
    "licence",
)


def models_table(entries: Sequence[ModelEntry], weights: Path) -> str:
    """A Markdown table of the landmark models that a folder holds, in the catalogue's order.

    Raises:
        FileNotFoundError: a listed model has no card.
        ValueError: a card does not say what was measured.
    """
    shipped = {entry.name: entry for entry in entries}
    layers = {name: layer_table(build(name)) for name in CONFIGS}
    lines = ["| " + " | ".join(HEADER) + " |", "|---" * len(HEADER) + "|"]
    for model in MODELS.values():
        if entry := shipped.get(model.name):
            rows = layers[model.network]
            card = weights / f"{model.name}.md"
            cells = (
                f"[`{model.name}`](weights/{model.name}.md)",
                model.use,
                model.family.product,
                _nme(card, "helen"),
                _nme(card, "afw"),
                f"{len(rows)}",
                f"{sum(row.multiply_adds for row in rows) / 1e6:.1f} million",
                f"{entry.bytes / 1e6:.2f} MB",
                model.family.short_license,
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """The README's text with another table between its two marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"the README lacks the marks of its table, {START} and {END}")
    return f"{before}{START}\n{table}\n{END}{after}"


def update_readme(readme: Path, weights: Path) -> None:
    """Write the table of the models in ``weights`` into the README.

    Raises:
        ModelError: the folder has no manifest.
        FileNotFoundError: a listed model has no card.
        ValueError: a card does not say what was measured, or the README lacks the marks.
    """
    table = models_table(list_models(weights), weights)
    write_text(readme, with_table(readme.read_text(encoding="utf-8"), table))


def _nme(card: Path, name: str) -> str:
    """As the card rounds it: the manifest's digits rounded once more could differ."""
    found = re.search(rf"^\| {name}/test \| \d+ \| ([\d.]+) \|", card.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{card}: no NME on {name}/test; export the model again")
    return found[1]
