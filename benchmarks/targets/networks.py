"""Targets of the networks: against their plain exports, against LiteRT, and in batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.litert import LiteRtNetwork
from benchmarks.targets.target import Sense, Target
from export.pretrained import detector_to_onnx, find_packaged, start_full
from export.release import to_onnx
from runtime.bench.scenes import frame_with_faces
from runtime.bench.timing import Times, Turn, repeat, take_turns
from runtime.engine import ModelFile, Session, load_model, open_session
from runtime.landmarks import Landmarker, crop, region_from_points
from runtime.pipeline import open_detector
from runtime.predictor import Predictor

INPUT_SIZE = 192
DETECTOR_SIZE = 256
TURN = 15
"""Consecutive calls of a network per turn, so that caches are mostly warm, as in a stream."""
FACES = 5


def measure_networks(rounds: int) -> list[Target]:
    """Measure the targets of the networks alone, ``rounds`` turns of :data:`TURN` calls each."""
    frame = frame_with_faces(FACES, 640, 480)
    with Predictor(device="cpu", threads=1) as predictor:
        regions = [region_from_points(face.landmarks) for face in predictor(frame)]
    if len(regions) != FACES:
        raise RuntimeError(f"{len(regions)} faces were found in a frame of {FACES}")
    pixels = crop(frame, regions[0], INPUT_SIZE)[None]
    square = np.random.default_rng(0).integers(0, 256, (1, DETECTOR_SIZE, DETECTOR_SIZE, 3)).astype(np.uint8)
    sides = {"height": DETECTOR_SIZE, "width": DETECTOR_SIZE}

    full, trimmed = (open_session(load_model(name, "landmarks"), "cpu") for name in ("full", "trimmed"))
    landmarker = Landmarker(full)
    mesh = LiteRtNetwork(find_packaged("face_landmark.tflite"), 0, 1)
    mesh.load(pixels[0])
    back, back_framed = (open_detector(load_model("blazeface-back", "detector"), "cpu")[0] for _ in range(2))
    framed = back.letterbox(frame).pixels
    turns = {
        "full": _run(full, pixels),
        "plain": _run(_open(to_onnx(start_full(), rewrite=False)), pixels),
        "trimmed": _run(trimmed, pixels),
        "LiteRT": repeat(mesh.invoke, TURN),
        "detector": repeat(lambda: back.run(square[0]), TURN),
        "detector, 640x480": repeat(lambda: back_framed.run(framed), TURN),
        "plain detector": _run(_open(detector_to_onnx("blazeface-back", rewrite=False), sides), square),
        "one face": repeat(lambda: landmarker(frame, regions[:1]), TURN),
        "five faces": repeat(lambda: landmarker(frame, regions), TURN),
    }
    samples = take_turns(turns, rounds, calls=TURN)
    times = {name: each.summary(TURN) for name, each in samples.items()}
    return [
        ratio("full, against the plain export of the same network", "<=", 0.36, times, "full", "plain"),
        ratio("full, against FaceMesh under LiteRT (its invoke alone)", "<", 1.0, times, "full", "LiteRT"),
        ratio("trimmed, against full", "<=", 0.70, times, "trimmed", "full"),
        ratio("BlazeFace back at 256x256, against the plain graph", "<=", 0.65, times, "detector", "plain detector"),
        ratio("the same, for frames of 640x480", "<=", None, times, "detector, 640x480", "plain detector"),
        ratio("five faces against one, warp and network", "<", 3.0, times, "five faces", "one face"),
    ]


def ratio(name: str, sense: Sense, limit: float | None, times: Mapping[str, Times], what: str, other: str) -> Target:
    """Return a target for the ratio of two medians of CPU time."""
    first, second = times[what].cpu, times[other].cpu
    detail = f"{what} {first.p50:.3f} ms, {other} {second.p50:.3f} ms; of the best times {first.best / second.best:.3g}"
    return Target(name, sense, limit, first.ratio_to(second), "", detail)


def _open(model: onnx.ModelProto, fixed: Mapping[str, int] | None = None) -> Session:
    """Open a graph as the runtime does, with fixed dimensions."""
    return open_session(ModelFile("plain", Path("plain.onnx"), model.SerializeToString()), "cpu", fixed=fixed)


def _run(session: Session, pixels: NDArray[np.uint8]) -> Turn:
    return repeat(lambda: session.onnx.run(None, {"image": pixels}), TURN)
