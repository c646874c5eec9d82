"""Images that a command line names, and the names of their annotated copies."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runtime.engine import weights_directory
from runtime.errors import OptionError
from runtime.media.files import IMAGE_SUFFIXES, JPEG_SUFFIXES, OTHER_SUFFIXES, fit_name, folded

_SIGNATURE = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8|BM....\0\0\0\0|RIFF....WEBP|II\*\0|MM\0\*|....ftyp(avif|heic|heix|mif1)", re.DOTALL
)
"""Beginnings of JPEG, PNG, GIF, BMP, WebP, TIFF, AVIF and HEIC."""


@dataclass(slots=True)
class Found:
    """Inputs that a command line of files and folders names.

    Attributes:
        images: files to read, in the order given, those of a folder sorted by name; each one once. Files that are
            named and do not exist are among them, to be reported when they are read.
        passed_over: how many pictures in folders have which ending that is not taken, ``""`` for none.
        failed: folders that cannot be read.
    """

    images: list[str] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    failed: list[OSError] = field(default_factory=list)

    def note(self) -> str:
        """Return a sentence on the pictures that were passed over, empty if there are none."""
        if not self.passed_over:
            return ""
        endings = ", ".join(f"{count} {ending or 'without ending'}" for ending, count in self.passed_over.most_common())
        one = next(iter(self.passed_over))
        return f"pictures in folders passed over for their endings: {endings}; to try them, name them: FOLDER/*{one}"


def find_images(paths: Sequence[str], *, recursive: bool, without: Path | None) -> Found:
    """Return the files to read; wildcards that the shell did not expand are expanded.

    Args:
        paths: files, folders, and patterns of them.
        recursive: whether to enter the folders in folders.
        without: a folder not to enter, that of the annotated copies.

    Raises:
        OptionError: nothing is left to do.
    """
    found = Found()
    images: dict[str, str] = {}
    for path in (each for given in paths for each in expand(given)):
        inside = _images_in(path, recursive, without, found) if os.path.isdir(path) else [path]
        for file in inside:
            images.setdefault(os.path.realpath(file) if "\0" not in file else file, file)
    found.images.extend(images.values())
    if not found.images and not found.failed:
        hint = "" if recursive else "; --recursive looks into folders in folders"
        note = f"; {found.note()}" if found.passed_over else ""
        raise OptionError(f"no images in {', '.join(paths)}{hint}{note}")
    return found


def expand(path: str) -> list[str]:
    """Return the files that match a pattern such as ``*.jpg``, or the path itself where a file has that name.

    The shells of Windows leave that to programs.
    """
    if os.path.lexists(path) or not glob.has_magic(path) or "://" in path:
        return [path]
    # brackets in the names of folders that exist are no pattern
    folder = next((each for each in Path(path).parents if each.is_dir()), Path())
    rest = str(Path(path).relative_to(folder))
    pattern = rest if folder == Path() else os.path.join(glob.escape(str(folder)), rest)
    matches = glob.glob(pattern, recursive=True)
    if not matches and "[" in rest:
        # brackets in the name itself, which the shells of Windows do not take for a pattern either
        pattern = os.path.join(glob.escape(str(folder)), rest.replace("[", "[[]"))
        matches = [str(Path(match)) for match in glob.glob(pattern, recursive=True)]
    return sorted(matches) or [path]


def one_file(path: str) -> str:
    """Return the one file that a name or a pattern stands for.

    Raises:
        OptionError: the pattern stands for several.
    """
    files = expand(path)
    if len(files) > 1:
        raise OptionError(f"{path} stands for {len(files)} files, {files[0]} and {files[1]} among them: name one")
    return files[0]


def _images_in(folder: str, recursive: bool, without: Path | None, found: Found) -> Iterable[str]:
    for where, folders, files in os.walk(folder, onerror=found.failed.append):
        # os.walk enters what is left in this list, in its order.
        entered = [name for name in folders if recursive and not name.startswith(".")]
        folders[:] = sorted(name for name in entered if not _same(os.path.join(where, name), without))
        for name in sorted(files):
            path = os.path.join(where, name)
            # A leading dot marks hidden files, among them the "._photo.jpg" that macOS leaves behind.
            if name.startswith(".") or _blocks(path):
                continue
            ending = os.path.splitext(name)[1].lower()
            if ending in IMAGE_SUFFIXES:
                yield path
            elif ending in OTHER_SUFFIXES or _begins_like_a_picture(path):
                found.passed_over[ending] += 1


def _blocks(path: str) -> bool:
    """Return whether a file is a pipe, a socket or a device, whose reading may never end."""
    with suppress(OSError):
        return not stat.S_ISREG(os.stat(path).st_mode)
    return False


def _begins_like_a_picture(path: str) -> bool:
    with suppress(OSError), open(path, "rb") as file:
        return _SIGNATURE.match(file.read(12)) is not None
    return False


def refuse_folder_of_inputs(out: Path, inputs: Iterable[str]) -> None:
    """Make sure that the folder of the annotated copies holds none of the pictures that are read.

    Raises:
        OptionError: it holds one.
    """
    folders = {os.path.dirname(path): path for path in reversed(list(inputs))}
    for folder, path in folders.items():
        if _same(folder or ".", out):
            raise OptionError(f"--out {out} holds the input {path}: choose another folder for the copies")


def video_files(source: str) -> list[str]:
    """Return the files that are read for a video: itself, the target of a ``file:`` URL, the entries of a playlist."""
    # FFmpeg takes what follows for a path as it is, also behind another protocol such as "cache:"
    path = source.rpartition("file:")[2] if "://" in source else source
    files = [source, path]
    if os.path.splitext(path)[1].lower() in {".m3u", ".m3u8"}:
        with suppress(OSError), open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
            files += [os.path.join(os.path.dirname(path), line) for line in lines if line and line[0] != "#"]
    return files


def network_files(*models: str | None) -> list[Path]:
    """Return the files that commands read for networks: the shipped ones, and those given by path."""
    given = [Path(model) for model in models if model]
    with suppress(OSError):
        return [*weights_directory().iterdir(), *given]
    return given


def _same(path: str, other: Path | None) -> bool:
    with suppress(OSError, ValueError):
        return other is not None and os.path.samefile(path, other)
    return False


class OutputNames:
    """Gives every input a file of its own in one folder: ``photo.jpg``, then ``photo-2.jpg``."""

    def __init__(self, folder: Path) -> None:
        """Start with no name taken."""
        self._folder = folder
        self._taken: set[str] = set()

    def name(self, source: str) -> Path:
        """Return the name of this input's annotated copy: JPEG stays JPEG, the rest becomes PNG; long names are cut."""
        stem, ending = os.path.splitext(os.path.basename(source))
        suffix = ".jpg" if ending.lower() in JPEG_SUFFIXES else ".png"
        name, number = fit_name(self._folder, stem, suffix), 1
        # Without case: on some file systems Photo.jpg and photo.jpg are one file.
        while folded(name) in self._taken:
            number += 1
            name = fit_name(self._folder, stem, f"-{number}{suffix}")
        self._taken.add(folded(name))
        return self._folder / name
