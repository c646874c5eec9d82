"""Command line of the comparison."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    """Measure, print the table, write the files."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before any library starts its threads
    from benchmarks.baselines.catalogue import CONTENDERS, choose
    from benchmarks.baselines.measure import compare_contenders, last_frame, open_films
    from benchmarks.baselines.pictures import draw_comparison, draw_points
    from benchmarks.baselines.report import stem, table, write
    from benchmarks.baselines.scene import moving_face
    from benchmarks.threads import one_thread
    from export.data.annotations import data_root, list_samples
    from runtime.bench.machine import this_machine

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.baselines",
        description="Side by side with what people would pick instead: the same film of one moving face at 640x480, by "
        "turns in one run, one thread each; and the error from whole pictures where annotated ones are there "
        "(LANDMARKS_DATA). MediaPipe itself, dlib and OpenCV 4 come with "
        "`python -m benchmarks.baselines.pipelines.environment`; what is missing is left out, and said so.",
    )
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--rounds", type=int, default=20, help="turns of 15 frames for each chain (default: 20)")
    parser.add_argument("--only", nargs="+", metavar="CHAIN", choices=keys, help=f"some of: {', '.join(keys)}")
    parser.add_argument(
        "--faces", nargs="*", metavar="SET", default=["helen/test", "afw/test"], help="folders of LANDMARKS_DATA"
    )
    parser.add_argument("--limit", type=int, help="only so many faces of each folder, evenly spread")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
    parser.add_argument("--points", type=Path, metavar="PNG", help="also draw everyone's points on the face")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1 is needed")
    logging.basicConfig(format="%(message)s")
    try:
        faces = {name: list_samples(data_root() / name) for name in arguments.faces}
    except FileNotFoundError as error:
        log.warning("no errors are measured: %s", error)
        faces = {}
    if arguments.limit:
        faces = {name: samples[:: max(1, len(samples) // arguments.limit)] for name, samples in faces.items()}
    film = moving_face()
    with one_thread(), open_films(choose(arguments.only), film) as films:
        outcomes = compare_contenders(films, arguments.rounds, faces)
    print(table(outcomes))
    whole, flat = write(outcomes, arguments.out)
    picture = arguments.out / f"{stem('baselines', this_machine())}.png"
    draw_comparison(outcomes, picture)
    print(f"\n{whole}\n{flat}\n{picture}")
    if arguments.points:
        draw_points(film[last_frame(arguments.rounds, len(film))], outcomes, arguments.points)
        print(arguments.points)


if __name__ == "__main__":
    main()
