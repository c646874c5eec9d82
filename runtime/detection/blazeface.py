"""Face detection: the interface of a detector, and BlazeFace, the shipped one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_whole
from runtime.detection.letterbox import Letterbox, letterbox_image
from runtime.detection.nms import weighted_nms
from runtime.engine import Network
from runtime.errors import ModelError, OptionError

FARTHEST = 100
"""Sides of the input that no regression of a sound network exceeds."""

DAMAGED = "its weights are damaged, or the device computes wrongly (compare with device='cpu')"
"""Cause of outputs that no picture explains."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One detected face, in image pixels with pixel centres at integers. It may reach beyond the image.

    Attributes:
        box: (4,) float32 xyxy, around the face from the eyebrows to the chin.
        score: the detector's certainty, 0..1.
        keypoints: (6, 2) float32 x, y: right eye, left eye, nose tip, mouth centre, right ear, left ear;
            right is the person's own right, on the left of an unmirrored picture.
    """

    box: NDArray[np.float32]
    score: float
    keypoints: NDArray[np.float32]


class Detector(Protocol):
    """Anything that finds faces in one image."""

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR; best first, none is an empty list."""
        ...


@dataclass(frozen=True, slots=True)
class BlazeFaceSpec:
    """Layout of a BlazeFace network.

    Attributes:
        input_size: side of the square input in pixels, unless the user chooses another.
        anchors: (stride in input pixels, anchors per cell) of each feature map, in the order of the outputs.
    """

    input_size: int
    anchors: tuple[tuple[int, int], ...]

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> BlazeFaceSpec:
        """Read ``input_size`` and ``anchors`` (JSON, ``[[stride, per cell], ...]``) from a file's metadata.

        Raises:
            ModelError: one of them is missing or malformed.
        """
        try:
            anchors = tuple((int(stride), int(count)) for stride, count in json.loads(metadata["anchors"]))
            return cls(int(metadata["input_size"]), anchors)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                "the metadata of this detector lacks a readable 'input_size' or 'anchors' "
                f"({type(error).__name__}: {error}); export it with `python -m export detector`"
            ) from error

    @property
    def step(self) -> int:
        """Sides of the input must be multiples of this many pixels."""
        return max(stride for stride, _ in self.anchors)

    def anchor_centres(self, height: int, width: int) -> NDArray[np.float64]:
        """Return anchor centres (A, 2) x, y for an input of these sides, in pixels from the top-left corner."""
        centres = []
        for stride, per_cell in self.anchors:
            rows, columns = ((np.arange(side // stride) + 0.5) * stride for side in (height, width))
            cells = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
            centres.append(np.repeat(cells, per_cell, axis=0))
        return np.concatenate(centres)


class BlazeFace:
    """MediaPipe's BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047). Thread-safe and deterministic.

    Attributes:
        size: longer side of the network's input in pixels.
        step: the shorter side is a multiple of this; as long as ``size`` where the network takes squares only.
        fixed: the network takes no other size.

    Example::

        detector, report = open_detector(load_model("blazeface-back", "detector"))
        detections = detector(read_image("photo.jpg"))
    """

    def __init__(
        self,
        session: Network,
        spec: BlazeFaceSpec,
        *,
        min_score: float = 0.5,
        nms_threshold: float = 0.3,
        input_size: int | None = None,
    ) -> None:
        """Prepare a detector.

        Args:
            session: the network: ``image`` (N, H, W, 3) uint8 BGR in, ``regressions`` (N, A, 16) and
                ``logits`` (N, A, 1) out.
            spec: its layout.
            min_score: detections below this score are dropped, 0..1.
            nms_threshold: boxes that overlap by more than this intersection over union are one face, 0..1.
            input_size: longer side of the input instead of ``spec.input_size``; larger finds smaller faces. The
                shorter side follows the image, in steps of the network's largest stride, unless the network is made
                for squares.

        Raises:
            OptionError: an option is outside its range, or the network does not take this input size.
            ModelError: the session is not a BlazeFace network.
        """
        for name, value in (("min_score", min_score), ("nms_threshold", nms_threshold)):
            # Written so that NaN fails too.
            if not 0 <= value <= 1:
                raise OptionError(f"{name}={value} is outside 0..1")
        inputs = {each.name: each.shape for each in session.get_inputs()}
        outputs = {each.name for each in session.get_outputs()}
        if set(inputs) != {"image"} or outputs != {"regressions", "logits"}:
            raise ModelError(
                f"inputs {sorted(inputs)} and outputs {sorted(outputs)} are not a BlazeFace network's, "
                "which has 'image' in, 'regressions' and 'logits' out"
            )
        self._session = session
        height, width = inputs["image"][1:3]
        self.size = _input_size(height, spec, input_size)
        self.fixed = isinstance(height, int) or isinstance(width, int)
        self.step = self.size if self.fixed else spec.step
        self._spec = spec
        # one entry a shape of image: no more than size / step twice over
        self._anchors: dict[tuple[int, ...], NDArray[np.float64]] = {}
        self._min_score = min_score
        # scores are compared exactly, but only those that can pass; no score of less than 1e-43 is worth an overflow
        self._min_logit = math.log(min_score / (1 - min_score)) - 1e-3 if 1e-40 < min_score < 0.999 else -100.0
        self._nms_threshold = nms_threshold

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of an image (H, W, 3) uint8 BGR of any size; best first."""
        boxed = self.letterbox(image)
        return self.decode(*self.run(boxed.pixels), boxed)

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
        return sorted(found, key=lambda each: -each.score)

    def at_size(self, input_size: int) -> BlazeFace:
        """Return the same network with another input size; raises OptionError where it does not take it."""
        return BlazeFace(
            self._session,
            self._spec,
            min_score=self._min_score,
            nms_threshold=self._nms_threshold,
            input_size=input_size,
        )

    def letterbox(self, image: NDArray[np.uint8]) -> Letterbox:
        """Return the network's input for an image (H, W, 3) uint8 BGR."""
        return letterbox_image(image, self.size, self.step)

    def run(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network: pixels (H, W, 3) uint8 BGR -> regressions (A, 16) in input pixels, logits (A,).

        Raises:
            ModelError: the network gives NaN or infinite logits.
        """
        regressions, logits = self._session.run(["regressions", "logits"], {"image": pixels[None]})
        if not math.isfinite(np.add.reduce(logits, axis=None)):
            raise ModelError(f"the detector's network gives scores that are not finite: {DAMAGED}")
        return regressions[0], logits[0, :, 0]

    def decode(
        self, regressions: NDArray[np.float32], logits: NDArray[np.float32], boxed: Letterbox, quarter_turns: int = 0
    ) -> list[Detection]:
        """Decode the network's outputs into faces in image pixels; best first.

        Args:
            regressions: (A, 16) in input pixels.
            logits: (A,).
            boxed: the image in the input.
            quarter_turns: by how many times 90 degrees, counter-clockwise, the network saw ``boxed.pixels`` turned.

        Raises:
            ModelError: the network lacks the anchors that its metadata promises, or its outputs are invalid: NaN,
                infinite, or many inputs away.
        """
        height, width = boxed.pixels.shape[:2] if quarter_turns % 2 == 0 else boxed.pixels.shape[1::-1]
        anchors = self._anchor_centres((height, width))
        if len(regressions) != len(anchors):
            raise ModelError(
                f"the network gave {len(regressions)} anchors for an input of {width}x{height} pixels, "
                f"its metadata promises {len(anchors)}; "
                "export it again with `python -m export detector`"
            )
        likely = np.flatnonzero(logits >= self._min_logit)
        if not likely.size:
            return []
        # A regression row is centre, size, then keypoints; all but the size count from the anchor's centre.
        pairs = regressions[likely].astype(np.float64).reshape(len(likely), -1, 2)
        # written so that NaN fails
        if not np.maximum.reduce(np.abs(pairs), axis=None) <= FARTHEST * self.size:
            raise ModelError(f"the detector's network gives boxes that are not finite or far outside: {DAMAGED}")
        scores = 1 / (1 + np.exp(-logits[likely].astype(np.float64)))
        sizes = np.minimum.reduce(pairs[:, 1], axis=1)
        if np.minimum.reduce(scores) < self._min_score or np.minimum.reduce(sizes) <= 0:
            kept = (scores >= self._min_score) & (sizes > 0)
            pairs, scores, likely = pairs[kept], scores[kept], likely[kept]
        half_sizes = pairs[:, 1] / 2
        pairs += anchors[likely, None]
        np.add(pairs[:, 0], half_sizes, out=pairs[:, 1])
        pairs[:, 0] -= half_sizes
        merged, scores = weighted_nms(pairs.reshape(-1, regressions.shape[1]), scores, self._nms_threshold)
        points = merged.reshape(-1, *pairs.shape[1:])
        if quarter_turns:
            points = _turned_back(points, quarter_turns, height, width)
        found = boxed.to_image(points).astype(np.float32)
        return [
            Detection(points[:2].ravel(), score, points[2:])
            for points, score in zip(found, scores.tolist(), strict=True)
        ]

    def _anchor_centres(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        if shape not in self._anchors:
            self._anchors[shape] = self._spec.anchor_centres(*shape)
        return self._anchors[shape]


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


def _input_size(fixed: int | str | None, spec: BlazeFaceSpec, wanted: int | None) -> int:
    """Return the side to use; ``fixed`` is the network's own input height, an integer where it takes no other."""
    size = spec.input_size if wanted is None else wanted
    if isinstance(fixed, int) and size != fixed:
        raise OptionError(f"detector input_size={size}: this network takes {fixed} only")
    if not is_whole(size) or size <= 0 or size % spec.step:
        raise OptionError(
            f"detector input_size={size!r} is not a positive multiple of {spec.step}, the network's largest stride"
        )
    return int(size)
