"""Comparison of two landmark networks on one machine and on the same pictures."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from runtime.bench.agreement import Pair, pair, spreads
from runtime.bench.machine import this_machine, usable_cpus
from runtime.bench.pipeline import network_computations
from runtime.bench.resources import paced
from runtime.bench.results import Results, Row
from runtime.bench.rows import timed_rows
from runtime.bench.suite import precision_of, sizes
from runtime.bench.timing import WARM_UP_CALLS, Advance, Compute, opencv_threads
from runtime.errors import ImageError, OptionError
from runtime.media.video import DEFAULT_FPS, Frame
from runtime.pipeline import MIN_CONFIDENCE, FrameResult
from runtime.predictor import Predictor

CLIP = 30
"""Number of frames on which speed is measured repeatedly: a second of a stream."""


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """Options of a comparison.

    Attributes:
        models: two landmark networks by name or path.
        detector, device, threads, min_confidence: as :class:`runtime.Predictor` takes them.
        rounds: number of timed calls for each latency.
        warm_up: number of untimed calls of each computation before.
        paced_seconds: seconds for which each network runs at a camera's rate.

    Raises:
        OptionError: both networks are the same, or there is nothing to measure.
    """

    models: tuple[str, str] = ("full", "trimmed")
    detector: str = "blazeface-back"
    device: str = "auto"
    threads: int = 1
    min_confidence: float = MIN_CONFIDENCE
    rounds: int = 150
    warm_up: int = WARM_UP_CALLS
    paced_seconds: float = 4.0

    def __post_init__(self) -> None:
        if self.models[0] == self.models[1]:
            raise OptionError(f"{self.models[0]} cannot be compared with itself: name another network")
        if self.rounds < 1 or not self.paced_seconds > 0:
            raise OptionError(f"rounds={self.rounds}, paced_seconds={self.paced_seconds}: more than 0 is needed")

    @property
    def steps(self) -> int:
        """Number of timing measurements."""
        return 6 * self.rounds + 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results of a comparison.

    Attributes:
        results: the figures.
        pairs: every face with the points of both networks.
        models: names of both networks.
    """

    results: Results
    pairs: tuple[Pair, ...]
    models: tuple[str, str]


class Playback:
    """A predictor on a repeated clip, with or without tracking; each call processes the next frame.

    Attributes:
        period: number of calls after which the work repeats itself.
    """

    def __init__(self, predictor: Predictor, clip: Sequence[Frame], *, tracked: bool) -> None:
        """Start the clip.

        Args:
            predictor: an open predictor.
            clip: at least one frame; a single one is a still picture.
            tracked: whether to use the predictor's tracker.
        """
        self._predictor = predictor
        self._tracker = predictor.tracker() if tracked else None
        self._frames = itertools.cycle(clip)
        self._still = len(clip) == 1
        self._count = 0
        self.period = CLIP // 2 if self._still and tracked else len(clip)

    def __call__(self) -> object | FrameResult:
        """Process the next frame."""
        frame = next(self._frames)
        self._count += 1
        if self._tracker is None:
            return self._predictor(frame.image)
        return self._tracker(frame.image, self._count / DEFAULT_FPS if self._still else frame.time)


def compare(
    frames: Iterable[tuple[str, Frame]],
    options: ComparisonOptions,
    *,
    video: bool,
    advance: Advance = lambda count: None,
) -> Comparison:
    """Compare two networks.

    Args:
        frames: names and pictures; the points are compared on all of them.
        options: the networks and settings.
        video: whether the frames are those of one video; speed is then measured on its first :data:`CLIP` frames from
            the first face on. Otherwise it is measured on the first picture with a face, as on a still scene.
        advance: called with the number of measurements done, ``options.steps`` in total.

    Raises:
        ImageError: there is no face in the pictures.
        LandmarksError: a network cannot be loaded, or the device is not available.
    """
    load = os.getloadavg()[0] / usable_cpus() if hasattr(os, "getloadavg") else None
    first, second = options.models
    with ExitStack() as stack:
        stack.enter_context(opencv_threads(options.threads))
        predictors = {
            model: stack.enter_context(
                Predictor(
                    model,
                    detector=options.detector,
                    device=options.device,
                    threads=options.threads,
                    min_confidence=options.min_confidence,
                )
            )
            for model in options.models
        }
        pairs, clip = _pairs(frames, predictors[first], predictors[second], video)
        if not pairs:
            raise ImageError("no face was found in any of the pictures: use pictures with faces")
        rows = [*_speed(predictors, clip, options, advance), *sizes(options.models)]
        device = predictors[first].report().landmarks.device
    for spread in spreads(pairs):
        row = Row("agreement", spread.name, f"{second} against {first}", unit="% of the eyes' distance")
        rows.append(replace(row, value=spread.mean, p95=spread.p95, rounds=len(pairs)))
    results = Results(this_machine(), device, options.threads, precision_of(first), load, tuple(rows))
    return Comparison(results, tuple(pairs), options.models)


def _pairs(
    frames: Iterable[tuple[str, Frame]], first: Predictor, second: Predictor, video: bool
) -> tuple[list[Pair], list[Frame]]:
    """Return the points of both networks for every face, and the clip on which speed is measured."""
    pairs: list[Pair] = []
    clip: list[Frame] = []
    for name, frame in frames:
        # both predictors have the same detector, hence the same faces in the same order
        found = list(zip(first(frame.image), second(frame.image), strict=True))
        pairs += [pair(name, frame.image, *faces) for faces in found]
        if (found or clip) and len(clip) < (CLIP if video else 1):
            clip.append(frame)
    return pairs, clip


def _speed(
    predictors: dict[str, Predictor],
    clip: Sequence[Frame],
    options: ComparisonOptions,
    advance: Advance,
) -> list[Row]:
    height, width = clip[0].image.shape[:2]
    faces = len(next(iter(predictors.values()))(clip[0].image))
    computations: dict[Row, Compute] = {
        Row("landmark network", "network", model, crops=crops): compute
        for (model, crops), compute in network_computations(
            options.models, [1], device=options.device, threads=options.threads
        ).items()
    }
    for model, predictor in predictors.items():
        for group, tracked in (("every frame", False), ("tracking", True)):
            row = Row(group, "whole pipeline", model, faces, width, height)
            computations[row] = Playback(predictor, clip, tracked=tracked)
    rows = timed_rows(computations, options.rounds, advance, options.warm_up)
    for model, predictor in predictors.items():
        share = 100 * paced(Playback(predictor, clip, tracked=True), options.paced_seconds).cpu_share
        name = "of one core at 30 frames a second"
        rows.append(Row("CPU share", name, model, faces, width, height, unit="%", value=round(share, 2)))
        advance(1)
    return rows
