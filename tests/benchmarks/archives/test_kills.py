"""Runs of ``landmarks annotate`` that are killed leave every picture in the tables once."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")

from benchmarks.archives.kills import kill_runs


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no process groups")
def test_every_picture_once_after_three_kills(tmp_path):
    report = kill_runs(tmp_path, 3)
    assert report.passed, str(report)
    assert report.kills == 3 and report.rows == 120 * report.archives
