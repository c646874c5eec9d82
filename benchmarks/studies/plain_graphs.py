"""Plain exports and inputs shared by several studies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import skimage.data
from numpy.typing import NDArray

from export.catalogue import MODELS
from export.networks import CONFIGS, INPUT_SIZE, LandmarkNetwork
from export.paths import RUNS
from export.pretrained import DETECTORS, drop_blocks, start_full
from export.pretrained import detector_to_onnx as detector_to_onnx
from export.release import checkpoint_of
from export.release import to_onnx as network_to_onnx
from export.training import load_network
from runtime.landmarks import Region, crop

FACE = Region(223, 115, 170)
"""Region of the face in scikit-image's picture of an astronaut."""


@dataclass(frozen=True, slots=True)
class PlainGraph:
    """A plain graph and its input.

    Attributes:
        name: name of the network.
        model: the export without rewrites.
        image: (1, H, W, 3) uint8 BGR, a photograph.
    """

    name: str
    model: onnx.ModelProto
    image: NDArray[np.uint8]

    def open(self, model: onnx.ModelProto) -> onnxruntime.InferenceSession:
        """Open a session on one thread with a fixed input size; the runtime chooses a detector's by the frame."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        for side, length in zip(("height", "width"), self.image.shape[1:], strict=False):
            options.add_free_dimension_override_by_name(side, length)
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(self, session: onnxruntime.InferenceSession) -> list[NDArray[np.float32]]:
        """Run a session on the image and return all outputs."""
        return session.run(None, {"image": self.image})  # type: ignore[no-any-return]


def astronaut() -> NDArray[np.uint8]:
    """Return a photograph of Eileen Collins (NASA, public domain), (512, 512, 3) uint8 BGR."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])


def landmark_network(name: str, runs: Path = RUNS) -> LandmarkNetwork:
    """Load the trained network of a run, or one of the same architecture if there is none; times are the same."""
    checkpoint = checkpoint_of(MODELS[name], runs)
    if checkpoint.is_file():
        return load_network(checkpoint)
    full = start_full()
    return full if name == "full" else drop_blocks(full, CONFIGS[name]).eval()


def plain_landmark_graph(name: str) -> PlainGraph:
    """Build the plain graph of ``full`` or ``trimmed``, with the astronaut's face as its input."""
    plain = network_to_onnx(landmark_network(name), rewrite=False)
    return PlainGraph(name, plain, crop(astronaut(), FACE, INPUT_SIZE)[None])


def plain_detector_graph(name: str) -> PlainGraph:
    """Build the plain graph of a detector, with the astronaut's photograph as its input."""
    size = DETECTORS[name].input_size
    pixels = cv2.resize(astronaut(), (size, size), interpolation=cv2.INTER_AREA)
    return PlainGraph(name, detector_to_onnx(name, rewrite=False), np.ascontiguousarray(pixels[None]))
