"""Checks of arguments that several modules share."""

from __future__ import annotations

import numbers
from typing import Any


def is_number(value: Any) -> bool:
    """Return whether a value is a real number, of Python or numpy, that can be compared; booleans are not."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, of Python or numpy; booleans are not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
