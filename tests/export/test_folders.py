"""The folders of the training side: which may import which."""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported(path):
    """The modules of ``export`` that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_import_cycle_between_folders():
    graph = {}
    for path in (ROOT / "export").rglob("*.py"):
        folder = path.relative_to(ROOT / "export").parts[0]
        others = {name.split(".")[1] for name in imported(path) if name.startswith("export.")}
        graph.setdefault(folder, set()).update(others - {folder})
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the folders
