"""Pictures of every format come out upright and of the right brightness, or are refused in words."""

from __future__ import annotations

import contextlib
import io
import struct

import cv2
import numpy as np
import PIL.features
import PIL.Image
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from runtime import ImageError, read_image

AVIF = PIL.features.check("avif") and "AVIF:                        avif" in cv2.getBuildInformation()
needs_avif = pytest.mark.skipif(not AVIF, reason="this OpenCV or this Pillow has no AVIF")

UPRIGHT = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: np.rot90(image),
}
"""Turns of the eight orientations of EXIF."""


@pytest.fixture(scope="module")
def picture(astronaut):
    """(96, 64, 3) uint8 BGR, of no symmetry."""
    return cv2.resize(astronaut[:300, 100:300], (64, 96), interpolation=cv2.INTER_AREA)


def saved(picture, kind, **options):
    """A file's content, as Pillow writes it; orientation 6 and the like become ``irot`` and ``imir`` in AVIF."""
    file = io.BytesIO()
    PIL.Image.fromarray(picture[:, :, ::-1]).save(file, kind, **options)
    return file.getvalue()


def tiff(pixels, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **({"photometric": "rgb"} | options))
    return file.getvalue()


def encoded(suffix, picture, *options):
    return cv2.imencode(suffix, picture, list(options))[1].tobytes()


def oriented(orientation):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def assert_close(image, expected, tolerance=8):
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).mean() < tolerance


class TestOrientation:
    @pytest.mark.parametrize("orientation", UPRIGHT)
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", pytest.param("AVIF", marks=needs_avif)])
    def test_every_format_is_turned_upright(self, picture, kind, orientation):
        content = saved(picture, kind, exif=oriented(orientation), quality=95)
        assert_close(read_image(content), UPRIGHT[orientation](picture))

    @pytest.mark.parametrize("orientation", UPRIGHT)
    @pytest.mark.parametrize("depth", [1, 257])
    def test_tiff_is_turned_upright(self, picture, orientation, depth):
        pixels = picture[:, :, ::-1].astype(np.uint8 if depth == 1 else np.uint16) * np.uint16(depth)
        content = tiff(
            pixels.astype(np.uint8 if depth == 1 else np.uint16), extratags=[(274, "H", 1, orientation, True)]
        )
        assert_close(read_image(content), UPRIGHT[orientation](picture), 0.01)

    @pytest.mark.parametrize("order", ["II", "MM"])
    @pytest.mark.parametrize(("kind", "form"), [(3, "H"), (4, "I")])
    def test_exif_of_either_byte_order(self, picture, order, kind, form):
        sign = "<" if order == "II" else ">"
        entry = struct.pack(sign + "HHI" + form, 0x0112, kind, 1, 6).ljust(12, b"\0")
        exif = b"Exif\0\0" + order.encode() + struct.pack(sign + "HIH", 42, 8, 1) + entry + bytes(4)
        assert_close(read_image(saved(picture, "JPEG", exif=exif, quality=95)), UPRIGHT[6](picture))

    @pytest.mark.parametrize("exif", [b"Exif\0\0II", b"Exif\0\0II*\0\xff\xff\xff\xff", oriented(0), oriented(9)])
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_senseless_exif_turns_nothing(self, picture, kind, exif):
        assert_close(read_image(saved(picture, kind, exif=exif, quality=95)), picture)

    @needs_avif
    def test_avif_with_exif_too_is_turned_once(self, picture):
        if not hasattr(cv2, "imencodeWithMetadata"):
            pytest.skip("this OpenCV writes no EXIF")
        exif = np.frombuffer(oriented(6).removeprefix(b"Exif\0\0"), np.uint8)
        content = cv2.imencodeWithMetadata(".avif", picture, [cv2.IMAGE_METADATA_EXIF], [exif])[1].tobytes()
        assert b"irot" in content and b"Exif" in content
        assert_close(read_image(content), UPRIGHT[6](picture))

    @needs_avif
    def test_avif_is_cropped_to_its_clean_aperture(self, picture):
        content = saved(picture, "AVIF", quality=95)
        aperture = struct.pack(">IIIIiIiI", 40, 1, 60, 1, 4, 1, -10, 1)
        assert_close(read_image(with_property(content, b"clap", aperture)), picture[8:68, 16:56])

    @needs_avif
    @pytest.mark.parametrize("aperture", [(41, 1, 60, 1), (80, 1, 60, 1), (40, 0, 60, 1)])
    def test_impossible_clean_aperture_is_refused(self, picture, aperture):
        body = struct.pack(">IIIIiIiI", *aperture, 0, 1, 0, 1)
        with pytest.raises(ImageError, match=r"clean aperture|container is damaged"):
            read_image(with_property(saved(picture, "AVIF"), b"clap", body))

    @needs_avif
    def test_animated_avif_is_read_upright_or_refused(self, picture):
        frames = [PIL.Image.fromarray(picture[:, :, ::-1])] * 2
        video = saved(picture, "AVIF", save_all=True, append_images=frames, quality=95)
        assert_close(read_image(video), picture)
        matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
        sideways = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
        place = video.index(b"tkhd")
        turned = video[:place] + video[place:].replace(matrix, sideways, 1)
        with pytest.raises(ImageError, match="animated AVIF that is to be turned"):
            read_image(turned)

    @needs_avif
    @given(position=st.integers(0, 400), value=st.integers(0, 255))
    def test_damaged_avif_is_read_or_refused(self, avif, position, value):
        content = bytearray(avif)
        content[position] = value
        with contextlib.suppress(ImageError):
            assert read_image(content).ndim == 3


@pytest.fixture(scope="module")
def avif(picture):
    return saved(picture, "AVIF", exif=oriented(6))


def with_property(content, kind, body):
    """An AVIF file whose picture has one property more; sizes of boxes and places of data grow."""
    box = struct.pack(">I4s", len(body) + 8, kind) + body
    content = bytearray(content)
    properties = content.index(b"ipma") - 4
    count = content[properties + 8 + 4 + 4 + 2]
    number = content[properties + 8 + 4 + 4 + 3 :][:count]
    content[properties + 8 + 4 + 4 + 2] += 1
    content.insert(properties + 8 + 4 + 4 + 3 + count, 0x80 | max(each & 0x7F for each in number) + 1)
    content[properties:properties] = box
    for name, more in ((b"ipma", 1), (b"ipco", len(box)), (b"iprp", len(box) + 1), (b"meta", len(box) + 1)):
        place = content.index(name) - 4
        (size,) = struct.unpack_from(">I", content, place)
        struct.pack_into(">I", content, place, size + more)
    place = content.index(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2
    (offset,) = struct.unpack_from(">I", content, place)
    struct.pack_into(">I", content, place, offset + len(box) + 1)
    return bytes(content)


class TestDepth:
    @pytest.mark.parametrize("suffix", [".png", ".tiff", ".jp2", ".ppm"])
    def test_sixteen_bits_are_scaled_to_eight(self, picture, suffix):
        content = encoded(suffix, picture.astype(np.uint16) * 257)
        assert_close(read_image(content), picture, 1)

    @needs_avif
    @pytest.mark.parametrize("depth", [8, 10, 12])
    def test_avif_of_any_depth(self, picture, depth):
        pixels = picture if depth == 8 else picture.astype(np.uint16) * 257 >> 16 - depth
        content = encoded(".avif", pixels, cv2.IMWRITE_AVIF_DEPTH, depth, cv2.IMWRITE_AVIF_QUALITY, 95)
        assert_close(read_image(content), picture)

    @pytest.mark.parametrize("bits", [10, 12])
    @pytest.mark.parametrize("suffix", [".png", ".tiff"])
    def test_ten_bits_in_sixteen_are_refused(self, picture, suffix, bits):
        content = encoded(suffix, picture.astype(np.uint16) * 257 >> 16 - bits)
        with pytest.raises(ImageError, match=r"all but black.*If it holds 10 or 12 bits in 16, multiply"):
            read_image(content)

    def test_black_is_black(self):
        assert not read_image(encoded(".png", np.zeros((4, 4, 3), np.uint16))).any()

    @pytest.mark.parametrize("maximum", [1, 15, 100, 255, 1023, 4095, 65535])
    @pytest.mark.parametrize("magic", [b"P5", b"P6"])
    def test_pnm_is_scaled_by_the_maximum_that_it_names(self, picture, magic, maximum):
        pixels = picture[:, :, 1] if magic == b"P5" else picture[:, :, ::-1]
        values = np.round(pixels / 255 * maximum)
        body = values.astype(np.uint8 if maximum < 256 else ">u2").tobytes()
        image = read_image(magic + b"\n# 9 8 7\n64 96\n%d\n" % maximum + body)
        expected = np.round(np.atleast_3d(values / maximum * 255)) * np.ones(3)
        assert np.abs(image.astype(int) - expected[:, :, ::-1]).max() <= 1

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("bigtiff", [False, True])
    @pytest.mark.parametrize(
        ("dtype", "factor", "words"),
        [
            (np.float32, 1 / 255, "floating-point"),
            (np.float64, 1, "floating-point"),
            (np.int16, 128, "signed"),
            (np.int8, 0.5, "signed"),
            (np.uint32, 1, "32 bits a value"),
        ],
    )
    def test_tiff_of_other_values_is_refused(self, picture, dtype, factor, words, bigtiff, order):
        content = tiff((picture * factor).astype(dtype), bigtiff=bigtiff, byteorder=order)
        with pytest.raises(ImageError, match=f"a TIFF of .*{words}"):
            read_image(content)

    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("bigtiff", [False, True])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_tiff_of_either_byte_order(self, picture, dtype, bigtiff, order):
        pixels = picture[:, :, ::-1].astype(dtype) * dtype(1 if dtype == np.uint8 else 257)
        assert_close(read_image(tiff(pixels, bigtiff=bigtiff, byteorder=order)), picture, 0.01)


class TestColour:
    def test_cmyk_of_adobe(self, picture):
        assert_close(read_image(cmyk(picture)), picture)

    def test_cmyk_of_unknown_polarity_is_refused(self, picture):
        content = cmyk(picture)
        marker = content.index(b"\xff\xee")
        length = int.from_bytes(content[marker + 2 : marker + 4], "big")
        with pytest.raises(ImageError, match="CMYK JPEG without Adobe's marker"):
            read_image(content[:marker] + content[marker + 2 + length :])

    def test_jpeg_of_twelve_bits_is_refused(self, picture):
        content = bytearray(saved(picture, "JPEG"))
        content[content.index(b"\xff\xc0") + 4] = 12
        with pytest.raises(ImageError, match="JPEG of 12 bits"):
            read_image(content)

    def test_jpeg_in_rgb(self, picture):
        assert_close(read_image(saved(picture, "JPEG", keep_rgb=True, quality=95)), picture)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_white_is_zero(self, picture, dtype):
        factor = 1 if dtype == np.uint8 else 257
        gray = picture[:, :, 1].astype(dtype) * dtype(factor)
        content = tiff(np.iinfo(dtype).max - gray, photometric="miniswhite")
        assert_close(read_image(content), np.repeat(picture[:, :, 1:2], 3, axis=2), 0.01)

    @pytest.mark.parametrize("photometric", ["cielab", "cfa"])
    def test_tiff_of_other_colours_is_refused(self, picture, photometric):
        pixels = picture if photometric == "cielab" else picture[:, :, 0]
        with pytest.raises(ImageError, match="CIELAB or of a sensor's own values"):
            read_image(tiff(pixels, photometric=photometric))

    def test_separate_planes(self, picture):
        content = tiff(np.moveaxis(picture[:, :, ::-1], 2, 0), planarconfig="separate")
        assert_close(read_image(content), picture, 0.01)

    @pytest.mark.parametrize("head", [b"P7\nWIDTH 1\n", b"PF\n1 1\n-1\n", b"Pf\n1 1\n-1\n"])
    def test_pam_and_pfm_are_refused(self, head):
        with pytest.raises(ImageError, match="PAM and PFM are not read"):
            read_image(head + bytes(100))


class TestContainers:
    def test_thumbnail_of_camera_raw_is_refused(self, picture):
        with pytest.raises(ImageError, match=r"thumbnail \(camera raw\?\)"):
            read_image(tiff(picture, subfiletype=1))

    def test_first_page_is_read(self, picture):
        assert_close(read_image(tiff(np.stack([picture[:, :, ::-1], 255 - picture]))), picture, 0.01)

    def test_heic_is_named(self):
        box = b"ftypheic\0\0\0\0mif1heic"
        with pytest.raises(ImageError, match="HEIC is not read; export it as JPEG"):
            read_image(struct.pack(">I", len(box) + 4) + box + bytes(100))

    @pytest.mark.parametrize("suffix", ["tiff", "ppm", pytest.param("avif", marks=needs_avif), "jp2", "png", "jpg"])
    @given(data=st.data())
    def test_damaged_header_is_an_image_error(self, headers, suffix, data):
        content = bytearray(headers[suffix])
        place = data.draw(st.integers(0, min(len(content) - 1, 300)))
        content[place] ^= data.draw(st.integers(1, 255))
        with contextlib.suppress(ImageError):
            assert read_image(content[: data.draw(st.integers(1, len(content)))]).ndim == 3


@pytest.fixture(scope="module")
def headers():
    image = np.zeros((32, 32, 3), np.uint8)
    image[8:16, 4:24] = 200
    return {suffix: encoded(f".{suffix}", image) for suffix in ["tiff", "ppm", "jp2", "png", "jpg"] + ["avif"] * AVIF}


def cmyk(picture):
    file = io.BytesIO()
    PIL.Image.fromarray(picture[:, :, ::-1]).convert("CMYK").save(file, "JPEG", quality=95)
    return file.getvalue()
