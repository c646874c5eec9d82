"""Videos as they come from cameras, networks and bad disks, made with ffmpeg."""

from __future__ import annotations

import itertools
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.studies.video_formats import CASES, H264, VideoCase, make, shown, zeroed
from runtime.errors import VideoError
from runtime.media.video.opencv_log import quiet
from runtime.media.video.video_source import VideoSource

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="videos are made with ffmpeg")

PLAIN = next(video for video in CASES if video.file == "plain.mp4")


def video(file):
    return next(each for each in CASES if each.file == file)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Fifty frames of H.264 in MP4."""
    return make(PLAIN, tmp_path_factory.mktemp("videos"))


def frames(path, caplog):
    caplog.clear()
    with caplog.at_level(logging.WARNING), VideoSource(path) as source:
        found = list(source)
    assert all(later.time > earlier.time for earlier, later in itertools.pairwise(found))
    return found


def test_damage_costs_its_frames_and_is_counted(plain, tmp_path, caplog, capfd):
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(zeroed(plain.read_bytes(), 0.4, 0.6))
    whole, found = frames(plain, caplog), frames(damaged, caplog)
    assert len(whole) == 50 and 30 <= len(found) < 50
    assert f"{50 - len(found)} of 50 frames are missing" in caplog.text
    assert found[-1].time == pytest.approx(whole[-1].time)
    at = {round(frame.time * 25): frame for frame in whole}
    same = [np.array_equal(frame.image, at[round(frame.time * 25)].image) for frame in found]
    assert sum(same) > 25  # with their own times; some near the damage are mended by the decoder
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("file", ["plain.mp4", "vfr.mp4", "vfr.mkv", "late.mkv", "again.ts", "bframes.avi", "raw.h264"])
def test_nothing_is_said_of_a_video_that_is_whole(file, tmp_path, caplog):
    frames(make(video(file), tmp_path), caplog)
    assert caplog.text == ""


def test_part_of_a_video_that_an_edit_list_shows_is_whole(plain, tmp_path, caplog):
    part = tmp_path / "part.mp4"
    command = ["ffmpeg", "-v", "error", "-ss", "1.5", "-i", plain, "-c", "copy", part]
    subprocess.run(command, check=True)
    assert 0 < len(frames(part, caplog)) < 50
    assert caplog.text == ""


@pytest.mark.parametrize("cut", [0.5, 0.8])
def test_truncated_matroska_says_so(cut, tmp_path, caplog):
    path = make(video("late.mkv"), tmp_path)
    path.write_bytes(path.read_bytes()[: int(cut * path.stat().st_size)])
    assert 0 < len(frames(path, caplog)) < 50
    assert "the file is truncated" in caplog.text


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("sound.mkv", ("-f", "lavfi", "-i", "sine=d=5", *H264)),
        ("pause.mkv", (*H264, "-vf", "setpts='if(lt(N,25),N,75+N)'", "-vsync", "vfr")),
        ("pause.ts", (*H264, "-vf", "setpts='if(lt(N,25),N,75+N)'", "-vsync", "vfr")),
        (
            "hidden.webm",
            ("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-vf", "setpts=N+gt(N\\,9)*4"),
        ),
    ],
)
def test_longer_sound_pauses_and_hidden_frames_are_no_damage(file, options, tmp_path, caplog):
    assert len(frames(make(VideoCase("", file, options), tmp_path), caplog)) == 50
    assert caplog.text == ""


@pytest.mark.parametrize("file", ["damaged.ts", "damaged.mkv", "damaged.webm", "damaged.avi"])
def test_damage_is_counted_in_each_container(file, tmp_path, caplog):
    codec = (
        ("-c:v", "libvpx", "-deadline", "realtime", "-g", "10")
        if file.endswith("webm")
        else ("-c:v", "mpeg4", "-g", "10")
    )
    found = frames(make(VideoCase("", file, codec, change=zeroed), tmp_path), caplog)
    missing = int(re.search(r"(\d+) (of 50 )?frames", caplog.text).group(1))
    assert missing > 0 and abs(50 - len(found) - missing) <= 1


def test_codec_without_a_decoder_is_told_from_damage(tmp_path, capfd):
    path = make(video("av1.mp4"), tmp_path)
    if cv2.VideoCapture(str(path)).read()[0]:
        pytest.skip("this OpenCV was built with a decoder for AV1")
    with pytest.raises(VideoError, match=r"no decoder for its codec, AV1; .*ffmpeg -i in -c:v libx264 out\.mp4"):
        VideoSource(path)
    assert capfd.readouterr() == ("", "")


def test_video_shown_at_an_odd_angle_is_refused(plain, tmp_path):
    path = tmp_path / "odd.mp4"
    path.write_bytes(shown(1, 1, -1, 1)(plain.read_bytes()))
    with pytest.raises(VideoError, match=r"angle that is not a right one.*ffmpeg"):
        VideoSource(path)


def test_size_is_that_of_the_frames(tmp_path):
    for name in ("wide.mp4", "turned.mp4"):
        with VideoSource(make(video(name), tmp_path)) as source:
            assert source.size == video(name).size
            image = next(iter(source)).image
            assert (image.shape[1], image.shape[0]) == source.size == video(name).size


def test_name_that_is_not_utf8_is_read_and_printable(plain, tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    try:
        shutil.copy(plain, os.fsdecode(path))
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    with VideoSource(os.fsdecode(path)) as source:
        assert len(list(source)) == 50
        assert source.name.endswith("caf\\udce9.mp4")
        source.name.encode()


@pytest.mark.parametrize(
    "name", ["2026-01-05T12:30:11.mp4", "concat:a|b.mp4", "100%d.mp4", "http:", "-i.mp4", "a b.mp4"]
)
def test_name_that_means_something_to_ffmpeg_is_a_name(name, plain, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(plain, name)
    with VideoSource(name) as source:
        assert next(iter(source)).index == 0


def test_file_url_is_decoded(plain, tmp_path):
    path = tmp_path / "ä video.mp4"
    shutil.copy(plain, path)
    with VideoSource(path.as_uri()) as source:
        assert not source.live
        assert len(list(source)) == 50


def test_video_comes_through_a_pipe(tmp_path):
    path, pipe = make(video("piped.ts"), tmp_path), tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()), daemon=True).start()
    with VideoSource(pipe) as source:
        assert not source.live
        assert len(list(source)) == 50


def test_what_is_no_video_in_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(b"words\n" * 3000), daemon=True).start()
    with pytest.raises(VideoError, match="MPEG-TS or Matroska"):
        VideoSource(tmp_path / "pipe")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_device_that_is_no_camera_cannot_be_opened(device, capfd):
    with pytest.raises(VideoError, match=f"{device} cannot be opened"):
        VideoSource(device)
    assert capfd.readouterr() == ("", "")


def test_socket_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(VideoError, match="a socket, not a file"):
            VideoSource("socket")


def test_ctrl_c_interrupts_the_wait_for_a_server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/video.mp4"
        script = (
            "import signal, sys\n"
            "from runtime import VideoSource\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "try:\n    VideoSource(sys.argv[1])\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
        )
        command = [sys.executable, "-c", script, address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            connection, _ = server.accept()  # and nothing more
            process.send_signal(signal.SIGINT)
            # FFmpeg gives up after ten seconds, and opens nothing else meanwhile
            assert process.communicate(timeout=8)[0] == "interrupted\n"
            connection.close()


def test_opencv_is_quiet_until_the_last_of_all_threads_leaves(capfd):
    level = (cv2 if hasattr(cv2, "getLogLevel") else cv2.utils.logging).getLogLevel
    before, inside, leave = level(), threading.Event(), threading.Event()

    def other():
        with quiet():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(5)
    with quiet():
        assert level() == 0
    assert level() == 0
    leave.set()
    thread.join(5)
    assert level() == before


def test_command_prints_what_is_missing_and_nothing_of_ffmpeg(plain, tmp_path):
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(zeroed(plain.read_bytes(), 0.4, 0.6))
    command = [sys.executable, "-m", "runtime", "video", damaged, tmp_path / "out.mp4"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[4])
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    warnings = [line for line in done.stderr.splitlines() if line]
    assert len(warnings) == 1 and "of 50 frames are missing" in warnings[0]
