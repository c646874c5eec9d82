"""Files that may be deleted at any time, kept in the user's cache directory: verified and written atomically."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import OptionError
from runtime.media.files import fit_name, is_encodable, is_stream, read_regular, write_bytes

VARIABLE = "EDGE_LANDMARKS_CACHE"
"""Environment variable: a directory to keep the files in, ``1`` (``true``, ``yes``, ``on``) for the user's cache
directory, ``0`` (``false``, ``no``, ``off``) for none."""

OFF, ON = frozenset({"", "0", "false", "no", "off"}), frozenset({"1", "true", "yes", "on"})
"""Values of :data:`VARIABLE`, in any case, that are no directory; a directory of such a name is written ``./true``."""

MAX_ENTRY_BYTES = 2**29
"""Size of the largest entry that is read: twice that of the largest model."""

_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Cache:
    """A directory of entries, each a file that begins with the SHA-256 of its key and content.

    Several processes may use one at the same time: an entry is written under another name and put in place at once.
    An entry that is damaged, was written for another key, or is no regular file, counts as absent. The digest tells
    damage, not who wrote an entry: whoever can write to the directory decides what is loaded from it.
    """

    directory: Path

    def read(self, name: str, key: bytes) -> bytes | None:
        """Read what was written under this name for this key; None where there is none, or it is damaged."""
        try:
            entry = read_regular(self._path(name, key), MAX_ENTRY_BYTES)
        except OSError:
            return None
        content = entry[_DIGEST:]
        return content if entry[:_DIGEST] == _seal(key, content) else None

    def write(self, name: str, key: bytes, content: bytes) -> None:
        """Keep the content under this name for this key.

        Raises:
            OSError: the directory cannot be made or written to, or a pipe or device has the entry's name.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self._path(name, key)
        if is_stream(path):  # a pipe would wait for a reader
            raise OSError(errno.EINVAL, "a pipe or a device, not a file", str(path))
        write_bytes(path, _seal(key, content) + content, sync=False)

    def remove(self, name: str, key: bytes) -> None:
        """Delete the entry of this name and key, if there is one and the directory can be written to."""
        with contextlib.suppress(OSError):
            self._path(name, key).unlink(missing_ok=True)

    def _path(self, name: str, key: bytes) -> Path:
        return self.directory / fit_name(self.directory, name, f"-{hashlib.sha256(key).hexdigest()[:16]}")


def find_cache(wanted: bool | str | os.PathLike[str] | None) -> Cache | None:
    """Find the cache to use; None for none.

    Args:
        wanted: a directory; True for the user's cache directory; False for none; None as :data:`VARIABLE` says, and
            none where it is not set.

    Raises:
        OptionError: none of these, or there is no user's directory.
    """
    if wanted is None:
        value = os.environ.get(VARIABLE, "")
        wanted = value.lower() in ON if value.lower() in OFF | ON else value
    if isinstance(wanted, bool):
        return Cache(user_directory()) if wanted else None
    if not isinstance(wanted, (str, os.PathLike)) or not os.fspath(wanted) or not is_encodable(wanted):
        raise OptionError(f"cache={wanted!r}: a directory is needed, True for the user's own, or False for none")
    return Cache(Path(wanted))


def find_tuning_cache(wanted: bool | str | os.PathLike[str] | None) -> Cache | None:
    """Find the cache for measured tunings: as :func:`find_cache`, but by default the user's own directory.

    A user without a home folder has none.

    A tuning is a few hundred bytes that its user asked for by calling ``autotune``; graphs are megabytes that no user
    asked for, so they need ``cache=`` or :data:`VARIABLE`.

    Raises:
        OptionError: as :func:`find_cache`.
    """
    if wanted is None and not os.environ.get(VARIABLE):
        with contextlib.suppress(OptionError):  # a user without a home, as in containers
            return Cache(user_directory())
    return find_cache(wanted)


def user_directory() -> Path:
    """Return the directory where this user's programs keep what they can make again.

    Raises:
        OptionError: the user has no home folder.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(base).expanduser() / "edge-landmarks"
    except RuntimeError as error:
        raise OptionError("cache=True: this user has no home folder; set HOME, or give a directory") from error


@functools.cache
def machine() -> str:
    """Describe the kind of processor with its instruction sets; a tuning for one kind does not hold for another."""
    lines = [platform.system(), platform.machine(), platform.processor()]
    information = Path("/proc/cpuinfo")
    if information.exists():
        wanted = ("model name", "flags", "Features", "CPU part")
        lines += sorted(
            {line for line in information.read_text(errors="replace").splitlines() if line.startswith(wanted)}
        )
    return "\n".join(lines)


def _seal(key: bytes, content: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(key).digest() + content).digest()
