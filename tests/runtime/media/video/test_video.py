"""Videos read with their times, and written whole or not at all."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

import runtime.media.video.video_source
from runtime.errors import OptionError, VideoError
from runtime.media.video.containers import read_facts
from runtime.media.video.video_sink import CODECS, VideoSink, steady_rate
from runtime.media.video.video_source import CameraFormat, Frame, VideoSource, open_source

FPS = 12.5


@pytest.fixture(scope="module")
def images():
    """Twenty views of a camera that pans over the astronaut, 160x120."""
    astronaut = skimage.data.astronaut()[:, :, ::-1]
    return [np.ascontiguousarray(astronaut[40:160, 100 + step : 260 + step]) for step in range(0, 80, 4)]


@pytest.fixture(scope="module")
def clip(images, tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "astronaut ünd ein Schwenk.mp4"
    write(path, images)
    return path


def write(path, images, fps=FPS):
    with VideoSink(path, fps) as sink:
        write_all(sink, images)


def write_all(sink, images):
    for image in images:
        sink.write(image)


def leftovers(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("extension", CODECS)
def test_frames_come_back_in_order_with_their_times(images, tmp_path, extension):
    path = tmp_path / f"pan{extension.upper()}"
    write(path, images)
    with VideoSource(path) as source:
        assert (source.fps, source.size, source.frame_count) == (pytest.approx(FPS), (160, 120), len(images))
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(len(images)))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(len(images)) / FPS, atol=2e-3)
    for frame, image in zip(frames, images, strict=True):
        distances = [np.abs(frame.image.astype(int) - other).mean() for other in images]
        assert np.argmin(distances) == frame.index
        assert distances[frame.index] < 8
        assert frame.image.shape == image.shape
    assert leftovers(tmp_path) == [path.name]


@pytest.mark.parametrize("extension", CODECS)
def test_odd_sizes_are_padded_not_cropped(images, tmp_path, extension):
    path = tmp_path / f"odd{extension}"
    write(path, [image[:119, :157] for image in images])
    with VideoSource(path) as source:
        frame = next(iter(source))
    assert frame.image.shape == (120, 158, 3)
    assert np.abs(frame.image[:119, :157].astype(int) - images[0][:119, :157]).mean() < 8


def test_iteration_goes_on_where_it_stopped(clip, images):
    with VideoSource(clip) as source:
        assert next(iter(source)).index == 0
        assert [frame.index for frame in source] == list(range(1, len(images)))
        assert list(source) == []


def test_video_behind_a_url_has_its_own_times(images, tmp_path):
    write(tmp_path / "pan.mp4", images)
    with VideoSource((tmp_path / "pan.mp4").as_uri()) as source:
        assert (source.live, source.frame_count) == (False, len(images))
        np.testing.assert_allclose([frame.time for frame in source], np.arange(len(images)) / FPS, atol=2e-3)


def test_password_of_a_stream_is_not_shown():
    with pytest.raises(VideoError, match=r"^rtsp://me:\*\*\*@127\.0\.0\.1:9/one@two cannot be opened: is it connected"):
        VideoSource("rtsp://me:secret@127.0.0.1:9/one@two")


def test_closed_source_says_so(clip):
    with VideoSource(clip) as source:
        pass
    with pytest.raises(VideoError, match="closed"):
        next(iter(source))


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no such file"), (b"", "empty"), (b"words\n" * 3000, "not a video")]
)
def test_file_that_is_no_video_is_refused(tmp_path, content, message):
    path = tmp_path / "talk.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=message) as error:
        VideoSource(path)
    assert str(path) in str(error.value)


def test_folder_is_refused(tmp_path):
    with pytest.raises(VideoError, match="not a file"):
        VideoSource(tmp_path)


def test_truncated_mp4_is_refused(clip, tmp_path):
    path = tmp_path / "half.mp4"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.raises(VideoError, match="not a video"):
        VideoSource(path)


def test_truncated_avi_gives_what_is_there_and_warns(images, tmp_path, caplog):
    path = tmp_path / "pan.avi"
    write(path, images * 2)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with caplog.at_level(logging.WARNING), VideoSource(path) as source:
        assert 0 < len(list(source)) < len(images)
    assert "truncated" in caplog.text


@pytest.mark.parametrize("number", [-1, 97])
def test_camera_that_is_not_there_is_named(number, capfd):
    with pytest.raises(VideoError, match=f"camera {number}"):
        VideoSource(number)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("source", [None, True, 1.5, b"talk.mp4"])
def test_what_cannot_be_a_video_is_refused(source):
    with pytest.raises(VideoError):
        VideoSource(source)


@pytest.mark.parametrize(
    "name", ["12:30:11.mp4", "caf\udce9.mp4", "caf\udce9/out.avi", "n" * 250 + ".mp4", "a|b%d.mp4"]
)
def test_file_of_any_name_is_written(name, images, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    except OSError:
        pytest.skip("this file system does not take such names")
    write(name, images)
    with VideoSource(name) as source:
        assert len(list(source)) == len(images)


def test_unknown_extension_names_the_known_ones(tmp_path):
    with pytest.raises(VideoError, match=r"'\.wmv'.*\.webm, \.mp4, \.avi"):
        VideoSink(tmp_path / "out.wmv")


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(VideoError, match="no folder"):
        VideoSink(tmp_path / "nowhere" / "out.mp4")


@pytest.mark.parametrize("fps", [0, -25, float("nan"), 1000])
def test_rate_must_be_possible(tmp_path, fps):
    with pytest.raises(VideoError, match="fps"):
        VideoSink(tmp_path / "out.mp4", fps)


def test_codec_that_cannot_be_written_leaves_nothing(images, tmp_path, monkeypatch):
    monkeypatch.setitem(runtime.media.video.video_sink.CODECS, ".mp4", {"mpeg4": "XXXX"})
    with (
        pytest.raises(VideoError, match="cannot write XXXX at 160x120"),
        VideoSink(tmp_path / "out.mp4") as sink,
    ):
        sink.write(images[0])
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "frame",
    [np.zeros((64, 64, 3), np.uint8), np.zeros((120, 160), np.uint8), np.zeros((120, 160, 3), np.float32)],
    ids=["size", "gray", "float"],
)
def test_frame_that_does_not_fit_is_refused(images, tmp_path, frame):
    sink = VideoSink(tmp_path / "out.mp4")
    sink.write(images[0])
    with pytest.raises(VideoError, match=r"a frame"):
        sink.write(frame)
    sink.close()


def test_name_appears_only_when_the_video_is_complete(images, tmp_path):
    path = tmp_path / "out.mp4"
    with VideoSink(path) as sink:
        sink.write(images[0])
        assert not path.exists()
    assert path.exists()


def test_failed_write_leaves_the_old_file_alone(images, tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"what stood here before")
    with pytest.raises(VideoError), VideoSink(path) as sink:
        write_all(sink, [images[0], images[0][:60]])
    assert path.read_bytes() == b"what stood here before"
    assert leftovers(tmp_path) == [path.name]


def test_killed_process_leaves_nothing_under_the_final_name(tmp_path):
    path = tmp_path / "out.mp4"
    script = f"""
import time, numpy as np
from runtime.media.video.video_sink import VideoSink
with VideoSink({str(path)!r}) as sink:
    for value in range(50):
        sink.write(np.full((48, 64, 3), value, np.uint8))
    print("writing", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()


def test_video_that_did_not_reach_the_disk_is_an_error(images, tmp_path):
    path = tmp_path / "out.mp4"
    sink = VideoSink(path)
    sink.write(images[0])
    (part,) = tmp_path.iterdir()
    part.unlink()
    with pytest.raises(VideoError, match="disk"):
        sink.close()
    assert leftovers(tmp_path) == []


def test_without_frames_there_is_no_file(tmp_path):
    with VideoSink(tmp_path / "out.mp4") as sink:
        pass
    sink.close()
    assert leftovers(tmp_path) == []


def test_closed_sink_takes_no_frames(images, tmp_path):
    with VideoSink(tmp_path / "out.mp4") as sink:
        sink.write(images[0])
    with pytest.raises(VideoError, match="closed"):
        sink.write(images[0])


@pytest.mark.parametrize("kind", [str, Path])
def test_open_source_takes_a_path(clip, images, kind):
    with open_source(kind(clip)) as frames:
        assert len(list(frames)) == len(images)


def test_open_source_leaves_an_open_video_open(clip):
    with VideoSource(clip) as source:
        with open_source(source) as frames:
            assert next(iter(frames)).index == 0
        assert next(iter(source)).index == 1


@pytest.mark.parametrize("kind", [list, iter, np.stack])
def test_open_source_counts_and_times_images(images, kind):
    with open_source(kind(images)) as opened:
        frames = list(opened)
    assert [frame.index for frame in frames] == list(range(len(images)))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(len(images)) / 30)
    np.testing.assert_array_equal(frames[3].image, images[3])


def test_open_source_passes_frames_on(images):
    given = [Frame(images[0], 7, 1.5), Frame(images[1], 9, 2.5)]
    with open_source(given) as frames:
        assert list(frames) == given


def test_open_source_reads_no_further_than_asked(images):
    feed = iter(images)
    with open_source(feed) as frames:
        next(iter(frames))
    np.testing.assert_array_equal(next(feed), images[1])


@pytest.mark.parametrize("source", [None, 1.5, b"talk.mp4", "nowhere.mp4", -3, np.zeros((8, 8, 3), np.uint8)])
def test_open_source_refuses_what_is_none(source):
    with pytest.raises(VideoError), open_source(source):
        pass


@pytest.mark.parametrize("values", [{"width": 0}, {"height": -480}, {"fps": float("nan")}])
def test_impossible_camera_format_is_refused(values):
    with pytest.raises(OptionError, match=next(iter(values))):
        CameraFormat(**values)


def test_camera_is_asked_for_its_pixel_format_first_then_size_and_rate(clip, monkeypatch):
    """A file stands in for the camera that no test machine has."""
    asked = []

    video = cv2.VideoCapture(str(clip))

    class Camera:
        def __init__(self, number):
            assert number == 3

        def set(self, key, value):
            asked.append((key, value))
            return True

        def __getattr__(self, name):
            return getattr(video, name)

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    with VideoSource(3, CameraFormat(width=1280, height=720)) as source:
        assert (source.name, source.live) == ("camera 3", True)
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    wanted = [(cv2.CAP_PROP_FOURCC, fourcc), (cv2.CAP_PROP_FRAME_WIDTH, 1280), (cv2.CAP_PROP_FRAME_HEIGHT, 720)]
    assert asked == wanted


TIMES = [5.0, 5.1, 5.1 + 1 / 300, 5.5, 0.0, 0.2]
"""Half a second from 5 s on, one frame faster than the rate, then a video that starts again."""


@pytest.mark.parametrize("codec", ["mpeg4", "vp9"])
def test_mp4_stores_each_frame_once_with_its_time(images, tmp_path, codec):
    path = tmp_path / "out.mp4"
    with VideoSink(path, 30, codec) as sink:
        for index, time in enumerate(TIMES):
            sink.write(images[index % 2], time)
    with VideoSource(path) as source:
        times = [frame.time for frame in source]
    expected = [0, 0.1, 0.1 + 1 / 300, 0.5, 0.5 + 1 / 30, 0.7 + 1 / 30]
    np.testing.assert_allclose(times, expected, atol=2e-4)


@pytest.mark.parametrize("extension", [".webm", ".avi"])
def test_other_videos_repeat_frames_until_the_next_is_due(images, tmp_path, extension):
    path = tmp_path / f"out{extension}"
    with VideoSink(path, 30) as sink:
        for index, time in enumerate(TIMES):
            sink.write(images[index % 2], time)
    with VideoSource(path) as source:
        assert len(list(source)) == 16 + 7  # 0.5 s and its last frame, then 0.2 s and its last


@pytest.mark.parametrize(
    ("fps", "rate"), [(30, 30), (25, 25), (30 / 1.001, 30 / 1.001), (12.5, 12.5), (19.565, 60), (71.3, 71.3)]
)
def test_rate_for_a_video_of_variable_rate_is_fast_enough(fps, rate):
    assert steady_rate(fps) == rate


def test_webm_says_that_it_is_webm(images, tmp_path):
    path = tmp_path / "out.webm"
    write(path, images)
    assert b"\x42\x82\x88webm" in path.read_bytes()[:64]
    with path.open("rb") as file:
        assert read_facts(file).codec == "V_VP8"


def test_video_that_lost_its_last_frames_is_no_success(images, tmp_path, monkeypatch):
    path = tmp_path / "out.mp4"
    sink = VideoSink(path, 30)
    write_all(sink, images)
    monkeypatch.setattr(sink, "_written", len(images) + 1)
    with pytest.raises(VideoError, match="disk full"):
        sink.close()
    assert not list(tmp_path.iterdir())


def test_vp9_in_mp4_is_what_browsers_play(images, tmp_path):
    path = tmp_path / "out.mp4"
    with VideoSink(path, FPS, codec="vp9") as sink:
        write_all(sink, images)
    with path.open("rb") as file:
        assert read_facts(file).codec == "vp09"
    with VideoSource(path) as source:
        assert len(list(source)) == len(images)


def test_codec_that_the_container_cannot_hold_is_refused(tmp_path):
    with pytest.raises(VideoError, match=r"'vp9' cannot be in \.avi; known: mjpeg"):
        VideoSink(tmp_path / "out.avi", codec="vp9")
