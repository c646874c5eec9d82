"""A target, and what was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runtime.bench.results import markdown

Sense = Literal["<=", "<", ">=", ">"]
"""The side of a limit on which a target is met; the limit itself counts for ``<=`` and ``>=``."""


@dataclass(frozen=True, slots=True)
class Target:
    """One promise.

    Attributes:
        name: what is measured.
        sense: the side of ``limit`` on which it is met.
        limit: the promise; None where a figure stands beside a target for comparison only.
        reached: what was measured, in the same unit.
        unit: behind both figures: ``""`` for a ratio, ``" x"``, ``" %"``, ``" s"``, ``" MB"``.
        detail: the figures it comes from.
    """

    name: str
    sense: Sense
    limit: float | None
    reached: float
    unit: str = ""
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where nothing is promised."""
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
    """A row for each in Markdown."""
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
    return markdown(["target", "promised", "reached", "met", "from"], rows)
