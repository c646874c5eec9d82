"""The table of detectors has a row for each, with its input and its ratio to the first."""

from __future__ import annotations

from benchmarks.studies.detectors import measure
from export.detector import DetectorChoice


def test_a_row_for_each_detector():
    table = measure([DetectorChoice("blazeface-short", None), DetectorChoice("blazeface-back", 384)], rounds=2)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert [row[0] for row in rows] == ["blazeface-short", "blazeface-back, 384"]
    assert [row[1] for row in rows] == ["128x128", "384x288"]
    assert rows[0][3] == "1.00"
    assert all(99 <= sum(int(cell.split()[0]) for cell in row[4:]) <= 101 for row in rows)
