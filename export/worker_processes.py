"""What all worker processes do."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone; a killed process cannot tell its workers.

    Files are written whole or not at all, so that a worker may end at any moment.
    """
    parent = multiprocessing.parent_process()
    if parent is None:  # not a worker
        return
    waited = parent

    def watch() -> None:
        waited.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
