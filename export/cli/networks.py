"""``python -m export networks``."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    command = commands.add_parser("networks", help="print the layers and totals of each network")
    command.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> None:
    from export.networks import CONFIGS, build_network, layer_table

    for name in CONFIGS:
        rows = layer_table(build_network(name))
        print(f"{name}\n{'layer':<30}{'kind':<14}{'output':<18}{'parameters':>11}{'multiply-adds':>15}")
        for row in rows:
            shape = "x".join(str(side) for side in row.shape)
            print(f"{row.name:<30}{row.kind:<14}{shape:<18}{row.parameters:>11,}{row.multiply_adds:>15,}")
        parameters, work = (sum(getattr(row, key) for row in rows) for key in ("parameters", "multiply_adds"))
        print(f"{name}: {len(rows)} layers, {parameters:,} parameters, {work / 1e6:.1f} million multiply-adds\n")
