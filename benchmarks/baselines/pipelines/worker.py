"""Worker process for a pipeline with conflicting packages, run by ``remote_video`` in the ``.venv-baselines`` Python.

The protocol is JSON, one line per message. The first line names the pipeline and the file of the video; commands
follow. Imports nothing from this repository, which is not installed there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2 as opencv
import numpy as np

cv2: Any = opencv  # version 4 with contributed modules; types are checked against version 5

CPU_CLOCK = time.process_time if time.get_clock_info("process_time").resolution < 1e-6 else time.perf_counter
"""CPU clock, as in ``runtime.bench.timing``."""

Points = list[Any]
"""One array (68, 2) for each face."""


def open_mediapipe(options: dict[str, Any], still: bool) -> Callable[[Any], Points]:
    """Open MediaPipe's FaceMesh in C++; with ``still`` its detector runs on every frame."""
    import mediapipe

    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=still, max_num_faces=1)
    vertices = options["vertices"]

    def find(frame: Any) -> Points:
        frame = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        faces = mesh.process(frame).multi_face_landmarks or []
        height, width = frame.shape[:2]
        return [
            np.array([(face.landmark[i].x * width - 0.5, face.landmark[i].y * height - 0.5) for i in vertices])
            for face in faces
        ]

    return find


def open_dlib(options: dict[str, Any], still: bool) -> Callable[[Any], Points]:
    """Open dlib's HOG detector and regression trees (Kazemi and Sullivan 2014); the detector runs on every frame."""
    import dlib

    detector = dlib.get_frontal_face_detector()
    # located, not imported: the package imports a module that setuptools no longer has
    model = packaged("face_recognition_models", "models/shape_predictor_68_face_landmarks.dat")
    trees = dlib.shape_predictor(str(model))

    def find(frame: Any) -> Points:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        # no upsampling, which saves three quarters of the time and misses faces below 80 pixels
        boxes, _, _ = detector.run(gray, 0)
        return [np.array([(point.x, point.y) for point in trees(gray, box).parts()]) for box in boxes]

    return find


def open_opencv(options: dict[str, Any], still: bool) -> Callable[[Any], Points]:
    """Open OpenCV's Haar cascade (Viola, Jones 2001), run on every frame, and LBF landmarks (Ren et al. 2014)."""
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    facemark = cv2.face.createFacemarkLBF()
    facemark.loadModel(str(packaged("GoldenFace", "landmark.yaml")))

    def find(frame: Any) -> Points:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        boxes = cascade.detectMultiScale(gray, 1.1, 5, minSize=(60, 60))
        if not len(boxes):
            return []
        _, faces = facemark.fit(gray, boxes)
        return [face[0] for face in faces]

    return find


def packaged(package: str, file: str) -> Path:
    """Return the path of a file in a package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no package {package}, which contains {file}")
    return Path(spec.submodule_search_locations[0], file)


PIPELINES = {"dlib": open_dlib, "mediapipe": open_mediapipe, "opencv": open_opencv}


def main() -> None:
    """Process commands until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries' prints to standard output go to standard error
    cv2.setNumThreads(1)
    options = json.loads(sys.stdin.readline())
    open_pipeline, video = PIPELINES[options["pipeline"]], np.load(options["video"])
    pipeline, still = open_pipeline(options, options["still"]), None
    points: Points = []
    position = 0

    def answer(value: object) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    answer("ready")
    for line in sys.stdin:
        command, argument = json.loads(line)
        if command == "play":
            spent = []
            for _ in range(argument):
                frame = video[position]
                position = (position + 1) % len(video)
                cpu, wall = CPU_CLOCK(), time.perf_counter()
                points = pipeline(frame)
                spent.append((time.perf_counter() - wall, CPU_CLOCK() - cpu))
            answer(spent)
        elif command == "points":
            answer([face.tolist() for face in points])
        elif command == "predict":
            still = still or open_pipeline(options, True)
            answer([face.tolist() for face in still(np.load(argument))])
        else:
            raise ValueError(f"{command!r}: no such command")


if __name__ == "__main__":
    main()
