"""Faces that come with packages, and the predictor that most tests share."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
import skimage.data
from hypothesis import settings

from runtime import Predictor

# a busy machine is no failure
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def astronaut():
    """Eileen Collins, NASA, public domain: (512, 512, 3) uint8 BGR, one face."""
    return read_only(np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1]))


@pytest.fixture(scope="session")
def grace_hopper():
    """Grace Hopper, US Navy, public domain: (600, 512, 3) uint8 BGR, one face."""
    return read_only(cv2.imread(str(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")))


@pytest.fixture(scope="session")
def predictor():
    return Predictor()


def read_only(image):
    """A session's fixture must come out of every test as it went in."""
    image.setflags(write=False)
    return image
