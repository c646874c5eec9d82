"""Folders that one run at a time writes to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.media.files import PARTS, locked_folder


@contextmanager
def writing_alone(folder: Path) -> Iterator[None]:
    """Make a folder, and keep other runs out of it within the block.

    Raises:
        OSError: another run is writing the folder, or it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked_folder(folder):
        yield


def remove_unfinished(folder: Path) -> None:
    """Remove what killed runs left unfinished in a folder that is known to be a run's."""
    for unfinished in folder.rglob(PARTS):
        unfinished.unlink(missing_ok=True)
