"""Tables are whole at every moment: on a full disk, with two runs at once, and through pipes."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.media.files.growing_file import GrowingFile, is_stdout
from runtime.media.files.result_tables import CsvWriter, ImageResult, JsonLinesWriter, JsonWriter, VideoFrameResult

resource = pytest.importorskip("resource", reason="limits of the size of files are a matter of Unix")


@contextmanager
def full_disk(size=4096):
    """No file may grow beyond so many bytes; not as a fixture: pytest's own output may go into a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def until_full(write):
    """Count the records that fit."""
    counter = itertools.count()
    with pytest.raises(OSError, match="too large") as error:
        for count in counter:
            write(count)
    assert error.value.filename
    return next(counter) - 1


def test_json_is_valid_on_a_full_disk(tmp_path):
    writer = JsonWriter(tmp_path / "f.json")
    with full_disk():
        count = until_full(lambda number: writer.write(ImageResult(f"{number}.jpg")))
    assert [each["image"] for each in json.loads((tmp_path / "f.json").read_text())] == [
        f"{number}.jpg" for number in range(count)
    ]
    writer.close()
    assert len(json.loads((tmp_path / "f.json").read_text())) == count > 10


def test_lines_are_whole_on_a_full_disk(tmp_path):
    with JsonLinesWriter(tmp_path / "f.jsonl") as writer, full_disk():
        count = until_full(lambda number: writer.write(VideoFrameResult(number, number / 30, [])))
    lines = (tmp_path / "f.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(count))


def test_old_file_stays_where_not_even_a_header_fits(tmp_path):
    (tmp_path / "f.csv").write_text("old")
    with full_disk(8), pytest.raises(OSError, match="too large"):
        CsvWriter(tmp_path / "f.csv", ImageResult)
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]
    assert (tmp_path / "f.csv").read_text() == "old"


def test_second_run_into_the_same_file_is_refused(tmp_path):
    with JsonWriter(tmp_path / "f.json") as first:
        first.write(ImageResult("first.jpg"))
        with pytest.raises(OSError, match="another run is writing this file"):
            JsonWriter(tmp_path / "f.json")
        first.write(ImageResult("second.jpg"))
    assert [each["image"] for each in json.loads((tmp_path / "f.json").read_text())] == ["first.jpg", "second.jpg"]
    with JsonWriter(tmp_path / "f.json"):
        pass
    assert json.loads((tmp_path / "f.json").read_text()) == []


def test_file_that_another_program_replaced_is_said(tmp_path):
    writer = JsonWriter(tmp_path / "f.json")
    (tmp_path / "other").write_text("[1]")
    os.replace(tmp_path / "other", tmp_path / "f.json")
    writer.write(ImageResult("a.jpg"))
    with pytest.raises(OSError, match="was replaced by another program"):
        writer.close()
    writer.close()
    assert (tmp_path / "f.json").read_text() == "[1]"


def test_hard_link_and_symbolic_link_leave_the_other_file_alone(tmp_path):
    for name, link in (("hard", os.link), ("soft", os.symlink)):
        (tmp_path / name).write_text("precious")
        link(tmp_path / name, tmp_path / f"{name}.json")
        with JsonWriter(tmp_path / f"{name}.json") as writer:
            writer.write(ImageResult("a.jpg"))
        assert (tmp_path / name).read_text() == "precious"
        assert len(json.loads((tmp_path / f"{name}.json").read_text())) == 1


STDOUT_TARGETS = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

WRITE_TO_STDOUT = """
import json, os, sys
from runtime.media.files.result_tables import ImageResult, JsonWriter

def written(target, kind):
    if kind == "pipe":
        source, sink = os.pipe()
    else:
        source, sink = "out", os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    child = os.fork()
    if not child:
        os.dup2(sink, 1)
        with JsonWriter(target) as writer:
            for name in ("a", "b"):
                writer.write(ImageResult(name))
        sys.exit()
    os.close(sink)
    _, status = os.waitpid(child, 0)
    with open(source) as file:
        return status, file.read()

print(json.dumps([[target, kind, *written(target, kind)] for kind in ("pipe", "file") for target in sys.argv[1:]]))
"""


@pytest.fixture(scope="module")
def stdout_documents(tmp_path_factory):
    """Exit status and standard output of a process for each target, forked from one that has imported everything."""
    command = [sys.executable, "-c", WRITE_TO_STDOUT, *STDOUT_TARGETS]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    folder = tmp_path_factory.mktemp("stdout")
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=folder, env=environment)
    return {(target, kind): result for target, kind, *result in json.loads(done.stdout)}


@pytest.mark.parametrize("target", STDOUT_TARGETS)
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_standard_output_gets_the_document(stdout_documents, target, kind):
    status, content = stdout_documents[target, kind]
    assert status == 0
    assert [each["image"] for each in json.loads(content)] == ["a", "b"]


def test_pipe_gets_the_document(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text()))
    reader.start()
    with JsonWriter(pipe) as writer:
        writer.write(ImageResult("a.jpg"))
    reader.join()
    assert json.loads(received[0])[0]["image"] == "a.jpg"


def test_device_is_written_to_and_stays(tmp_path):
    for kind in (JsonWriter, JsonLinesWriter):
        with kind(os.devnull):
            pass
    with CsvWriter(os.devnull, ImageResult):
        pass
    assert not Path(os.devnull).is_file()


def test_null_device_is_no_standard_output(monkeypatch):
    with open(os.devnull, "w") as null:
        monkeypatch.setattr(sys, "stdout", null)
        assert not is_stdout(os.devnull)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not is_stdout("faces.json") and is_stdout("-")


def test_interrupted_append_is_taken_back(tmp_path, monkeypatch):
    file = GrowingFile(tmp_path / "f.txt", "start\n", "end\n")
    file.append("first\n")
    monkeypatch.setattr(file, "_file", Interrupted(file._file))
    with pytest.raises(KeyboardInterrupt):
        file.append("second\n")
    assert (tmp_path / "f.txt").read_text() == "start\nfirst\nend\n"


class Interrupted:
    """A file whose next write stops in the middle, as Ctrl-C may do."""

    def __init__(self, file):
        self._file, self._calls = file, 0

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, data):
        self._calls += 1
        if self._calls > 1:
            return self._file.write(data)
        self._file.write(data[:3])
        raise KeyboardInterrupt
