"""Refusal of outputs that would replace something that is read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from runtime.errors import OptionError
from runtime.media.files.atomic import folded
from runtime.media.files.growing_file import is_stdout

AnyPath = str | os.PathLike[str]


def refuse_overwriting(inputs: Iterable[AnyPath], outputs: Iterable[AnyPath | None]) -> None:
    """Make sure that no output is a file that is read, or another output; to be called before anything is written.

    Files are compared as files: symbolic links, hard links, and names that a file system takes for the same, as
    ``Photo.jpg`` and ``photo.jpg`` under Windows and macOS. The null device may be named any number of times.

    Args:
        inputs: files that are read, or will be said not to exist.
        outputs: files to be written, None for those that are not wanted.

    Raises:
        OptionError: an output is an input, or named twice.
    """
    read: dict[tuple[object, ...], AnyPath] = {}
    for path in inputs:
        read.setdefault(_identity(path), path)
    written: dict[tuple[object, ...], AnyPath] = {}
    for output in outputs:
        if output is None or _is_null(output):
            continue
        key = ("standard output",) if is_stdout(output) else _identity(output)
        if key in read:
            same = "" if os.fspath(output) == os.fspath(read[key]) else f", the same file as {os.fspath(read[key])}"
            raise OptionError(f"{os.fspath(output)} is an input{same}: choose another file to write to")
        if key in written:
            same = f" as {os.fspath(written[key])}" if os.fspath(output) != os.fspath(written[key]) else ""
            raise OptionError(f"{os.fspath(output)} is named twice{same}: choose another file to write to")
        written[key] = output


def check_folder(path: AnyPath, option: str = "--out") -> None:
    """Make sure that a folder can be written to a place where there may be none yet.

    Raises:
        OptionError: a file stands there, or on the way there.
    """
    for each in (Path(path), *Path(path).parents):
        if each.is_dir():
            return
        if each.exists():
            raise OptionError(f"{option} {os.fspath(path)}: {each} is a file: choose another folder")


def _identity(path: AnyPath) -> tuple[object, ...]:
    """Return a key that is equal for all names of a file; for a new file, its folder and name without case."""
    with suppress(OSError, ValueError):
        return _existing(path)
    folder, name = os.path.split(os.path.abspath(path))
    try:
        return (*_existing(folder), folded(name))
    except (OSError, ValueError):
        return (folded(os.path.realpath(path)),)


def _existing(path: AnyPath) -> tuple[object, ...]:
    found = os.stat(path)
    # some network file systems number no files
    return (found.st_dev, found.st_ino) if found.st_ino else (folded(os.path.realpath(path)),)


def _is_null(path: AnyPath) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path), os.stat(os.devnull))
    return False
