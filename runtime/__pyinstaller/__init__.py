"""Folder of PyInstaller's hooks for this package: the entry point ``pyinstaller40`` in ``pyproject.toml``."""

from __future__ import annotations

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """Return the folders with PyInstaller hooks."""
    return [str(Path(__file__).parent)]
