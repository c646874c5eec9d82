"""Videos of many formats, made with ffmpeg from moving test pictures."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FPS, FRAMES = 25, 50
WIDTH, HEIGHT = 160, 120
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
REALTIME = ("-deadline", "realtime", "-cpu-used", "8", "-threads", "1")
"""Options for libvpx, whose threads cost more time than they save."""
CONSTANT = tuple(np.arange(FRAMES) / FPS)
VARIABLE = tuple(np.concatenate([np.arange(25) / 25, 1 + np.arange(25) / 6.25]).round(2))
VARIABLE_RATE = ("-vf", "setpts='if(lt(N,25),N,25+4*(N-25))'", "-vsync", "vfr")


@dataclass(frozen=True)
class VideoCase:
    """A kind of video.

    Attributes:
        kind: description for the table.
        file: file name.
        options: ffmpeg's options for encoding moving test pictures.
        times: times of its frames; None where they depend on the damage.
        size: displayed width and height.
        change: function that changes the file's bytes.
        pipe: whether the video is read through a pipe.
    """

    kind: str
    file: str
    options: tuple[str, ...] = H264
    times: tuple[float, ...] | None = CONSTANT
    size: tuple[int, int] = (WIDTH, HEIGHT)
    change: Callable[[bytes], bytes] | None = None
    pipe: bool = False


def zeroed(data: bytes, first: float = 0.45, last: float = 0.55) -> bytes:
    """Set a part of a video's bytes to zero, as after a disk error."""
    start, end = int(first * len(data)), int(last * len(data))
    return data[:start] + bytes(end - start) + data[end:]


def shown(a: int, b: int, c: int, d: int) -> Callable[[bytes], bytes]:
    """Return a function that sets the display matrix of an MP4's only track."""

    def change(data: bytes) -> bytes:
        header = data.index(b"tkhd") + 4
        offset = header + (52 if data[header] == 1 else 40)
        matrix = np.array([a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30], ">i4").tobytes()
        return data[:offset] + matrix + data[offset + len(matrix) :]

    return change


CASES = (
    VideoCase("H.264 in MP4", "plain.mp4"),
    VideoCase("H.264 with B frames in AVI", "bframes.avi"),
    VideoCase("VP9 in WebM", "vp9.webm", ("-c:v", "libvpx-vp9", *REALTIME, "-b:v", "500k")),
    VideoCase("variable rate, MP4", "vfr.mp4", (*H264, *VARIABLE_RATE), VARIABLE),
    VideoCase("variable rate, Matroska", "vfr.mkv", (*H264, *VARIABLE_RATE), VARIABLE),
    VideoCase("begins at 5 s", "late.mkv", (*H264, "-output_ts_offset", "5")),
    VideoCase("H.264 without a container: no times", "raw.h264"),
    VideoCase("HEVC without a container", "raw.hevc", HEVC),
    VideoCase(
        "times start again", "again.ts", H264, (*CONSTANT, *(time + 2 for time in CONSTANT)), change=lambda d: d * 2
    ),
    VideoCase("a tenth of an MP4 zeroed", "damaged.mp4", H264, None, change=zeroed),
    VideoCase("a tenth of an MPEG-TS zeroed", "damaged.ts", H264, None, change=zeroed),
    VideoCase("pixels 64:45", "wide.mp4", (*H264, "-vf", "setsar=64/45"), size=(228, HEIGHT)),
    VideoCase("pixels 8:9", "narrow.webm", ("-c:v", "libvpx", *REALTIME, "-vf", "setsar=8/9"), size=(WIDTH, 135)),
    VideoCase("turned by 90 degrees", "turned.mp4", size=(HEIGHT, WIDTH), change=shown(0, 1, -1, 0)),
    VideoCase("mirrored", "mirrored.mp4", change=shown(-1, 0, 0, 1)),
    VideoCase("turned and mirrored", "both.mp4", size=(HEIGHT, WIDTH), change=shown(0, 1, 1, 0)),
    VideoCase("10 bits, H.264", "ten.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le")),
    VideoCase("10 bits, HEVC", "ten.mkv", (*HEVC, "-pix_fmt", "yuv420p10le")),
    VideoCase("full range", "full.mp4", (*H264, "-vf", "scale=out_range=full", "-color_range", "pc")),
    VideoCase("a colon in the name", "12:30.mp4"),
    VideoCase("a name that is not UTF-8", "caf\udce9.mp4"),
    VideoCase("through a pipe", "piped.ts", pipe=True),
    VideoCase(
        "AV1",
        "av1.mp4",
        ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-frames:v", "10"),
        CONSTANT[:10],
    ),
    VideoCase("animated WebP", "moving.webp", ("-c:v", "libwebp_anim", "-quality", "90")),
)


def make(video: VideoCase, folder: Path) -> Path:
    """Encode a video into a folder and return its path."""
    path = folder / video.file
    data = _encoded(path.suffix, video.options)
    path.write_bytes(video.change(data) if video.change else data)
    return path


@functools.cache
def _encoded(suffix: str, options: tuple[str, ...]) -> bytes:
    """Encode moving test pictures; cached, as several videos differ only in name or change."""
    source = f"testsrc2=s={WIDTH}x{HEIGHT}:r={FPS}:d={FRAMES / FPS}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"made{suffix}")
        ffmpeg("-f", "lavfi", "-i", source, *options, str(path))
        return path.read_bytes()


def ffmpeg(*arguments: str, check: bool = True) -> bytes:
    """Run ffmpeg and return its standard output."""
    command = ["ffmpeg", "-nostdin", "-y", "-v", "error" if check else "quiet", *arguments]
    return subprocess.run(command, check=check, stdout=subprocess.PIPE).stdout
