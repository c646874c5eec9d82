"""What an archive holds: pictures and videos in folders, lists, Parquet tables, and behind URLs of fsspec."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.archives.parquet_sources import SourceTable
from runtime.errors import DependencyError, ImageError, OptionError, in_words
from runtime.media.files import IMAGE_SUFFIXES, VIDEO_SUFFIXES, read_regular
from runtime.media.images import MAX_FILE_BYTES, read_image
from runtime.optional import import_optional

LIST_SUFFIXES = frozenset({".txt", ".lst", ".list"})
"""Files that name a picture, a video or a URL on each line."""

TABLE_SUFFIXES = frozenset({".parquet", ".pq"})

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture, a video, or the pictures in a row group of a Parquet table.

    Attributes:
        path: of the file as given, relative to the working directory of the first run, or a URL.
        group: number of the row group in the table ``path``, whose rows are pictures; None for a file.
        pictures: 1, or the rows of the group.
        video: whether it is a video.
    """

    path: str
    group: int | None = None
    pictures: int = 1
    video: bool = False


def list_entries(sources: Iterable[str], column: str | None = None) -> Iterator[Entry]:
    """List what is in an archive, always in the same order; nothing but lists and tables is opened.

    Args:
        sources: folders, which are searched with all that is in them; lists (``.txt``: a path or URL on each line);
            Parquet tables of paths or of the bytes of picture files; pictures and videos themselves; URLs of fsspec,
            of a file or of what is below a folder.
        column: of Parquet tables, that with the paths or bytes; None finds it by its name and type.

    Raises:
        OptionError: there is no such file or folder, or a table has no such column.
        DependencyError: a library is missing for a URL or for Parquet.
        OSError: a folder, list or table cannot be read.
    """
    for source in sources:
        ending = os.path.splitext(source)[1].lower()
        if is_url(source):
            yield from _behind_url(source, column)
        elif os.path.isdir(source):
            yield from _in_folder(source)
        elif not os.path.lexists(source):
            raise OptionError(f"{source}: there is no such file or folder")
        elif ending in LIST_SUFFIXES:
            with open(source, encoding="utf-8", errors="surrogateescape") as lines:
                yield from _named(line.rstrip("\r\n") for line in lines)
        elif ending in TABLE_SUFFIXES:
            yield from _in_table(source, column)
        else:
            yield from _named([source])


def is_url(path: str) -> bool:
    """Return whether a path is a URL of fsspec, such as ``s3://bucket/folder``."""
    return _URL.match(path) is not None


def file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, of fsspec, and the path in it.

    Raises:
        DependencyError: fsspec, or the library for this protocol, is not installed.
        OptionError: there is no such protocol.
    """
    protocol = url.partition("://")[0]
    core = import_optional("fsspec.core", f"{protocol}://", "fsspec")
    try:
        return core.url_to_fs(url)  # type: ignore[no-any-return]
    except ImportError as error:  # fsspec names the package, and its cause has the name alone
        package = getattr(error.__cause__, "name", None)
        raise DependencyError(f"{url}: {error}" + (f": pip install {package}" if package else "")) from error
    except ValueError as error:
        raise OptionError(f"{url}: {error}") from error


def open_table(path: str, column: str | None, name: str | None = None) -> SourceTable:
    """Open a Parquet table of a source, by path or URL; ``name`` is what it is called, by default the path.

    Raises:
        DependencyError: pyarrow, or a library for the URL, is missing.
        OptionError: it is no such table.
    """
    if not is_url(path):
        return SourceTable(path, name or path, column)
    system, inside = file_system(path)
    return SourceTable(system.open(inside, "rb"), name or path, column)


def read_content(path: str) -> bytes:
    """Return the bytes of a picture file, by path or URL.

    Raises:
        ImageError: it is not there, cannot be read, is no regular file, or is larger than
            :func:`runtime.read_image` takes.
    """
    try:
        if not is_url(path):
            return read_regular(path, MAX_FILE_BYTES)
        system, inside = file_system(path)
        with system.open(inside, "rb") as file:
            content: bytes = file.read(MAX_FILE_BYTES + 1)
    except Exception as error:  # file systems of fsspec raise errors of their own libraries
        words = in_words(error)
        raise ImageError(words if path in words else f"{path}: {words}") from error
    return content


def read_picture(name: str, content: bytes) -> NDArray[np.uint8]:
    """Read a picture file's bytes as (H, W, 3) uint8 BGR, upright.

    Raises:
        ImageError: as :func:`runtime.read_image` does; the message begins with ``name``.
    """
    file = io.BytesIO(content)
    file.name = name  # type: ignore[attr-defined]
    return read_image(file)


def _named(paths: Iterable[str]) -> Iterator[Entry]:
    protocols: set[str] = set()
    for path in paths:
        if not path or path.startswith("#"):
            continue
        if is_url(path) and (protocol := path.partition("://")[0]) not in protocols:
            file_system(path)  # a library that is missing ends the run before it begins
            protocols.add(protocol)
        yield Entry(path, video=_ending(path) in VIDEO_SUFFIXES)


def _in_folder(folder: str) -> Iterator[Entry]:
    def fail(error: OSError) -> None:
        raise error

    for where, folders, files in os.walk(folder, onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from _taken(os.path.join(where, name) for name in sorted(files) if not name.startswith("."))


def _behind_url(url: str, column: str | None) -> Iterator[Entry]:
    system, inside = file_system(url)
    if system.isdir(inside):
        shown = (path for path in sorted(system.find(inside)) if "/." not in path[len(inside) :])
        yield from _taken(map(system.unstrip_protocol, shown))
    elif _ending(url) in TABLE_SUFFIXES:
        yield from _in_table(url, column)
    else:
        yield from _named([url])


def _taken(paths: Iterable[str]) -> Iterator[Entry]:
    """Take what is a picture or a video by its ending."""
    for path in paths:
        ending = _ending(path)
        if ending in IMAGE_SUFFIXES or ending in VIDEO_SUFFIXES:
            yield Entry(path, video=ending in VIDEO_SUFFIXES)


def _in_table(path: str, column: str | None) -> Iterator[Entry]:
    with open_table(path, column) as table:
        if table.holds_bytes:
            sizes: Sequence[int] = table.group_sizes()
            yield from (Entry(path, group, size) for group, size in enumerate(sizes) if size)
        else:
            yield from _named(table.paths())


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()
