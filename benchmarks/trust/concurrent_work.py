"""What is done by threads, processes and forked children, and compared with what one thread finds."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray

from runtime import Face, Predictor
from runtime.errors import ClosedError

CHILD_DEADLINE = 60.0
"""Seconds after which a forked child counts as hanging; a frame takes some hundredths of one."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much each scenario does.

    Attributes:
        threads: at once.
        frames: of each thread.
        processes: at once.
        forks: children, one after the other.
        model: name or ONNX file.
    """

    threads: int = 16
    frames: int = 200
    processes: int = 8
    forks: int = 50
    model: str = "full"


@dataclass
class Agreement:
    """Results of a scenario: ``same`` to the bit, ``refused`` by a typed error, and ``faults`` in words."""

    same: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Agreement) -> None:
        """Count another part's results, too."""
        self.same += other.same
        self.refused += other.refused
        self.faults += other.faults


Scenario = Callable[[Load], Agreement]


def pictures() -> list[NDArray[np.uint8]]:
    """Return six pictures (H, W, 3) uint8 BGR of as many sizes: one face, two, one upside down, none."""
    face = np.ascontiguousarray(skimage.data.astronaut()[::2, ::2, ::-1])
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    return [face, np.hstack([face, face[:, ::-1]]), face[40:200, 20:220], face[::-1, ::-1][:200], noise, face[::2, ::2]]


def digest(faces: Sequence[Face]) -> str:
    """Return a digest of all that was found; equal only where every bit is."""
    content = hashlib.sha256()
    for face in faces:
        for values in (face.landmarks, face.box, np.float64(face.score), np.float64(face.confidence)):
            content.update(np.ascontiguousarray(values).tobytes())
    return content.hexdigest()


def _expected(predictor: Predictor) -> list[str]:
    return [digest(predictor(image)) for image in pictures()]


def _tracked(predictor: Predictor, frames: int) -> list[str]:
    """Return the digests of a stream in which a face moves."""
    tracker, image = predictor.tracker(), pictures()[0]
    moved = (np.roll(image, number % 40, axis=1) for number in range(frames))
    return [digest(tracker(frame, number / 30).faces) for number, frame in enumerate(moved)]


def _in_threads(count: int, work: Callable[[int, Agreement], None]) -> Agreement:
    """Call ``work(number, agreement)`` in so many threads that begin at once, and add up."""
    parts, begin = [Agreement() for _ in range(count)], threading.Barrier(count)

    def run(number: int) -> None:
        begin.wait()
        try:
            work(number, parts[number])
        except Exception as error:  # whatever it is, it is counted
            parts[number].faults.append(f"{type(error).__name__}: {error!s:.200}")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Agreement()
    for each in parts:
        total.add(each)
    return total


def _compare(found: Sequence[str], expected: Sequence[str], agreement: Agreement) -> None:
    equal = sum(one == other for one, other in zip(found, expected, strict=True))
    agreement.same += equal
    if equal < len(expected):
        agreement.faults.append(f"{len(expected) - equal} of {len(expected)} results differ from those of one thread")


def _predict(predictor: Predictor, expected: Sequence[str], frames: int, seed: int, agreement: Agreement) -> None:
    images, chosen = pictures(), random.Random(seed)
    for _ in range(frames):
        number = chosen.randrange(len(images))
        _compare([digest(predictor(images[number]))], [expected[number]], agreement)


def one_predictor(load: Load) -> Agreement:
    """All threads call one predictor."""
    with Predictor(load.model, device="cpu") as predictor:
        expected = _expected(predictor)
        return _in_threads(
            load.threads, lambda number, agreement: _predict(predictor, expected, load.frames, number, agreement)
        )


def own_predictors(load: Load) -> Agreement:
    """Each thread makes a predictor, every other one with two threads, and calls it."""
    expected = [_expected(Predictor(load.model, device="cpu", threads=threads)) for threads in (1, 2)]

    def work(number: int, agreement: Agreement) -> None:
        with Predictor(load.model, device="cpu", threads=1 + number % 2) as predictor:
            _predict(predictor, expected[number % 2], load.frames, number, agreement)

    return _in_threads(load.threads, work)


def own_trackers(load: Load) -> Agreement:
    """Each thread follows a face by a tracker of one predictor."""
    with Predictor(load.model, device="cpu") as predictor:
        expected = _tracked(predictor, load.frames)
        return _in_threads(
            load.threads, lambda _, agreement: _compare(_tracked(predictor, load.frames), expected, agreement)
        )


def closed_meanwhile(load: Load) -> Agreement:
    """All threads call the newest predictor, again where it is closed; one of them closes it now and then."""
    newest = [Predictor(load.model, device="cpu")]
    expected, images = _expected(newest[0]), pictures()

    def work(number: int, agreement: Agreement) -> None:
        chosen = random.Random(number)
        for _ in range(load.frames):
            if number == 0 and chosen.random() < 0.1:
                newest[0].close()
                newest[0] = Predictor(load.model, device="cpu")
            which = chosen.randrange(len(images))
            while True:
                try:
                    _compare([digest(newest[0](images[which]))], [expected[which]], agreement)
                    break
                except ClosedError:
                    agreement.refused += 1
                    time.sleep(0.02)

    return _in_threads(load.threads, work)


def collected(load: Load) -> Agreement:
    """Predictors and trackers come and go in all threads, and Python collects garbage all the time."""
    expected = _expected(Predictor(load.model, device="cpu"))
    stream = _tracked(Predictor(load.model, device="cpu"), 5)
    done, before = threading.Event(), gc.get_threshold()

    def collect() -> None:
        while not done.wait(0.002):
            gc.collect()

    def work(number: int, agreement: Agreement) -> None:
        for _ in range(max(1, load.frames // 20)):
            predictor = Predictor(load.model, device="cpu")
            _predict(predictor, expected, 5, number, agreement)
            _compare(_tracked(predictor, 5), stream, agreement)

    collector = threading.Thread(target=collect)
    collector.start()
    gc.set_threshold(1)
    try:
        return _in_threads(load.threads, work)
    finally:
        gc.set_threshold(*before)
        done.set()
        collector.join()


def _work_of_process(predictor: Predictor, expected: Sequence[str], frames: int, connection: Connection) -> None:
    agreement = Agreement()
    with predictor:
        _predict(predictor, expected, frames, 0, agreement)
    connection.send(agreement)


def _in_processes(method: str, count: int, work: Callable[[Connection], None]) -> Agreement:
    """Run children at once; what a child does not send is a fault."""
    context: Any = multiprocessing.get_context(method)
    total, running = Agreement(), []
    for _ in range(count):
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=work, args=(there,))
        child.start()
        there.close()
        running.append((child, here))
    end = time.monotonic() + CHILD_DEADLINE * max(1, count)
    for child, here in running:
        child.join(max(0.0, end - time.monotonic()))
        if child.is_alive():
            child.kill()
            total.faults.append("a child hangs")
        elif child.exitcode or not here.poll():
            total.faults.append(f"a child ended with {child.exitcode}")
        else:
            total.add(here.recv())
        here.close()
    return total


def processes_at_once(load: Load, method: str = "spawn") -> Agreement:
    """Processes run at once on a predictor that was used before they were started."""
    with Predictor(load.model, device="cpu", threads=2) as predictor:
        expected = _expected(predictor)
        return _in_processes(
            method, load.processes, partial(_work_of_process, predictor, expected, max(1, load.frames // 4))
        )


@contextlib.contextmanager
def _busy(work: Callable[[], object], threads: int = 3) -> Iterator[None]:
    """Work in threads meanwhile."""
    done = threading.Event()

    def run() -> None:
        while not done.is_set():
            work()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in running:
            thread.join()


def _one_by_one(forks: int, work: Callable[[Connection], None]) -> Agreement:
    total = Agreement()
    for number in range(forks):
        time.sleep(random.Random(number).uniform(0, 0.05))
        total.add(_in_processes("fork", 1, work))
    return total


def forked_in_use(load: Load) -> Agreement:
    """Children are forked, one after the other, while threads call the predictor that the children use."""
    with Predictor(load.model, device="cpu", threads=2) as predictor:
        expected, image = _expected(predictor), pictures()[1]
        with _busy(lambda: predictor(image)):
            return _one_by_one(load.forks, partial(_work_of_process, predictor, expected, 3))


def _made_in_child(model: str, expected: Sequence[str], connection: Connection) -> None:
    _work_of_process(Predictor(model, device="cpu"), expected, 3, connection)


def forked_before(load: Load) -> Agreement:
    """Children are forked while threads call a predictor, and make their own."""
    with Predictor(load.model, device="cpu") as predictor:
        expected, image = _expected(predictor), pictures()[1]
        with _busy(lambda: predictor(image)):
            return _one_by_one(load.forks, partial(_made_in_child, load.model, expected))


SCENARIOS: dict[str, Scenario] = {
    "threads, one predictor": one_predictor,
    "threads, predictors of their own": own_predictors,
    "threads, trackers of one predictor": own_trackers,
    "threads, closed meanwhile": closed_meanwhile,
    "threads, garbage collected all the time": collected,
    "processes, spawn": processes_at_once,
    "processes, fork": partial(processes_at_once, method="fork"),
    "forked while threads use the predictor": forked_in_use,
    "forked, predictor made in the child": forked_before,
}
