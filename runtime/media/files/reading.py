"""Reading of whole files that never waits and never takes more memory than allowed."""

from __future__ import annotations

import errno
import os
import stat


def read_regular(path: str | os.PathLike[str], limit: int) -> bytes:
    """Read a regular file of at most ``limit`` bytes.

    A pipe would wait for its writer, and a device such as ``/dev/zero`` never ends: both are refused unread.

    Raises:
        OSError: there is no such file, it cannot be read, it is no regular file, or it is larger.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "a pipe or a device, not a file", os.fspath(path))
        # a file may still grow after its size was asked for
        content = b"" if state.st_size > limit else file.read(limit + 1)
    if max(state.st_size, len(content)) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", os.fspath(path))
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
