"""``landmarks completion``: the script that completes commands and options in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from typing import Any

from runtime.cli.options import HelpFormatter
from runtime.engine import Role, list_models
from runtime.optional import import_optional

SHELLS = ("bash", "zsh", "fish")

FILES = frozenset({"PATH", "FILE", "DIR", "IN", "OUT"})
"""What the help calls arguments whose values are files or folders."""

NETWORKS: dict[str, Role] = {
    "model": "landmarks",
    "models": "landmarks",
    "detector": "detector",
    "detectors": "detector",
}
"""Arguments whose values are names of networks, and the role of these."""

_EPILOG = """\
examples:
  eval "$(landmarks completion bash)"                                       in ~/.bashrc
  landmarks completion zsh > ~/.zfunc/_landmarks                            with fpath+=(~/.zfunc) before compinit
  landmarks completion fish > ~/.config/fish/completions/landmarks.fish

It is made by shtab: pip install shtab"""


def add_to(commands: Any, whole: argparse.ArgumentParser) -> None:
    """Add the command to argparse's subparsers; ``whole`` is the parser that the script completes."""
    parser = commands.add_parser(
        "completion",
        help="print the script that completes commands and options in a shell",
        description="Print the script that completes commands, options, files and names of networks in a shell.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=partial(run, whole))
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(whole: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Run the command; returns 0.

    Raises:
        DependencyError: shtab is not installed.
    """
    shtab = import_optional("shtab", "landmarks completion", "shtab")
    names: dict[Role, list[str]] = {"landmarks": [], "detector": [], "iris": []}
    for entry in list_models():
        names[entry.role].append(entry.name)
    # this parser parses nothing more, so that other values than the names stay allowed
    for action in _actions(whole):
        if action.dest in NETWORKS:
            action.choices = names[NETWORKS[action.dest]]
        elif action.metavar in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(whole, options.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _actions(each)
