"""Protection of inputs and shipped files against being overwritten by a command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from export.paths import WEIGHTS
from runtime.media.files.output_guard import refuse_overwriting


def protect(inputs: Iterable[str | Path | None], outputs: Iterable[Path | None]) -> None:
    """Refuse to write over a file that is read, or over a shipped network.

    Args:
        inputs: files and folders that the command reads; a folder stands for all files below it.
        outputs: files that it writes, None for those that are not wanted.

    Raises:
        OptionError: an output is an input, a shipped file, or named twice.
    """
    refuse_overwriting([*WEIGHTS.iterdir(), *_files(inputs)], outputs)


def _files(paths: Iterable[str | Path | None]) -> Iterator[Path]:
    for path in (Path(path) for path in paths if path is not None):
        yield path
        if path.is_dir():
            yield from path.rglob("*")
