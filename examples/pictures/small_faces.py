"""Find small faces: the same picture with the detector's input at several sizes.

::

    python examples/pictures/small_faces.py group.jpg
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import Predictor, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how many faces each size finds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    height, width = image.shape[:2]
    for size in (256, 512, 1024):  # multiples of 32; 256 is the default of "blazeface-back"
        with Predictor(detector_size=size) as predictor:
            faces = predictor(image)
            smallest = predictor.report().smallest_face(width, height)
        print(f"detector_size={size}: {len(faces)} faces; finds faces from {smallest:.0f} pixels on")


if __name__ == "__main__":
    main()
