"""Faces that come with packages, and the predictor that most tests share."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # onnxruntime is imported before the runtime here

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores; read by torch and numpy when they are imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import matplotlib
import numpy as np
import onnx
import onnxruntime
import pytest
import skimage.data
from hypothesis import settings

from runtime import Predictor

if "PYTEST_XDIST_WORKER" in os.environ:
    cv2.setNumThreads(1)

# a shell's background jobs, and all that they start, ignore Ctrl-C; tests send it to the commands they start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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


@pytest.fixture
def optimised_kinds(tmp_path):
    """Operators of an ONNX file, counted after onnxruntime's own optimisation on this processor."""

    def count(path):
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        options.log_severity_level = 3
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        kinds = Counter(node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node)
        if "ReorderOutput" not in kinds:
            pytest.skip("onnxruntime has no blocked layout on this processor")
        return kinds

    return count
