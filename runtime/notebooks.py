"""Pictures with faces, shown where the program runs: in a notebook, or in a window."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.media import Style, draw_faces
from runtime.media.images import preview_png
from runtime.optional import import_optional


class _Picture:
    """An image that a notebook shows."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._image = image

    def _repr_png_(self) -> bytes:
        return preview_png(self._image)


def show(image: NDArray[np.uint8], faces: Iterable[Face] | Face = (), style: Style | None = None) -> None:
    """Show an image with faces drawn on it: below the cell of a notebook, elsewhere in a window until a key is pressed.

    A notebook shows a ``Face``, ``Frame``, ``FrameResult`` and ``AlignedCrop`` by itself where it is the last line of a
    cell. Pictures are shrunk to 1024 pixels there.

    Args:
        image: (H, W, 3) uint8 BGR, or any other image that a predictor takes.
        faces: what a predictor found in it, or one of them.
        style: what to draw, as for :func:`draw_faces`.

    Raises:
        ImageError: ``image`` is not an image.
        OptionError: ``faces`` are no faces, or ``style`` is no :class:`Style`.
        WindowError: there is neither a notebook nor a display, or OpenCV has no windows.

    Example:
        >>> show(image, predictor(image))
    """
    marked = draw_faces(image, faces, style)
    display = _notebook_display()
    if display is not None:
        display(_Picture(marked))
        return
    # only programs with a window need it: `import runtime` does not load it
    from runtime.live import OpenCVWindow

    height, width = marked.shape[:2]
    with OpenCVWindow("faces", width, height) as window:
        while not window.closed:
            window.show(marked)
            if window.poll() >= 0:
                break


def _notebook_display() -> Callable[[Any], Any] | None:
    """Return the function that shows an object below a notebook's cell; None where no notebook runs."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if getattr(shell, "kernel", None) is None:  # a terminal has a shell, too, but shows no pictures
        return None
    display: Callable[[Any], Any] = import_optional("IPython.display", "A notebook", "ipython").display
    return display
