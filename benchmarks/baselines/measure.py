"""The measurement: all chains play the same film by turns, then look at the same annotated pictures."""

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
from export.data.annotations import Sample
from runtime.bench.timing import WARM_UP_CALLS, Times, take_turns, warm_up_turns
from runtime.media.progress import Progress

log = logging.getLogger(__name__)

TURN = 15
"""Frames that a chain plays before the next one's turn: half a second, in which a stream's detector runs once."""


@dataclass(frozen=True, slots=True)
class ContenderResult:
    """What one chain reached.

    Attributes:
        contender: the chain.
        times: of a frame of the film.
        accuracy: by set of annotated faces.
        points: (68, 2) of each face in the film's frame :func:`last_frame`.
    """

    contender: Contender
    times: Times
    accuracy: Mapping[str, PipelineAccuracy]
    points: list[NDArray[np.float32]]


@contextmanager
def open_films(contenders: Sequence[Contender], film: NDArray[np.uint8]) -> Iterator[dict[Contender, VideoPipeline]]:
    """Load chains before a film (N, H, W, 3) uint8 BGR; those that are not installed are left out, with a warning."""
    with ExitStack() as stack:
        films = {}
        for contender in contenders:
            try:
                films[contender] = contender.open(film)
            except ContenderMissingError as error:
                log.warning("left out: %s, %s", contender.name, error)
            else:
                stack.callback(films[contender].close)
        yield films


def last_frame(rounds: int, length: int) -> int:
    """Number of the frame of a film of this length that all chains have seen last after :func:`play`."""
    return ((warm_up_turns(WARM_UP_CALLS, TURN) + rounds) * TURN - 1) % length


def play(films: Mapping[Contender, VideoPipeline], rounds: int) -> dict[str, Times]:
    """Let each chain play :data:`TURN` frames a round.

    Args:
        films: chains, each before the same film.
        rounds: how many turns of each are counted.

    Returns:
        Times of a frame, by the chain's key.
    """
    turns = {contender.key: partial(film.play, TURN) for contender, film in films.items()}
    with Progress(rounds * len(turns), "turns") as progress:
        samples = take_turns(turns, rounds, calls=TURN, warm_up=WARM_UP_CALLS, advance=progress.advance)
    return {key: each.summary(TURN) for key, each in samples.items()}


def compare_contenders(
    films: Mapping[Contender, VideoPipeline], rounds: int, faces: Mapping[str, Sequence[Sample]]
) -> list[ContenderResult]:
    """Time the chains and measure their points.

    Args:
        films: chains, each before the same film.
        rounds: turns of :data:`TURN` frames for each chain.
        faces: sets of annotated pictures by name; may be empty. Chains in streams are not asked: their points on a
            picture that stands alone are those of the same chain that detects every frame.
    """
    times = play(films, rounds)
    outcomes = []
    for contender, film in films.items():
        points = film.points()
        asked = faces if contender.schedule == "every frame" else {}
        accuracy = {name: measure(film, samples, f"{contender.name}, {name}") for name, samples in asked.items()}
        outcomes.append(ContenderResult(contender, times[contender.key], accuracy, points))
    return outcomes
