"""Overlays: landmarks, contours, box, confidence, track number and head axes drawn on a copy of a frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.face_parts import CONTOUR_POINTS, CONTOURS
from runtime.faces import Face
from runtime.irises import Irises
from runtime.media.images import as_bgr

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255 each."""

INK: Colour = (32, 24, 20)
"""The dark outline under every light stroke, which keeps it legible on light skin."""

TRACK_COLOURS: tuple[Colour, ...] = (
    (255, 255, 255),
    (120, 220, 255),
    (255, 200, 120),
    (150, 255, 170),
    (230, 160, 255),
    (140, 170, 255),
    (250, 250, 140),
)
"""Colours of boxes by the number of the track; they come round."""

AXIS_COLOURS: tuple[Colour, ...] = ((80, 80, 255), (110, 230, 110), (255, 160, 70))
"""Colours of a head's axes: x, y, z."""

IRIS_COLOUR: Colour = (60, 200, 255)

CIRCLE_CORNERS = 48

FARTHEST = 2**21
"""Pixels from the image's corner beyond which nothing is placed: twice the longest side that an image may have."""

MAX_FACE = 4
"""Longer sides of the image by which widths and text of a larger face are measured."""

MAX_TEXT = 1000
"""Tallest letters in pixels: OpenCV's time grows with the square of the height, and at 16000 it ends the process."""

MAX_SCALE = 100.0
"""Largest ``Style.scale``."""

MAX_THICKNESS = 32767
"""Thickest line that OpenCV draws, in pixels."""

_SHIFT = 4
"""Fractional bits of the coordinates that cv2 draws at: a sixteenth of a pixel."""


SWITCHES = ("contours", "points", "irises", "numbers", "box", "confidence", "track", "axes")
"""Attributes of :class:`Style` that are true or false."""


def _palette() -> dict[str, Colour]:
    eyes, brows, nose, lips = (210, 255, 100), (255, 170, 205), (110, 235, 255), (170, 130, 255)
    return {
        "jaw": (255, 205, 110),
        "right_brow": brows,
        "left_brow": brows,
        "nose_bridge": nose,
        "nostrils": nose,
        "right_eye": eyes,
        "left_eye": eyes,
        "outer_lips": lips,
        "inner_lips": lips,
    }


@dataclass(frozen=True, slots=True)
class Style:
    """Elements that are drawn, and how.

    Attributes:
        contours: lines along jaw, brows, nose, eyes and lips.
        points: a dot at each of the 68 landmarks.
        irises: a circle on each iris, with its centre, and the direction of gaze as a line; where a face has irises.
        numbers: the number of each landmark, 0..67, beside it; made for large faces.
        box: the corners of the detection box.
        confidence: ``Face.confidence`` after the word "face", above the box: how certain the landmark network is that
            there is a face. The detector's score is not drawn.
        track: the number of a face that is followed, above the box; the box then has the number's own colour.
        axes: the head's axes beside the box's lower right corner: x red, y green, z (out of the face) blue.
        scale: factor on every width and size; these otherwise follow the face's size and the image's.
        colours: one colour for each name in :data:`runtime.face_parts.CONTOURS`.
        frame_colour: of the box and the confidence, unless the face has a number that is shown.

    Raises:
        OptionError: ``scale`` is not positive or above 100, a switch is not True or False, or a contour has no colour.
    """

    contours: bool = True
    points: bool = True
    irises: bool = True
    numbers: bool = False
    box: bool = True
    confidence: bool = True
    track: bool = True
    axes: bool = True
    scale: float = 1.0
    colours: dict[str, Colour] = field(default_factory=_palette)
    frame_colour: Colour = (255, 255, 255)

    def __post_init__(self) -> None:
        if not (is_number(self.scale) and 0 < self.scale <= MAX_SCALE):
            raise OptionError(f"scale={self.scale!r} is not a positive number of at most {MAX_SCALE:g}")
        for name in SWITCHES:
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise OptionError(f"{name}={getattr(self, name)!r}: True or False is needed")
        if not isinstance(self.colours, Mapping):
            raise OptionError(f"colours={self.colours!r}: a dictionary of (blue, green, red) by name is needed")
        named = [(f"colours[{name!r}]", colour) for name, colour in self.colours.items()]
        for name, colour in [*named, ("frame_colour", self.frame_colour)]:
            if not _is_colour(colour):
                raise OptionError(f"{name}={colour!r}: (blue, green, red) with numbers in 0..255 is needed")
        missing = [name for name, _ in CONTOURS if name not in self.colours]
        if missing:
            raise OptionError(f"colours lacks {', '.join(missing)}")


def _is_colour(value: Any) -> bool:
    return (
        isinstance(value, (tuple, list))
        and len(value) == 3
        and all(is_number(each) and 0 <= each <= 255 for each in value)
    )


def draw_faces(image: NDArray[np.uint8], faces: Iterable[Face] | Face, style: Style | None = None) -> NDArray[np.uint8]:
    """Draw faces on a copy of an image.

    Args:
        image: (H, W, 3) uint8 BGR, or any other image that a predictor takes; it is not modified.
        faces: what a predictor found in it, or one of them; the first one comes out on top. A face whose points or box
            are not finite is not drawn; what lies far outside of the image is clipped, and costs no time.
        style: what to draw; everything but numbers by default.

    Returns:
        A new image (H, W, 3) uint8 BGR. Pixels that no stroke touches are those of the input.

    Raises:
        ImageError: ``image`` is not an image.
        OptionError: ``faces`` are no faces, or ``style`` is no :class:`Style`.

    Example::

        cv2.imwrite("faces.png", draw_faces(image, predictor(image)))
    """
    canvas: NDArray[np.uint8] = as_bgr(image).copy()
    if style is not None and not isinstance(style, Style):
        raise OptionError(f"style={style!r}: a Style is needed, such as Style(points=False)")
    for face in reversed(_faces(faces)):
        _draw_face(canvas, face, style or Style())
    return canvas


def _faces(given: Any) -> list[Face]:
    """Return the faces as a list."""
    if isinstance(given, Face):
        return [given]
    if isinstance(given, Iterable) and not isinstance(given, np.ndarray):
        faces = list(given)
        if all(isinstance(face, Face) for face in faces):
            return faces
        kind = f"a list that holds {next(type(face).__name__ for face in faces if not isinstance(face, Face))}"
    else:
        kind = type(given).__name__
    hint = "; give its faces" if hasattr(given, "faces") else "; a batch has one list for each image"
    raise OptionError(f"faces: a Face or a list of them is needed, as a predictor gives them, not {kind}{hint}")


def _draw_face(canvas: NDArray[np.uint8], face: Face, style: Style) -> None:
    height, width = canvas.shape[:2]
    if not (np.isfinite(face.landmarks[:, :2]).all() and np.isfinite(face.box).all()):
        return
    points = np.clip(face.landmarks[:, :2].astype(np.float64), -FARTHEST, FARTHEST)
    box = np.clip(face.box.astype(np.float64), -FARTHEST, FARTHEST)
    size = min(max(float(np.ptp(points, axis=0).max()), 1.0), float(MAX_FACE * max(height, width)))
    # Strokes grow slower than faces: fine on a portrait, still there on a face of 40 pixels.
    stroke = min(style.scale * max(0.6, 0.05 * size**0.65), float(max(height, width)))
    # Text must stay readable when a large photograph is scaled down to the screen.
    text = style.scale * max(7.0, 0.06 * size, min(0.011 * max(height, width), 0.16 * size))
    text = min(text, 7.0 + max(height, width), MAX_TEXT)
    label = _label(face, style)
    label_width = _text_width(label, text) + text
    # left of the image's edge, where the whole label has room
    label_x = max(0.0, min(float(box[0]), width - label_width))
    label_end = [label_x + label_width, float(box[1])]
    corners = np.concatenate([points, box.reshape(2, 2), [label_end]])
    reach = 2.5 * text + 0.3 * size
    low = np.clip(np.floor(corners.min(axis=0) - reach), 0, (width, height)).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + reach), 0, (width, height)).astype(int)
    if (low >= high).any():
        return
    patch = canvas[low[1] : high[1], low[0] : high[0]]
    pen = _Pen(patch, low, stroke)
    frame_colour = style.frame_colour
    if style.track and face.track is not None:
        frame_colour = TRACK_COLOURS[face.track % len(TRACK_COLOURS)]
    if style.box:
        _draw_box(pen, box, frame_colour)
    if style.axes and all(map(math.isfinite, (face.pose.yaw, face.pose.pitch, face.pose.roll))):
        _draw_axes(pen, face, box, (width, height))
    if style.contours:
        _draw_contours(pen, points, style)
    if style.points:
        _draw_points(pen, points, style)
    if style.irises and face.irises is not None:
        _draw_irises(pen, face.irises)
    if style.numbers:
        _draw_numbers(pen, points, size, style)
    if label:
        _draw_label(pen, box, label, label_x, text, frame_colour)
    patch[:] = pen.finish()


class _Pen:
    """Strokes of fractional width and position on a part of an image.

    cv2 draws lines in whole pixels of width. The pen draws on a copy enlarged by a whole factor and averages
    it down: pixels that were not drawn on come back exactly as they were.
    """

    def __init__(self, patch: NDArray[np.uint8], origin: NDArray[np.int_], stroke: float) -> None:
        self.stroke = stroke
        self.origin = origin
        self.size = patch.shape[1], patch.shape[0]
        self.factor = int(np.clip(math.ceil(3 / stroke), 1, 4))
        enlarged = self.size[0] * self.factor, self.size[1] * self.factor
        self.canvas = cv2.resize(patch, enlarged, interpolation=cv2.INTER_NEAREST)

    def finish(self) -> NDArray[np.uint8]:
        return cv2.resize(self.canvas, self.size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]

    def lines(self, points: NDArray[np.floating], colour: Colour, width: float, *, closed: bool = False) -> None:
        """Draw a polyline through points (K, 2) in image pixels; ``width`` in strokes."""
        thickness = min(max(1, round(width * self.stroke * self.factor)), MAX_THICKNESS)
        cv2.polylines(self.canvas, [self._fixed(points)], closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def dot(self, point: NDArray[np.floating], colour: Colour, radius: float) -> None:
        """Draw a filled circle at a point (2,) in image pixels; ``radius`` in strokes."""
        x, y = self._fixed(point[None])[0].tolist()
        fixed_radius = round(radius * self.stroke * self.factor * 2**_SHIFT)
        cv2.circle(self.canvas, (x, y), fixed_radius, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def text(self, text: str, x: float, y: float, height: float, colour: Colour) -> None:
        """Draw outlined text with capitals ``height`` image pixels high; its base line starts at (x, y)."""
        left, base = self._fixed(np.array([[x, y]]))[0] / 2**_SHIFT
        width, rows = self.canvas.shape[1], self.canvas.shape[0]
        height = min(height * self.factor, MAX_TEXT)
        # OpenCV takes as long for letters outside of the picture, and ends the process for those far outside
        if not (-2 * height - _text_width(text, height) < left < width + height and -height < base < rows + 2 * height):
            return
        thickness = max(1, round(0.12 * height))
        # Copies around the text: what thickness means for fonts differs between releases of OpenCV.
        around = [(math.cos(turn), math.sin(turn)) for turn in np.linspace(0, 2 * math.pi, 8, endpoint=False)]
        for dx, dy, ink in [(*offset, INK) for offset in around] + [(0.0, 0.0, colour)]:
            place = round(left + 0.13 * height * dx), round(base + 0.13 * height * dy)
            scale = height / _CAPITAL_HEIGHT
            cv2.putText(self.canvas, text, place, _FONT, scale, ink, thickness, cv2.LINE_AA)

    def _fixed(self, points: NDArray[np.floating]) -> NDArray[np.int32]:
        enlarged = (points - self.origin + 0.5) * self.factor - 0.5
        fixed: NDArray[np.int32] = np.rint(enlarged * 2**_SHIFT).astype(np.int32)
        return fixed


_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL_HEIGHT = 21
"""Height of a capital of this font at scale 1, in pixels."""


def _text_width(text: str, height: float) -> float:
    return cv2.getTextSize(text, _FONT, 10.0, 1)[0][0] / 10 * height / _CAPITAL_HEIGHT


def _draw_contours(pen: _Pen, points: NDArray[np.float64], style: Style) -> None:
    for width, dark in ((2.2, True), (1.0, False)):
        for name, closed in CONTOURS:
            colour = INK if dark else style.colours[name]
            pen.lines(points[list(CONTOUR_POINTS[name])], colour, width, closed=closed)


def _draw_points(pen: _Pen, points: NDArray[np.float64], style: Style) -> None:
    for radius, dark in ((1.75, True), (1.15, False)):
        for name, _ in CONTOURS:
            for point in points[list(CONTOUR_POINTS[name])]:
                pen.dot(point, INK if dark else style.colours[name], radius)


def _draw_irises(pen: _Pen, irises: Irises) -> None:
    """Draw both irises, and from each a line of three diameters along the gaze, as long as the image shows it."""
    yaw, pitch = math.radians(irises.gaze_yaw), math.radians(irises.gaze_pitch)
    gaze = np.array([math.sin(yaw) * math.cos(pitch), -math.sin(pitch)])
    for iris in (irises.right, irises.left):
        if not (abs(iris.x) <= FARTHEST and abs(iris.y) <= FARTHEST and 0 < iris.diameter <= FARTHEST):
            continue
        centre = np.array([iris.x, iris.y])
        turns = np.linspace(0, 2 * math.pi, CIRCLE_CORNERS, endpoint=False)
        rim = centre + iris.diameter / 2 * np.column_stack([np.cos(turns), np.sin(turns)])
        for width, colour in ((1.8, INK), (0.9, IRIS_COLOUR)):
            pen.lines(rim, colour, width, closed=True)
            if np.isfinite(gaze).all():
                pen.lines(np.stack([centre, centre + 3 * iris.diameter * gaze]), colour, width)
            pen.dot(centre, colour, width)


def _draw_numbers(pen: _Pen, points: NDArray[np.float64], size: float, style: Style) -> None:
    height = max(0.016 * size, 3.0) * style.scale
    for name, closed in CONTOURS:
        region = points[list(CONTOUR_POINTS[name])]
        # Outwards from the region, or from the face for open lines, so that numbers clear the contours.
        middle = region.mean(axis=0) if closed else points[27:31].mean(axis=0)
        for number, point in zip(CONTOUR_POINTS[name], region, strict=True):
            away = point - middle
            away *= (-1 if name == "inner_lips" else 1) / max(float(np.hypot(*away)), 1e-6)
            label = str(number)
            centre = point + away * (height + 2 * pen.stroke)
            x, y = centre[0] - _text_width(label, height) / 2, centre[1] + height / 2
            pen.text(label, x, y, height, style.colours[name])


def _draw_box(pen: _Pen, box: NDArray[np.float64], frame_colour: Colour) -> None:
    x1, y1, x2, y2 = (float(value) for value in box)
    arm = 0.14 * min(x2 - x1, y2 - y1)
    for width, colour in ((2.6, INK), (1.4, frame_colour)):
        for x, to_x in ((x1, arm), (x2, -arm)):
            for y, to_y in ((y1, arm), (y2, -arm)):
                pen.lines(np.array([[x + to_x, y], [x, y], [x, y + to_y]]), colour, width)


def _label(face: Face, style: Style) -> str:
    number = f"#{face.track}" if style.track and face.track is not None else ""
    confidence = f"face {face.confidence:.2f}" if style.confidence else ""
    return f"{number}  {confidence}".strip()


def _draw_label(pen: _Pen, box: NDArray[np.float64], label: str, x: float, text: float, colour: Colour) -> None:
    y = float(box[1]) - 0.6 * text
    if y - text < pen.origin[1]:
        y = float(box[1]) + 1.8 * text
        x += 0.6 * text
    pen.text(label, x, y, text, colour)


def _draw_axes(pen: _Pen, face: Face, box: NDArray[np.float64], limits: tuple[int, int]) -> None:
    side = float(min(box[2] - box[0], box[3] - box[1]))
    length = max(0.12 * side, 8.0)
    corner = np.array([box[2] + 0.6 * length, box[3] - length], dtype=np.float64)
    origin = np.clip(corner, length, np.maximum(np.array(limits) - length, length))
    axes = list(zip(face.pose.axes(), AXIS_COLOURS, strict=True))
    # The axis that points away from the camera most is drawn first.
    axes.sort(key=lambda pair: -float(pair[0][2]))
    for width, dark in ((2.8, True), (1.6, False)):
        for axis, colour in axes:
            tip = origin + length * axis[:2]
            pen.lines(np.stack([origin, tip]), INK if dark else colour, width)
            # A head that faces the camera shows its z axis end on: only its tip is visible.
            if colour == AXIS_COLOURS[2]:
                pen.dot(tip, INK if dark else colour, width)
