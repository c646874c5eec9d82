"""The ONNX iris network computes what MediaPipe's original computes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from ai_edge_litert.interpreter import Interpreter

from export.onnx_graph import store_half
from export.pretrained.iris import IRIS_FILE, iris_parameters, iris_to_onnx
from export.pretrained.tflite_file import find_packaged
from runtime.engine import load_model

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
IMAGES[2] = 255  # the brightest border there is


def onnx_points(content):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["iris"], {"image": IMAGES})[0]


@pytest.fixture(scope="module")
def original():
    interpreter = Interpreter(model_path=str(find_packaged(IRIS_FILE)))
    interpreter.allocate_tensors()
    [output] = [each["index"] for each in interpreter.get_output_details() if each["shape"][-1] == 15]
    points = []
    for image in IMAGES:
        rgb = image[None, :, :, ::-1].astype(np.float32) / 255
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], rgb)
        interpreter.invoke()
        points.append(interpreter.get_tensor(output).reshape(5, 3).copy())
    return np.array(points)


@pytest.mark.parametrize("rewrite", [False, True])
def test_agrees_with_litert(original, rewrite):
    assert np.abs(onnx_points(iris_to_onnx(rewrite).SerializeToString()) - original).max() < 1e-3


def test_shipped_file_is_the_conversion_with_kernels_in_float16(original):
    model = iris_to_onnx()
    store_half(model)
    content = load_model("iris", "iris").content
    assert content == model.SerializeToString() and len(content) < 800_000
    assert np.abs(onnx_points(content) - original).max() < 0.05


def test_number_of_weights():
    assert iris_parameters() == 353_615
