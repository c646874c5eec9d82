"""Tables of the shipped models for README.md and docs/accuracy.md: ``python -m export readme``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from export.catalogue import MODELS, Model
from export.networks import CONFIGS, build_network, layer_table
from runtime.bench.markdown import markdown_table
from runtime.bench.results import Results, read_results
from runtime.bench.tables import conditions
from runtime.engine import ModelEntry, list_models
from runtime.errors import OptionError
from runtime.media.files import write_text

INSTRUCTION_SETS = {"avx2": "AVX2", "avx512": "AVX-512", "neon": "ARM64"}
"""Names of the vector instructions in the tables, in the order of their columns."""


def models_table(entries: Sequence[ModelEntry], weights: Path, results: Sequence[Results]) -> str:
    """Return the README's table: one row per landmark model, and a line that says where the times were measured.

    Args:
        entries: of the manifest.
        weights: folder of the model cards, from which the accuracy is read.
        results: of ``landmarks bench``, for the time of one crop; a column for each.

    Raises:
        FileNotFoundError: a listed model has no card.
        ValueError: a card states no accuracy.
    """
    rows = []
    for entry, model in _released(entries):
        card = weights / f"{entry.name}.md"
        found = [each.find("landmark network", crops=1, model=entry.name) for each in results]
        rows.append(
            (
                f"[`{entry.name}`](weights/{entry.name}.md)",
                model.family.product,
                f"{_nme(card, 'helen')} / {_nme(card, 'afw')} %",
                *(f"{times[0].value:.2f}" if times else "not measured" for times in found),
                f"{entry.bytes / 1e6:.2f}",
            )
        )
    columns = [f"ms, {INSTRUCTION_SETS.get(each.machine.instructions, each.machine.instructions)}" for each in results]
    table = markdown_table(("network", "may be shipped", "NME HELEN / AFW", *columns, "MB"), rows)
    measured = "\n".join(f"- {conditions(each)}" for each in results)
    return f"{table}\n\nMilliseconds are printed by `landmarks bench`:\n\n{measured}"


def networks_table(entries: Sequence[ModelEntry]) -> str:
    """Return the table of docs/accuracy.md: size of each network, who should use it, and its licence."""
    layers = {name: layer_table(build_network(name)) for name in CONFIGS}
    rows = []
    for entry, model in _released(entries):
        table = layers[model.network]
        amounts = sum(row.multiply_adds for row in table) / 1e6
        cells = (model.use, len(table), f"{amounts:.1f} million", model.family.short_license)
        rows.append((f"[`{entry.name}`](../weights/{entry.name}.md)", *cells))
    return markdown_table(("network", "for", "layers", "multiply-adds", "licence"), rows)


def replace_between(text: str, name: str, block: str) -> str:
    """Return a document with another block between ``<!-- NAME: ... -->`` and ``<!-- /NAME -->``.

    Raises:
        ValueError: the document lacks these marks.
    """
    marks = re.search(rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- /{name} -->)", text, re.DOTALL)
    if marks is None:
        raise ValueError(f"the document lacks the marks <!-- {name}: ... --> and <!-- /{name} --> around its table")
    return f"{text[: marks.start()]}{marks[1]}{block}\n{marks[2]}{text[marks.end() :]}"


def newest_results(folder: Path) -> list[Results]:
    """Read the newest results of ``landmarks bench`` with one thread on a CPU, one for each set of instructions.

    Raises:
        OptionError: the folder has none.
    """
    newest: dict[str, Results] = {}
    for results in read_results(folder):
        if (results.device, results.threads) == ("cpu", 1):
            newest.setdefault(results.machine.instructions, results)
    if not newest:
        raise OptionError(f"{folder} has no results of a CPU with one thread: landmarks bench --out {folder}")
    order = list(INSTRUCTION_SETS)
    return sorted(
        newest.values(), key=lambda each: (*order, each.machine.instructions).index(each.machine.instructions)
    )


def update_tables(repository: Path, weights: Path) -> list[Path]:
    """Write the tables of the models in ``weights`` into README.md and docs/accuracy.md; returns both paths.

    Raises:
        ModelError: the folder has no manifest.
        FileNotFoundError: a listed model has no card.
        ValueError: a card states no accuracy, or a document lacks its marks.
        OptionError: there are no results of ``landmarks bench``.
    """
    entries = list_models(weights)
    readme, accuracy = repository / "README.md", repository / "docs" / "accuracy.md"
    models = models_table(entries, weights, newest_results(repository / "benchmarks" / "results"))
    for path, name, block in ((readme, "models", models), (accuracy, "networks", networks_table(entries))):
        write_text(path, replace_between(path.read_text(encoding="utf-8"), name, block))
    return [readme, accuracy]


def _released(entries: Sequence[ModelEntry]) -> list[tuple[ModelEntry, Model]]:
    shipped = {entry.name: entry for entry in entries}
    return [(shipped[name], model) for name, model in MODELS.items() if name in shipped]


def _nme(card: Path, name: str) -> str:
    """Read the NME as the card rounds it: the manifest's digits rounded once more could differ."""
    found = re.search(rf"^\| {name}/test \| \d+ \| ([\d.]+) \|", card.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{card}: no NME on {name}/test; export the model again")
    return found[1]
