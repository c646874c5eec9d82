"""The measurement: all pipelines process the same video in turns, then the same annotated pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.accuracy import PipelineAccuracy, measure
from benchmarks.baselines.pipelines.contender import Contender, ContenderMissingError, VideoPipeline
from export.annotations import Sample
from runtime.bench.timing import WARM_UP_CALLS, Times, take_turns, warm_up_turns
from runtime.media.progress import Progress

log = logging.getLogger(__name__)

TURN = 15
"""Frames that a pipeline processes in one turn: half a second, in which a stream's detector runs once."""


@dataclass(frozen=True, slots=True)
class ContenderResult:
    """Results of one pipeline.

    Attributes:
        contender: the pipeline.
        times: times per frame of the video.
        accuracy: accuracy by name of the set of annotated faces.
        points: (68, 2) of each face in the video's frame :func:`last_frame`.
    """

    contender: Contender
    times: Times
    accuracy: Mapping[str, PipelineAccuracy]
    points: list[NDArray[np.float32]]


@contextmanager
def open_pipelines(
    contenders: Sequence[Contender], video: NDArray[np.uint8]
) -> Iterator[dict[Contender, VideoPipeline]]:
    """Load pipelines for a video (N, H, W, 3) uint8 BGR; those that are not installed are left out with a warning."""
    with ExitStack() as stack:
        pipelines = {}
        for contender in contenders:
            try:
                pipelines[contender] = contender.open(video)
            except ContenderMissingError as error:
                log.warning("left out: %s, %s", contender.name, error)
            else:
                stack.callback(pipelines[contender].close)
        yield pipelines


def last_frame(rounds: int, length: int) -> int:
    """Return the index of the frame that was processed last by :func:`play`, for a video of this length."""
    return ((warm_up_turns(WARM_UP_CALLS, TURN) + rounds) * TURN - 1) % length


def play(pipelines: Mapping[Contender, VideoPipeline], rounds: int) -> dict[str, Times]:
    """Time all pipelines on :data:`TURN` frames of the video each round.

    Args:
        pipelines: pipelines by contender, all with the same video.
        rounds: number of counted turns of each.

    Returns:
        Times per frame, by the contender's key.
    """
    turns = {contender.key: partial(pipeline.play, TURN) for contender, pipeline in pipelines.items()}
    with Progress(rounds * len(turns), "turns") as progress:
        samples = take_turns(turns, rounds, calls=TURN, warm_up=WARM_UP_CALLS, advance=progress.advance)
    return {key: each.summary(TURN) for key, each in samples.items()}


def compare_contenders(
    pipelines: Mapping[Contender, VideoPipeline], rounds: int, faces: Mapping[str, Sequence[Sample]]
) -> list[ContenderResult]:
    """Time the pipelines and measure their points.

    Args:
        pipelines: pipelines by contender, all with the same video.
        rounds: number of turns of :data:`TURN` frames for each pipeline.
        faces: sets of annotated pictures by name; may be empty. Tracking pipelines are not measured on them, because
            on single images they give the same points as with the detector in every frame.
    """
    times = play(pipelines, rounds)
    outcomes = []
    for contender, pipeline in pipelines.items():
        points = pipeline.points()
        sets = faces if contender.schedule == "every frame" else {}
        accuracy = {name: measure(pipeline, samples, f"{contender.name}, {name}") for name, samples in sets.items()}
        outcomes.append(ContenderResult(contender, times[contender.key], accuracy, points))
    return outcomes
