"""Pictures of other libraries as images of this one, in the order of colours that the caller names."""

from __future__ import annotations

from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.errors import ImageError, OptionError
from runtime.media.images.exif import ORIENTATION, turned_upright
from runtime.media.images.headers import check_size
from runtime.media.images.image_io import as_bgr

ColourOrder = Literal["rgb", "bgr", "pil"]
"""``"rgb"``: an array as imageio, scikit-image, Matplotlib and video libraries give it; ``"bgr"``: as OpenCV does;
``"pil"``: an image of Pillow, which knows its own order."""

DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
"""Modes of Pillow with more than 8 bits, which it would cut off instead of scaling them."""


def convert_image(image: Any, order: ColourOrder) -> NDArray[np.uint8]:
    """Convert a picture of another library to (H, W, 3) uint8 BGR, as a predictor takes it.

    Nothing is guessed: an array of RGB looks like one of BGR, and a wrong order costs accuracy without an error.

    Args:
        image: for ``"rgb"`` an array (H, W, 3) or (H, W, 4) uint8, whose alpha is ignored, or (H, W) gray; for
            ``"bgr"`` what a predictor takes itself; for ``"pil"`` a ``PIL.Image.Image``, which is turned upright by its
            EXIF orientation as :func:`read_image` does.
        order: what it is.

    Raises:
        ImageError: it is not such a picture, is cut short, or has more than 2^28 pixels; values of more than 8 bits
            are to be scaled before.
        OptionError: ``order`` is unknown.

    Example:
        >>> image = convert_image(imageio.v3.imread("photo.jpg"), "rgb")
        >>> image = convert_image(PIL.Image.open("photo.jpg"), "pil")
    """
    if not isinstance(order, str) or order not in get_args(ColourOrder):
        raise OptionError(f"order={order!r}: one of {', '.join(map(repr, get_args(ColourOrder)))} is needed")
    pillows = type(image).__module__.partition(".")[0] == "PIL"
    if order == "pil":
        if not pillows:
            raise ImageError(f"order='pil' takes a PIL.Image.Image, not {type(image).__name__}")
        return _from_pillow(image)
    if pillows:
        raise ImageError(f"order={order!r} takes an array; of a PIL image use order='pil'")
    bgr = as_bgr(image)
    return bgr if order == "bgr" else cv2.cvtColor(bgr, cv2.COLOR_RGB2BGR)  # type: ignore[return-value]


def _from_pillow(image: Any) -> NDArray[np.uint8]:
    check_size(image.height, image.width)
    if image.mode in DEEP_MODES:
        raise ImageError(f"a PIL image of mode {image.mode!r} has more than 8 bits: scale it to 0..255 and mode 'L'")
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises while it decodes
        raise ImageError(f"a PIL image that cannot be decoded: {error}") from error
    upright = turned_upright(pixels, orientation if orientation in range(1, 9) else 1)
    return cv2.cvtColor(as_bgr(upright), cv2.COLOR_RGB2BGR)  # type: ignore[return-value]
