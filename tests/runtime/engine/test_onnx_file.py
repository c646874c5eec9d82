"""Weights in another file are found wherever a graph can hold them, and refused."""

from __future__ import annotations

import re

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from runtime import ModelError, Predictor
from runtime.engine.model_registry import list_models, weights_directory
from runtime.engine.onnx_file import has_external_weights

SHIPPED = [entry.file for entry in list_models()]


def external(tensor):
    """The same tensor, its values in a file."""
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    return tensor


def constant():
    return external(numpy_helper.from_array(np.ones(1000, np.float32), "values"))


def branch():
    """A graph inside a node, that gives a constant."""
    node = helper.make_node("Constant", [], ["out"], value=constant())
    return helper.make_graph([node], "branch", [], [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1000])])


def sparse():
    tensor = onnx.SparseTensorProto(dims=[1000])
    tensor.values.CopyFrom(constant())
    return tensor


def model(nodes=(), **parts):
    graph = helper.make_graph(list(nodes), "graph", [], [], **parts)
    return helper.make_model(graph)


WHERE = {
    "initializer": model(initializer=[constant()]),
    "sparse initializer": model(sparse_initializer=[sparse()]),
    "constant": model([helper.make_node("Constant", [], ["x"], value=constant())]),
    "sparse constant": model([helper.make_node("Constant", [], ["x"], sparse_value=sparse())]),
    "branch": model([helper.make_node("If", ["c"], ["x"], then_branch=branch(), else_branch=branch())]),
    "function": model(),
}
WHERE["function"].functions.append(
    helper.make_function("d", "f", [], ["x"], [helper.make_node("Constant", [], ["x"], value=constant())], [])
)


@pytest.mark.parametrize("where", WHERE)
def test_found_wherever_a_tensor_can_lie(where):
    assert has_external_weights(WHERE[where].SerializeToString())


@pytest.mark.parametrize("file", SHIPPED)
def test_shipped_models_are_whole(file):
    assert not has_external_weights((weights_directory() / file).read_bytes())


@given(st.binary(max_size=200))
def test_anything_else_is_left_to_onnxruntime(content):
    has_external_weights(content)


@given(cut=st.integers(0, 600_000))
def test_cut_file_is_left_to_onnxruntime(cut):
    assert not has_external_weights((weights_directory() / "full.onnx").read_bytes()[:cut])


def test_predictor_refuses_them_and_the_remedy_works(tmp_path, monkeypatch, astronaut, predictor):
    source = onnx.load(weights_directory() / "full.onnx")
    onnx.save_model(source, tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=1024)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "m.bin").write_bytes(bytes((tmp_path / "m.bin").stat().st_size))
    with pytest.raises(ModelError, match="its weights lie in another file") as caught:
        Predictor(tmp_path / "m.onnx")
    exec(re.search(r"onnx\.save_model\(.*\)$", str(caught.value))[0], {"onnx": onnx})
    with Predictor("m-whole.onnx") as whole:
        np.testing.assert_array_equal(whole(astronaut)[0].landmarks, predictor(astronaut)[0].landmarks)
