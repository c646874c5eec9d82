"""Process many pictures with a process for each CPU, and write one table.

::

    python examples/pictures/processes.py photos/*.jpg --table faces.csv
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2

from runtime import LandmarksError, Predictor, read_image
from runtime.tables import CsvWriter, ImageResult

predictor: Predictor
"""One for each process."""


def start(make: partial[Predictor]) -> None:
    """Load the networks, once in each process."""
    global predictor
    predictor = make()
    cv2.setNumThreads(1)  # the processes share the CPUs already


def faces_of(picture: str) -> ImageResult:
    """Find the faces of one picture; a file that is no picture gives a result with its error."""
    try:
        image = read_image(picture)
    except LandmarksError as error:
        return ImageResult(picture, error=str(error))
    return ImageResult(picture, image.shape[1], image.shape[0], predictor(image))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table; its rows are in the order of the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--table", type=Path, default=Path("faces.csv"), help="default: faces.csv")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="default: one for each CPU")
    options = parser.parse_args(arguments)
    pool = ProcessPoolExecutor(options.processes, get_context("spawn"), start, (partial(Predictor, threads=1),))
    with pool, CsvWriter(options.table, ImageResult) as writer:
        for result in pool.map(faces_of, options.pictures, chunksize=8):
            writer.write(result)
            if result.error:
                print(f"{result.image}: {result.error}")


if __name__ == "__main__":
    main()
