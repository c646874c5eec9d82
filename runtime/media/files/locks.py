"""Locks against a second run that writes the same file or folder; the system releases them when a process ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be replaced
    fcntl = None  # type: ignore[assignment]


def lock(descriptor: int, path: str | os.PathLike[str]) -> None:
    """Lock an open file or folder until it is closed; a file system without locks lets it pass.

    Args:
        descriptor: of the open file or folder.
        path: what the error names.

    Raises:
        OSError: another run has locked it.
    """
    if fcntl is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        kind = "folder" if os.path.isdir(path) else "file"
        raise OSError(errno.EBUSY, f"another run is writing this {kind}", os.fspath(path)) from error
    except OSError:
        return


@contextmanager
def locked_folder(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Lock an existing folder within the block; without effect on Windows.

    Raises:
        OSError: another run has locked it, or it cannot be opened.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)
