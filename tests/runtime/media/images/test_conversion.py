"""Pictures of other libraries, and the content of files that are no files."""

from __future__ import annotations

import io

import cv2
import numpy as np
import PIL.Image
import pytest

from runtime import ImageError, OptionError, convert_image, read_image
from runtime.media.images.headers import MAX_PIXELS

SOURCES = [lambda content, path: content, lambda content, path: io.BytesIO(content), lambda content, path: path]


@pytest.fixture(params=SOURCES, ids=["bytes", "file object", "path"])
def source(request, tmp_path):
    """What makes a source of ``read_image`` out of the content of a file."""

    def make(content):
        (tmp_path / "picture").write_bytes(content)
        return request.param(content, tmp_path / "picture")

    return make


def encoded(image, kind="JPEG", **options):
    content = io.BytesIO()
    PIL.Image.fromarray(image[:, :, ::-1]).save(content, kind, **options)
    return content.getvalue()


def oriented(image, orientation):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, exif=exif, quality=95)


class TestSources:
    """``read_image`` checks bytes and file objects as it does paths."""

    @pytest.mark.parametrize("orientation", [1, 3, 6, 8])
    def test_exif_orientation_is_followed(self, source, astronaut, orientation):
        turns = {1: 0, 3: 2, 6: 3, 8: 1}[orientation]
        plain = read_image(encoded(astronaut[:400], quality=95))
        np.testing.assert_array_equal(
            read_image(source(oriented(astronaut[:400], orientation))), np.rot90(plain, turns)
        )

    def test_cut_picture_is_refused(self, source, astronaut):
        content = encoded(astronaut)
        with pytest.raises(ImageError, match="cut short"):
            read_image(source(content[: len(content) // 2]))

    def test_header_that_promises_too_much_is_refused(self, source):
        header = b"P6\n%d %d\n255\n" % (MAX_PIXELS, 2)
        with pytest.raises(ImageError, match="pixels"):
            read_image(source(header + bytes(64)))

    def test_sixteen_bits_that_are_all_but_black_are_refused(self, source):
        dark = cv2.imencode(".png", np.full((8, 8), 1023, np.uint16))[1].tobytes()
        with pytest.raises(ImageError, match="all but black"):
            read_image(source(dark))


class TestArrays:
    def test_rgb_becomes_bgr(self, astronaut):
        np.testing.assert_array_equal(convert_image(astronaut[:, :, ::-1], "rgb"), astronaut)

    def test_alpha_is_ignored_and_gray_stays_gray(self, astronaut):
        alpha = np.dstack([astronaut[:, :, ::-1], astronaut[:, :, 0]])
        np.testing.assert_array_equal(convert_image(alpha, "rgb"), astronaut)
        gray = astronaut[:, :, 1]
        np.testing.assert_array_equal(convert_image(gray, "rgb"), np.repeat(gray[:, :, None], 3, axis=2))

    def test_bgr_is_itself(self, astronaut):
        assert convert_image(astronaut, "bgr") is astronaut

    def test_the_order_is_never_guessed(self, astronaut):
        with pytest.raises(TypeError, match="order"):
            convert_image(astronaut)
        for order in ("RGB", "", None, 0):
            with pytest.raises(OptionError, match=f"order={order!r}: one of 'rgb', 'bgr', 'pil'"):
                convert_image(astronaut, order)

    @pytest.mark.parametrize("bad", [None, [[0]], np.zeros((4, 4, 3)), np.zeros((4, 4, 2), np.uint8)])
    def test_anything_else_is_an_image_error(self, bad):
        with pytest.raises(ImageError):
            convert_image(bad, "rgb")


class TestPillow:
    def test_gives_the_pixels_of_the_file(self, predictor, astronaut):
        image = convert_image(PIL.Image.open(io.BytesIO(encoded(astronaut, "PNG"))), "pil")
        np.testing.assert_array_equal(image, astronaut)
        assert len(predictor(image)) == 1

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_is_turned_upright_as_files_are(self, astronaut, orientation):
        content = oriented(astronaut[:300], orientation)
        image = convert_image(PIL.Image.open(io.BytesIO(content)), "pil")
        expected = read_image(content)
        assert image.shape == expected.shape
        assert np.abs(image.astype(int) - expected).mean() < 2  # two decoders

    @pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr"])
    def test_modes_are_converted(self, astronaut, mode):
        image = PIL.Image.fromarray(astronaut[:, :, ::-1]).convert("L" if mode in ("1", "LA") else "RGB").convert(mode)
        converted = convert_image(image, "pil")
        assert converted.shape == (512, 512, 3) and converted.dtype == np.uint8
        np.testing.assert_array_equal(converted[:, :, ::-1], np.asarray(image.convert("RGB")))

    @pytest.mark.parametrize("mode", ["I", "F", "I;16"])
    def test_more_than_eight_bits_are_refused(self, mode):
        with pytest.raises(ImageError, match="more than 8 bits"):
            convert_image(PIL.Image.new(mode, (8, 8)), "pil")

    def test_cut_file_is_refused(self, astronaut):
        content = encoded(astronaut)
        with pytest.raises(ImageError, match="cannot be decoded"):
            convert_image(PIL.Image.open(io.BytesIO(content[: len(content) // 2])), "pil")

    def test_an_array_is_no_pillow_image_and_the_other_way_round(self, astronaut):
        with pytest.raises(ImageError, match=r"order=.pil. takes a PIL\.Image\.Image, not ndarray"):
            convert_image(astronaut, "pil")
        with pytest.raises(ImageError, match="of a PIL image use order='pil'"):
            convert_image(PIL.Image.fromarray(astronaut[:, :, ::-1]), "rgb")
