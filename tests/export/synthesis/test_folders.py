"""The folders of the generator: each is imported by its entry alone, and modules are short."""

import ast
from pathlib import Path

import export.synthesis

ROOT = Path(export.synthesis.__file__).parent


def test_folders_import_each_other_by_their_entries():
    deep = []
    for path in ROOT.rglob("*.py"):
        folder = path.relative_to(ROOT).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("export.synthesis."):
                _, _, other, *inner = node.module.split(".")
                if other != folder and inner:
                    deep.append(f"{path.relative_to(ROOT)} imports {node.module}")
    assert deep == []


def test_no_module_is_longer_than_250_lines():
    for path in ROOT.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path
