"""Numbers in the metadata of a model file: read within limits, because a file may say anything."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from typing import Any

from runtime.checks import is_whole
from runtime.errors import ModelError

MAX_LENGTH = 4096
"""Characters of a field that is read: far more than any list of strides takes."""


def read_whole(metadata: Mapping[str, str], field: str, highest: int) -> int:
    """Read a whole number from 1 to ``highest``.

    Raises:
        ModelError: the field is missing or anything else.
    """
    text = _text(metadata, field)
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= highest:
        raise ModelError(f"{field} {shown(text)} makes no sense: a whole number from 1 to {highest} is needed")
    return number


def read_number(metadata: Mapping[str, str], field: str, lowest: float, highest: float) -> float:
    """Read a number between two others.

    Raises:
        ModelError: the field is missing or anything else, such as NaN.
    """
    text = _text(metadata, field)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not lowest <= number <= highest:
        raise ModelError(f"{field} {shown(text)} makes no sense: a number from {lowest} to {highest} is needed")
    return number


def read_list(metadata: Mapping[str, str], field: str, longest: int) -> list[Any]:
    """Read a JSON list with 1 to ``longest`` items of any kind.

    Raises:
        ModelError: the field is missing or anything else.
    """
    text = _text(metadata, field)
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list) or not 1 <= len(items) <= longest:
        raise ModelError(f"{field} {shown(text)} makes no sense: a JSON list of 1 to {longest} items is needed")
    return items


def is_within(value: Any, highest: int) -> bool:
    """Return whether a value is a whole number from 1 to ``highest``."""
    return is_whole(value) and 1 <= value <= highest


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    return _SHORT.repr(value)


def _text(metadata: Mapping[str, str], field: str) -> str:
    if field not in metadata:
        raise ModelError(f"its metadata does not say {field!r}, so how to feed it is unknown")
    text = metadata[field]
    if len(text) > MAX_LENGTH:
        raise ModelError(f"{field} {shown(text)} makes no sense: it has more than {MAX_LENGTH} characters")
    return text


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
