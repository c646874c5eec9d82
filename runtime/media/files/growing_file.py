"""A file that grows record by record and is complete after each: what a stopped run has done is kept."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import BinaryIO

from runtime.errors import OptionError
from runtime.media.files.atomic import is_encodable, is_stream, write_bytes
from runtime.media.files.locks import lock

STANDARD_OUTPUT = "-"
"""Stands for standard output where a file name is expected."""


class GrowingFile:
    """Text in three parts: a start, records that are appended, and an end that is there after every append.

    A record that cannot be written, as on a full disk, is taken back: the file stays as it was before. Standard
    output, devices and pipes get the end when the file is closed.
    """

    def __init__(self, path: str | os.PathLike[str], start: str, end: str = "") -> None:
        """Replace the file by one without records; the old one stays where that fails.

        Raises:
            OptionError: ``path`` is no path.
            OSError: the file cannot be created, or another run is writing it.
        """
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or not is_encodable(path):
            raise OptionError(f"path={path!r}: the path of a file is needed, or '-' for standard output")
        self._path = os.fspath(path)
        self._end = _encode(end)
        self._seekable = not is_stdout(self._path) and not is_stream(self._path)
        self._length = len(_encode(start))
        if self._seekable:
            self._file = self._replace(_encode(start))
        else:
            self._file = self._stream()
            self._write(_encode(start))

    def append(self, text: str) -> None:
        """Add a record.

        Raises:
            OSError: it cannot be written; the records before it are kept.
        """
        record = _encode(text)
        if not self._seekable:
            self._write(record)
            return
        self._file.seek(self._length)
        try:
            self._write(record + self._end)
        except BaseException:
            self._take_back()
            raise
        self._length += len(record)

    def close(self) -> None:
        """Finish the file; closing twice is fine.

        Raises:
            OSError: the name now belongs to another file, or the stream cannot be written.
        """
        if self._file.closed:
            return
        with self._file:
            if not self._seekable:
                self._write(self._end)
                return
            own = os.fstat(self._file.fileno())
            with suppress(FileNotFoundError):  # deleted by the user
                if not os.path.samestat(own, os.stat(self._path)):
                    raise OSError(errno.EBUSY, "was replaced by another program while this run wrote it", self._path)

    def _replace(self, start: bytes) -> BinaryIO:
        with suppress(FileNotFoundError, PermissionError), open(self._path, "rb") as old:
            lock(old.fileno(), self._path)
        write_bytes(self._path, start + self._end, sync=False)
        file = open(self._path, "r+b", buffering=0)  # noqa: SIM115 - closed by close()
        try:
            lock(file.fileno(), self._path)
        except OSError:
            file.close()
            raise
        return file

    def _stream(self) -> BinaryIO:
        if not is_stdout(self._path):
            return open(self._path, "wb", buffering=0)
        if sys.stdout is None:
            raise OSError(errno.EBADF, "standard output is closed", self._path)
        sys.stdout.flush()
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)

    def _write(self, data: bytes) -> None:
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise OSError(error.errno, error.strerror, self._path) from error

    def _take_back(self) -> None:
        # the end first: it fits where a part of the record is, on a full disk, too
        with suppress(OSError):
            self._file.seek(self._length)
            self._write(self._end)
            self._file.truncate()


def is_stdout(path: str | os.PathLike[str]) -> bool:
    """Return whether a name is standard output: ``-``, ``/dev/stdout``, or the file that a shell directs it to."""
    if os.fspath(path) == STANDARD_OUTPUT:
        return True
    with suppress(OSError, ValueError, AttributeError):  # AttributeError: there is no standard output
        return os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno())) and not _is_null(path)
    return False


def _is_null(path: str | os.PathLike[str]) -> bool:
    return os.path.samestat(os.stat(path), os.stat(os.devnull))


def _encode(text: str) -> bytes:
    # A file name that is not UTF-8 arrives with lone surrogates; "\udcff" is their form in JSON, too.
    return text.encode("utf-8", "backslashreplace")
