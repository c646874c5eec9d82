"""Commands that are ended by signals, on disks that are full, and while they load."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from runtime.media.video.video_sink import VideoSink
from runtime.media.video.video_source import VideoSource
from runtime.process import Interruption, interruptible

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can handle")

ROOT = Path(__file__).resolve().parents[3]
NO_FACE = np.full((64, 64, 3), 128, np.uint8)


def start(*arguments, cwd, **environment):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "runtime", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # ignored where the tests run under nohup
    )


def wait_for(condition, process, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_a_video_that_plays_and_nothing_temporary(tmp_path, number):
    with VideoSink(tmp_path / "long.avi", 30) as sink:
        for _ in range(3000):
            sink.write(NO_FACE)
    (tmp_path / "scratch").mkdir()
    arguments = ("video", "long.avi", "out.avi", "--json", "faces.jsonl")
    with start(*arguments, cwd=tmp_path, TMPDIR=str(tmp_path / "scratch"), EDGE_LANDMARKS_CACHE="kept") as process:
        table = tmp_path / "faces.jsonl"
        wait_for(lambda: table.exists() and table.stat().st_size, process)
        process.send_signal(number)
        process.send_signal(number)  # as when a whole group of processes and its leader are told
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number, err
    assert "interrupted" in err and "Traceback" not in err
    with VideoSource(tmp_path / "out.avi") as source:
        assert 0 < len(list(source)) < 3000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["faces.jsonl", "kept", "long.avi", "out.avi", "scratch"]
    assert list((tmp_path / "scratch").iterdir()) == []
    assert [path for path in (tmp_path / "kept").iterdir() if ".part" in path.name] == []


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.2, 0.35, 0.6])
def test_ctrl_c_while_the_libraries_load_is_no_traceback(tmp_path, delay):
    code = (
        "import sys, threading, os, signal; sys.argv[0] = '/usr/bin/landmarks'\n"
        f"threading.Timer({delay}, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "from runtime.cli import main\nmain(['models'])\nprint('ended', flush=True)\nimport time; time.sleep(2)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.stdout.endswith("ended\n"):  # before the signal
        return
    assert "Traceback" not in done.stderr
    assert done.returncode in (-signal.SIGINT, 130)


def test_other_programs_may_be_interrupted_while_they_import():
    code = (
        "import signal, sys\n"
        "class Spy:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'cv2': print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)\n"
        "sys.meta_path.insert(0, Spy())\n"
        "import runtime"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert set(done.stdout.split()) == {"True"}, done.stderr


def test_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_restored_and_codes_name_the_signal():
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)  # libraries of other tests may have set theirs
    try:
        with pytest.raises(KeyboardInterrupt), interruptible() as received:
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received.exit_code(130) == 143
    assert received.exit_code(0) == 0
    assert Interruption().exit_code(130) == 130


def test_full_disk_costs_the_kept_graph_alone(tmp_path):
    """No file may grow beyond a few bytes: neither the temporary one nor that in the cache."""
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limit))

    code = (
        "import numpy\nfrom runtime import Predictor\n"
        f"predictor = Predictor(cache={str(tmp_path / 'kept')!r})\n"
        "print(predictor(numpy.zeros((64, 64, 3), numpy.uint8)), predictor.report().landmarks.graph)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, preexec_fn=full
    )
    assert done.stdout.startswith("[] not kept: "), done.stderr
    assert not (tmp_path / "kept").exists() or list((tmp_path / "kept").iterdir()) == []
