"""Checks of arguments that several modules share."""

from __future__ import annotations

import numbers
from typing import Any


def is_number(value: Any) -> bool:
    """Return whether a value is a real number, of Python or numpy, that a float can hold; booleans are not."""
    if type(value) is float:  # almost always; asking the abstract class takes ten times as long
        return True
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        float(value)
    except OverflowError:  # Python's integers have no end
        return False
    return True


def is_whole(value: Any) -> bool:
    """Return whether a value is a whole number, of Python or numpy; booleans are not."""
    return type(value) is int or (isinstance(value, numbers.Integral) and not isinstance(value, bool))
