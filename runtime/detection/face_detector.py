"""The face detector: letterbox, network, decoding and non-maximum suppression of one image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number, is_whole
from runtime.detection.detection import Detection
from runtime.detection.letterbox import Letterbox, letterbox_image
from runtime.detection.nms import weighted_nms
from runtime.detection.output_format import MAX_CANDIDATES, MAX_INPUT_SIDE, DetectorFormat
from runtime.engine import Network, run_network
from runtime.errors import ModelError, OptionError

MAX_FACES = 500
"""Most faces of one frame; of more, those with the highest scores are kept. More than any photograph shows at a size at
which detectors find them, and few enough that the landmark network and tracking take seconds, not minutes."""

FARTHEST = 100
"""Sides of the input that no coordinate of a sound network exceeds."""

DAMAGED = "its weights are damaged, or the device computes wrongly (compare with device='cpu')"
"""What numbers that no picture explains come from."""


class FaceDetector:
    """A detector's network and all around it. Thread-safe and deterministic.

    Attributes:
        size: longer side of the network's input in pixels.
        step: the shorter side is a multiple of this; as long as ``size`` where the network takes squares only.
        fixed: the network takes no other size.
        upright: the network was trained on upright faces alone.

    Example::

        detector, report = open_detector(load_model("blazeface-back", "detector"))
        detections = detector(read_image("photo.jpg"))
    """

    def __init__(
        self,
        session: Network,
        output_format: DetectorFormat,
        *,
        min_score: float = 0.5,
        nms_threshold: float = 0.3,
        input_size: int | None = None,
    ) -> None:
        """Prepare a detector.

        Args:
            session: the network.
            output_format: how it is fed and what its outputs mean, see :func:`detector_format`.
            min_score: detections below this score are dropped, 0..1.
            nms_threshold: boxes that overlap by more than this intersection over union are one face, 0..1.
            input_size: longer side of the input instead of the format's; larger finds smaller faces. The shorter side
                follows the image, in steps of the network's largest stride, unless the network is made for squares.

        Raises:
            OptionError: an option is outside its range, or the network does not take this input size.
            ModelError: the network takes one size only, and no square, or its file states sizes that no detector has.
        """
        for name, value in (("min_score", min_score), ("nms_threshold", nms_threshold)):
            # Written so that NaN fails too.
            if not (is_number(value) and 0 <= value <= 1):
                raise OptionError(f"{name}={value} is outside 0..1")
        self._session = session
        shape = list(session.get_inputs()[0].shape)
        if len(shape) != 4:
            raise ModelError(f"its input has the shape {shape}, one with four dimensions is needed; export it again")
        height, width = output_format.sides(shape)
        if isinstance(height, int) and isinstance(width, int) and height != width:
            raise ModelError(f"this detector takes {width}x{height} pixels only; one for squares or any size is needed")
        self.size = _input_size(height, output_format, input_size)
        self.fixed = isinstance(height, int) or isinstance(width, int)
        self.step = self.size if self.fixed else output_format.step
        self.upright = output_format.UPRIGHT
        self._format = output_format
        self._min_score = min_score
        # scores are compared exactly, but only those that can pass; no score of less than 1e-43 is worth an overflow
        self._min_logit = math.log(min_score / (1 - min_score)) - 1e-3 if 1e-40 < min_score < 0.999 else -100.0
        self._nms_threshold = nms_threshold

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR of any size; best first, :data:`MAX_FACES` at most."""
        boxed = self.letterbox(image)
        return self.decode(*self.run(boxed.pixels), boxed)

    def check(self) -> None:
        """Run the network on a black input and check all that it gives.

        Raises:
            ModelError: it does not run, or its outputs have another shape or type, or are not finite.
        """
        boxed = self.letterbox(np.zeros((64, 64, 3), np.uint8))
        values, logits = self.run(boxed.pixels)
        if not np.isfinite(values).all():
            raise ModelError(f"the detector's network gives numbers that are not finite: {DAMAGED}")
        self.decode(values, logits, boxed)

    def turned(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR that is turned by 90, 180 and 270 degrees first; best first.

        The network was trained on upright faces. Detections are in the pixels of the image as it is, and a face that
        is found in several of the three has one for each. Takes three times as long as a call.
        """
        boxed = self.letterbox(image)
        found: list[Detection] = []
        for turns in (1, 2, 3):
            pixels = np.ascontiguousarray(np.rot90(boxed.pixels, turns))
            found += self.decode(*self.run(pixels), boxed, turns)
        return sorted(found, key=lambda each: -each.score)[:MAX_FACES]

    def at_size(self, input_size: int) -> FaceDetector:
        """Return the same network with another input size; raises OptionError where it does not take it."""
        return FaceDetector(
            self._session,
            self._format,
            min_score=self._min_score,
            nms_threshold=self._nms_threshold,
            input_size=input_size,
        )

    def letterbox(self, image: NDArray[np.uint8]) -> Letterbox:
        """Return the network's input for an image (H, W, 3) uint8 BGR."""
        return letterbox_image(image, self.size, self.step)

    def run(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network.

        Args:
            pixels: (H, W, 3) uint8 BGR.

        Returns:
            values (A, V) of all candidates, which :meth:`decode` takes, and the logits (A,) of their scores.

        Raises:
            ModelError: the network does not run on them, its outputs have another shape or type, or it gives NaN or
                infinite logits.
        """
        outputs = run_network(self._session, self._format.OUTPUTS, self._format.INPUT, self._format.feed(pixels))
        values, logits = self._format.split(outputs)
        if not np.isfinite(logits).all():
            raise ModelError(f"the detector's network gives scores that are not finite: {DAMAGED}")
        return values, logits

    def decode(
        self, values: NDArray[np.float32], logits: NDArray[np.float32], boxed: Letterbox, quarter_turns: int = 0
    ) -> list[Detection]:
        """Decode the network's outputs into faces in image pixels; best first.

        Args:
            values: (A, V), see :meth:`run`.
            logits: (A,).
            boxed: the image in the input.
            quarter_turns: by how many times 90 degrees, counter-clockwise, the network saw ``boxed.pixels`` turned.

        Raises:
            ModelError: the network has not the candidates that its format promises, or gives numbers that no picture
                explains: NaN, infinite, or many inputs away.
        """
        height, width = boxed.pixels.shape[:2] if quarter_turns % 2 == 0 else boxed.pixels.shape[1::-1]
        likely = np.flatnonzero(logits >= self._min_logit)
        pairs = self._format.decode(values, likely, height, width)
        if not likely.size:
            return []
        # written so that NaN fails
        if not np.maximum.reduce(np.abs(pairs), axis=None) <= FARTHEST * self.size:
            raise ModelError(f"the detector's network gives boxes that are not finite or far outside: {DAMAGED}")
        scores = 1 / (1 + np.exp(-logits[likely].astype(np.float64)))
        sizes = np.minimum.reduce(pairs[:, 1], axis=1)
        if np.minimum.reduce(scores) < self._min_score or np.minimum.reduce(sizes) <= 0:
            kept = (scores >= self._min_score) & (sizes > 0)
            pairs, scores = pairs[kept], scores[kept]
        half_sizes = pairs[:, 1] / 2
        np.add(pairs[:, 0], half_sizes, out=pairs[:, 1])
        pairs[:, 0] -= half_sizes
        merged, scores = weighted_nms(pairs.reshape(-1, 2 * pairs.shape[1]), scores, self._nms_threshold, MAX_FACES)
        points = merged.reshape(-1, *pairs.shape[1:])
        if quarter_turns:
            points = _turned_back(points, quarter_turns, height, width)
        found = boxed.to_image(points).astype(np.float32)
        return [
            Detection(points[:2].ravel(), score, points[2:], self._format.GEOMETRY)
            for points, score in zip(found, scores.tolist(), strict=True)
        ]


def _turned_back(points: NDArray[np.float64], quarter_turns: int, height: int, width: int) -> NDArray[np.float64]:
    """Map boxes and keypoints (N, 2 + K, 2) of a turned input (height x width pixels) to the input before the turn.

    The first two points of each row are a box's corners and become its corners again, xyxy.
    """
    for _ in range(quarter_turns):
        # one turn clockwise, measured from the top-left corner
        points = np.stack([height - points[..., 1], points[..., 0]], axis=-1)
        height, width = width, height
    corners = points[:, :2]
    points[:, :2] = np.stack([corners.min(axis=1), corners.max(axis=1)], axis=1)
    return points


def _input_size(fixed: int | str | None, output_format: DetectorFormat, wanted: int | None) -> int:
    """Return the side to use; ``fixed`` is the network's own input height, an integer where it takes no other."""
    own = fixed if isinstance(fixed, int) else output_format.input_size
    if not 0 < own <= MAX_INPUT_SIDE or own % output_format.step or output_format.candidates(own, own) > MAX_CANDIDATES:
        raise ModelError(
            f"input_size {own} makes no sense: a multiple of {output_format.step}, its largest stride, up to "
            f"{MAX_INPUT_SIDE} pixels with at most {MAX_CANDIDATES} candidates is needed; export it again"
        )
    size = own if wanted is None else wanted
    if isinstance(fixed, int) and size != fixed:
        raise OptionError(f"detector input_size={size}: this network takes {fixed} only")
    if not is_whole(size) or size <= 0 or size % output_format.step:
        raise OptionError(
            f"detector input_size={size!r} is not a positive multiple of {output_format.step}, "
            "the network's largest stride"
        )
    if output_format.candidates(size, size) > MAX_CANDIDATES:
        raise OptionError(
            f"detector input_size={size}: more than {MAX_CANDIDATES} candidates; choose a smaller one, or cut the "
            "picture into parts"
        )
    return int(size)
