"""Recall of portraits by the age and origin of the person, as FairFace's labels state them.

Kaerkkaeinen and Joo, "FairFace", 2021 (arXiv:1908.04913); the labels are ``fairface_label_val.csv``, CC BY 4.0.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.bench.markdown import markdown_table

AGES = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")

SPREADSHEET_DATES = {"03-Sep": "3-9", "Oct-19": "10-19"}
"""Ages that copies of the file hold as dates, because a spreadsheet program has written them."""

COLUMNS = ("file", "age", "race")


@dataclass(frozen=True, slots=True)
class Demographics:
    """Labels of one portrait.

    Attributes:
        age: one of :data:`AGES`.
        origin: group of origin, in FairFace's words.
    """

    age: str
    origin: str


def read_people(path: Path) -> dict[str, Demographics]:
    """Read FairFace's labels, by the portrait's name without suffix: ``val_1`` for ``val/1.jpg``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column or an age group is not FairFace's.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path}: no column {', '.join(missing)}; FairFace's fairface_label_val.csv is needed")
        people = {}
        for row in reader:
            age = SPREADSHEET_DATES.get(row["age"], row["age"])
            if age not in AGES:
                raise ValueError(f"{path}: {row['file']} has the age {age!r}, none of {', '.join(AGES)}")
            people[row["file"].removesuffix(".jpg").replace("/", "_")] = Demographics(
                age, row["race"].replace("_", " ")
            )
    return people


def group_tables(found: dict[str, NDArray[np.bool_]], people: Sequence[Demographics]) -> str:
    """Return two Markdown tables, recall by origin and by age.

    Args:
        found: by the detector's name (N,) whether the face of each portrait is found.
        people: labels of the N portraits.
    """
    origins = sorted({person.origin for person in people})
    return "\n\n".join(
        [
            _table("recall by origin", origins, [person.origin for person in people], found),
            _table("recall by age", AGES, [person.age for person in people], found),
        ]
    )


def _table(title: str, groups: Sequence[str], members: Sequence[str], found: dict[str, NDArray[np.bool_]]) -> str:
    belongs = {group: np.array([member == group for member in members]) for group in groups if group in members}
    rows = [[name, *(f"{values[chosen].mean():.1%}" for chosen in belongs.values())] for name, values in found.items()]
    rows.append(["portraits", *(str(int(chosen.sum())) for chosen in belongs.values())])
    return markdown_table([title, *belongs], rows)
