"""The layout of the repository: small folders without import cycles, imported by their entries, with few siblings."""

from __future__ import annotations

import ast
import graphlib
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("runtime", "export", "benchmarks")
MOST_FILES, MOST_SIBLINGS = 15, 10


def listed():
    """Files of the checkout that git tracks, or all of a source tree without git."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = done.stdout.split("\n")[:-1] if done.returncode == 0 else []
    return [Path(name) for name in names if (ROOT / name).is_file()]


FILES = listed()
if not FILES:
    pytest.skip("not a git checkout", allow_module_level=True)


def module_name(path):
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES if path.suffix == ".py" and path.parts[0] in PACKAGES}


def imports(path):
    """Modules of the repository that a module imports, also inside of functions."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & MODULES.keys()


IMPORTS = {name: imports(path) for name, path in MODULES.items()}


def test_no_folder_holds_more_than_fifteen_files():
    """The shipped networks lie in one folder, a file and a card for each."""
    counts = defaultdict(int)
    for path in FILES:
        counts[path.parent.as_posix()] += 1
    assert {
        folder: count for folder, count in counts.items() if count > MOST_FILES and folder not in (".", "weights")
    } == {}


def test_no_import_cycle_between_folders():
    """A package's own top modules (``runtime/predictor.py``) may use its folders, and those its types and errors."""
    graph = defaultdict(set)
    for name, imported in IMPORTS.items():
        folder = MODULES[name].parent
        targets = {MODULES[other].parent for other in imported}
        if str(folder) not in PACKAGES:
            graph[folder] |= {target for target in targets - {folder} if str(target) not in PACKAGES}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the folders


@pytest.mark.parametrize("package", ["export", "export.synthesis"])
def test_no_import_cycle_between_the_parts_of_a_package(package):
    """Each folder of the package counts as one part, with all that is below it."""
    depth = package.count(".") + 1
    graph = defaultdict(set)
    for name, imported in IMPORTS.items():
        if name.startswith(f"{package}."):
            part = name.split(".")[depth]
            graph[part] |= {each.split(".")[depth] for each in imported if each.startswith(f"{package}.")} - {part}
    graphlib.TopologicalSorter(graph).prepare()


def test_no_module_imports_more_than_ten_of_its_siblings():
    counts = {
        name: sum(MODULES[other].parent == MODULES[name].parent for other in imported)
        for name, imported in IMPORTS.items()
        if MODULES[name].name != "__init__.py"  # an entry of a package gathers what is in it
    }
    assert {name: count for name, count in counts.items() if count > MOST_SIBLINGS} == {}


def test_runtime_imports_nothing_of_the_training_side():
    assert {
        name
        for name, imported in IMPORTS.items()
        if name.startswith("runtime") and any(each.split(".")[0] != "runtime" for each in imported)
    } == set()


def test_no_public_class_name_is_defined_twice():
    """A name means one thing in the whole repository."""
    places = defaultdict(list)
    for path in MODULES.values():
        for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.as_posix())
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


ENTRIES = {
    path.parent
    for path in MODULES.values()
    if path.name == "__init__.py"
    and len(path.parts) > 2
    and "\n__all__ = " in (ROOT / path).read_text(encoding="utf-8")
}
"""Folders whose ``__init__.py`` exports what the outside uses."""

BESIDE_AN_ENTRY = {
    "runtime.media.progress": "only commands show progress; `import runtime` would load it",
    "runtime.media.text": "only the window and the charts draw text; `import runtime` would load it",
    "runtime.media.files.growing_file": "only commands write to it; `import runtime` would load it",
    "runtime.media.files.output_guard": "only commands check outputs; `import runtime` would load it",
    "runtime.media.files.parquet_tables": "only commands and runtime.tables write it; `import runtime` would load it",
    "runtime.media.files.table_reader": "only runtime.tables reads tables; `import runtime` would load it, and csv",
    "runtime.media.files.result_tables": "only commands write tables; `import runtime` would load it, and csv",
}
"""Modules that are imported by their own name, and why their folder's entry does not export them."""

PAST_ENTRIES = {
    "runtime.web.constants": "writes the constants of modules into the page, with the module's name",
}
"""Modules that import what no entry exports, and why."""


def entry_of(path):
    """Innermost folder with an entry that a module lies in, or None."""
    return next((folder for folder in path.parents if folder in ENTRIES), None)


def test_outside_of_a_folder_only_its_entry_is_imported():
    assert Path("runtime", "detection") in ENTRIES
    inner = defaultdict(set)
    for name, imported in IMPORTS.items():
        for other in imported - BESIDE_AN_ENTRY.keys():
            folder = entry_of(MODULES[other])
            if folder and folder not in MODULES[name].parents and MODULES[other] != folder / "__init__.py":
                inner[name].add(other)
    assert {name: sorted(others) for name, others in inner.items() if name not in PAST_ENTRIES} == {}
