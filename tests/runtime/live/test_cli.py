"""``landmarks live`` without a window, and what it says about wrong usage."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from runtime.cli import live, main
from runtime.detection import FaceDetector
from runtime.engine.model_registry import load_model
from runtime.live.state.keys import BINDINGS
from runtime.media.video.video_sink import VideoSink
from runtime.media.video.video_source import VideoSource

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


@pytest.fixture
def clip(astronaut, tmp_path):
    """Two seconds of a camera that pans over a face, 320x240."""
    path = tmp_path / "pan.mp4"
    with VideoSink(path, 20) as sink:
        for step in range(40):
            sink.write(np.ascontiguousarray(astronaut[0:240, 80 + step : 400 + step]))
    return path


def test_without_window_every_frame_is_processed_and_the_summary_is_json(clip, capsys):
    assert main(["live", "--video", str(clip), "--fast", "--no-window"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["ended"], summary["frames"], summary["dropped"]) == ("end of file", 40, 0)
    assert summary["faces"] == 1.0
    assert summary["stages"]["full: landmarks"]["p50"] > 0


def test_video_plays_at_its_own_pace(clip, capsys):
    began = time.monotonic()
    assert main(["live", "--video", str(clip), "--no-window"]) == 0
    assert time.monotonic() - began > 39 / 20
    summary = json.loads(capsys.readouterr().out)
    assert summary["frames"] + summary["dropped"] == 40


def test_recording_holds_the_panel_unless_it_is_off(clip, tmp_path):
    frames = {}
    for name, options in (("with", []), ("without", ["--no-panel"])):
        path = tmp_path / f"{name}.mp4"
        assert main(["live", "--video", str(clip), "--fast", "--no-window", "--record", str(path), *options]) == 0
        with VideoSource(path) as source:
            frames[name] = [frame.image for frame in source]
    assert len(frames["with"]) == len(frames["without"]) == 40
    left = slice(40, 250), slice(30, 180)
    assert frames["with"][20][left].mean() < 0.7 * frames["without"][20][left].mean()


def test_irises_are_drawn_where_they_are_asked_for(clip, tmp_path):
    frames = {}
    for name, options in (("with", ["--irises"]), ("without", [])):
        path = tmp_path / f"{name}.mp4"
        arguments = ["live", "--video", str(clip), "--fast", "--no-window", "--no-panel", "--record", str(path)]
        assert main([*arguments, *options]) == 0
        with VideoSource(path) as source:
            frames[name] = [frame.image.astype(int) for frame in source]
    changed = np.abs(frames["with"][20] - frames["without"][20]).max(axis=2) > 60
    share = changed.mean()
    assert 0 < share < 0.02
    # the colour of irises in BGR, as a film keeps it: much red, little blue
    blue, _, red = frames["with"][20][changed].mean(axis=0)
    assert red > blue + 40


def test_two_networks_side_by_side(clip, tmp_path, capsys):
    path = tmp_path / "both.mp4"
    arguments = ["live", "--video", str(clip), "--fast", "--no-window", "--model", "trimmed", "--compare"]
    assert main([*arguments, "--record", str(path), "--mirror", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["models"] == ["trimmed", "full"]
    assert summary["shown"][0] > 2 * summary["frame"][0]


@pytest.mark.parametrize(
    ("model", "partner"),
    [
        ("full", "trimmed"),
        ("trimmed-research", "full-research"),
        (os.path.join("full", "trimmed.onnx"), os.path.join("full", "full.onnx")),
        (os.path.join("full", "mine.onnx"), "full"),
    ],
)
def test_every_network_has_another_one_to_be_compared_with(model, partner):
    assert live._partner(model) == partner


def test_network_of_any_name_can_be_shown(clip, tmp_path, capsys):
    path = tmp_path / "mine.onnx"
    shutil.copy(load_model("trimmed", "landmarks").path, path)
    assert main(["live", "--video", str(clip), "--fast", "--no-window", "--model", str(path), "--compare"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == [str(path), "full"]


def test_video_behind_a_url_plays_once_and_in_its_own_time(clip, capsys):
    assert main(["live", "--video", clip.as_uri(), "--fast", "--no-window"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["ended"], summary["frames"], summary["reconnects"]) == ("end of file", 40, 0)


def test_help_teaches_every_key(capsys):
    with pytest.raises(SystemExit):
        main(["live", "--help"])
    text = capsys.readouterr().out
    assert all(binding.text in text for _, group in BINDINGS for binding in group)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fast"], "--fast needs --video"),
        (["--video", "x.mp4", "--width", "640"], "asked of a camera"),
        (["--camera", "0", "--fps", "-3"], "fps=-3"),
        (["--out", "nowhere"], "there is no such folder"),
        (["--model", "full", "--compare", "full"], "cannot be compared with itself"),
        (["--reconnect", "-1"], "give_up"),
        (["--video", "a.mp4", "--record", "a.mp4"], "choose another file"),
    ],
)
def test_wrong_usage_is_named(options, message, capsys):
    assert main(["live", "--no-window", *options]) == 2
    assert message in capsys.readouterr().err


def test_missing_camera_is_an_error_that_helps(capsys):
    assert main(["live", "--camera", "97", "--no-window"]) == 1
    error = capsys.readouterr().err
    assert "camera 97 cannot be opened: is it connected, and free?" in error
    assert "--video FILE" in error


def test_camera_may_be_given_by_its_device(capsys):
    assert main(["live", "--camera", "/dev/null", "--width", "640", "--no-window"]) == 1
    assert capsys.readouterr().err == "landmarks live: /dev/null cannot be opened: is it connected, and free?\n"


def test_negative_camera_is_told_what_is_wrong_and_no_more(capsys):
    assert main(["live", "--camera", "-1", "--no-window"]) == 1
    assert capsys.readouterr().err == "landmarks live: camera -1: cameras are counted from 0\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
@pytest.mark.parametrize(("handler", "stops"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_closed_terminal_ends_the_run_but_not_under_nohup(handler, stops):
    before = signal.signal(signal.SIGHUP, handler)
    try:
        with live._stopped_by_signals() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert stop.is_set() == stops
        assert signal.getsignal(signal.SIGHUP) == handler
    finally:
        signal.signal(signal.SIGHUP, before)


def test_missing_file_is_named(capsys):
    assert main(["live", "--video", "nowhere.mp4", "--no-window"]) == 1
    assert "nowhere.mp4: there is no such file" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can answer")
def test_interrupted_without_window_leaves_a_recording_that_plays(astronaut, tmp_path):
    path, slow = tmp_path / "out.mp4", tmp_path / "slow.mp4"
    with VideoSink(slow, 1) as sink:  # a minute, however late the signal is sent
        for _ in range(60):
            sink.write(astronaut[:240, 80:400])
    command = [sys.executable, "-m", "runtime", "live", "--video", str(slow), "--no-window", "--record", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not any(".part" in file.name for file in tmp_path.iterdir()):  # what is being recorded
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads(out)["ended"] == "interrupted"
    assert cv2.VideoCapture(str(path)).read()[0]


@pytest.mark.parametrize(("every", "runs"), [("0", 40), ("0.5", 4), ("10", 1)])
def test_detector_runs_as_often_as_asked(clip, monkeypatch, every, runs):
    seen = []
    call = FaceDetector.__call__
    monkeypatch.setattr(FaceDetector, "__call__", lambda self, image: seen.append(image.shape) or call(self, image))
    assert main(["live", "--video", str(clip), "--fast", "--no-window", "--detect-every", every]) == 0
    assert len(seen) == runs
