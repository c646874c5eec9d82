"""Forked child processes: right points or a clear error, never a hang, and the parent's files stay whole."""

from __future__ import annotations

import multiprocessing
import os
import threading

import cv2
import numpy as np
import onnxruntime
import pytest

from runtime import DeviceError, Predictor, VideoError, VideoSink, VideoSource
from runtime.media.video import opencv_log

pytestmark = pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="this system has no fork")

DEADLINE = 60.0


def forked(function):
    """Return the exit code of a child that calls a function: 0 as it returns, 1 as it raises, None as it hangs."""
    child = multiprocessing.get_context("fork").Process(target=function)
    child.start()
    child.join(DEADLINE)
    if child.is_alive():
        child.kill()
        child.join()
        return None
    return child.exitcode


@pytest.mark.parametrize("threads", [1, 2])
def test_child_finds_the_same_points_and_frees_its_predictor(astronaut, threads):
    with Predictor("trimmed", threads=threads) as predictor:
        [face] = predictor(astronaut)

        def child():
            np.testing.assert_array_equal(predictor(astronaut)[0].landmarks, face.landmarks)
            predictor.close()

        assert forked(child) == 0
        np.testing.assert_array_equal(predictor(astronaut)[0].landmarks, face.landmarks)


def test_child_frees_what_it_never_used():
    kept = [Predictor("trimmed", threads=2)]
    assert forked(kept.clear) == 0


def test_child_of_a_child(astronaut):
    with Predictor("trimmed") as predictor:
        [face] = predictor(astronaut)

        def grandchild():
            np.testing.assert_array_equal(predictor(astronaut)[0].landmarks, face.landmarks)

        def child():
            grandchild()
            assert forked(grandchild) == 0

        assert forked(child) == 0


def test_child_finds_the_same_points_while_threads_of_the_parent_are_busy(astronaut):
    with Predictor("trimmed") as predictor:
        [face] = predictor(astronaut)
        stop = threading.Event()

        def work():
            while not stop.is_set():
                predictor(astronaut)

        def child():
            np.testing.assert_array_equal(predictor(astronaut)[0].landmarks, face.landmarks)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            codes = [forked(child) for _ in range(3)]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert codes == [0, 0, 0]


def test_kept_graph_is_opened_again(astronaut, tmp_path):
    for origin in ("kept", "from cache"):
        with Predictor("trimmed", device="cpu", cache=tmp_path) as predictor:
            assert predictor.report().landmarks.graph == origin
            [face] = predictor(astronaut)

            def child(predictor=predictor, face=face):
                np.testing.assert_array_equal(predictor(astronaut)[0].landmarks, face.landmarks)

            assert forked(child) == 0


def test_device_that_does_not_start_in_a_child_says_what_to_do(astronaut, monkeypatch):
    with Predictor("trimmed") as predictor:

        def no_session(*_, **__):
            raise RuntimeError("CUDA failure 3: initialization error")

        def child():
            with pytest.raises(DeviceError, match=r"CUDA failure 3: .*make the Predictor after the fork, or .*'spawn'"):
                predictor(astronaut)

        monkeypatch.setattr(onnxruntime, "InferenceSession", no_session)
        assert forked(child) == 0


@pytest.fixture(params=["mp4", "avi", "webm"])
def path(tmp_path, request):
    return tmp_path / f"a.{request.param}"


def frames(astronaut):
    return [np.roll(astronaut[:128, :128], shift, axis=1) for shift in range(0, 60, 5)]


def test_video_that_is_read_stays_with_the_parent(path, astronaut):
    with VideoSink(path) as sink:
        for frame in frames(astronaut):
            sink.write(frame)
    with VideoSource(path) as source:
        begun = iter(source)
        before = [next(begun).index for _ in range(3)]

        def child():
            with pytest.raises(VideoError, match="forked: open it in this one"):
                next(begun)
            with pytest.raises(VideoError, match="forked: open it in this one"):
                source.seek(0.0)
            source.close()
            with VideoSource(path) as own:
                assert len(list(own)) == 12

        assert forked(child) == 0
        assert before + [frame.index for frame in begun] == list(range(12))


def test_video_that_is_written_stays_with_the_parent(path, astronaut):
    images = frames(astronaut)
    with VideoSink(path) as sink:
        for image in images[:6]:
            sink.write(image)

        def child():
            with pytest.raises(VideoError, match="forked: open it in this one"):
                sink.write(images[0])
            sink.close()

        assert forked(child) == 0
        for image in images[6:]:
            sink.write(image)
    with VideoSource(path) as source:
        assert len(list(source)) == 12


def test_log_of_opencv_that_another_thread_holds_back():
    inside, leave = threading.Event(), threading.Event()
    module = cv2 if hasattr(cv2, "setLogLevel") else cv2.utils.logging
    level = module.getLogLevel()

    def hold():
        with opencv_log.quiet(), opencv_log._lock:
            inside.set()
            leave.wait()

    def child():
        assert module.getLogLevel() == level
        with opencv_log.quiet():
            assert module.getLogLevel() == opencv_log.SILENT

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait()
    try:
        assert forked(child) == 0
    finally:
        leave.set()
        holder.join()
