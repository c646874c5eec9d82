"""Pictures without people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage
from numpy.typing import NDArray

from export.data.photographs import read_image

NAMES = (
    "brick.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "moon.png",
    "page.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
)


def load_scenery() -> tuple[NDArray[np.uint8], ...]:
    """Return scikit-image's pictures without people, (H, W, 3) uint8 BGR: backgrounds for the confidence head."""
    folder = Path(skimage.__file__).parent / "data"
    return tuple(read_image(folder / name) for name in NAMES if (folder / name).is_file())
