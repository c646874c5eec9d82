"""Faults of the machine: folders that cannot be written, users without a home, providers that fail, full disks."""

from __future__ import annotations

import ctypes
import errno
import os
import pwd
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from runtime import ModelError, OptionError, Predictor, VideoSink
from runtime.cli import main
from runtime.engine import find_cache, find_tuning_cache
from runtime.engine.user_cache import VARIABLE
from runtime.tables import read_table
from tests.constant_networks import blazeface_file, landmark_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions and capabilities of Unix")

EMPTY = np.full((64, 64, 3), 128, np.uint8)


@contextmanager
def without_root():
    """Let permissions of files hold for root as well: without the capabilities that pass over them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() or not hasattr(libc, "capset"):
        yield
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    before, changed = (ctypes.c_uint32 * 6)(), (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    changed[:] = before[:]
    changed[0] &= ~0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, of the effective set alone
    assert libc.capset(header, changed) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0


@pytest.fixture
def workplace(tmp_path, monkeypatch, astronaut):
    """The working directory, with a picture, a video, and a folder that cannot be written."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("a.png", astronaut)
    with VideoSink("a.avi", 30) as sink:
        for _ in range(3):
            sink.write(astronaut)
    Path("locked").mkdir()
    Path("locked").chmod(0o555)
    yield tmp_path
    Path("locked").chmod(0o755)


@pytest.mark.parametrize(
    "words",
    [
        "predict a.png --out locked",
        "predict a.png --out locked/new",
        "predict a.png --no-picture --json locked/f.json",
        "predict a.png --no-picture --csv locked/f.csv",
        "predict a.png --no-picture --parquet locked/f.parquet",
        "video a.avi locked/b.avi",
        "video a.avi b.avi --json locked/f.jsonl",
        "video a.avi b.avi --parquet locked/f.parquet",
        "annotate a.png locked/out",
        "web --out locked/site",
        "live --video a.avi --fast --no-window --record locked/b.avi",
        "bench --models trimmed --faces 1 --rounds 1 --out locked/bench",
        "compare a.png --rounds 1 --out locked/compare",
    ],
)
def test_folder_that_cannot_be_written_is_named(workplace, capsys, words):
    with without_root():
        code = main(words.split())
    err = capsys.readouterr().err
    assert code in (1, 2) and "locked" in err and "Permission denied" in err, err
    assert list(Path("locked").iterdir()) == []
    assert [path.name for path in workplace.rglob(".*.part*")] == []


def test_picture_that_may_not_be_read_is_an_error_of_this_picture(workplace, capsys):
    cv2.imwrite("b.png", EMPTY)
    Path("b.png").chmod(0)
    with without_root():
        assert main(["predict", "a.png", "b.png", "--no-picture"]) == 1
    out, err = capsys.readouterr()
    assert "b.png: " in err and "Permission denied" in err and "1 failed" in out


@pytest.fixture
def homeless(monkeypatch):
    """A user without a home, as containers run programs: no variable, and no entry among the users."""

    def getpwuid(uid):
        raise KeyError(uid)

    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", getpwuid)


def test_without_a_home_nothing_is_kept_unless_it_is_said_where(homeless, tmp_path, astronaut):
    assert find_tuning_cache(None) is None
    with pytest.raises(OptionError, match="no home folder; set HOME, or give a directory"):
        find_cache(True)
    assert find_cache(tmp_path).directory == tmp_path
    with Predictor("trimmed", device="cpu") as predictor:
        assert len(predictor(astronaut)) == 1
    with pytest.raises(OptionError, match="no home folder"):
        Predictor("trimmed", device="cpu", cache=True)


def test_commands_need_no_home(homeless, workplace, capsys):
    assert main(["predict", "a.png", "--json", "f.json"]) == 0
    assert len(read_table("f.json")) == 1
    assert capsys.readouterr().err.count("home") == 0


class FailingProvider:
    """onnxruntime whose runs fail from one on, so many times, with what providers raise when a card is lost."""

    def __init__(self, monkeypatch):
        self.calls, self.first, self.last = 0, 0, -1
        original = onnxruntime.InferenceSession.run

        def run(session, *given):
            self.calls += 1
            if self.first <= self.calls <= self.last:
                raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException("CUDA failure 700: illegal address")
            return original(session, *given)

        monkeypatch.setattr(onnxruntime.InferenceSession, "run", run)

    def fail(self, after=0, times=1):
        self.first = self.calls + after + 1
        self.last = self.first + times - 1


@pytest.fixture
def provider(monkeypatch):
    return FailingProvider(monkeypatch)


@pytest.fixture
def quick(tmp_path):
    """A predictor whose networks cost nothing; there is no face."""
    files = landmark_file(tmp_path / "l.onnx"), blazeface_file(tmp_path / "d.onnx")
    with Predictor(files[0], detector=files[1], device="cpu") as predictor:
        yield predictor


def test_provider_that_fails_at_the_first_call(provider, astronaut):
    provider.fail()
    with pytest.raises(ModelError, match="CUDA failure 700"):
        Predictor("trimmed", device="cpu")
    with Predictor("trimmed", device="cpu") as predictor:
        assert len(predictor(astronaut)) == 1


def test_provider_that_fails_at_the_thousandth_call(provider, quick):
    provider.fail(after=999)
    before = provider.calls
    with pytest.raises(ModelError, match=r"does not run on an input of shape .*CUDA failure 700"):
        for _ in range(1000):
            assert quick(EMPTY) == []
    assert provider.calls - before == 1000
    assert quick(EMPTY) == []


def test_faces_are_followed_after_a_failed_frame(provider, predictor, astronaut):
    tracker = predictor.tracker()
    [first] = tracker(astronaut, 0.0).faces
    provider.fail()
    with pytest.raises(ModelError, match="CUDA failure 700"):
        tracker(astronaut, 1 / 30)
    [face] = tracker(astronaut, 2 / 30).faces
    assert face.track == first.track
    np.testing.assert_allclose(face.landmarks, first.landmarks, atol=1)


def test_commands_go_on_or_end_with_whole_files(provider, workplace, astronaut, capsys):
    cv2.imwrite("b.png", astronaut)
    assert main(["predict", "a.png", "--no-picture", "--json", "f.json"]) == 0
    runs = provider.calls
    provider.calls = 0
    provider.fail(after=runs - 1)  # at the last network of the first picture
    assert main(["predict", "a.png", "b.png", "--no-picture", "--json", "f.json"]) == 1
    assert [row.image for row in read_table("f.json")] == ["b.png"]
    assert "a.png: the network does not run" in (err := capsys.readouterr().err) and "CUDA failure 700" in err

    provider.calls = 0
    provider.fail(after=runs, times=1000)  # from the second frame on
    assert main(["video", "a.avi", "b.avi", "--json", "f.jsonl", "--no-tracking"]) == 1
    assert "CUDA failure 700" in capsys.readouterr().err
    assert len(read_table("f.jsonl")) == 1
    assert not Path("b.avi").exists() and list(workplace.glob(".*.part*")) == []


def test_full_disk_is_named_and_leaves_nothing_half(workplace, capsys, monkeypatch):
    """Every write fails as on a full disk, after the names of the files were made."""

    def write_bytes(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    for words in ("predict a.png --out marked", "web --out site"):
        assert main(words.split()) == 1
        assert "No space left on device" in capsys.readouterr().err
    assert [path.name for path in workplace.rglob("*") if path.is_file()] == ["a.png", "a.avi"]
