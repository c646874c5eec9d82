"""Check of an ONNX file before onnxruntime reads it, without the onnx package.

ONNX is a protocol buffer: a message is a sequence of fields, each a key (number and wire type) and a value.
Source: onnx.proto3 and https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from runtime.errors import ModelError

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
"""Wire types. ONNX has no groups, but protocol buffers pass over those that they do not know."""

MAX_TAG = 2**32 - 1
"""Protocol buffers keep the lower 32 bits of a key, and of a number that names a value."""

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

    onnxruntime looks for such a file in the working folder when a model is loaded from memory. Whatever protocol
    buffers read as a tensor is found here, too: groups, keys of more bytes than needed, graphs in graphs of any depth.
    """
    waiting = [(memoryview(content), "model")]
    try:
        while waiting:
            message, kind = waiting.pop()
            for number, value in _fields(message):
                if kind == "tensor":
                    if number == EXTERNAL_DATA or (number == DATA_LOCATION and _is_external(value)):
                        return True
                elif number in MESSAGES[kind] and isinstance(value, memoryview):
                    waiting.append((value, MESSAGES[kind][number]))
    except (IndexError, ValueError):
        return False  # onnxruntime says what is wrong with it
    return False


def refuse_external_weights(content: bytes) -> None:
    """Refuse a model for onnxruntime that would make it read another file; costs microseconds for others.

    Raises:
        ModelError: a tensor's values lie in another file.
    """
    # the name of the file has this key, without which onnxruntime reads nothing
    if b"location" in content and has_external_weights(content):
        raise ModelError("its weights lie in another file; make one file of both with onnx.save_model")


def _is_external(value: int | memoryview) -> bool:
    return isinstance(value, int) and value & MAX_TAG == EXTERNAL


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field; those of a group as if they were the message's own.

    Raises:
        IndexError: the message is cut short.
        ValueError: a wire type that there is not.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, wire = (key & MAX_TAG) >> 3, key & 7
        if wire == VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire in (START_GROUP, END_GROUP):
            continue
        if wire == BYTES:
            size, position = _varint(message, position)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire}")
        if position + size > len(message):
            raise IndexError("a field reaches beyond its message")
        yield number, message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Read a number in groups of seven bits, lowest first; return it and the position after it.

    Raises:
        IndexError: the message is cut short.
        ValueError: more than the ten bytes that a number has.
    """
    number = 0
    for shift in range(0, 70, 7):
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise ValueError("a number of more than ten bytes")
