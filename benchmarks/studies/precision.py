"""Number formats: size, time and accuracy of one landmark network.

    LANDMARKS_DATA=... python -m benchmarks.studies.precision
    python -m benchmarks.studies.precision --model trimmed --rounds 1000

Accuracy is measured on the faces of HELEN and AFW that are held out of training (every 20th of the ``train`` folders);
int8 is calibrated on other faces of those folders. Without LANDMARKS_DATA, points are compared with those of float32
on crops of one photograph.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from benchmarks.studies.plain_graphs import FACE, PlainGraph, astronaut, plain_landmark_graph
from benchmarks.studies.quantised import float16_arithmetic, int8_dynamic, int8_static
from export.annotations import Sample, data_root
from export.data import Photograph, read_image, split_set
from export.evaluation import annotation_crops, compare_points
from export.networks import CONFIGS, INPUT_SIZE
from export.onnx_graph import optimise, store_half
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import time_calls
from runtime.landmarks import Region, crop

SETS = ("helen", "afw")
CALIBRATION = 100
"""Number of crops on which int8's ranges are calibrated."""


def formats(plain: onnx.ModelProto, calibration: NDArray[np.uint8]) -> dict[str, onnx.ModelProto]:
    """Convert the network to each format; int8 from the rewritten and the plain graph, whose PRelu stay float32."""
    rewritten = _copy(plain)
    optimise(rewritten)
    half = _copy(rewritten)
    store_half(half)
    return {
        "float32": rewritten,
        "float16 storage (shipped)": half,
        "float16 arithmetic": float16_arithmetic(_copy(rewritten)),
        "int8 static (QDQ)": int8_static(rewritten, calibration),
        "int8 static (QDQ), plain export": int8_static(plain, calibration),
        "int8 dynamic": int8_dynamic(rewritten),
    }


def measure(workload: PlainGraph, rounds: int) -> str:
    """Measure the formats and return a Markdown table."""
    calibration, crops, truth = annotated_crops() if data_root().is_dir() else astronaut_crops()
    models = formats(workload.model, calibration)
    sessions = {name: workload.open(model) for name, model in models.items()}
    samples = time_calls({name: partial(workload.run, session) for name, session in sessions.items()}, rounds)
    times = {name: each.summary().cpu for name, each in samples.items()}
    points = {name: predict(session, crops) for name, session in sessions.items()}
    exact = points["float32"]
    rows = []
    for name, item in times.items():
        result = compare_points(points[name], exact, exact if truth is None else truth)
        rows.append(
            (
                name,
                f"{models[name].ByteSize() / 1e6:.2f}",
                f"{item.ratio_to(times['float32']):.2f}",
                f"{item.best / times['float32'].best:.2f}",
                f"{result.mean:.3f}",
                f"{result.largest:.2f}",
                *(() if truth is None else (f"{result.nme:.3f}", f"{result.cost:+.2%}")),
            )
        )
    header = [workload.name, "MB", "time", "time at best", "points move by, px", "at most, px"]
    return markdown_table([*header, "NME", "more"] if truth is not None else header, rows)


def predict(session: onnxruntime.InferenceSession, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Predict points (N, 68, 3) in crop pixels for crops (N, S, S, 3) uint8 BGR, one by one."""
    return np.concatenate([session.run(["points"], {"image": each[None]})[0] for each in crops])


def annotated_crops() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """Return crops for calibration, and crops for measurement with their annotated points."""
    seen, held_out = zip(*(split_set(name) for name in SETS), strict=True)
    calibration = [sample for samples in seen for sample in samples[:: len(samples) * len(SETS) // CALIBRATION]]
    crops, truth = annotation_crops(_read([sample for samples in held_out for sample in samples]))
    return annotation_crops(_read(calibration))[0], crops, truth


def astronaut_crops() -> tuple[NDArray[np.uint8], NDArray[np.uint8], None]:
    """Return crops for calibration and for measurement of one face without annotation, translated and rotated."""
    rng, image = np.random.default_rng(0), astronaut()
    regions = [
        Region(
            FACE.x + rng.normal(0, 5), FACE.y + rng.normal(0, 5), FACE.side * rng.uniform(0.9, 1.1), rng.normal(0, 0.2)
        )
        for _ in range(2 * CALIBRATION)
    ]
    crops = np.stack([crop(image, region, INPUT_SIZE) for region in regions])
    return crops[::2], crops[1::2], None


def _read(samples: Sequence[Sample]) -> list[Photograph]:
    flat = [np.column_stack([sample.points, np.zeros(68)]).astype(np.float32) for sample in samples]
    return [Photograph(read_image(sample.image), points) for sample, points in zip(samples, flat, strict=True)]


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def main() -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.studies.precision", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--model", choices=tuple(CONFIGS), default="full", help="landmark network (default: full)")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each format (default: %(default)s)")
    options = parser.parse_args()
    print(measure(plain_landmark_graph(options.model), options.rounds))
    print(f"\n{this_machine().to_text()}")


if __name__ == "__main__":
    main()
