"""Griffe extension: Sphinx's notation in docstrings, as Markdown for the site."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import griffe

ENTRY = Path(__file__).resolve().parents[2] / "runtime" / "__init__.py"
ROLE = re.compile(r":(?:func|class|meth|mod|data|attr):`~?([\w.]+)`")
LITERAL_EXAMPLE = re.compile(r"^Example::\n\n((?:    .*\n|\n)*(?:    .*))", re.M)
DOCTEST_EXAMPLE = re.compile(r"^Example:$", re.M)
SEVERAL_NAMES = re.compile(r"^    (\w+(?:, \w+)+): (.*(?:\n {8}.*)*)", re.M)


class DocstringRoles(griffe.Extension):
    """Writes roles such as ``:func:`read_image` `` as links, and examples as highlighted blocks."""

    def __init__(self) -> None:
        self._public = _public_names()

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of a module, class, function or attribute before it is parsed."""
        if obj.docstring:
            text = ROLE.sub(self._linked, obj.docstring.value)
            text = LITERAL_EXAMPLE.sub(_fenced, text)
            text = SEVERAL_NAMES.sub(_one_by_one, text)
            obj.docstring.value = DOCTEST_EXAMPLE.sub("Examples:", text)

    def _linked(self, match: re.Match[str]) -> str:
        name = match.group(1).removeprefix("runtime.")
        return f"[`{name}`][runtime.{name}]" if name in self._public else f"`{name}`"


def _public_names() -> set[str]:
    """Read what has an entry of its own in the reference; errors are listed by their module."""
    for node in ast.parse(ENTRY.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return {name for name in ast.literal_eval(node.value) if not name.endswith("Error")}
    raise ValueError(f"{ENTRY} has no __all__")


def _fenced(match: re.Match[str]) -> str:
    code = dedent(match.group(1)).rstrip()
    return "Examples:\n" + indent(f"```python\n{code}\n```", "    ")


def _one_by_one(match: re.Match[str]) -> str:
    """Give each attribute of ``start, end: seconds`` an entry of its own."""
    names, text = match.groups()
    return "\n".join(f"    {name}: {text}" for name in names.split(", "))
