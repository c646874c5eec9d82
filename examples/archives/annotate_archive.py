"""Annotate an archive of pictures and videos from Python, and read its tables.

::

    python examples/archives/annotate_archive.py photos/ tables/
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow.dataset

from runtime import Predictor
from runtime.archives import annotate


def tell(done: int, total: int) -> None:
    """Print how far the run is."""
    print(f"\r{done} of {total}", end="\n" if done == total else "", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables, then count faces that look at the camera, and print what could not be read."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, help="processes (default: one for each CPU)")
    options = parser.parse_args(arguments)
    with Predictor("trimmed") as predictor:
        done = annotate(options.sources, options.out, predictor, workers=options.workers, progress=tell)
    print(f"{done.images} pictures, {done.videos} videos, {done.faces} faces, {done.errors} errors")
    field = pyarrow.dataset.field
    faces = pyarrow.dataset.dataset(options.out / "faces")
    frontal = faces.count_rows(filter=(field("yaw") > -15) & (field("yaw") < 15))
    print(f"{frontal} faces of pictures look at the camera")
    failed = pyarrow.dataset.dataset(options.out / "images").to_table(filter=field("error").is_valid())
    for row in failed.to_pylist():
        print(f"{row['image']}: {row['error']}")


if __name__ == "__main__":  # worker processes read this file again
    main()
