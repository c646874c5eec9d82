"""Results that are dear to make: one of pytest-xdist's workers makes them, the others read them."""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil

try:
    import fcntl
except ImportError:  # Windows: every worker makes its own
    fcntl = None


def made_once(tmp_path_factory, name, make):
    """``make(folder)``, called by the first worker that asks in this run of the tests.

    Args:
        tmp_path_factory: pytest's fixture; its base folder lies in one that all workers of a run share.
        name: of the result, unique in the run.
        make: takes an empty folder, which stays as ``make`` leaves it and is read by all workers from then on; what it
            returns must be picklable.
    """
    root = tmp_path_factory.getbasetemp()
    if fcntl and "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, value = root / name, root / f"{name}.pickle"
    with locked(root / f"{name}.lock"):
        if not value.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            folder.mkdir()
            content = pickle.dumps(make(folder))
            value.write_bytes(content)
    return pickle.loads(value.read_bytes())


@contextlib.contextmanager
def locked(path):
    """Wait until no other process holds the lock, and hold it; the system frees it when a process dies."""
    with path.open("w") as file:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
