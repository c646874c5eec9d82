"""A target and the measured value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runtime.bench.markdown import markdown_table

Sense = Literal["<=", "<", ">=", ">"]
"""Comparison of the measured value with the limit."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    Attributes:
        name: name of the measured quantity.
        sense: comparison of ``reached`` with ``limit`` that must hold.
        limit: the target value; None for a figure that is shown for comparison only.
        reached: the measured value, in the same unit.
        unit: suffix of both values: ``""`` for a ratio, ``" x"``, ``" %"``, ``" s"``, ``" MB"``.
        detail: the figures that ``reached`` is derived from.
    """

    name: str
    sense: Sense
    limit: float | None
    reached: float
    unit: str = ""
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a limit."""
        if self.limit is None:
            return None
        compare = {
            "<=": self.reached <= self.limit,
            "<": self.reached < self.limit,
            ">=": self.reached >= self.limit,
            ">": self.reached > self.limit,
        }
        return compare[self.sense]


def table(targets: Sequence[Target]) -> str:
    """Return a Markdown table with a row for each target."""
    words = {True: "yes", False: "NO", None: ""}
    rows = [
        [
            item.name,
            "" if item.limit is None else f"{item.sense} {item.limit:g}{item.unit}",
            f"{item.reached:.3g}{item.unit}",
            words[item.met],
            item.detail,
        ]
        for item in targets
    ]
    return markdown_table(["target", "promised", "reached", "met", "from"], rows)
