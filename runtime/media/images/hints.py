"""Hints for arguments that are not images: an expression that converts them, where there is one.

An expression is named after the word "use" and works when it is followed: it changes layout and values at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.media.files import VIDEO_SUFFIXES

MAX_EXAMINED = 2**28
"""Values of the largest array that is examined for a hint; one repeated in memory may have any number."""

ORDER = "; colours go blue, green, red"


def hint(given: Any) -> str:
    """Explain how to make an image (H, W, 3) uint8 BGR of what was given instead."""
    if isinstance(given, np.ndarray):
        return _array_hint(given, "image")
    if given is None:
        return "cv2.imread gives None for a file it cannot read; runtime.read_image(path) says why"
    if isinstance(given, (str, os.PathLike)):
        if PurePath(os.fspath(given)).suffix.lower() in VIDEO_SUFFIXES:
            return "for a video use Predictor.stream(path)"
        return "read it with runtime.read_image(path)"
    if isinstance(given, (bytes, bytearray, memoryview)):
        return "read the content of a picture file with runtime.read_image(data)"
    if isinstance(given, cv2.UMat):
        return _array_hint(given.get(), "image.get()")
    if isinstance(given, (int, float, cv2.VideoCapture)):
        return "for a camera or a video use Predictor.stream(0) or Predictor.stream(path)"
    return _other_hint(given)


def _other_hint(given: Any) -> str:
    package = type(given).__module__.partition(".")[0]
    if package == "runtime":
        return "of a Frame use frame.image" if hasattr(given, "image") else "give the image that it came from"
    if package == "PIL":
        return (
            "use numpy.asarray(image.convert('RGB'))[:, :, ::-1], or runtime.read_image(path), which turns it upright"
        )
    if package == "cv2" and hasattr(given, "download"):
        return "use image.download()"
    if hasattr(given, "__cuda_array_interface__") and package != "torch":
        return "copy it from the card first, as cupy.asnumpy(image) does"
    if package == "torch":
        try:
            array = given.detach().cpu().numpy()
        except (TypeError, RuntimeError, AttributeError):  # bfloat16, or no tensor
            return "use an array of a uint8 tensor: tensor.cpu().numpy()"
        return _array_hint(array, "image.detach().cpu().numpy()") + ORDER
    if isinstance(given, Sequence) and given and type(given[0]).__module__.startswith("runtime."):
        return "give the image that the faces were found in"
    if isinstance(given, Sequence) and given and _is_item(given[0]):
        return _list_hint(given)
    if isinstance(given, range):  # it may be of any length, and costs nothing
        return _obstacle(np.empty(0))
    try:
        array = np.asarray(given)
    except Exception:  # rows of different lengths for instance, or whatever an object's own __array__ raises
        return "give rows of equal length, each pixel blue, green and red in 0..255"
    return _array_hint(array, "numpy.asarray(image)") + ORDER


def _is_item(first: Any) -> bool:
    """Return whether a list with this first item holds images or paths, and not the rows of one image."""
    return isinstance(first, (bool, np.bool_, str)) or not isinstance(first, (int, float, list, tuple))


def _list_hint(given: Sequence[Any]) -> str:
    """Explain how to pass a list of what may be images."""
    first = given[0]
    if len(given) == 2 and isinstance(first, (bool, np.bool_)):
        return "cv2.VideoCapture.read gives (ok, image): use image[1]"
    if isinstance(first, (str, os.PathLike)):
        return "for several images at once use Predictor.batch([runtime.read_image(path) for path in image])"
    if isinstance(first, np.ndarray):
        return _batch_hint(first, "images")
    return f"for several images at once use Predictor.batch; of each: {hint(first)}"


def _batch_hint(first: NDArray[Any], images: str) -> str:
    """Explain how to pass several images, of which this is the first; ``images`` is their name in the expression."""
    single = _expression(first, "image")
    if single is None or single == "image":
        return f"for several images at once use Predictor.batch({images})"
    return f"for several images at once use Predictor.batch([{single} for image in {images}])"


def _array_hint(array: NDArray[Any], name: str) -> str:
    """Explain what is wrong with an array, with an expression that corrects it; ``name`` is the array in there."""
    if array.ndim == 4 and len(array) > 1:
        return _batch_hint(array[0], re.sub(r"\bimage\b", "images", name))
    expression = _expression(array, name)
    return f"use {expression}{_remark(array)}" if expression else _obstacle(array)


def _expression(array: NDArray[Any], name: str) -> str | None:
    """Return an expression for the image that the array holds; None if the values do not determine it."""
    if array.ndim == 4 and len(array) == 1:
        array, name = array[0], f"{name}[0]"
    if array.ndim == 3 and array.shape[2] == 2:  # gray and alpha
        array, name = array[:, :, 0], f"{name}[:, :, 0]"
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] in (1, 3, 4):
        array, name = array.transpose(1, 2, 0), f"{name}.transpose(1, 2, 0)"
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        return None
    return _values_expression(array, name)


def _values_expression(array: NDArray[Any], name: str) -> str | None:
    """Return an expression that brings an array's values to uint8."""
    if array.size > MAX_EXAMINED:
        return None
    if array.dtype == np.uint8:
        return name
    if array.dtype == np.bool_:
        return f"{name}.astype(numpy.uint8) * 255"
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all():
            array, name = np.nan_to_num(array, posinf=0, neginf=0), f"numpy.nan_to_num({name}, posinf=0, neginf=0)"
        lowest, highest = array.min(), array.max()
        if lowest >= 0 and highest <= 1:
            return f"({name} * 255).round().astype(numpy.uint8)"
        if lowest >= -1 and highest <= 1:
            return f"(({name} + 1) * 127.5).round().astype(numpy.uint8)"
        return f"{name}.round().astype(numpy.uint8)" if lowest >= 0 and highest <= 255 else None
    if not np.issubdtype(array.dtype, np.integer):
        return None
    lowest, highest = array.min(), array.max()
    if array.dtype == np.uint16 and not 0 < highest <= 255:
        # cameras put 10 or 12 bits into 16
        scaled = f"{name} >> 2" if 0 < highest < 1024 else f"{name} >> 4" if 0 < highest < 4096 else f"{name} // 257"
        return f"({scaled}).astype(numpy.uint8)"
    return f"{name}.astype(numpy.uint8)" if lowest >= 0 and highest <= 255 else None


def _remark(array: NDArray[Any]) -> str:
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        return ", as it also holds NaN or infinite values"
    return ""


def _obstacle(array: NDArray[Any]) -> str:
    if array.size > MAX_EXAMINED:
        return f"it has {array.size} values, more than {MAX_EXAMINED}: shrink it, or cut it into parts"
    if array.size and np.issubdtype(array.dtype, np.number) and array.dtype != np.uint8 and array.ndim in (2, 3):
        finite = array[np.isfinite(array)]
        if finite.size and not np.iscomplexobj(finite):
            return f"its values go from {finite.min():g} to {finite.max():g}: scale them to 0..255 and to uint8"
    return "give rows and columns of pixels, each blue, green and red in 0..255"
