"""``python -m export readme`` and ``picture``: generated parts of the documents."""

from __future__ import annotations

import argparse
from typing import Any

from export.paths import REPOSITORY, WEIGHTS


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
    command = commands.add_parser("readme", help="write the tables of models into README.md and docs/accuracy.md")
    command.set_defaults(run=_readme)

    command = commands.add_parser("picture", help="draw the README's picture, docs/images/astronaut.jpg")
    command.set_defaults(run=_picture)


def _readme(_: argparse.Namespace) -> None:
    from export.release.model_tables import update_tables

    for path in update_tables(REPOSITORY, WEIGHTS):
        print(path)


def _picture(_: argparse.Namespace) -> None:
    from export.release.picture import draw_picture

    draw_picture(REPOSITORY / "docs" / "images" / "astronaut.jpg")
