"""Panels and text of the live picture: legible on everything, harmless beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.live.overlay import notices
from runtime.live.overlay.colours import CHIP, DARK, DIM, GRAY, MINT, WHITE
from runtime.live.overlay.hud import Hud, unit
from runtime.live.overlay.panel import Align, Panel, rounded
from runtime.live.state.networks import Difference
from runtime.live.state.reading import LaneNumbers, Numbers, PanelSize, short
from runtime.media.text import text_mask, text_width

LANES = (
    LaneNumbers("full", {"network": 2.4, "detect": 3.5, "landmarks": 0.6, "track": 0.2}, 2),
    LaneNumbers("trimmed", {"network": 1.7, "landmarks": 0.4, "track": math.nan}, 0),
)
SIZES = [(320, 240), (640, 480), (1280, 720), (1920, 1080), (480, 640)]


def numbers(lanes):
    return Numbers(
        lanes=LANES[:lanes],
        fps=29.97,
        loop={"draw": 2.1, "show": 0.4},
        latency=11.0,
        device="cpu, 1 thread",
        frame=(640, 480),
        dropped=3,
        detector="blazeface-back",
        tracking=True,
        smoothing=False,
        apart=Difference(1.3, 1.1) if lanes == 2 else None,
    )


def with_hud(image, lanes=1, panel=PanelSize.WHOLE):
    hud, (height, width) = Hud(), image.shape[:2]
    hud.update(numbers(lanes), (width, height), [0, width // 2][:lanes], 0.0, None, panel)
    drawn = image.copy()
    hud.paste(drawn)
    return drawn


def luminance(colour):
    """Relative luminance of a BGR colour after WCAG 2.2."""
    blue, green, red = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.array(colour) / 255)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [WHITE, GRAY, MINT])
@pytest.mark.parametrize("behind", [0, 128, 255])
def test_text_stands_out_on_any_picture(colour, behind):
    image = np.full((40, 40, 3), behind, np.uint8)
    Panel(40, 40, 4).paste(image, 0, 0)
    assert contrast(colour, image[20, 20]) >= (7.0 if colour == WHITE else 4.5)


@pytest.mark.parametrize(("ink", "chip"), [(DIM, CHIP), (DARK, MINT)])
def test_switches_can_be_read_on_and_off(ink, chip):
    assert contrast(ink, chip) >= 3.0 and contrast(MINT, CHIP) >= 3.0


@pytest.mark.parametrize(("lanes", "size"), [*((1, size) for size in SIZES), (2, (640, 240)), (2, (1284, 480))])
def test_numbers_leave_most_of_the_picture_alone(lanes, size):
    image = np.full((size[1], size[0], 3), 200, np.uint8)
    touched = (with_hud(image, lanes) != image).any(axis=2)
    assert 0 < touched.mean() < 0.4
    assert not touched[[0, -1]].any() and not touched[:, [0, -1]].any()


@pytest.mark.parametrize("lanes", [1, 2])
def test_numbers_grow_with_the_window(lanes):
    small, large = (np.full((480 * factor, 640 * factor * lanes, 3), 200, np.uint8) for factor in (1, 3))
    small, large = ((with_hud(image, lanes) != 200).any(axis=2).mean() for image in (small, large))
    assert large == pytest.approx(small, rel=0.1)


@pytest.mark.parametrize("lanes", [1, 2])
def test_few_numbers_take_little_room(lanes):
    image = np.full((480, 640 * lanes, 3), 200, np.uint8)
    whole, few = (with_hud(image, lanes, size)[:300] != 200 for size in (PanelSize.WHOLE, PanelSize.SMALL))
    assert 0 < few.sum() < 0.5 * whole.sum()


def test_numbers_stand_still_until_it_is_time_or_something_is_switched():
    hud = Hud()
    assert hud.due(0.0, "a")
    hud.update(numbers(1), (640, 480), [0], 0.0, "a")
    assert not hud.due(0.1, "a")
    assert hud.due(0.1, "b")
    assert hud.due(0.3, "a")


@pytest.mark.parametrize("size", SIZES)
def test_help_fits_the_picture(size):
    panel = notices.help_panel(size, unit(size))
    assert panel.width <= size[0] and panel.height <= size[1]


@pytest.mark.parametrize("size", SIZES)
def test_columns_of_the_help_do_not_run_into_each_other(size):
    """Between the two columns there is a strip without text, from the first row to the line above the last."""
    panel = notices.help_panel(size, unit(size))
    image = np.zeros((panel.height, panel.width, 3), np.uint8)
    panel.paste(image, 0, 0)
    above = image[: int(0.8 * panel.height)].max(axis=(0, 2))
    middle = above[int(0.3 * panel.width) : int(0.7 * panel.width)] < 40
    assert middle.any()
    inside = image[:, int(0.97 * panel.width) : -2].max()
    assert inside < 40, "text reaches the right edge"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=80), st.integers(60, 2000))
def test_messages_fit_the_picture(text, room):
    assert notices.message(text, 9.0, room).width <= room


@pytest.mark.parametrize("height", [7.0, 9.0, 14.5, 40.0])
@pytest.mark.parametrize("bold", [False, True])
def test_text_has_the_height_asked_for_and_stays_in_its_place(height, bold):
    mask = text_mask("HHH", height, bold)
    rows = np.flatnonzero(mask.max(axis=1) > 100)
    assert rows.size == pytest.approx(height, abs=max(1.5, 0.25 * height))
    wide = text_mask("gyjQ|Mm", height, bold)
    assert wide[0].max() < 100 and wide[-1].max() < 100
    assert wide[:, 0].max() < 100 and wide[:, -1].max() < 100


def test_text_is_smooth():
    mask = text_mask("Rubik 68", 14.0)
    assert ((mask > 20) & (mask < 235)).sum() > 0.2 * (mask > 20).sum()


@pytest.mark.parametrize("align", Align)
def test_text_is_aligned_by_its_ink(align):
    panel = Panel(200, 40, 0, opacity=0.0)
    panel.text("HHHH", 100, 30, 12, WHITE, align=align)
    image = np.zeros((40, 200, 3), np.uint8)
    panel.paste(image, 0, 0)
    columns = np.flatnonzero(image.max(axis=(0, 2)) > 100)
    place = columns[0] + align.value * (columns[-1] - columns[0])
    assert place == pytest.approx(100, abs=3)


@given(st.integers(-80, 120), st.integers(-80, 120))
def test_panel_may_reach_beyond_the_picture_on_every_side(x, y):
    panel = Panel(60, 50, 10, opacity=1.0)
    image = np.full((70, 80, 3), 255, np.uint8)
    panel.paste(image, x, y)
    whole = np.full((270, 280, 3), 255, np.uint8)
    panel.paste(whole, x + 100, y + 100)
    np.testing.assert_array_equal(image, whole[100:170, 100:180])


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 40))
def test_rounded_rectangles_are_symmetric_and_full_inside(width, height, radius):
    mask = rounded(width, height, radius)
    np.testing.assert_array_equal(mask, mask[::-1])
    np.testing.assert_array_equal(mask, mask[:, ::-1])
    assert mask.max() >= 127


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("full", "full"),
        ("/models/my-face.onnx", "my-face"),
        (r"C:\models\a.onnx", "a"),
        ("abcdefghijklmnop", "abcdefgh.."),
    ],
)
def test_names_of_networks_are_short(name, shown):
    assert short(name, 10) == shown


def test_banners_and_dot_draw_something_of_their_own():
    pictures = []
    for panel in (
        notices.paused(9.0),
        notices.banner("camera 0 is gone", "looking for it, attempt 3", 9.0, 640),
        notices.recording(75.0, 9.0),
    ):
        image = np.zeros((200, 640, 3), np.uint8)
        notices.centred(panel, image)
        pictures.append(image)
    assert all(picture.max() > 200 for picture in pictures)
    red = (pictures[2][..., 2] > 200) & (pictures[2][..., 1] < 120)
    assert red.sum() > 30


@pytest.mark.parametrize("room", [1, 60, 640])
@pytest.mark.parametrize(
    "text", ["camera 0 is gone", "rtsp://192.168.1.20:554/stream/1?track=video is gone", "n" * 999]
)
def test_texts_of_any_length_fit_pictures_of_any_width(text, room):
    for panel in (notices.message(text, 9.0, room), notices.banner(text, "waiting for the first frame", 9.0, room)):
        assert panel.width <= max(room, 2)


def test_width_of_text_grows_with_its_length():
    assert text_width("ab", 10) < text_width("abc", 10) < text_width("abc", 20)
