"""Points of other versions: what counts as the same, and what the table says."""

from __future__ import annotations

import copy
import subprocess

import pytest

from benchmarks.trust import versions
from benchmarks.trust.points import MODELS, PICTURES, points_of_pictures
from benchmarks.trust.versions import ROWS, VersionResult, VersionRow, compare, try_row, version_table

ROW = VersionRow("newest of all", "3.11")


@pytest.fixture(scope="module")
def found():
    return points_of_pictures()


def moved(found, away, opencv=None):
    other = copy.deepcopy(found)
    other["faces"]["full"][PICTURES[0]][0][30][1] += away
    other["machine"]["opencv"] = opencv or found["machine"]["opencv"]
    return other


def test_points_of_the_committed_pictures(found):
    assert found["faces"].keys() == set(MODELS)
    counts = [len(found["faces"]["full"][name]) for name in PICTURES]
    assert counts[0] == 2 and counts[1] >= 15 and counts[2] == 1
    assert all(len(face) == 68 for faces in found["faces"]["full"].values() for face in faces)


@pytest.mark.parametrize(
    ("away", "opencv", "passed"),
    [
        (0.0, None, True),
        (0.009, None, True),
        (0.02, None, False),
        (0.15, "9.1.0", True),
        (0.25, "9.1.0", False),
    ],
)
def test_bound_is_wider_between_releases_of_opencv_with_another_first_number(found, away, opencv, passed):
    result = compare(ROW, found, moved(found, away, opencv))
    assert result.passed == passed and result.same_pixels
    assert dict(result.away) == pytest.approx({"full": away, "trimmed": 0.0}, abs=1e-4)
    words = "same points" if away < 0.01 else "within the bound" if passed else "points moved"
    assert version_table([result]).splitlines()[-1].endswith(f" {words} |")


def test_other_numbers_of_faces_fail(found):
    other = copy.deepcopy(found)
    other["faces"]["trimmed"][PICTURES[1]].pop()
    result = compare(ROW, found, other)
    assert not result.passed and result.problem == "other faces" and result.away == ()


def test_python_that_is_not_there_is_named(tmp_path, found):
    pytest.importorskip("uv")
    result = try_row(VersionRow("newest of all", "3.1"), tmp_path / "environment", found)
    assert not result.passed and result.problem == "no Python 3.1 here"


@pytest.mark.parametrize("works", [True, False])
def test_failure_counts_only_where_the_combination_is_supported(tmp_path, found, monkeypatch, works):
    def run(command):
        failed = "benchmarks.trust.points" in command
        return subprocess.CompletedProcess(command, int(failed), "", "Traceback:\nImportError: no numpy\n\n")

    monkeypatch.setattr(versions, "_run", run)
    result = try_row(VersionRow("old", "3.11", works=works), tmp_path, found)
    assert result.passed is not works
    assert result.problem == ("ImportError: no numpy" if works else "does not load, as expected")


def test_rows_cover_the_oldest_and_the_newest_of_every_python():
    assert {(row.python, row.lowest) for row in ROWS if not row.pins} == {
        (python, lowest) for python in versions.PYTHONS for lowest in (True, False)
    }


def test_table_has_a_row_without_points():
    table = version_table([VersionResult("newest of all", "3.14", problem="no Python 3.14 here")])
    assert table.splitlines()[-1].split("|")[1:3] == [" newest of all ", "   3.14 "]
