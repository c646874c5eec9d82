"""Arguments that are images, and the messages for those that are not."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import PIL.Image
import pytest
import torch

import runtime
from runtime import Frame, ImageError, read_image
from runtime.media.images.image_io import as_bgr

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)


def repr_of_kind(value):
    """Type, dtype and shape, for the name of a test."""
    return f"{type(value).__name__}-{getattr(value, 'dtype', '')}-{'x'.join(map(str, getattr(value, 'shape', ())))}"


class TestArrays:
    def test_bgr_is_passed_without_a_copy(self):
        assert as_bgr(PIXELS) is PIXELS

    @pytest.mark.parametrize("shape", [(6, 5), (6, 5, 1)])
    def test_gray_becomes_three_equal_channels(self, shape):
        gray = PIXELS[:, :, 0].reshape(shape)
        np.testing.assert_array_equal(as_bgr(gray), np.repeat(gray.reshape(6, 5, 1), 3, axis=2))

    def test_alpha_is_dropped(self):
        np.testing.assert_array_equal(as_bgr(np.dstack([PIXELS, PIXELS[:, :, :1]])), PIXELS)

    @pytest.mark.parametrize("view", [np.s_[::-1], np.s_[:, ::-1], np.s_[::2, ::2], np.s_[..., 0], np.s_[::-1, :, 0]])
    def test_any_strides(self, view):
        image = as_bgr(PIXELS[view])
        np.testing.assert_array_equal(image, as_bgr(PIXELS[view].copy()))

    def test_broadcast_and_read_only(self):
        gray = np.broadcast_to(np.uint8(7), (4, 4))
        np.testing.assert_array_equal(as_bgr(gray), np.full((4, 4, 3), 7))

    @pytest.mark.parametrize(
        ("bad", "given", "remedy"),
        [
            (None, "NoneType", "cv2.imread gives None"),
            ("photo.jpg", "str", "runtime.read_image"),
            ([[1, 2], [3, 4]], "list", "numpy.asarray(image).astype(numpy.uint8)"),
            ([PIXELS, PIXELS], "list", "Predictor.batch"),
            ((True, PIXELS), "tuple", "image[1]"),
            ([], "list", "rows and columns"),
            ([[1], [2, 3]], "list", "rows of equal length"),
            (memoryview(b"abc"), "memoryview", "runtime.read_image(data)"),
            (b"photo.jpg", "bytes", "runtime.read_image(data)"),
            ("talk.mp4", "str", "Predictor.stream(path)"),
            (0, "int", "Predictor.stream(0)"),
            (Frame(PIXELS, 0, 0.0), "Frame", "frame.image"),
            ({"image": PIXELS}, "dict", "blue, green and red"),
            (np.full((4, 4, 3), np.nan, np.float32), "float32", "NaN"),
            (np.full((4, 4, 3), np.inf), "float64", "nan_to_num"),
            (np.zeros((4, 4, 3), np.float32), "float32", "image * 255"),
            (np.zeros((4, 4, 3), np.float16), "float16", "image * 255"),
            (np.zeros((4, 4, 3), np.uint16), "uint16", "image // 257"),
            (np.zeros((4, 4, 3), np.int64), "int64", "astype"),
            (np.zeros((4, 4, 3), bool), "bool", "255"),
            (np.zeros((4, 4, 3), object), "object", "uint8"),
            (np.zeros((), np.uint8), "()", "(H, W, 3)"),
            (np.zeros(12, np.uint8), "(12,)", "(H, W, 3)"),
            (np.zeros((2, 4, 4, 3), np.uint8), "(2, 4, 4, 3)", "Predictor.batch"),
            (np.zeros((0, 4, 3), np.uint8), "(0, 4, 3)", "no pixels"),
            (np.zeros((4, 0), np.uint8), "(4, 0)", "no pixels"),
            (np.zeros((4, 4, 0), np.uint8), "(4, 4, 0)", "no pixels"),
            (np.zeros((4, 4, 2), np.uint8), "2 channels", "expected 3, 4 or 1; use image[:, :, 0]"),
            (np.zeros((4, 4, 5), np.uint8), "5 channels", "expected 3, 4 or 1"),
            (np.zeros((3, 40, 60), np.uint8), "(3, 40, 60)", "transpose(1, 2, 0)"),
        ],
        ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else type(value).__name__,
    )
    def test_error_names_what_was_given_and_the_remedy(self, bad, given, remedy):
        with pytest.raises(ImageError) as caught:
            as_bgr(bad)
        assert given in str(caught.value) and remedy in str(caught.value)

    @pytest.mark.parametrize(
        "given",
        [
            cv2.UMat(PIXELS),
            cv2.UMat(PIXELS / 255),
            PIXELS.tolist(),
            PIXELS[..., 0].tolist(),
            PIL.Image.fromarray(PIXELS[:, :, ::-1]),
            torch.from_numpy(PIXELS),
            torch.from_numpy(PIXELS).permute(2, 0, 1)[None] / 255,
            PIXELS[None],
            PIXELS.transpose(2, 0, 1)[None],
            PIXELS / 255,
            (PIXELS / 255).astype(np.float16),
            PIXELS / 127.5 - 1,
            (PIXELS / 255).transpose(2, 0, 1),
            np.where(np.isclose(PIXELS, 0), np.nan, PIXELS),
            PIXELS.astype(np.float64),
            PIXELS.astype(np.int64),
            PIXELS.astype(np.uint16),
            PIXELS.astype(np.uint16) * 257,
            PIXELS.astype(np.uint16) << 2,
            PIXELS.astype(np.uint16) << 4,
            PIXELS.astype(np.int32).transpose(2, 0, 1),
        ],
        ids=repr_of_kind,
    )
    def test_hint_works_when_it_is_followed(self, given):
        with pytest.raises(ImageError) as caught:
            as_bgr(given)
        expression = re.search(r"; use (.*?)(?:, (?:as|or) .*|; .*)?$", str(caught.value))[1]
        image = as_bgr(eval(expression, {"numpy": np, "image": given}))
        expected = as_bgr(np.asarray(given, np.uint8)) if isinstance(given, list) else PIXELS
        assert np.abs(image.astype(int) - expected).max() <= 1

    @pytest.mark.parametrize("kind", [list, np.stack, lambda images: torch.from_numpy(np.stack(images))])
    @pytest.mark.parametrize("values", [lambda image: image, lambda image: image.transpose(2, 0, 1) / 255])
    def test_hint_for_several_images_works_when_it_is_followed(self, predictor, astronaut, kind, values):
        images = kind([values(astronaut), values(astronaut)])
        with pytest.raises(ImageError) as caught:
            predictor(images)
        expression = re.search(r"use Predictor\.batch\((.*?)\)(; colours.*)?$", str(caught.value))[1]
        faces = predictor.batch(eval(expression, {"numpy": np, "images": images}))
        assert [len(each) for each in faces] == [1, 1]

    def test_hint_for_several_paths_works_when_it_is_followed(self, predictor, astronaut, tmp_path):
        paths = [tmp_path / "a.png", str(tmp_path / "b.png")]
        for path in paths:
            cv2.imwrite(str(path), astronaut)
        with pytest.raises(ImageError) as caught:
            predictor(paths)
        expression = re.search(r"use Predictor\.batch\((.*)\)$", str(caught.value))[1]
        assert [len(each) for each in predictor.batch(eval(expression, {"runtime": runtime, "image": paths}))] == [1, 1]

    def test_list_of_pictures_of_another_library(self, predictor):
        with pytest.raises(ImageError, match=r"use Predictor\.batch; of each: use numpy\.asarray\(image\.convert"):
            predictor([PIL.Image.fromarray(PIXELS)] * 2)

    @pytest.mark.parametrize("values", [PIXELS * 3.0, PIXELS.astype(np.int32) - 9, PIXELS.astype(np.uint32) * 9])
    def test_values_of_unknown_scale_are_named(self, values):
        with pytest.raises(ImageError, match=rf"its values go from {values.min():g} to .* scale them to 0\.\.255"):
            as_bgr(values)

    @pytest.mark.parametrize("shape", [(40000, 60000, 3), (65535, 65535), (1, 2**31), (2**31, 1, 3), (2**28 + 1, 1, 4)])
    def test_too_large_is_refused_by_a_documented_limit(self, shape):
        with pytest.raises(ImageError, match="are more than 268435456 pixels") as caught:
            as_bgr(np.broadcast_to(np.uint8(128), shape))
        assert f"{shape[1]}x{shape[0]}" in str(caught.value)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory are a matter of the system")
    def test_no_memory_for_a_copy_is_an_error(self):
        # where OpenCV itself cannot copy a frame of odd strides, it ends the process
        code = (
            "import resource, numpy as np; from runtime import ImageError, Predictor; predictor = Predictor()\n"
            "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
            "resource.setrlimit(resource.RLIMIT_AS, (used + (200 << 20),) * 2)\n"
            "try: predictor(np.broadcast_to(np.uint8(128), (16000, 16000, 3)))\n"
            "except ImageError as error: print(error)"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert "no memory for a contiguous copy" in result.stdout, result

    def test_is_also_a_value_error(self):
        with pytest.raises(ValueError, match="uint8"):
            as_bgr(np.zeros((4, 4, 3)))


@pytest.fixture(scope="module")
def jpeg(astronaut):
    return cv2.imencode(".jpg", astronaut)[1].tobytes()


@pytest.fixture(scope="module")
def png(astronaut):
    return cv2.imencode(".png", astronaut)[1].tobytes()


def exif(orientation):
    """An APP1 segment that holds nothing but the orientation, and a thumbnail's end marker as phones write it."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0) + b"\xff\xd8\xff\xd9"
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


class TestFiles:
    @pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp", "jpg"])
    def test_common_formats(self, tmp_path, astronaut, suffix):
        file = tmp_path / f"picture.{suffix}"
        cv2.imwrite(str(file), astronaut)
        image = read_image(file)
        assert image.shape == (512, 512, 3) and image.dtype == np.uint8
        assert np.abs(image.astype(int) - astronaut).mean() < (4 if suffix in ("webp", "jpg") else 1e-9)

    @pytest.mark.parametrize("pixels", [PIXELS[..., 0], np.dstack([PIXELS, PIXELS[..., 0]]), PIXELS.astype(np.uint16)])
    def test_gray_alpha_and_sixteen_bits_become_bgr(self, tmp_path, pixels):
        file = tmp_path / "picture.png"
        cv2.imwrite(str(file), pixels)
        assert read_image(file).shape == (6, 5, 3) and read_image(file).dtype == np.uint8

    def test_path_with_any_characters(self, tmp_path, png, astronaut):
        file = tmp_path / "Größe ☺ 照片 'x'.png"
        file.write_bytes(png)
        np.testing.assert_array_equal(read_image(str(file)), astronaut)

    def test_suffix_does_not_matter(self, tmp_path, png, astronaut):
        file = tmp_path / "picture.jpg"
        file.write_bytes(png)
        np.testing.assert_array_equal(read_image(file), astronaut)

    @pytest.mark.parametrize(
        ("orientation", "upright"),
        [
            (1, lambda image: image),
            (3, lambda image: image[::-1, ::-1]),
            (6, lambda image: np.rot90(image, -1)),
            (8, lambda image: np.rot90(image)),
        ],
    )
    def test_exif_orientation_is_followed(self, tmp_path, jpeg, orientation, upright):
        file = tmp_path / "turned.jpg"
        file.write_bytes(jpeg[:2] + exif(orientation) + jpeg[2:])
        stored = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_array_equal(read_image(file), upright(stored))

    def test_every_cut_of_a_jpeg_is_refused(self, tmp_path, jpeg):
        # past the thumbnail's own end marker a careless check would be content
        content = jpeg[:2] + exif(1) + jpeg[2:]
        file = tmp_path / "cut.jpg"
        for length in [*range(1, 3000, 37), *range(3000, len(content), 2999), *range(len(content) - 12, len(content))]:
            file.write_bytes(content[:length])
            with pytest.raises(ImageError, match="cut short" if length >= 3 else "not a picture"):
                read_image(file)

    def test_every_cut_of_a_png_is_refused(self, tmp_path, png):
        file = tmp_path / "cut.png"
        for length in [*range(1, 100, 3), *range(100, len(png), 29_989), *range(len(png) - 20, len(png))]:
            file.write_bytes(png[:length])
            with pytest.raises(ImageError, match="cut short" if length >= 8 else "not a picture"):
                read_image(file)

    @pytest.mark.parametrize("suffix", ["bmp", "tiff", "webp"])
    @pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.9])
    def test_cut_of_another_format_is_refused(self, tmp_path, astronaut, suffix, part):
        content = cv2.imencode(f".{suffix}", astronaut)[1].tobytes()
        file = tmp_path / f"cut.{suffix}"
        file.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(ImageError, match="not a picture"):
            read_image(file)

    @pytest.mark.parametrize("kind", ["jpeg", "png"])
    def test_what_phones_append_does_not_matter(self, tmp_path, request, kind):
        content = request.getfixturevalue(kind)
        file = tmp_path / "motion photo"
        file.write_bytes(content + b"ftypmp42" + bytes(20_000))
        expected = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_array_equal(read_image(file), expected)

    def test_progressive_jpeg_is_whole(self, tmp_path, astronaut):
        options = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 4]
        file = tmp_path / "progressive.jpg"
        file.write_bytes(cv2.imencode(".jpg", astronaut, options)[1].tobytes())
        assert read_image(file).shape == (512, 512, 3)

    def test_damaged_png_is_refused(self, tmp_path, png):
        content = bytearray(png)
        content[len(png) // 2] ^= 1
        file = tmp_path / "damaged.png"
        file.write_bytes(content)
        with pytest.raises(ImageError, match="damaged"):
            read_image(file)

    def test_text_with_the_name_of_a_picture(self, tmp_path):
        file = tmp_path / "page.jpg"
        file.write_text("<html>404 not found</html>")
        with pytest.raises(ImageError, match=r"page\.jpg: not a picture that OpenCV can read"):
            read_image(file)

    def test_header_that_promises_too_much(self, tmp_path):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0))
        file = tmp_path / "bomb.png"
        file.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
        with pytest.raises(ImageError, match=r"bomb\.png: 200000x200000 are more than 268435456 pixels"):
            read_image(file)

    @pytest.mark.parametrize("suffix", [".jpg", ".png", ".tiff", ".jp2", ".ppm"])
    def test_size_is_checked_before_the_pixels_are_decoded(self, suffix):
        content = bytearray(cv2.imencode(suffix, np.zeros((200, 100, 3), np.uint8))[1].tobytes())
        small = {".jpg": b"\0\xc8\0\x64", ".png": b"\0\0\0\x64\0\0\0\xc8", ".jp2": b"\0\0\0\x64\0\0\0\xc8"}
        large = {".jpg": b"\xff\xfe\xff\xfe", ".png": b"\0\1\0\0\0\1\0\0", ".jp2": b"\0\1\0\0\0\1\0\0"}
        if suffix == ".ppm":
            content = content.replace(b"100 200", b"65536 65536")
        elif suffix == ".tiff":
            for tag in (256, 257):
                place = content.index(struct.pack("<H", tag), content.index(struct.pack("<H", 256)))
                struct.pack_into("<HII", content, place + 2, 4, 1, 65536)
        else:
            content = content.replace(small[suffix], large[suffix])
        with pytest.raises(ImageError, match=r"(65536x65536|65534x65534) are more than"):
            read_image(content)

    def test_missing(self, tmp_path):
        with pytest.raises(ImageError, match=r"nobody\.jpg: no such file"):
            read_image(tmp_path / "nobody.jpg")

    def test_folder(self, tmp_path):
        with pytest.raises(ImageError, match="a folder, not a picture"):
            read_image(tmp_path)

    def test_empty(self, tmp_path):
        (tmp_path / "empty.png").touch()
        with pytest.raises(ImageError, match=r"empty\.png: the file is empty"):
            read_image(tmp_path / "empty.png")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_forbidden(self, tmp_path, png):
        file = tmp_path / "secret.png"
        file.write_bytes(png)
        file.chmod(0)
        with pytest.raises(ImageError, match=r"secret\.png: cannot be read \(Permission denied\)"):
            read_image(file)

    @pytest.mark.parametrize("path", ["a" * 5000 + ".png", "a\0b.png"])
    def test_impossible_path(self, path):
        with pytest.raises(ImageError, match="cannot be read"):
            read_image(path)

    @pytest.mark.parametrize("source", [None, 5, PIXELS, ["photo.jpg"], {}])
    def test_no_source_at_all(self, source):
        with pytest.raises(
            ImageError, match=f"path of a picture file, its bytes or an open file, not {type(source).__name__}"
        ):
            read_image(source)

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
    def test_content_of_a_file(self, png, astronaut, kind):
        np.testing.assert_array_equal(read_image(kind(png)), astronaut)

    def test_open_file(self, tmp_path, png, astronaut):
        (tmp_path / "photo.png").write_bytes(png)
        with open(tmp_path / "photo.png", "rb") as file:
            np.testing.assert_array_equal(read_image(file), astronaut)
            with pytest.raises(ImageError, match=r"photo\.png: the file is empty"):  # it was read to its end
                read_image(file)
        with pytest.raises(ImageError, match=r"photo\.png: .*open\(path, 'rb'\)"):
            read_image(file)
        with (
            open(tmp_path / "photo.png", encoding="latin-1") as file,
            pytest.raises(ImageError, match=r"open\(path, 'rb'\)"),
        ):
            read_image(file)

    def test_bytes_that_are_no_picture(self):
        with pytest.raises(ImageError, match="<9 bytes>: not a picture"):
            read_image(b"photo.jpg")

    @pytest.mark.parametrize(("suffix", "codec"), [("mp4", "mp4v"), ("avi", "MJPG"), ("mkv", "MJPG")])
    def test_video_is_named(self, tmp_path, astronaut, suffix, codec):
        writer = cv2.VideoWriter(str(tmp_path / f"a.{suffix}"), cv2.VideoWriter.fourcc(*codec), 30, (512, 512))
        writer.write(astronaut)
        writer.release()
        with pytest.raises(ImageError, match=r"a video, not a picture; use Predictor\.stream"):
            read_image(tmp_path / f"a.{suffix}")

    def test_url_is_shown_as_it_is(self):
        with pytest.raises(
            ImageError, match=r"^http://example\.org/a\.jpg: a URL, and nothing is fetched; use read_image\("
        ):
            read_image("http://example.org/a.jpg")
