"""The folders of the generator: each has one entry, and none imports another in a circle."""

import ast
import graphlib
from pathlib import Path

import export.synthesis

ROOT = Path(export.synthesis.__file__).parent


def test_folders_import_each_other_by_their_entries_and_never_in_a_circle():
    graph, deep = {}, []
    for path in ROOT.rglob("*.py"):
        folder = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("export.synthesis."):
                _, _, other, *inner = node.module.split(".")
                graph.setdefault(folder, set()).add(other)
                if other != folder and inner:
                    deep.append(f"{path.relative_to(ROOT)} imports {node.module}")
    assert deep == []
    graphlib.TopologicalSorter({folder: others - {folder} for folder, others in graph.items()}).prepare()


def test_no_folder_holds_more_than_15_files_and_no_module_more_than_250_lines():
    for folder in [ROOT, *(path for path in ROOT.rglob("*") if path.is_dir() and path.name != "__pycache__")]:
        assert sum(path.is_file() for path in folder.iterdir()) <= 15, folder
    for path in ROOT.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path
