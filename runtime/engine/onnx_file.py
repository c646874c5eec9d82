"""Check of an ONNX file before onnxruntime reads it, without the onnx package.

ONNX is a protocol buffer: a message is a sequence of fields, each a key (number and wire type) and a value.
Source: onnx.proto3 and https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""

DATA_LOCATION, EXTERNAL_DATA, EXTERNAL = 14, 13, 1
"""Fields of a tensor: where its values lie, the file's name, and the value that means "in a file"."""

MESSAGES: Final[Mapping[str, Mapping[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse tensor", 23: "sparse tensor"},
    "sparse tensor": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""The messages on the way from a model to its tensors: field numbers and what they hold."""


def has_external_weights(content: bytes) -> bool:
    """Return whether any tensor's values lie in another file; False also for what is no ONNX file.

    onnxruntime looks for such a file in the working folder when a model is loaded from memory.
    """
    try:
        return _is_external(memoryview(content), "model")
    except (IndexError, ValueError):
        return False  # onnxruntime says what is wrong with it


def _is_external(message: memoryview, kind: str) -> bool:
    for number, value in _fields(message):
        if kind == "tensor":
            if number == EXTERNAL_DATA or (number == DATA_LOCATION and value == EXTERNAL):
                return True
        elif number in MESSAGES[kind] and isinstance(value, memoryview) and _is_external(value, MESSAGES[kind][number]):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field.

    Raises:
        IndexError: the message is cut short.
        ValueError: a wire type that ONNX does not use.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        wire = key & 7
        if wire == VARINT:
            value, position = _varint(message, position)
            yield key >> 3, value
            continue
        if wire == BYTES:
            size, position = _varint(message, position)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire}")
        if position + size > len(message):
            raise IndexError("a field reaches beyond its message")
        yield key >> 3, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Read a number in groups of seven bits, lowest first; return it and the position after it."""
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
