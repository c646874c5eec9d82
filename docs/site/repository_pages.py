"""MkDocs hook: pages that lie outside of ``docs/`` join the site, and links between all of them hold there."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "weights/*.md")
LINK = re.compile(r"\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside of ``docs/`` under their paths in the repository."""
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn links that are relative to the repository into those of the site.

    Files that the site lacks, such as a script, keep their name as plain text.
    """
    own = page.file.src_uri
    outside = not Path(page.file.abs_src_path).is_relative_to(config.docs_dir)
    folder = posixpath.dirname(own if outside else f"docs/{own}")

    def rewritten(match: re.Match[str]) -> str:
        text, target, anchor = match.groups()
        place = posixpath.normpath(posixpath.join(folder, target))
        name = place.removeprefix("docs/")
        if files.get_file_from_path(name):
            return f"[{text}]({posixpath.relpath(name, posixpath.dirname(own) or '.')}{anchor or ''})"
        # a link to nothing stays as it is, so that the build reports it
        return text if (ROOT / place).exists() else match.group()

    return LINK.sub(rewritten, markdown)
