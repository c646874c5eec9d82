"""The optimised graph from the last start: same results, and never one that does not belong here."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from runtime import Predictor
from runtime.engine import graph_cache
from runtime.engine.model_registry import ModelFile, load_model, metadata_of
from runtime.engine.sessions import open_session
from runtime.engine.user_cache import VARIABLE, Cache
from runtime.errors import ModelError


@pytest.fixture(scope="module")
def full():
    return load_model("full", "landmarks")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "kept")


def graphs(model, cache, times=2):
    """Return the origin of the graph at each of several starts."""
    return [open_session(model, "cpu", cache=cache).report.graph for _ in range(times)]


def test_first_start_keeps_it_and_the_second_takes_it(full, cache):
    assert graphs(full, cache) == ["kept", "from cache"]
    assert len(list(cache.directory.iterdir())) == 1


def test_without_a_cache_it_is_optimised_each_time(full):
    assert graphs(full, None) == ["optimised", "optimised"]


@pytest.mark.parametrize("name", ["full", "blazeface-back"])
def test_results_are_the_same_to_the_last_bit(cache, name):
    model = load_model(name, "landmarks" if name == "full" else "detector")
    size = 192 if name == "full" else 256
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)
    sessions = [open_session(model, "cpu", cache=each).onnx for each in (None, cache, cache)]
    first, *others = ([session.run(None, {"image": images}), metadata_of(session)] for session in sessions)
    for outputs, metadata in others:
        assert metadata == first[1]
        for output, expected in zip(outputs, first[0], strict=True):
            np.testing.assert_array_equal(output, expected)


def test_damaged_graph_is_made_again(full, cache):
    graphs(full, cache)
    [file] = cache.directory.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert graphs(full, cache) == ["kept", "from cache"]


def test_graph_for_fixed_sizes_is_another_graph(cache):
    model = load_model("blazeface-back", "detector")
    names = [side for side in open_session(model, "cpu").onnx.get_inputs()[0].shape if isinstance(side, str)]
    shapes = []
    for side in (None, 128, 192):
        fixed = None if side is None else dict.fromkeys(names, side)
        for origin in ("kept", "from cache"):
            session = open_session(model, "cpu", cache=cache, fixed=fixed)
            assert session.report.graph == origin
        shapes.append(session.onnx.get_inputs()[0].shape)
    assert [shape[1] for shape in shapes] == [names[1], 128, 192]


def test_graph_of_another_version_is_not_read(full, cache, monkeypatch):
    graphs(full, cache)
    monkeypatch.setattr(graph_cache, "FORMAT", graph_cache.FORMAT + 1)
    assert graphs(full, cache) == ["kept", "from cache"]


@pytest.mark.parametrize("content", [b"", b"no graph at all", bytes(1000)])
def test_kept_graph_that_does_not_load_is_optimised_again(full, cache, monkeypatch, content):
    with monkeypatch.context() as patch:  # an intact entry that onnxruntime does not read
        patch.setattr(graph_cache.Path, "read_bytes", lambda path: content)
        graphs(full, cache, times=1)
    assert graphs(full, cache) == ["kept", "from cache"]


def test_kept_graph_that_does_not_load_is_deleted_even_if_no_other_can_be_kept(full, cache, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(graph_cache.Path, "read_bytes", lambda path: b"no graph")
        graphs(full, cache, times=1)
    monkeypatch.setattr(Cache, "write", lambda *given: (_ for _ in ()).throw(OSError("disk full")))
    assert graphs(full, cache, times=1) == ["not kept: disk full"]
    assert list(cache.directory.iterdir()) == []


def test_another_processor_optimises_again(full, cache, monkeypatch):
    graphs(full, cache)
    monkeypatch.setattr(graph_cache, "machine", lambda: "another processor")
    assert graphs(full, cache) == ["kept", "from cache"]


def test_another_onnxruntime_optimises_again(full, cache, monkeypatch):
    graphs(full, cache)
    monkeypatch.setattr(onnxruntime, "__version__", "9.9.9")
    assert graphs(full, cache) == ["kept", "from cache"]


def test_another_model_of_the_same_name_is_another_graph(full, cache):
    graphs(full, cache)
    trimmed = ModelFile("full", full.path, load_model("trimmed", "landmarks").content)
    assert graphs(trimmed, cache) == ["kept", "from cache"]


def test_damaged_model_is_still_an_error(full, cache):
    with pytest.raises(ModelError, match="onnxruntime cannot load it"):
        open_session(ModelFile("cut", full.path, full.content[:1000]), "cpu", cache=cache)


def test_place_that_cannot_be_written_to_is_passed_over_and_said(tmp_path, astronaut):
    (tmp_path / "file").write_text("in the way")
    with Predictor(cache=tmp_path / "file" / "kept") as predictor:
        assert predictor.report().landmarks.graph.startswith("not kept: ")
        assert len(predictor(astronaut)) == 1


def test_predictor_keeps_both_graphs_where_the_environment_says(tmp_path, monkeypatch, predictor, astronaut):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for expected in ("kept", "from cache"):
        with Predictor() as other:
            assert (other.report().landmarks.graph, other.report().detector.graph) == (expected, expected)
            [face], [reference] = other(astronaut), predictor(astronaut)
            np.testing.assert_array_equal(face.landmarks, reference.landmarks)
