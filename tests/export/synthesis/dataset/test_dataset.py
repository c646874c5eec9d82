"""Writing folders of faces: the files, the same bytes every time, going on after a stop. With a tiny generator."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.annotations import format_pts
from export.annotations.samples import list_samples, read_pts
from export.synthesis.dataset.dataset import write_dataset
from export.synthesis.dataset.files import encode
from runtime.media.files import locked_folder
from tests.export.quick import write_dataset_in_process
from tests.export.synthesis.blobs import Blobs

ROOT = Path(__file__).parents[4]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("faces") / "set"
    with pytest.MonkeyPatch.context() as patch:
        write_dataset_in_process(patch)
        write_dataset(Blobs, 5, 7, out, workers=1)
    return out


def test_pictures_annotations_table_and_explanation_are_left(folder):
    names = [f"{index:06d}.{suffix}" for index in range(5) for suffix in ("jpg", "pts")]
    assert sorted(contents(folder)) == sorted([*names, "labels.npz", "settings.json", "README.txt"])


def test_annotations_are_read_back_as_any_300w_folder(folder):
    for index, sample in enumerate(list_samples(folder)):
        np.testing.assert_allclose(sample.points, Blobs().sample(7, index).points, atol=6e-5)
        assert cv2.imread(str(sample.image)).shape == (32, 32, 3)


def test_table_has_one_row_a_picture(folder):
    with np.load(folder / "labels.npz") as table:
        assert int(table["seed"]) == 7 and str(table["version"]) == "1"
        expected = Blobs().sample(7, 3)
        for column, value in (
            ("points2d", expected.points),
            ("points3d", expected.points3d),
            ("hidden", expected.hidden),
            ("pose", expected.pose),
            ("box", expected.box),
        ):
            np.testing.assert_allclose(table[column][3], value, rtol=1e-6)
        assert table["hidden"].dtype == bool
        assert table["ancestry"].shape == (5, 3)
        assert table["age"].tolist() == [0, 1, 2, 3, 4]
        assert table["hair"].tolist() == ["bald", "long", "bald", "long", "bald"]


def test_explanation_names_columns_and_licence(folder):
    text = (folder / "README.txt").read_text()
    assert "CC0" in text and "seed 7" in text and "ancestry  (5, 3) float32" in text and "hair  (5,) text" in text


def test_bytes_do_not_depend_on_workers_or_on_where_a_run_stopped(folder, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        write_dataset_in_process(patch)
        write_dataset(Blobs, 2, 7, tmp_path, workers=1)
    (tmp_path / "000001.pts").unlink()  # a damaged folder is repaired
    write_dataset(Blobs, 5, 7, tmp_path, workers=2)
    assert contents(tmp_path) == contents(folder)


def test_finished_folder_is_left_alone(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    write_dataset(Blobs, 5, 7, folder)
    write_dataset(Blobs, 3, 7, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_lost_picture_of_a_finished_folder_comes_back(folder, monkeypatch):
    write_dataset_in_process(monkeypatch)
    before = contents(folder)
    (folder / "000001.jpg").unlink()
    write_dataset(Blobs, 2, 7, folder, workers=1)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("factory", "seed", "picture_format", "message"),
    [
        (Blobs, 8, "jpg", "seed 7, not 8"),
        (partial(Blobs, size=16), 7, "jpg", "size 32, not 16"),
        (partial(Blobs, version="2"), 7, "jpg", "version '1', not '2'"),
        (Blobs, 7, "png", "format 'jpg', not 'png'"),
    ],
)
def test_faces_of_two_kinds_do_not_mix(folder, factory, seed, picture_format, message):
    with pytest.raises(ValueError, match=message):
        write_dataset(factory, 6, seed, folder, picture_format=picture_format)


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "photo.pts").write_text("somebody's own")
    with pytest.raises(ValueError, match="did not write"):
        write_dataset(Blobs, 1, 0, tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count = 0"),
        ({"workers": 0}, "workers = 0"),
        ({"picture_format": "gif"}, "'gif'; it is one of jpg, png"),
    ],
)
def test_impossible_requests_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        write_dataset(Blobs, **{"count": 1, "seed": 0, "out": tmp_path / "out", **options})
    assert not (tmp_path / "out").exists()


def test_png_keeps_every_value():
    image = Blobs().sample(0, 0).image
    assert np.array_equal(cv2.imdecode(np.frombuffer(encode(image, "png"), np.uint8), 1), image)


@settings(max_examples=15)
@given(st.lists(st.floats(-1e3, 1e4, width=32), min_size=136, max_size=136))
def test_annotation_survives_its_text(tmp_path_factory, values):
    points = np.array(values, np.float32).reshape(68, 2)
    path = tmp_path_factory.mktemp("pts") / "face.pts"
    path.write_text(format_pts(points))
    np.testing.assert_allclose(read_pts(path), points, atol=2e-3)  # float32 at 1e4


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(tmp_path, monkeypatch):
    script = (
        "from functools import partial; from pathlib import Path\n"
        "from tests.export.synthesis.blobs import Blobs\n"
        "from export.synthesis.dataset.dataset import write_dataset\n"
        "if __name__ == '__main__':\n"
        f"    write_dataset(partial(Blobs, pause=0.1), 1000, 7, Path({str(tmp_path / 'set')!r}), workers=1)\n"
    )
    (tmp_path / "run.py").write_text(script)
    command = [sys.executable, str(tmp_path / "run.py")]
    process = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    wait_for(tmp_path / "set" / "parts" / "000001.npz")
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert not list((tmp_path / "set").rglob(".*.part*"))
    finished = len(list((tmp_path / "set" / "parts").iterdir()))
    assert 2 <= finished < 100
    first = tmp_path / "set" / "000000.jpg"
    before = first.stat().st_mtime_ns
    write_dataset_in_process(monkeypatch)
    with np.load(write_dataset(Blobs, finished + 1, 7, tmp_path / "set", workers=1)) as table:
        assert table["age"].tolist() == list(range(finished + 1))
    assert first.stat().st_mtime_ns == before


def children(process):
    """Process ids of what a process has started."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_their_parent(tmp_path, number):
    script = (
        "import sys; from functools import partial; from pathlib import Path\n"
        "from tests.export.synthesis.blobs import Blobs\n"
        "from export.synthesis.dataset.dataset import write_dataset\n"
        "from runtime.process import interruptible\n"
        "if __name__ == '__main__':\n"
        "    with interruptible():\n"
        f"        write_dataset(partial(Blobs, pause=0.3), 1000, 7, Path({str(tmp_path / 'set')!r}), workers=2)\n"
    )
    (tmp_path / "run.py").write_text(script)
    command = [sys.executable, str(tmp_path / "run.py")]
    process = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    wait_for(tmp_path / "set" / "parts" / "000001.npz")
    started = children(process.pid)
    assert len(started) >= 2
    process.send_signal(number)
    process.wait(30)
    end = time.monotonic() + 5  # a worker at work ends at once, and after SIGTERM the parent has waited for it
    while alive := [pid for pid in started if is_running(pid)]:
        assert time.monotonic() < end, alive
        time.sleep(0.02)
    if number == signal.SIGTERM:
        assert not list((tmp_path / "set").rglob(".*.part*"))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_second_run_in_the_same_folder_is_refused(tmp_path):
    (tmp_path / "set").mkdir()
    with locked_folder(tmp_path / "set"), pytest.raises(OSError, match="another run is writing this folder"):
        write_dataset(Blobs, 1, 0, tmp_path / "set")
    assert list((tmp_path / "set").iterdir()) == []


def test_files_of_other_programs_are_not_removed(tmp_path):
    (tmp_path / ".my.partial").write_text("mine")
    (tmp_path / "face.pts").write_text("mine")
    with pytest.raises(ValueError, match="choose another --out"):
        write_dataset(Blobs, 1, 0, tmp_path)
    assert (tmp_path / ".my.partial").exists()


def wait_for(path, seconds=60):
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["README.txt", "labels.npz", "000003.jpg"])
def test_folder_that_holds_files_of_its_user_is_refused(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match=f"holds {name}"):
        write_dataset(Blobs, 2, 7, tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == "mine"
