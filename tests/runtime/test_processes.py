"""A predictor in other processes: it pickles as its options, and is loaded anew on the other side."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from runtime import ClosedError, LandmarksError, Predictor, VideoSink, VideoSource
from runtime.engine.model_registry import weights_directory
from runtime.pipeline import autotune


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_worker_processes_find_the_same_points(predictor, astronaut, method):
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        [face] = pool.submit(predictor, astronaut).result()
    np.testing.assert_array_equal(face.landmarks, predictor(astronaut)[0].landmarks)


@pytest.mark.parametrize("clone", [lambda each: pickle.loads(pickle.dumps(each)), copy.copy, copy.deepcopy])
def test_copy_has_the_same_options_and_outlives_the_original(clone, astronaut):
    with Predictor("trimmed", detector="blazeface-short", max_faces=1, threads=2) as original:
        other = clone(original)
    with other:
        assert len(other(astronaut)) == 1
        assert other.report().landmarks.model == "trimmed" and other.report().detector.model == "blazeface-short"
        assert other.report().landmarks.threads == 2


def test_every_option_is_pickled():
    with Predictor() as predictor:
        _, (_, options) = predictor.__reduce__()
    assert set(options) == set(inspect.signature(Predictor).parameters)


def test_relative_paths_lead_to_the_same_files_from_another_folder(tmp_path, monkeypatch):
    shutil.copy(weights_directory() / "full.onnx", tmp_path / "mine.onnx")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Predictor("mine.onnx", cache="kept") as predictor:
        pickled = pickle.dumps(predictor)
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pickle.loads(pickled) as other:
        assert other.report().landmarks.file == str(tmp_path / "mine.onnx")
        assert other.report().landmarks.graph == "from cache"


def test_autotuned_predictor_keeps_what_was_measured(monkeypatch):
    monkeypatch.setattr(autotune, "ROUNDS", 1)
    with Predictor.autotune(cache=False) as predictor:
        tuning = predictor.report().tuning
        with copy.copy(predictor) as other:
            assert other.report().tuning == tuning


def test_subclass_stays_one():
    class Mine(Predictor):
        pass

    with Mine() as predictor, copy.deepcopy(predictor) as other:
        assert type(other) is Mine


def test_closed_predictor_is_not_pickled():
    predictor = Predictor()
    predictor.close()
    with pytest.raises(ClosedError, match="make a new one"):
        pickle.dumps(predictor)


@pytest.mark.parametrize("clone", [pickle.dumps, copy.copy, copy.deepcopy])
def test_tracker_says_what_to_do(predictor, clone):
    with pytest.raises(LandmarksError, match=r"hand over the Predictor and call its tracker\(\)"):
        clone(predictor.tracker())


@pytest.mark.parametrize("clone", [pickle.dumps, copy.copy, copy.deepcopy])
def test_open_video_says_what_to_do(tmp_path, astronaut, clone):
    with VideoSink(tmp_path / "a.mp4", 30) as sink:
        sink.write(astronaut)
    with VideoSource(tmp_path / "a.mp4") as source, pytest.raises(LandmarksError, match="open it in the other process"):
        clone(source)
