"""Memory stays where it is, whatever sizes of pictures and crowds come along. In fresh processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETUP = """
import numpy as np
from runtime import Predictor
from runtime.landmarks.region_of_interest import Region

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20

predictor = Predictor(device="cpu")
networks = predictor._networks()
generator = np.random.default_rng(0)

def picture(height, width):
    return np.zeros((height, width, 3), np.uint8)

def crowd(count):
    networks.landmarker(picture(480, 640), [Region(320, 240, 200)] * count)

crowd(8)
for shape in ((480, 640), (640, 480)):
    predictor(picture(*shape))
before = resident()
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells resident memory so")


def measured(code):
    """Resident memory in megabytes before and after."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    code = f"{SETUP}\n{code}\nprint(before, resident())"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return tuple(float(value) for value in result.stdout.split())


def test_crowds_of_any_size_take_no_more_than_eight_faces():
    before, after = measured("for count in [*range(1, 13), 32, *range(12, 0, -1)]: crowd(count)")
    assert after - before < 12 and after < 150


def test_pictures_of_any_shape_leave_little_behind():
    # every shape of the detector's input, two pictures of each
    before, after = measured(
        "for long in (960, 320):\n"
        "    for short in range(long // 8, long + 1, long // 8):\n"
        "        predictor(picture(long, short)), predictor(picture(short, long))"
    )
    assert after - before < 10 and after < 150


def test_frames_of_a_stream_leave_nothing_behind():
    before, after = measured(
        # after four seconds detector, presence gate and the look at the turned frame have a session each
        "from runtime.engine import fixed_size\n"
        "fixed_size.PATIENCE = 3\n"
        "for _ in predictor.stream(picture(480, 640) for _ in range(130)): pass\n"
        "before = resident()\n"
        "for _ in predictor.stream(picture(480, 640) for _ in range(300)): pass"
    )
    assert after - before < 1 and after < 150
