"""Files that are written whole or not at all: a temporary name in the same folder, then one rename."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTS = ".*.part*"
"""Pattern of the temporary names, which a process that was killed leaves behind."""

NAME_LIMIT = 255
"""Bytes of a file name where the file system does not say; characters on Windows."""


@contextmanager
def replacing(path: str | os.PathLike[str], *, sync: bool = True) -> Iterator[Path]:
    r"""Write a file so that its name always stands for a complete one: the old one, or the new one.

    The block writes to the path that it is given, which has the same extension. At its end the new file takes the
    place and the permissions of the old one. When the block raises, the old file stays. A symbolic link is replaced,
    the file that it leads to is not touched; nor are the other names of a hard link. Devices and pipes are written to
    directly. Several processes may replace the same file at once: the last one wins, whole.

    Args:
        path: the file; its folder must exist.
        sync: wait until the content is on the disk, so that a power cut leaves no empty file; for what is expensive
            to make again.

    Raises:
        OSError: the folder cannot be written, the name is too long, or the disk is full.

    Example::

        with replacing("table.csv") as part:
            part.write_text("a,b\n")
    """
    path = Path(path)
    if is_stream(path):
        yield path
        return
    part = part_name(path)
    try:
        create_part(path, part)
        yield part
        put_in_place(part, path, sync=sync)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: str | os.PathLike[str], content: bytes, *, sync: bool = True) -> None:
    """Write a file with :func:`replacing`.

    Raises:
        OSError: as :func:`replacing` does.
    """
    with replacing(path, sync=sync) as part, _named(path):
        part.write_bytes(content)


def write_text(path: str | os.PathLike[str], text: str, *, sync: bool = True) -> None:
    """Write a text file as UTF-8 with :func:`replacing`; line ends stay as they are.

    A file name that is not Unicode is in Python a string with lone surrogates: they are written as a backslash
    and ``udce9``, which is also their form in JSON.

    Raises:
        OSError: as :func:`replacing` does.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"), sync=sync)


def part_name(path: Path) -> Path:
    """Return a new temporary name: short, hidden, used by no other process, with the extension of ``path``."""
    return path.with_name(f".{secrets.token_hex(8)}.part{path.suffix[:16]}")


def create_part(path: Path, part: Path | None = None) -> Path:
    """Create the temporary file, empty, that :func:`put_in_place` gives its final name.

    For writers that stay open for longer than a ``with`` block. By default its name is that of :func:`part_name`.

    Raises:
        OSError: the folder is missing or cannot be written, or ``path`` is too long a name, a folder, a
            pipe, a device, or write-protected.
    """
    with _named(path):
        try:
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
                raise OSError(errno.EINVAL, "a pipe or a device, which cannot be replaced")
            if stat.S_ISREG(mode) and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, "the file is write-protected")
        except FileNotFoundError:
            pass  # a name that is too long is another error: the short temporary name would not meet it
        part = part or part_name(path)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return part


def put_in_place(part: Path, path: Path, *, sync: bool = True) -> None:
    """Give a finished temporary file its final name, with the permissions of the file that it replaces.

    Raises:
        OSError: it cannot be renamed, or the disk is full; ``part`` is still there then.
    """
    with _named(path):
        if sync:
            descriptor = os.open(part, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        with suppress(OSError):  # there is none, or its permissions and owner cannot be given to another file
            old = path.lstat()
            if stat.S_ISREG(old.st_mode):
                os.chmod(part, stat.S_IMODE(old.st_mode))
                if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                    os.chown(part, old.st_uid, old.st_gid)
        os.replace(part, path)


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a device, a pipe or an open descriptor (``/dev/fd/3``): written to, never replaced."""
    with suppress(OSError, ValueError):
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return True
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        return stat.S_ISREG(mode) and folder.startswith(("/proc/", "/dev/fd"))
    return False


def is_encodable(path: str | os.PathLike[str]) -> bool:
    """Return whether the system takes a path: not with a NUL, nor with a surrogate that stands for no byte."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def fit_name(folder: str | os.PathLike[str], stem: str, ending: str) -> str:
    """Return ``stem + ending``, the stem cut where the name would be too long for the file system of the folder."""
    limit = _name_limit(Path(folder))
    while stem and _length(stem + ending) > limit:
        stem = stem[:-1]
    return stem + ending


def folded(name: str) -> str:
    """Return a name as file systems compare it that ignore case and the composition of accents."""
    return unicodedata.normalize("NFC", name).casefold()


def _length(name: str) -> int:
    return len(name) if os.name == "nt" else len(os.fsencode(name))


def _name_limit(folder: Path) -> int:
    if hasattr(os, "pathconf"):
        for each in (folder, *folder.absolute().parents):  # a folder that is yet to be made lies in one that is there
            with suppress(OSError, ValueError):
                return os.pathconf(each, "PC_NAME_MAX")
    return NAME_LIMIT


@contextmanager
def _named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let an OSError name the file that was to be written, not the temporary one."""
    if not is_encodable(path):
        raise OSError(errno.EILSEQ, "no name that the file system can hold", os.fspath(path))
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
