"""Griffe extension: Sphinx's notation in docstrings, as Markdown for the site."""

from __future__ import annotations

import re
from textwrap import dedent, indent
from typing import Any

import griffe

ROLE = re.compile(r":(?:func|class|meth|mod|data|attr):`~?([\w.]+)`")
LITERAL_EXAMPLE = re.compile(r"^Example::\n\n((?:    .*\n|\n)*(?:    .*))", re.M)
DOCTEST_EXAMPLE = re.compile(r"^Example:$", re.M)


class DocstringRoles(griffe.Extension):
    """Writes roles such as ``:func:`read_image` `` as code, and examples as highlighted blocks."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of a module, class, function or attribute before it is parsed."""
        if obj.docstring:
            text = ROLE.sub(r"`\1`", obj.docstring.value)
            text = LITERAL_EXAMPLE.sub(_fenced, text)
            obj.docstring.value = DOCTEST_EXAMPLE.sub("Examples:", text)


def _fenced(match: re.Match[str]) -> str:
    code = dedent(match.group(1)).rstrip()
    return "Examples:\n" + indent(f"```python\n{code}\n```", "    ")
