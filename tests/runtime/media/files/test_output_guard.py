"""No command replaces what it reads, whatever name the output has."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from runtime.cli import main
from runtime.engine.model_registry import load_model
from runtime.errors import OptionError
from runtime.media.files.output_guard import check_folder, refuse_overwriting
from runtime.media.video.video_sink import VideoSink

WALL = np.full((48, 64, 3), 99, np.uint8)


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """A picture, a video, a network and a detector, and links to each."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    cv2.imwrite("photo.png", WALL)
    with VideoSink("video.avi", 25) as sink:
        sink.write(WALL)
    shutil.copy(load_model("full", "landmarks").path, "net.onnx")
    shutil.copy(load_model("blazeface-short", "detector").path, "det.onnx")
    for name in ("photo.png", "video.avi", "net.onnx", "det.onnx"):
        os.symlink(name, f"soft-{name}.out")
        os.link(name, f"hard-{name}.out")
    os.symlink(folder, folder / "again")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.is_file()}


def refused(arguments, capsys):
    """Return whether the command ends with code 2 and a message, and nothing has changed."""
    before = contents(".")
    code = main(arguments)
    captured = capsys.readouterr()
    return code == 2 and "choose another" in captured.err and not captured.out and contents(".") == before


NAMES = ["{}", "./{}", "again/{}", "soft-{}.out", "hard-{}.out", "again/soft-{}.out"]
"""Ways of naming one file."""


@pytest.mark.parametrize("table", ["--json", "--csv"])
@pytest.mark.parametrize("read", ["photo.png", "net.onnx", "det.onnx"])
@pytest.mark.parametrize("name", NAMES)
def test_table_of_predict_is_no_input(capsys, table, read, name):
    networks = ["--model", "net.onnx", "--detector", "det.onnx"]
    assert refused(["predict", "photo.png", "--no-picture", *networks, table, name.format(read)], capsys)


@pytest.mark.parametrize("table", ["--json", "--csv"])
@pytest.mark.parametrize("read", ["video.avi", "net.onnx", "det.onnx"])
@pytest.mark.parametrize("name", NAMES)
def test_table_of_video_is_no_input(capsys, table, read, name):
    networks = ["--model", "net.onnx", "--detector", "det.onnx"]
    assert refused(["video", "video.avi", "out.avi", *networks, table, name.format(read)], capsys)


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_annotated_video_and_recording_are_no_input(capsys, link):
    link("video.avi", "copy.avi")
    for out in ("video.avi", "again/video.avi", "copy.avi"):
        assert refused(["video", "video.avi", out], capsys)
        assert refused(["live", "--video", "video.avi", "--no-window", "--record", out], capsys)
        assert refused(["video", "copy.avi", out], capsys)


def test_recording_is_no_network(capsys):
    os.rename("net.onnx", "net.avi")
    assert refused(["live", "--no-window", "--model", "net.avi", "--record", "again/net.avi"], capsys)


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_annotated_copy_is_no_picture_that_an_album_links_to(capsys, link):
    for folder in ("photos", "album"):
        os.mkdir(folder)
    cv2.imwrite("photos/a.png", WALL)
    link(os.path.abspath("photos/a.png"), "album/a.png")
    before = contents("photos")
    assert refused(["predict", "album", "--out", "photos"], capsys)
    assert contents("photos") == before


def test_annotated_copy_is_no_table_and_no_network(capsys):
    os.mkdir("out")
    assert refused(["predict", "photo.png", "--out", "out", "--json", "out/photo.png"], capsys)
    os.rename("net.onnx", "out/photo.png")
    assert refused(["predict", "photo.png", "--out", "out", "--model", "out/photo.png"], capsys)


def test_shipped_networks_are_inputs_of_every_command(capsys):
    shipped = load_model("trimmed", "landmarks").path
    os.symlink(shipped, "shipped.out")
    assert refused(["predict", "photo.png", "--no-picture", "--json", "shipped.out"], capsys)


@pytest.mark.parametrize("command", [["compare", "photo.png"], ["bench"]])
def test_results_are_no_networks(capsys, command):
    os.mkdir("out")
    os.symlink(os.path.abspath("net.onnx"), "out/compare_x_onnxruntime-1.json")
    models = ["--models", "net.onnx", "full"]
    assert refused([*command, *models, "--out", "out"], capsys)


def test_page_is_not_written_over_what_it_is_made_of(capsys, workplace):
    if main(["web", "--out", "site"]) != 0:
        pytest.skip("this checkout has no onnxruntime-web")
    capsys.readouterr()
    shutil.rmtree("site/models")
    os.symlink(load_model("full", "landmarks").path.parent, "site/models")
    assert refused(["web", "--out", "site"], capsys)


def test_table_never_replaces_a_file_that_is_no_table(capsys):
    assert refused(["predict", "--no-picture", "net.onnx", "--json", "photo.png"], capsys)


def test_output_is_named_once(capsys):
    for pair in (("f", "f"), ("f", "./f"), ("f", "again/f"), ("-", "-")):
        with pytest.raises(OptionError, match="choose another"):
            refuse_overwriting([], pair)
    refuse_overwriting([], [os.devnull, os.devnull, None, "f", "g"])


def test_folder_where_a_file_is(capsys):
    for out in ("photo.png", "photo.png/inner"):
        with pytest.raises(OptionError, match=r"photo\.png is a file"):
            check_folder(out)
    check_folder("new/inner")
    assert refused(["predict", "video.avi", "--out", "photo.png"], capsys)


def test_what_is_no_input_may_be_replaced(capsys):
    Path("f.json").write_text("old")
    assert main(["predict", "photo.png", "--no-picture", "--json", "f.json"]) == 0
    assert [each["image"] for each in json.loads(Path("f.json").read_text())] == ["photo.png"]


@pytest.mark.parametrize("url", ["file://{}/video.avi", "cache:file://{}/video.avi"])
def test_video_behind_a_url_of_this_machine_is_not_replaced(workplace, capsys, url):
    assert refused(["video", url.format(workplace), "video.avi"], capsys)
    assert refused(["live", "--no-window", "--video", url.format(workplace), "--record", "video.avi"], capsys)


def test_parts_of_a_playlist_are_not_replaced(capsys):
    Path("list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nvideo.avi\n")
    assert refused(["video", "list.m3u8", "video.avi"], capsys)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_pipe_is_not_replaced_by_a_video(capsys):
    os.mkfifo("out.avi")
    assert main(["video", "video.avi", "out.avi"]) == 1
    assert "a pipe or a device" in capsys.readouterr().err
    assert Path("out.avi").is_fifo()
