"""Model files that lie, and that give what no picture explains: a ModelError when they are loaded, or when they run."""

from __future__ import annotations

import json
import os
from contextlib import suppress

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from runtime import ModelError, OptionError, Predictor
from runtime.detection import AnchorFreeFormat, BlazeFaceFormat
from runtime.engine import graph_cache
from runtime.engine.model_registry import (
    LANDMARK_CONTRACT,
    MAX_MODEL_BYTES,
    LandmarkSpec,
    ModelFile,
    load_model,
    weights_directory,
)
from runtime.engine.onnx_file import has_external_weights
from runtime.engine.sessions import open_session
from runtime.engine.user_cache import Cache
from tests.constant_networks import anchors_of, blazeface_file, landmark_file

BLACK = np.zeros((256, 256, 3), np.uint8)
A = anchors_of(256)


def filled(value, *shape, dtype=np.float32):
    return np.full(shape, value, dtype)


@pytest.fixture
def split_model(tmp_path):
    """The bytes of a network whose weights lie in another file."""
    source = onnx.load(weights_directory() / "full.onnx")
    onnx.save_model(source, tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=1024)
    return (tmp_path / "m.onnx").read_bytes()


class TestWeightsInAnotherFile:
    GROUP = bytes([0xA3, 0x06, 0xA4, 0x06])
    """A field that ONNX does not have, in an encoding that it does not use, but protocol buffers pass over."""

    def test_behind_a_group(self, split_model):
        assert has_external_weights(self.GROUP + split_model)

    @pytest.mark.parametrize("key", [b"\xba\x00", b"\xba\x80\x80\x80\x00", b"\xba\x80\x80\x80\x70"])
    def test_behind_a_key_of_more_bytes_than_needed(self, key):
        """The last one has bits above the 32 that protocol buffers keep."""
        tensor = onnx.TensorProto(data_location=TensorProto.EXTERNAL).SerializeToString()
        graph = b"\x2a" + bytes([len(tensor)]) + tensor
        assert has_external_weights(key + bytes([len(graph)]) + graph)

    def test_in_graphs_of_any_depth(self):
        """A tensor of the graph in the attribute of a node of a graph in the attribute..., of a model."""
        content = bytes([14 << 3, TensorProto.EXTERNAL])
        for field in (5, *(6, 5, 1) * 2000, 7):
            content = _varint(field << 3 | 2) + _varint(len(content)) + content
        assert has_external_weights(content)

    def test_is_refused_where_a_session_is_made(self, split_model, tmp_path):
        with pytest.raises(ModelError, match=r"m\.onnx: its weights lie in another file"):
            open_session(ModelFile("m", tmp_path / "m.onnx", split_model), "cpu")

    def test_kept_graph_of_that_kind_is_made_again(self, split_model, tmp_path, monkeypatch):
        model, cache = load_model("full", "landmarks"), Cache(tmp_path / "kept")
        with monkeypatch.context() as patch:
            patch.setattr(graph_cache.Path, "read_bytes", lambda path: split_model)
            open_session(model, "cpu", cache=cache)
        assert [open_session(model, "cpu", cache=cache).report.graph for _ in range(2)] == ["kept", "from cache"]

    def test_format_of_onnxruntime_itself_is_not_read(self, tmp_path):
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(tmp_path / "full.ort")
        options.add_session_config_entry("session.save_model_format", "ORT")
        onnxruntime.InferenceSession(weights_directory() / "full.onnx", options, providers=["CPUExecutionProvider"])
        with pytest.raises(ModelError, match="onnxruntime cannot load it"):
            Predictor((tmp_path / "full.ort").rename(tmp_path / "full.onnx"))


class TestFile:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_pipe_does_not_wait_for_its_writer(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.onnx")
        with pytest.raises(ModelError, match="a pipe or a device"):
            load_model(tmp_path / "pipe.onnx", "landmarks")

    def test_larger_than_the_limit_is_refused_unread(self, tmp_path):
        with open(tmp_path / "large.onnx", "wb") as file:
            file.truncate(MAX_MODEL_BYTES + 1)  # takes no room on the disk
        with pytest.raises(ModelError, match=f"larger than {MAX_MODEL_BYTES} bytes"):
            load_model(tmp_path / "large.onnx", "landmarks")


class TestMetadata:
    @pytest.mark.parametrize("value", ["1000000000", "1" * 4000, "-1", "0", "192.0", "nan", "1e9", "", "null", "[192]"])
    def test_input_size(self, tmp_path, value):
        for options in (
            {"model": landmark_file(tmp_path / "l.onnx", input_size=value)},
            {"detector": blazeface_file(tmp_path / "d.onnx", input_size=value)},
        ):
            with pytest.raises(ModelError, match=r"\.onnx: .*input_size .*is needed.*export it") as caught:
                Predictor(**options)
            assert len(str(caught.value)) < 600

    @pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e309", "1e-300", "99", "-1.35", "", "x", "[1]"])
    def test_crop_scale(self, tmp_path, value):
        with pytest.raises(ModelError, match=r"l\.onnx: crop_scale .*from 0\.1 to 10\.0.*export it"):
            Predictor(landmark_file(tmp_path / "l.onnx", crop_scale=value))

    @pytest.mark.parametrize(
        "value",
        [
            *("", "[", "[]", "{}", "null", "5", '"ab"', "[[]]", "[[16]]", "[[16, 2, 3]]", "[[[16, 2]]]", "[16, 2]"),
            *("[[0, 1]]", "[[-16, 2]]", "[[16, -2]]", "[[16, 0]]", "[[16, 1000000000]]", "[[1000000000, 2]]"),
            *("[[NaN, 2]]", "[[Infinity, 2]]", "[[1e400, 2]]", "[[16.5, 2]]", '[["16", 2]]', "[[true, 2]]"),
            *("[" * 100_000, "[[16, 2]" + ", [16, 2]" * 100_000 + "]", "x" * 1_000_000, "[[16, " + "9" * 4000 + "]]"),
        ],
        ids=lambda value: value[:20],
    )
    def test_anchors(self, tmp_path, value):
        with pytest.raises(ModelError, match=r"d\.onnx: .*anchors .*needed|d\.onnx: .*more than") as caught:
            Predictor(detector=blazeface_file(tmp_path / "d.onnx", anchors=value))
        assert len(str(caught.value)) < 600

    @pytest.mark.parametrize("strides", ["[]", "[0]", "[-8]", "8", "[[8]]", "[8.0]", "[1e9]", "null", "[8, true]"])
    def test_strides(self, strides):
        with pytest.raises(ModelError, match="strides"):
            AnchorFreeFormat.from_metadata({"input_size": "320", "strides": strides})

    def test_more_candidates_than_memory_holds(self, tmp_path):
        file = blazeface_file(
            tmp_path / "d.onnx", shape=(1, "h", "w", 3), anchors="[[1, 64], [32, 6]]", input_size="4096"
        )
        with pytest.raises(ModelError, match=r"input_size 4096 makes no sense.*candidates"):
            Predictor(detector=file)
        with pytest.raises(OptionError, match=r"1048576: more than \d+ candidates"):
            Predictor(detector_size=2**20)

    @given(st.dictionaries(st.sampled_from(["input_size", "anchors", "strides"]), st.text()))
    def test_any_text_is_a_format_or_a_model_error(self, metadata):
        for kind in (BlazeFaceFormat, AnchorFreeFormat):
            with suppress(ModelError):
                kind.from_metadata(metadata)

    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=12,
    )

    @given(json_values, st.integers(1, 4096))
    def test_any_json_gives_whole_numbers_within_bounds_or_a_model_error(self, value, size):
        metadata = {"input_size": str(size), "anchors": json.dumps(value), "strides": json.dumps(value)}
        with suppress(ModelError):
            anchors = BlazeFaceFormat.from_metadata(metadata).anchors
            assert all(1 <= stride <= 1024 and 1 <= count <= 64 for stride, count in anchors)
        with suppress(ModelError):
            assert all(1 <= stride <= 1024 for stride in AnchorFreeFormat.from_metadata(metadata).strides)

    @given(st.text() | st.integers().map(str) | st.floats().map(str), st.text() | st.floats().map(str))
    def test_any_text_is_a_landmark_network_or_a_model_error(self, size, scale):
        with suppress(ModelError):
            spec = LandmarkSpec.from_metadata(LANDMARK_CONTRACT | {"input_size": size, "crop_scale": scale}, "a.onnx")
            assert 1 <= spec.input_size <= 1024 and 0.1 <= spec.crop_scale <= 10


class TestOutputs:
    """On a black input, when the file is loaded."""

    @pytest.mark.parametrize(
        "outputs",
        {
            "NaN where there is no face": (filled(np.nan, 1, A, 16), filled(-9, 1, A, 1)),
            "NaN scores": (filled(0, 1, A, 16), filled(np.nan, 1, A, 1)),
            "infinite scores": (filled(4, 1, A, 16), filled(-np.inf, 1, A, 1)),
            "far outside": (filled(1e9, 1, A, 16), filled(9, 1, A, 1)),
            "15 numbers": (filled(4, 1, A, 15), filled(9, 1, A, 1)),
            "18 numbers": (filled(4, 1, A, 18), filled(9, 1, A, 1)),
            "two dimensions": (filled(4, A, 16), filled(9, A, 1)),
            "no image": (filled(4, 0, A, 16), filled(9, 0, A, 1)),
            "one number": (filled(4), filled(9)),
            "fewer scores": (filled(4, 1, A, 16), filled(9, 1, A - 1, 1)),
            "more scores": (filled(4, 1, A, 16), filled(9, 1, A + 1, 1)),
            "other anchors": (filled(4, 1, 5, 16), filled(9, 1, 5, 1)),
            "whole numbers": (filled(4, 1, A, 16, dtype=np.int64), filled(9, 1, A, 1, dtype=np.int64)),
            "text": (filled("a", 1, A, 16, dtype=object), filled("b", 1, A, 1, dtype=object)),
        }.items(),
        ids=lambda item: item[0],
    )
    def test_detector(self, tmp_path, outputs):
        with pytest.raises(ModelError, match=r"d\.onnx: "):
            Predictor(detector=blazeface_file(tmp_path / "d.onnx", outputs[1]))

    @pytest.mark.parametrize(
        "given_input",
        [
            {"dtype": TensorProto.FLOAT},
            {"shape": ("h", "w", 3)},
            {"shape": ()},
            {"shape": (1, 10**9, 10**9, 3)},
            {"shape": (1, 0, 0, 3)},
            {"shape": (1, 256, 256, 4)},
            {"shape": (1, 256, 128, 3)},
        ],
        ids=str,
    )
    def test_input_of_a_detector(self, tmp_path, given_input):
        with pytest.raises(ModelError, match=r"d\.onnx: "):
            Predictor(detector=blazeface_file(tmp_path / "d.onnx", **given_input))

    @pytest.mark.parametrize("points", [np.nan, np.inf, 1e6, 1e30, 3e38, -3e38])
    def test_points(self, tmp_path, points):
        with pytest.raises(ModelError, match=r"l\.onnx: .*points that are not finite or far outside"):
            Predictor(landmark_file(tmp_path / "l.onnx", np.full((68, 3), points)))

    @pytest.mark.parametrize("confidence", [np.nan, np.inf, 1.01, -0.01, 5])
    def test_confidence(self, tmp_path, confidence):
        with pytest.raises(ModelError, match=r"l\.onnx: .*confidences that are not finite or outside 0\.\.1"):
            Predictor(landmark_file(tmp_path / "l.onnx", confidence=confidence))

    @pytest.mark.parametrize("file", [{"points": np.zeros((67, 3))}, {"batch": 1}, {"side": 2000}])
    def test_shapes_of_a_landmark_network(self, tmp_path, file):
        with pytest.raises(ModelError, match=r"l\.onnx: .*export it"):
            Predictor(landmark_file(tmp_path / "l.onnx", **file))

    def test_sound_files_are_loaded(self, tmp_path):
        files = {"model": landmark_file(tmp_path / "l.onnx"), "detector": blazeface_file(tmp_path / "d.onnx")}
        with Predictor(**files) as predictor:
            assert predictor(BLACK) == []


def _varint(number):
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


def test_metadata_that_are_not_utf8_are_a_model_error(tmp_path):
    content = (weights_directory() / "full.onnx").read_bytes()
    assert b"Apache-2.0" in content
    (tmp_path / "full.onnx").write_bytes(content.replace(b"Apache-2.0", b"Apache\xe12.0"))
    with pytest.raises(ModelError, match="utf-8"):
        Predictor(tmp_path / "full.onnx")
