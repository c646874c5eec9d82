"""Forked child processes: what they inherit of their parent's threads and locks is neither used nor freed there."""

from __future__ import annotations

import os
import weakref

TYPE_CHECKING = False  # what loads before Ctrl-C is caught is kept short: typing and ctypes take 20 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_watched: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def in_child(function: Callable[[], object]) -> None:
    """Call a function in each child that ``os.fork`` makes, before anything else runs there."""
    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(after_in_child=function)


def watch(item: Any, give_up: Callable[[Any], None]) -> None:
    """Call ``give_up(item)`` in each child that ``os.fork`` makes while the item lives.

    Args:
        item: has threads, locks or a place in a file that stay with the process that made it.
        give_up: gives up what belongs to the parent.
    """
    _watched[item] = give_up


def never_free(item: object) -> None:
    """Keep an object to the end of the process, even past Python's own: freeing it would wait for dead threads."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(item))


def _give_up_all() -> None:
    for item, give_up in list(_watched.items()):
        give_up(item)


in_child(_give_up_all)
