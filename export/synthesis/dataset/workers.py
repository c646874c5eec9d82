"""Generation of faces in worker processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from export.annotations import format_pts
from export.synthesis.dataset.files import encode, write_npz
from export.synthesis.dataset.generators import FaceGenerator, Factory
from export.worker_processes import end_with_parent
from runtime.media.files import write_bytes

PARTS = "parts"  # labels of finished images while the table is not written yet


THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One thread for each process: the processes share the cores, and sums do not depend on how threads split them."""


def picture_path(out: Path, index: int, picture_format: str) -> Path:
    """Return the path of a picture, ``out/NNNNNN.jpg``."""
    return out / f"{index:06d}.{picture_format}"


@dataclass(frozen=True, slots=True)
class FaceWriter:
    """A writer of the files of a face; the labels are written last and mark the other files as complete.

    Attributes:
        out: folder of the data set.
        seed: seed of the data set.
        picture_format: ``"jpg"`` or ``"png"``.
    """

    out: Path
    seed: int
    picture_format: str

    def write(self, generator: FaceGenerator, index: int) -> None:
        """Generate the face ``index`` and write its files."""
        sample = generator.sample(self.seed, index)
        picture = picture_path(self.out, index, self.picture_format)
        write_bytes(picture, encode(sample.image, self.picture_format), sync=False)
        write_bytes(picture.with_suffix(".pts"), format_pts(sample.points).encode("ascii"), sync=False)
        row = {
            "points2d": np.asarray(sample.points, np.float32),
            "points3d": np.asarray(sample.points3d, np.float32),
            "hidden": np.asarray(sample.hidden, bool),
            "pose": np.asarray(sample.pose, np.float32),
            "box": np.asarray(sample.box, np.float32),
            **{name: _column(value) for name, value in sample.attributes.items()},
        }
        write_npz(part_path(self.out, index), row)


_worker: tuple[FaceGenerator, FaceWriter] | None = None  # a worker process makes its generator only once


def _start_worker(factory: Factory, writer: FaceWriter) -> None:
    global _worker
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent handles them; the current face is finished
        signal.signal(number, signal.SIG_IGN)
    end_with_parent()
    cv2.setNumThreads(1)
    _worker = factory(), writer


def _work(index: int) -> None:
    assert _worker is not None
    generator, writer = _worker
    writer.write(generator, index)


def generate_faces(factory: Factory, writer: FaceWriter, indices: list[int], workers: int) -> Iterator[None]:
    """Generate faces in fresh processes, even a single one: a fork would copy locked threads.

    Args:
        factory: makes the generator of each process.
        writer: writes the faces.
        indices: numbers of the faces.
        workers: number of processes.

    Yields:
        None for each finished face, in order.
    """
    context = multiprocessing.get_context("spawn")
    with _environment(dict.fromkeys(THREADS, "1")):
        pool = ProcessPoolExecutor(workers, context, _start_worker, (factory, writer))
        try:
            yield from pool.map(_work, indices)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def part_path(out: Path, index: int) -> Path:
    """Return the path of a finished face's labels while the table is not written yet."""
    return out / PARTS / f"{index:06d}.npz"


def _column(value: object) -> NDArray[Any]:
    """Convert one attribute: words stay, numbers become float32, truth values bool."""
    array = np.asarray(value)
    return array if array.dtype.kind in "Ub" else array.astype(np.float32)
