"""Libraries that only some functions need: imported when these are called, never with the package."""

from __future__ import annotations

import importlib
from typing import Any

from runtime.errors import DependencyError


def import_optional(module: str, purpose: str, install: str) -> Any:
    """Import a library that is not among the dependencies.

    Args:
        module: its name, such as ``"pyarrow.parquet"``.
        purpose: what it is needed for, as the message begins.
        install: what to give to ``pip install``.

    Raises:
        DependencyError: it is not installed, or does not load; the message says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise DependencyError(
            f"{purpose} needs {package}, which does not load ({error}): pip install {install}"
        ) from error
