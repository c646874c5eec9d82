"""Cut faces out as recognition networks and generators expect them, and blank everything but the skin.

::

    python examples/aligned_crops.py photo.jpg --out crops
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2

from runtime import Predictor, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Write five pictures of each face."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    parser.add_argument("--out", type=Path, default=Path("crops"), help="folder for the crops (default: crops)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    image = read_image(options.picture)
    with Predictor() as predictor:
        faces = predictor(image)
    for index, face in enumerate(faces):
        head = face.align(image, 256, "ffhq")
        skin = image.copy()
        skin[face.mask(image.shape, "skin") == 0] = 0
        pictures = {
            "arcface": face.align(image).image,
            "ffhq": head.image,
            "left-eye": face.crop_part(image, "left_eye").image,
            "mouth": face.crop_part(image, "mouth", size=96).image,
            "skin": face.align(skin).image,
        }
        for name, picture in pictures.items():
            cv2.imwrite(str(options.out / f"face{index}-{name}.png"), picture)
        x, y = head.to_crop(face.five_points())[2]
        print(f"face {index}: nose tip at {x:.1f}, {y:.1f} of the FFHQ crop")


if __name__ == "__main__":
    main()
