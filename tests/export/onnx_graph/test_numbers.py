"""Constants without denormals, and kernels that take half the space."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import helper, numpy_helper

from export.onnx_graph import scrub_denormals, store_half
from tests.export.onnx_graph.graphs import kinds, model, run, weights


@given(arrays.arrays(np.float32, st.integers(0, 12), elements=st.floats(width=32, allow_nan=False)))
def test_only_denormals_become_zero(values):
    tiny = np.finfo(np.float32).tiny
    built = model([helper.make_node("Relu", ["x"], ["y"])], {})
    built.graph.initializer.append(numpy_helper.from_array(values, "v"))
    expected = [value if abs(value) >= tiny else np.float32(0) for value in values]
    assert scrub_denormals(built) == sum(0 < abs(value) < tiny for value in values)
    np.testing.assert_array_equal(numpy_helper.to_array(built.graph.initializer[0]), np.array(expected, np.float32))


def test_other_types_and_scalars_are_no_trouble():
    constants = {"i": np.array([1, 2], np.int64), "d": np.float64(1e-310), "s": np.float32(1e-40)}
    built = model([helper.make_node("Relu", ["x"], ["y"])], constants)
    assert scrub_denormals(built) == 1
    values = {item.name: numpy_helper.to_array(item) for item in built.graph.initializer}
    assert values["s"] == 0 and values["s"].shape == () and values["d"] == 1e-310


def convolution(kernel, bias=None):
    inputs = ["x", "w"] if bias is None else ["x", "w", "b"]
    constants = {"w": kernel} if bias is None else {"w": kernel, "b": bias}
    return model([helper.make_node("Conv", inputs, ["y"])], constants)


def test_kernels_are_rounded_to_eleven_bits():
    kernel = weights(16)
    built = convolution(kernel)
    assert store_half(built) == 1
    [stored] = [numpy_helper.to_array(item) for item in built.graph.initializer]
    assert stored.dtype == np.float16
    np.testing.assert_allclose(stored.astype(np.float32), kernel, rtol=2**-11, atol=2**-25)
    expected = run(convolution(stored.astype(np.float32)))[0]
    np.testing.assert_array_equal(run(built)[0], expected)


def test_halved_constants_take_half_the_space():
    built = convolution(weights(64))
    before = built.ByteSize()
    store_half(built)
    assert built.ByteSize() < 0.6 * before


def test_computed_once_at_load(optimised_kinds, tmp_path):
    built = convolution(weights(64))
    store_half(built)
    (tmp_path / "half.onnx").write_bytes(built.SerializeToString())
    assert kinds(built) == ["Cast", "Conv"]
    assert "Cast" not in optimised_kinds(tmp_path / "half.onnx")


def test_exact_storage_leaves_what_float16_cannot_hold():
    exact = np.random.default_rng(0).integers(-9, 9, (16, 3, 3, 3)).astype(np.float32)
    assert store_half(convolution(exact), exact=True) == 1
    assert store_half(convolution(exact / 3), exact=True) == 0


def test_biases_small_constants_and_large_numbers_stay():
    small, bias = weights(4), np.linspace(0, 192, 16, dtype=np.float32)
    large = weights(16)
    large[0, 0, 0, 0] = 1e5
    assert store_half(convolution(small)) == store_half(convolution(large)) == 0
    built = convolution(weights(16), bias)
    store_half(built)
    stored = {item.name: numpy_helper.to_array(item) for item in built.graph.initializer}
    np.testing.assert_array_equal(stored["b"], bias)
