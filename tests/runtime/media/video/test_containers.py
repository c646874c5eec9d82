"""Headers of video files: display matrix, exact length, codec, and whether the file is whole."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.media.video.containers import ContainerFacts, read_facts
from runtime.media.video.display_geometry import TURNS, UPRIGHT
from runtime.media.video.matroska import count_frames
from runtime.media.video.transport_stream import is_intact, is_transport_stream


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    """An MP4 of twenty frames, as OpenCV writes it."""
    path = tmp_path_factory.mktemp("mp4") / "video.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (64, 48))
    for value in range(0, 200, 10):
        writer.write(np.full((48, 64, 3), value, np.uint8))
    writer.release()
    return path.read_bytes()


def facts(data):
    return read_facts(io.BytesIO(data))


def box(kind, *content):
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def element(identifier, *content):
    data = b"".join(content)
    return bytes.fromhex(identifier) + struct.pack(">BI", 0x08, len(data)) + data


def mkv(*video, kind=1, codec=b"V_VP9", cut=0):
    """The start of a Matroska file with one track."""
    track = element("AE", element("83", bytes([kind])), element("86", codec), element("E0", *video))
    segment = element("18538067", element("1654AE6B", track), element("1F43B675", bytes(100)))
    data = element("1A45DFA3", element("4282", b"matroska")) + segment
    return data[: len(data) - cut]


def projection(**angles):
    keys = {"yaw": "7673", "pitch": "7674", "roll": "7675"}
    return element("7670", *(element(keys[name], struct.pack(">f", angle)) for name, angle in angles.items()))


def test_mp4_tells_its_codec_and_frames(mp4):
    assert facts(mp4) == ContainerFacts("mp4", "mp4v", UPRIGHT, 20, 0)


@pytest.mark.parametrize("matrix", [TURNS[90], (-1, 0, 0, 1), (0, 1, 1, 0)])
def test_matrix_of_an_mp4(mp4, matrix):
    data = bytearray(mp4)
    offset = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (int(value) << 16 for value in matrix)
    struct.pack_into(">9i", data, offset, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    assert facts(bytes(data)).matrix == matrix


def test_mp4_of_which_a_part_is_shown_says_no_exact_number(mp4):
    data = bytearray(mp4)
    entry = data.index(b"elst") + 4 + 8
    (ticks,) = struct.unpack_from(">I", data, entry)
    struct.pack_into(">I", data, entry, ticks // 2)
    assert facts(bytes(data)).frames is None


def test_bytes_that_are_missing_are_counted():
    assert facts(mkv(cut=30)).missing_bytes == 30
    assert facts(b"RIFF" + struct.pack("<I", 1000) + b"AVI " + bytes(400)).missing_bytes == 1008 - 412
    movie = box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), b"vide", bytes(12)))))
    assert facts(movie + box(b"mdat", bytes(100))) is None  # no header of the track
    assert facts(b"no container at all") is None


@pytest.mark.parametrize(
    ("angles", "matrix"),
    [
        ({}, UPRIGHT),
        ({"roll": 90}, TURNS[270]),
        ({"roll": -90}, TURNS[90]),
        ({"yaw": 180}, (-1, 0, 0, 1)),
    ],
)
def test_projection_of_matroska_turns_anticlockwise(angles, matrix):
    found = facts(mkv(projection(**angles)))
    assert (found.container, found.codec, found.matrix) == ("matroska", "V_VP9", matrix)


def test_matroska_without_pictures_has_no_facts():
    assert facts(mkv(kind=2)) is None


def test_visible_blocks_of_the_pictures_are_counted():
    blocks = [element("A3", bytes([0x81, 0, 0, flags])) for flags in (0x80, 0, 0x08)]  # the last one is not shown
    group = element("A0", element("A1", bytes([0x81, 0, 0, 0])), element("9B", b"\x28"))
    sound = element("A3", bytes([0x82, 0, 0, 0]))
    track = element("AE", element("D7", b"\x01"), element("83", b"\x01"), element("86", b"V_VP8"))
    cluster = element("1F43B675", element("E7", b"\0"), *blocks, group, sound)
    damaged = element("1F43B675", element("E7", b"\0"), bytes(40))
    start = element("1A45DFA3") + bytes.fromhex("1853806701FFFFFFFFFFFFFF") + element("1654AE6B", track)
    assert count_frames(io.BytesIO(start + cluster + cluster)) == (6, True)
    assert count_frames(io.BytesIO(start + cluster + damaged + cluster)) == (6, False)


def packets(count, stream=0x100):
    return b"".join(bytes([0x47, stream >> 8, stream & 0xFF, 0x10 | n % 16]) + bytes(184) for n in range(count))


def test_transport_stream_is_intact_while_its_counters_go_on():
    data = packets(100)
    assert is_transport_stream(data) and not is_transport_stream(bytes(1000))
    assert is_intact(io.BytesIO(data))
    assert not is_intact(io.BytesIO(data[: 40 * 188] + data[43 * 188 :]))
    assert not is_intact(io.BytesIO(data[:5000] + bytes(400) + data[5400:]))


@given(st.binary(max_size=400))
def test_counting_frames_never_raises(data):
    count_frames(io.BytesIO(mkv() + data))


@given(st.data())
def test_damaged_headers_never_raise(mp4, data):
    source = bytearray(data.draw(st.sampled_from([mp4, mkv(projection(roll=90))])))
    for _ in range(data.draw(st.integers(1, 20))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    found = facts(bytes(source[: data.draw(st.integers(0, len(source)))]))
    assert found is None or isinstance(found, ContainerFacts)


@given(st.binary(max_size=400), st.sampled_from([b"", b"\x1aE\xdf\xa3", b"\0\0\0\x18ftyp", b"RIFF\0\0\0\0AVI "]))
def test_arbitrary_bytes_never_raise(data, magic):
    found = facts(magic + data)
    assert found is None or isinstance(found, ContainerFacts)
