"""Which images a command line means, and under which names their annotated copies are written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runtime.errors import OptionError

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".dib", ".webp", ".tif", ".tiff", ".jp2", ".pgm", ".ppm"}
)
"""What is taken from folders, in upper or lower case; files given by name are always tried."""

_JPEG = frozenset({".jpg", ".jpeg", ".jpe"})


def find_images(paths: Sequence[str], *, recursive: bool, without: Path | None) -> list[Path]:
    """Files to read, in the order given, those of a folder sorted by name; each one once.

    Args:
        paths: files and folders; a path that does not exist is kept, to be reported when it is read.
        recursive: whether to enter the folders in folders.
        without: a folder not to enter, that of the annotated copies.

    Raises:
        OptionError: nothing is left to do.
    """
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        for file in _images_in(path, recursive, without) if path.is_dir() else (path,):
            found.setdefault(os.path.realpath(file), file)
    if not found:
        hint = "" if recursive else "; --recursive looks into folders in folders"
        raise OptionError(f"no images in {', '.join(paths)}{hint}")
    return list(found.values())


def _images_in(folder: Path, recursive: bool, without: Path | None) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        # os.walk enters what is left in this list, in its order.
        entered = [name for name in folders if recursive and not name.startswith(".")]
        folders[:] = sorted(name for name in entered if not _same(Path(where, name), without))
        for name in sorted(files):
            # A leading dot marks hidden files, among them the "._photo.jpg" that macOS leaves behind.
            if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith("."):
                yield Path(where, name)


def refuse_overwriting(inputs: Iterable[Path], out: Path | None, files: Iterable[str | None]) -> None:
    """Make sure that nothing that is read would be written.

    Args:
        inputs: what is read.
        out: the folder of the annotated copies, if any.
        files: other files to be written.

    Raises:
        OptionError: the folder holds an input, or a file is one or is named twice.
    """
    inputs = list(inputs)
    for path in inputs:
        if out is not None and _same(path.parent, out):
            raise OptionError(f"--out {out} holds the input {path}: choose another folder for the copies")
    taken = {os.path.realpath(path) for path in inputs}
    for file in filter(None, files):
        real = os.path.realpath(file)
        if real in taken:
            raise OptionError(f"{file} is an input or named twice: choose another file to write to")
        taken.add(real)


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and path.exists() and other.exists() and os.path.samefile(path, other)


class OutputNames:
    """Gives every input a file of its own in one folder: ``photo.jpg``, then ``photo-2.jpg``."""

    def __init__(self, folder: Path) -> None:
        """Start with no name taken."""
        self._folder = folder
        self._taken: set[str] = set()

    def name(self, source: Path) -> Path:
        """Where the annotated copy of this input goes: JPEG stays JPEG, the rest becomes PNG."""
        suffix = ".jpg" if source.suffix.lower() in _JPEG else ".png"
        name, number = source.stem + suffix, 1
        # Without case: on some file systems Photo.jpg and photo.jpg are one file.
        while name.casefold() in self._taken:
            number += 1
            name = f"{source.stem}-{number}{suffix}"
        self._taken.add(name.casefold())
        return self._folder / name
