"""``annotate`` on processes: sources, tables, errors as rows, and runs that go on."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import runtime
from runtime import DependencyError, OptionError, Predictor
from runtime.archives import annotate, list_entries
from runtime.archives.jobs import ImageJob
from runtime.archives.processes import Processes
from runtime.archives.sources import Entry
from runtime.cli import main
from runtime.media.files import locked_folder
from runtime.tables import read_table

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is missing: pip install 'edge-landmarks[parquet]'")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def pictures(tmp_path, astronaut, monkeypatch):
    """A folder with a portrait, a folder in it with another one and a broken file, and what is passed over."""
    monkeypatch.chdir(tmp_path)
    inner = tmp_path / "pictures" / "inner"
    inner.mkdir(parents=True)
    cv2.imwrite("pictures/a.png", astronaut)
    cv2.imwrite("pictures/inner/b.png", np.ascontiguousarray(astronaut[:, ::-1]))
    (inner / "c.jpg").write_bytes(b"no picture")
    (inner / ".hidden.jpg").write_bytes(b"")
    (inner / "notes.md").write_text("text")
    return "pictures"


NAMES = ["pictures/a.png", "pictures/inner/b.png", "pictures/inner/c.jpg"]


def counts(done):
    assert (done.videos, done.frames) == (0, 0)
    return done.images, done.faces, done.errors, done.resumed


def rows(out, folder="images"):
    return [row for path in sorted(Path(out, folder).glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]


def test_irises_have_their_columns(pictures, astronaut):
    with Predictor(irises=True) as finder:
        annotate(pictures, "out", finder, workers=1)
        [expected] = finder(astronaut)
        first, second = (row.face for row in read_table("out/faces/00000000.parquet"))
        assert first.irises == expected.irises and second.irises is not None
    assert json.loads(Path("out/manifest.json").read_text())["options"]["iris_sha256"]
    with Predictor() as plain, pytest.raises(OptionError, match="irises was True, is False"):
        annotate(pictures, "out", plain, workers=1)


def test_a_folder_becomes_a_row_a_picture_and_a_row_a_face(pictures, predictor, astronaut):
    done = annotate(pictures, "out", predictor, workers=1, shard_size=2)
    assert counts(done) == (3, 2, 1, 0)
    assert [(row["image"], row["width"], row["faces"]) for row in rows("out")] == [
        (NAMES[0], 512, 1),
        (NAMES[1], 512, 1),
        (NAMES[2], 0, 0),
    ]
    assert rows("out")[2]["error"].startswith("pictures/inner/c.jpg: not a picture that OpenCV can read")
    assert [row["error"] for row in rows("out")[:2]] == [None, None]
    [first, second] = read_table("out/faces/00000000.parquet")
    assert (first.image, second.image) == tuple(NAMES[:2])
    np.testing.assert_array_equal(first.face.landmarks, predictor(astronaut)[0].landmarks)
    assert [path.name for path in sorted(Path("out/images").iterdir())] == ["00000000.parquet", "00000001.parquet"]


def test_a_second_run_does_what_is_left_alone(pictures, predictor):
    annotate(pictures, "out", predictor, workers=1, shard_size=1)
    before = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.parquet")}
    Path("out/images/00000001.parquet").unlink()
    seen = []
    done = annotate(pictures, "out", predictor, workers=1, shard_size=1, progress=lambda *done: seen.append(done))
    assert counts(done) == (3, 2, 1, 2)
    assert (seen[0], seen[-1]) == ((0, 1), (1, 1))
    after = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.parquet")}
    changed = {path.as_posix() for path in before if before[path] != after[path]}
    assert changed == {"out/faces/00000001.parquet", "out/images/00000001.parquet"}
    assert [row["image"] for row in rows("out")] == NAMES


def test_other_sources_or_options_are_refused(pictures, predictor):
    annotate(pictures, "out", predictor, workers=1)
    with pytest.raises(OptionError, match="begun with other options: shard_size was 1000, is 7; give the same ones"):
        annotate(pictures, "out", predictor, shard_size=7)
    Path("pictures/inner/c.jpg").rename("pictures/d.jpg")
    with pytest.raises(OptionError, match=r"begun with other sources \(3 pictures and 0 videos then, 3 and 0 now\)"):
        annotate(pictures, "out", predictor)
    Path("other").mkdir()
    Path("other/file").touch()
    with pytest.raises(OptionError, match=r"holds file and no manifest\.json: choose an empty or a new folder"):
        annotate(pictures, "other", predictor)


def test_a_run_that_was_killed_before_its_plan_was_done_begins_again(pictures, predictor):
    Path("out/plan").mkdir(parents=True)
    Path("out/plan/.0123456789abcdef.part.parquet").write_bytes(b"half")
    Path("out/.0123456789abcdef.part.json").write_bytes(b"half")
    assert annotate(pictures, "out", predictor, workers=1).images == 3
    assert [path.name for path in Path("out").rglob(".*")] == []


def test_two_runs_at_once_are_refused(pictures, predictor):
    Path("out").mkdir()
    with locked_folder("out"), pytest.raises(OSError, match="another run"):
        annotate(pictures, "out", predictor)


def test_arguments_of_no_use_are_refused(pictures, predictor):
    for arguments, words in (
        ({"engine": "spark"}, "engine='spark': choose processes or ray"),
        ({"workers": 0}, "workers=0: a whole number"),
        ({"shard_size": 2.5}, "shard_size=2.5: a whole number"),
        ({"address": "auto"}, "address='auto': only engine='ray' has one"),
    ):
        with pytest.raises(OptionError, match=words):
            annotate(pictures, "out", predictor, **arguments)
    with pytest.raises(OptionError, match="nowhere: there is no such file or folder"):
        annotate("nowhere", "out", predictor)
    Path("empty").mkdir()
    with pytest.raises(OptionError, match="no pictures or videos"):
        annotate("empty", "out2", predictor)


def test_lists_name_files_and_urls(pictures):
    Path("list.txt").write_text("# a comment\npictures/a.png\n\npictures/talk.mp4\nmemory://bucket/b.png\n")
    assert list(list_entries(["list.txt"])) == [
        Entry("pictures/a.png"),
        Entry("pictures/talk.mp4", video=True),
        Entry("memory://bucket/b.png"),
    ]
    Path("list.txt").write_text("nothing://bucket/b.png\n")
    with pytest.raises((OptionError, DependencyError), match="nothing"):
        list(list_entries(["list.txt"]))


def test_urls_of_fsspec_are_read(pictures, predictor, tmp_path):
    pytest.importorskip("fsspec", reason="fsspec is missing: pip install fsspec")
    done = annotate((tmp_path / "pictures").as_uri(), "out", predictor, workers=1)
    assert counts(done) == (3, 2, 1, 0)
    assert [row["image"] for row in rows("out")] == [(tmp_path / name).as_uri() for name in NAMES]


def test_tables_of_paths_are_read(pictures, predictor):
    parquet.write_table(pyarrow.table({"id": [1, 2, 3], "path": NAMES}), "paths.parquet")
    annotate("paths.parquet", "out", predictor, workers=1)
    assert [row["image"] for row in rows("out")] == NAMES


def test_tables_of_bytes_are_read_by_row_groups(pictures, predictor):
    content = [Path(name).read_bytes() for name in NAMES] + [None]
    table = pyarrow.table({"image": [{"bytes": each, "path": None} for each in content]})
    parquet.write_table(table, "bytes.parquet", row_group_size=2)
    done = annotate("bytes.parquet", "out", predictor, workers=1, shard_size=3)
    assert counts(done) == (4, 2, 2, 0)
    assert [row["image"] for row in rows("out")] == [f"bytes.parquet#{row}" for row in range(4)]
    assert rows("out")[3]["error"] == "bytes.parquet#3: the table has no bytes in this row"
    assert len(list(Path("out/images").iterdir())) == 2  # row groups are not divided


def test_columns_are_named_or_found(pictures):
    parquet.write_table(pyarrow.table({"one": ["a.png"], "two": ["b.png"], "three": [3]}), "t.parquet")
    assert list(list_entries(["t.parquet"], "two")) == [Entry("b.png")]
    with pytest.raises(OptionError, match=r"t\.parquet: name the column .*: one, two, three"):
        list(list_entries(["t.parquet"]))
    with pytest.raises(OptionError, match="there is no column 'four'"):
        list(list_entries(["t.parquet"], "four"))
    with pytest.raises(OptionError, match="column 'three' holds int64, neither paths nor bytes"):
        list(list_entries(["t.parquet"], "three"))
    Path("broken.parquet").write_bytes(b"no table")
    with pytest.raises(OptionError, match=r"broken\.parquet: no Parquet table"):
        list(list_entries(["broken.parquet"]))


def test_table_that_is_damaged_within_is_named(pictures):
    parquet.write_table(pyarrow.table({"path": ["a.png"] * 100}), "t.parquet", compression="none")
    content = Path("t.parquet").read_bytes()
    Path("t.parquet").write_bytes(content[:4] + bytes(20) + content[24:])
    with pytest.raises(OptionError, match=r"t\.parquet: the table is damaged"):
        list(list_entries(["t.parquet"]))
    parquet.write_table(pyarrow.table({"path": ["a.png"]}), "t.parquet", store_schema=False)
    Path("t.parquet").write_bytes(Path("t.parquet").read_bytes().replace(b"path", b"p\xfft\xff"))
    with pytest.raises(OptionError, match=r"t\.parquet: no Parquet table .*utf-8"):
        list(list_entries(["t.parquet"]))


@dataclasses.dataclass(frozen=True)
class KillerJob(ImageJob):
    """Ends its process at one picture, as a fault in a decoder does."""

    at: int = 1

    def _result(self, index, name, read, predictor):
        if index == self.at and index not in self.left_out:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._result(index, name, read, predictor)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_picture_that_ends_its_process_has_an_error(pictures, predictor):
    """Its process is replaced; the pictures before and after it are done."""
    jobs = iter([KillerJob(0, os.getcwd(), tuple(map(Entry, NAMES[:2] * 2)), None)])
    steps = []
    with Processes(1, predictor) as processes:
        [(_, output)] = processes.run(lambda: next(jobs, None), steps.append)
    Path("images.parquet").write_bytes(output.files[1][1])
    errors = parquet.read_table("images.parquet").column("error").to_pylist()
    assert errors == [None, "the process that read it ended by signal 9, twice", None, None]
    assert (output.items, output.faces, output.errors, sum(steps)) == (4, 3, 1, 4)


def test_command_says_what_it_did(pictures, capsys):
    assert main(["annotate", pictures, "out", "--workers", "1"]) == 1
    assert capsys.readouterr().out.startswith("3 pictures, 2 faces, 1 failed, ")
    assert main(["annotate", pictures, "out", "--workers", "1"]) == 1
    assert capsys.readouterr().out.startswith("3 pictures, 3 of them by earlier runs, 2 faces, 1 failed, ")
    assert main(["annotate", pictures, "out", "--max-faces", "1"]) == 2
    assert "begun with other options: max_faces was None, is 1" in capsys.readouterr().err
    assert json.loads(Path("out/manifest.json").read_text())["images"] == 3


def test_a_missing_library_is_an_error_in_words(pictures, tmp_path):
    """In a process where neither pyarrow nor Ray loads."""
    for name in ("pyarrow", "ray"):
        (tmp_path / f"without-{name}" / name).mkdir(parents=True)
        (tmp_path / f"without-{name}" / name / "__init__.py").write_text("raise ImportError('not there')\n")
    top = Path(runtime.__file__).parents[1]
    command = [sys.executable, "-m", "runtime", "annotate", pictures, "out", "--engine", "ray"]
    for name, words in (("pyarrow", "Parquet needs pyarrow"), ("ray", "engine='ray' needs ray")):
        path = os.pathsep.join(map(str, [tmp_path / f"without-{name}", top]))
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
        assert done.returncode == 1
        assert (
            words in done.stderr
            and f"pip install 'edge-landmarks[{name.replace('pyarrow', 'parquet')}]'" in done.stderr
        )
