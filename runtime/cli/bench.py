"""``landmarks bench``: how fast this machine is."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.bench.charts import Bar, BarGroup, ChartPanel, bar_chart
from runtime.bench.results import Results, written_before
from runtime.bench.scenes import FRAME_SIZES
from runtime.bench.suite import Suite, SuiteOptions, shipped
from runtime.bench.tables import SHIPPABLE, conditions, summary, verdict
from runtime.cli.inputs import network_files
from runtime.cli.options import HelpFormatter, add_device_option, add_threads_option, thread_count
from runtime.engine import Role, load_model, open_session
from runtime.errors import ModelError
from runtime.media.files.output_guard import check_folder, refuse_overwriting
from runtime.media.images import write_picture
from runtime.media.progress import Progress

ROUNDS, FULL_ROUNDS = 20, 90
"""Times that each latency is measured, without and with ``--full``."""

_EPILOG = """\
examples:
  landmarks bench                              full and trimmed at 640x480, one thread: half a minute
  landmarks bench --full                       every shipped network, three sizes of frames, 90 rounds: some minutes
  landmarks bench --threads 0                  one thread for each CPU
  landmarks bench --full --models full trimmed --faces 1 --out results
  landmarks compare                            two networks, and how far their points agree

What the figures mean comes first, in words. Three files are written whose name says processor, device, threads,
precision and onnxruntime's version: JSON, CSV, and a chart of the stages as PNG. All computations of a group take
turns, so that a moment in which the machine is busy harms none more than another. Close other programs and plug in the
charger all the same.

exit codes: 0 success, 1 a network or file failed, 2 wrong usage, 130 interrupted"""


def add_to(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "bench",
        help="measure latency, start-up, memory and CPU share on this machine",
        description="Measure every stage, every network and the whole pipeline on this machine, with its own pictures.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.set_defaults(run=run)
    group = parser.add_argument_group("networks")
    group.add_argument(
        "--models",
        nargs="+",
        metavar="MODEL",
        help="landmark networks by name or ONNX file (default: full and trimmed)",
    )
    group.add_argument(
        "--detectors", nargs="+", metavar="MODEL", help="detectors by name or ONNX file (default: all shipped)"
    )
    add_device_option(group)
    add_threads_option(group)
    group = parser.add_argument_group("measurement")
    group.add_argument("--faces", nargs="+", type=int, metavar="N", help="faces in a frame (default: 1 and 5)")
    group.add_argument(
        "--rounds", type=int, metavar="N", help=f"times that each latency is measured (default: {ROUNDS})"
    )
    group.add_argument(
        "--full",
        action="store_true",
        help=f"all shipped networks, 1, 2 and 5 faces, three sizes of frames, {FULL_ROUNDS} rounds: some minutes",
    )
    group = parser.add_argument_group("output")
    group.add_argument("--out", default="landmarks-bench", metavar="DIR", help="folder for the three files")
    group.add_argument("--json", action="store_true", help="print the results as JSON instead of tables")


def run(options: argparse.Namespace) -> int:
    """Run the command; returns 0, or 1 if networks failed.

    Raises:
        OptionError: an option is outside its range.
        LandmarksError: no network can be loaded, or the device is not available.
        OSError: the results cannot be written.
    """
    models = options.models or (shipped("landmarks") if options.full else SHIPPABLE)
    detectors = options.detectors or shipped("detector")
    usable = _usable(models, "landmarks"), _usable(detectors, "detector")
    suite_options = SuiteOptions(
        models=usable[0],
        detectors=usable[1],
        device=options.device,
        threads=thread_count(options),
        faces=tuple(options.faces or ((1, 2, 5) if options.full else (1, 5))),
        rounds=(FULL_ROUNDS if options.full else ROUNDS) if options.rounds is None else options.rounds,
        sizes=FRAME_SIZES if options.full else FRAME_SIZES[:1],
        crops=(1, 8, 32) if options.full else (1, 8),
        paced_seconds=3.0 if options.full else 1.0,
    )
    out = Path(options.out)
    check_folder(out)
    refuse_overwriting(network_files(*suite_options.models, *suite_options.detectors), written_before(out))
    out.mkdir(parents=True, exist_ok=True)
    suite = Suite(suite_options)
    with Progress(suite.steps, "measurements") as progress:
        results = suite.run(progress.advance)
    paths = [*results.write(out), out / f"{results.stem}.png"]
    write_picture(paths[-1], stage_chart(results))
    print(json.dumps(results.to_dict(), indent=1) if options.json else f"{verdict(results)}\n\n{summary(results)}")
    if not options.json:
        print("\n" + "\n".join(f"wrote {path}" for path in paths))
    return 1 if len(usable[0]) < len(models) or len(usable[1]) < len(detectors) else 0


def _usable(models: Sequence[str], role: Role) -> tuple[str, ...]:
    """Return the networks that can be read; report the others, and raise if there is none."""
    usable: list[str] = []
    for model in models:
        try:
            open_session(load_model(model, role), "cpu", 1, None)
        except ModelError as error:
            if not usable and model == models[-1]:
                raise
            print(f"landmarks bench: {error}", file=sys.stderr)
        else:
            usable.append(model)
    return tuple(usable)


def stage_chart(results: Results) -> NDArray[np.uint8]:
    """Draw latency by stage and of the whole pipeline by the number of faces, (H, W, 3) uint8 BGR."""
    stages = [
        BarGroup(row.name, (Bar(0, row.value, f"{row.value:.3f} / {row.p95:.3f}", row.p95),))
        for row in results.find("stage")
    ]
    first = results.find("stage")[0]
    pipelines = []
    for row in results.find("every frame", model=first.model):
        name = f"{row.width}x{row.height}, {row.faces} face" + ("s" if row.faces != 1 else "")
        followed = results.find("tracking", model=row.model, faces=row.faces, width=row.width, height=row.height)
        bars = [
            Bar(index, each.value, f"{each.value:.2f} / {each.p95:.2f}", each.p95)
            for index, each in enumerate((row, *followed))
        ]
        pipelines.append(BarGroup(name, tuple(bars)))
    return bar_chart(
        f"{first.model}: milliseconds, median / 95th percentile",
        conditions(results),
        ("detector in every frame", "faces followed"),
        [
            ChartPanel("By stage, one face at 640x480", tuple(stages)),
            ChartPanel("The whole pipeline", tuple(pipelines)),
        ],
    )
