"""Folders of the checkout that the training side reads and writes."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
WEIGHTS = REPOSITORY / "weights"
RUNS = REPOSITORY / "runs"
