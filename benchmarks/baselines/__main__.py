"""Command line of the comparison."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    """Run the comparison, print the table and write the files."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before any library starts its threads
    from benchmarks.baselines.catalogue import CONTENDERS, choose
    from benchmarks.baselines.measure import compare_contenders, last_frame, open_pipelines
    from benchmarks.baselines.pictures import draw_comparison, draw_points
    from benchmarks.baselines.report import stem, table, write
    from benchmarks.baselines.scene import moving_face
    from benchmarks.threads import one_thread
    from export.annotations import data_root, list_samples
    from runtime.bench.machine import this_machine

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.baselines",
        description="Compare with other pipelines: the same video of one moving face at 640x480, interleaved in one "
        "run, one thread each; and the error on whole pictures where annotated ones are installed "
        "(LANDMARKS_DATA). MediaPipe itself, dlib and OpenCV 4 are installed by "
        "`python -m benchmarks.baselines.pipelines.environment`; missing pipelines are left out with a warning.",
    )
    keys = [contender.key for contender in CONTENDERS]
    parser.add_argument("--rounds", type=int, default=20, help="turns of 15 frames for each pipeline (default: 20)")
    parser.add_argument(
        "--only", nargs="+", metavar="PIPELINE", choices=keys, help=f"pipelines to compare: {', '.join(keys)}"
    )
    parser.add_argument(
        "--faces", nargs="*", metavar="SET", default=["helen/test", "afw/test"], help="folders of LANDMARKS_DATA"
    )
    parser.add_argument("--limit", type=int, help="number of faces of each folder, evenly spaced (default: all)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
    parser.add_argument("--points", type=Path, metavar="PNG", help="also draw the points of each pipeline on the face")
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
    video = moving_face()
    with one_thread(), open_pipelines(choose(arguments.only), video) as pipelines:
        outcomes = compare_contenders(pipelines, arguments.rounds, faces)
    print(table(outcomes))
    whole, flat = write(outcomes, arguments.out)
    picture = arguments.out / f"{stem('baselines', this_machine())}.png"
    draw_comparison(outcomes, picture)
    print(f"\n{whole}\n{flat}\n{picture}")
    if arguments.points:
        draw_points(video[last_frame(arguments.rounds, len(video))], outcomes, arguments.points)
        print(arguments.points)


if __name__ == "__main__":
    main()
