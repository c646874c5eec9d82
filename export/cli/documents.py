"""``python -m export readme`` and ``picture``: generated parts of the documents."""

from __future__ import annotations

import argparse
from typing import Any

from export.paths import REPOSITORY, WEIGHTS


def add_to(commands: Any) -> None:
    """Add the commands to argparse's subparsers."""
    command = commands.add_parser("readme", help="write the tables of models into README.md and docs/accuracy.md")
    command.set_defaults(run=_readme)

    command = commands.add_parser(
        "picture",
        help="draw a picture of the documents: docs/images/astronaut.jpg, live.jpg or web.jpg",
        description="Draw a picture of the documents: the README's photograph, the window of `landmarks live`, or the "
        "page of `landmarks web`, which needs node, Chromium and `make web`.",
    )
    command.add_argument("name", nargs="?", choices=("astronaut", "live", "web"), default="astronaut")
    command.set_defaults(run=_picture)


def _readme(_: argparse.Namespace) -> None:
    from export.release import update_tables

    for path in update_tables(REPOSITORY, WEIGHTS):
        print(path)


def _picture(options: argparse.Namespace) -> None:
    from export.release import draw_page, draw_picture, draw_window

    draw = {"astronaut": draw_picture, "live": draw_window, "web": draw_page}[options.name]
    draw(REPOSITORY / "docs" / "images" / f"{options.name}.jpg")
