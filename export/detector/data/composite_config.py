"""Parameters of the composition of training pictures."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat

from export.config_files import Config, Share
from export.detector.model import STEP


class CompositeConfig(Config):
    """Parameters of the composition of training pictures.

    Attributes:
        size: side of the square pictures in pixels, a multiple of 32.
        smallest, largest: longer side of a pasted face in pixels.
        scene, pasted, mosaic, close, plain: shares of the kinds of pictures.
        swapped: share of a scene's faces that another person's is pasted over.
        turned: share of the pictures that are turned by 90, 180 or 270 degrees.
        tilted: share of the pasted faces that are turned by any angle; the others stay within ``tilt`` degrees.
        tilt: standard deviation of the other rotations, degrees.
        hard: share of the hard negatives, if any were mined, among pictures and parts without a face.
        hard_tiles: share of a mosaic's tiles that show a hard negative.
        occluded: share of the pasted faces and portraits that something is laid over, up to about half of the face.
        toned: share of the parts without a face, and of the pictures without a face, that get the colours of a face.
        degradation_probability: share of the pictures whose light, colour or sharpness are changed.
    """

    size: Annotated[int, Field(ge=STEP, multiple_of=STEP)] = 256
    smallest: PositiveFloat = 7.0
    largest: PositiveFloat = 230.0
    scene: NonNegativeFloat = 0.5
    pasted: NonNegativeFloat = 0.2
    mosaic: NonNegativeFloat = 0.12
    close: NonNegativeFloat = 0.1
    plain: NonNegativeFloat = 0.08
    swapped: Share = 0.3
    turned: Share = 0.12
    tilted: Share = 0.15
    tilt: NonNegativeFloat = 15.0
    hard: Share = 0.6
    hard_tiles: Share = 0.2
    occluded: Share = 0.2
    toned: Share = 0.25
    degradation_probability: Share = 0.6
