"""The ONNX detectors compute what MediaPipe's originals compute."""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import onnx
import onnxruntime
import pytest
import skimage.data
import tflite
from ai_edge_litert.interpreter import Interpreter

from export.pretrained.blazeface import DETECTORS, convert, detector_to_onnx, export_detectors
from export.pretrained.blazeface_graph import build_model
from export.pretrained.tflite_file import Operator, TfliteGraph, find_packaged
from runtime.detection import BlazeFaceFormat

TOLERANCE = 1e-2
GRACE_HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
PICTURES = ("astronaut", "grace_hopper", "noise", "white")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    export_detectors(folder)
    return folder


def picture(name, size):
    """A picture (size, size, 3) uint8 BGR."""
    if name == "noise":
        return np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    if name == "white":
        # The brightest border there is: a zero padding put before the normalisation would show.
        return np.full((size, size, 3), 255, np.uint8)
    image = skimage.data.astronaut()[:, :, ::-1] if name == "astronaut" else cv2.imread(str(GRACE_HOPPER))
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def onnx_outputs(path, images):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["regressions", "logits"], {"image": images})


def litert_outputs(name, image):
    """The original's regressions and logits for one BGR picture of any size that is a multiple of 32."""
    content = bytearray(find_packaged(DETECTORS[name].file).read_bytes())
    free_reshapes(content)
    interpreter = Interpreter(model_content=bytes(content))
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, [1, *image.shape])
    interpreter.allocate_tensors()
    rgb = image[None, :, :, ::-1].astype(np.float32)
    interpreter.set_tensor(index, rgb / np.float32(127.5) - 1)
    interpreter.invoke()
    outputs = {detail["name"]: detail["index"] for detail in interpreter.get_output_details()}
    return [interpreter.get_tensor(outputs[key]) for key in ("regressors", "classificators")]


def free_reshapes(content):
    """Let the reshapes of a flatbuffer infer the anchor count: they are stored for one input size only."""
    graph = tflite.Model.GetRootAs(content, 0).Subgraphs(0)
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        if operator.BuiltinOptionsType() == tflite.BuiltinOptions.ReshapeOptions:
            options = tflite.ReshapeOptions()
            options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
            options.NewShapeAsNumpy()[1] = -1


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("subject", PICTURES)
def test_agrees_with_litert(folder, name, subject):
    image = picture(subject, DETECTORS[name].input_size)
    regressions, logits = onnx_outputs(folder / f"{name}.onnx", image[None])
    expected_regressions, expected_logits = litert_outputs(name, image)
    np.testing.assert_allclose(regressions, expected_regressions, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(logits, expected_logits, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("size", [192, 384])
def test_back_agrees_with_litert_at_other_sizes(folder, size):
    image = picture("astronaut", size)
    regressions, logits = onnx_outputs(folder / "blazeface-back.onnx", image[None])
    expected_regressions, expected_logits = litert_outputs("blazeface-back", image)
    assert regressions.shape == (1, 2 * (size // 16) ** 2 + 6 * (size // 32) ** 2, 16)
    np.testing.assert_allclose(regressions, expected_regressions, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(logits, expected_logits, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", DETECTORS)
def test_batch_equals_single_images(folder, name):
    path = folder / f"{name}.onnx"
    images = np.stack([picture(each, DETECTORS[name].input_size) for each in PICTURES[:3]])
    regressions, logits = onnx_outputs(path, images)
    singles = [onnx_outputs(path, image[None]) for image in images]
    np.testing.assert_allclose(regressions, np.concatenate([each[0] for each in singles]), rtol=0, atol=1e-3)
    np.testing.assert_allclose(logits, np.concatenate([each[1] for each in singles]), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", DETECTORS)
def test_committed_file_is_what_the_code_exports(folder, name):
    committed = onnx.load(Path(__file__).parents[3] / "weights" / f"{name}.onnx")
    exported = onnx.load(folder / f"{name}.onnx")
    assert committed.graph == exported.graph


@pytest.mark.parametrize("name", DETECTORS)
def test_optimised_graph_stays_in_the_blocked_layout(folder, optimised_kinds, name):
    kinds = optimised_kinds(folder / f"{name}.onnx")
    # Every sum and activation is fused; the only way out of the layout is at the four heads.
    assert not {"Pad", "Add", "Relu", "ReorderInput"} & set(kinds)
    assert (kinds["ReorderOutput"], kinds["Cast"]) == (4, 1)


@pytest.mark.parametrize("name", DETECTORS)
def test_graph_has_no_pad_node(folder, name):
    assert "Pad" not in {node.op_type for node in onnx.load(folder / f"{name}.onnx").graph.node}


@pytest.mark.parametrize("name", DETECTORS)
def test_rewrites_change_no_output(folder, tmp_path, name):
    plain = detector_to_onnx(name, rewrite=False)
    assert {"Pad", "Transpose"} <= {node.op_type for node in plain.graph.node}
    onnx.save(plain, tmp_path / "plain.onnx")
    images = np.stack([picture(each, DETECTORS[name].input_size) for each in PICTURES])
    rewritten, expected = (onnx_outputs(path, images) for path in (folder / f"{name}.onnx", tmp_path / "plain.onnx"))
    for new, old in zip(rewritten, expected, strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-5, atol=1e-3)  # logits reach -800


@pytest.mark.parametrize("name", DETECTORS)
def test_kernels_are_stored_as_in_the_original(folder, tmp_path, name):
    """float16 where the original's are: exact, and half the space."""
    arrays = [onnx.numpy_helper.to_array(each) for each in onnx.load(folder / f"{name}.onnx").graph.initializer]
    halves = sum(array.size for array in arrays if array.dtype == np.float16)
    assert halves > 0.8 * sum(array.size for array in arrays)
    onnx.save(detector_to_onnx(name), tmp_path / "float32.onnx")
    image = picture("astronaut", DETECTORS[name].input_size)[None]
    stored, expected = (onnx_outputs(path, image) for path in (folder / f"{name}.onnx", tmp_path / "float32.onnx"))
    for new, old in zip(stored, expected, strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.parametrize("name", DETECTORS)
def test_metadata_says_how_to_feed_it(folder, name):
    model = onnx.load(folder / f"{name}.onnx")
    metadata = {each.key: each.value for each in model.metadata_props}
    layout = BlazeFaceFormat.from_metadata(metadata)
    assert (layout.input_size, layout.anchors) == (DETECTORS[name].input_size, DETECTORS[name].anchors)
    assert (metadata["kind"], metadata["name"], metadata["license"]) == ("face-detector", name, "Apache-2.0")
    assert (metadata["input_dtype"], metadata["input_layout"], metadata["color_order"]) == (
        "uint8",
        "NHWC",
        "BGR",
    )
    assert (model.opset_import[0].version, model.ir_version) == (17, 8)


def test_unknown_detector_is_refused(tmp_path):
    with pytest.raises(KeyError, match="blazeface-back"):
        convert("blazeface-side", tmp_path / "side.onnx")


def test_foreign_operator_is_refused():
    softmax = Operator("SOFTMAX", (0,), (1,))
    graph = TfliteGraph((softmax,), (0,), (1, 2), {0: (1, 4, 4, 3), 1: (1, 8, 16), 2: (1, 8, 1)}, {}, {})
    with pytest.raises(ValueError, match="SOFTMAX"):
        build_model(graph, name="foreign", input_size=None)
