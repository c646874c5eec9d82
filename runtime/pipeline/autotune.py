"""Tuning: the fastest number of threads and of crops in one call on this machine, measured once and remembered."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from runtime.checks import is_whole
from runtime.detection import FaceDetector
from runtime.engine import MAX_THREADS, Cache, ModelFile, Provider, machine
from runtime.errors import OptionError
from runtime.landmarks import MAX_BATCH, Landmarker

FORMAT = 2
"""Version of what is remembered and of its key; a tuning of another version is measured again."""

WORTH_A_THREAD = 1.25
"""How much faster a further doubling of the threads has to be: every one of them takes power and a core from others."""

ROUNDS = 25
"""Times that each way is measured, in turn with all others; the shortest counts."""

MOST_THREADS = 8
"""More than so many share out the little work of these networks no further."""

FACES = 5
"""Crops by which batches are judged."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Result of :meth:`runtime.Predictor.autotune`.

    Attributes:
        landmark_threads, detector_threads: threads inside one operator of each network.
        crops_per_call: crops that go through the landmark network together.
        milliseconds: what was measured, by name: the shortest time of each way.
        origin: ``"measured"`` at this start; ``"remembered"`` from an earlier one; or ``"not remembered: "`` and why.

    Raises:
        OptionError: a number of threads or crops is outside 1..256.
    """

    landmark_threads: int
    detector_threads: int
    crops_per_call: int
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    origin: str = "measured"

    def __post_init__(self) -> None:
        for name in ("landmark_threads", "detector_threads", "crops_per_call"):
            value = getattr(self, name)
            if not (is_whole(value) and 1 <= value <= MAX_THREADS):
                raise OptionError(f"{name}={value!r}: a whole number from 1 to {MAX_THREADS} is needed")


@dataclass(frozen=True, slots=True)
class Memory:
    """Store of the tuning of two networks with one device on this machine."""

    cache: Cache
    landmarks: ModelFile
    detector: ModelFile
    device: str
    detector_size: int | None
    providers: Sequence[Provider] | None = None

    def recall(self) -> Tuning | None:
        """Return the stored tuning; None if there is none."""
        content = self.cache.read("tuning", self._key())
        try:
            return None if content is None else Tuning(**json.loads(content), origin="remembered")
        except (ValueError, TypeError, RecursionError):  # written by another version of this class, or by others
            return None

    def remember(self, tuning: Tuning) -> Tuning:
        """Keep what was found; gives it with a word on whether that could be done."""
        values = dataclasses.asdict(tuning)
        del values["origin"]
        try:
            self.cache.write("tuning", self._key(), json.dumps(values).encode())
        except OSError as error:
            return dataclasses.replace(tuning, origin=f"not remembered: {error}")
        return tuning

    def _key(self) -> bytes:
        how = (
            FORMAT,
            onnxruntime.__version__,
            onnxruntime.get_available_providers(),  # what "auto" may take
            machine(),
            self.device,
            None if self.providers is None else [_plain(item) for item in self.providers],
            self.detector_size,
        )
        return repr(how).encode() + b"\0" + self.landmarks.content + self.detector.content


def measure(open_landmarker: Callable[[int], Landmarker], open_detector: Callable[[int], FaceDetector]) -> Tuning:
    """Time both networks with 1, 2, 4... threads and with crops one by one and together; about two seconds.

    Args:
        open_landmarker: a landmark network, by threads.
        open_detector: a detector, by threads.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = [count for count in (1, 2, 4, MOST_THREADS) if count <= cores]
    frame = np.zeros((480, 640, 3), np.uint8)
    ways: dict[str, Callable[[], object]] = {}
    for count in threads:
        detector, landmarker = open_detector(count), open_landmarker(count)
        size = landmarker.spec.input_size
        crops = np.zeros((FACES, size, size, 3), np.uint8)
        pixels = detector.letterbox(frame).pixels
        ways[f"detector, {count} threads"] = partial(detector.run, pixels)
        ways[f"one crop, {count} threads"] = partial(landmarker.run, crops[:1])
        ways[f"{FACES} crops together, {count} threads"] = partial(landmarker.run, crops)
        ways[f"{FACES} crops one by one, {count} threads"] = partial(_one_by_one, landmarker, crops)
    times = _shortest(ways)
    landmark_threads = _enough(threads, [times[f"one crop, {count} threads"] for count in threads])
    together, apart = (times[f"{FACES} crops {how}, {landmark_threads} threads"] for how in ("together", "one by one"))
    return Tuning(
        landmark_threads,
        _enough(threads, [times[f"detector, {count} threads"] for count in threads]),
        MAX_BATCH if together <= apart else 1,
        times,
    )


def _plain(provider: Provider) -> tuple[str, list[tuple[str, Any]]]:
    """Return a provider with its options in the order of their names."""
    name, options = (provider, {}) if isinstance(provider, str) else provider
    return name, sorted(options.items())


def _one_by_one(landmarker: Landmarker, crops: NDArray[np.uint8]) -> None:
    for index in range(len(crops)):
        landmarker.run(crops[index : index + 1])


def _shortest(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Measure the shortest time of each way in ms, in turns: a slow moment of the machine affects all of them."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, run in ways.items():
            started = time.perf_counter()
            run()
            best[name] = min(best[name], 1000 * (time.perf_counter() - started))
    return {name: round(value, 4) for name, value in best.items()}


def _enough(threads: list[int], times: list[float]) -> int:
    """Return the number of threads beyond which more are not worth it."""
    chosen = 0
    while chosen + 1 < len(threads) and times[chosen] >= WORTH_A_THREAD * times[chosen + 1]:
        chosen += 1
    return threads[chosen]
