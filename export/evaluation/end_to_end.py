"""Errors from whole pictures on: easy and hard faces, by how often the points are found and at what cost."""

from __future__ import annotations

import contextlib
import json
import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample, list_samples, read_pts
from export.data import read_image
from export.evaluation.metrics import nearest_face
from runtime.bench.markdown import markdown_table
from runtime.face_parts import eye_distance
from runtime.predictor import Predictor

FAILED = 10.0
"""Error in percent of the eye distance above which a face counts as failed; faces that are not found do, too."""

NEAR = 0.5
"""Distance between the centres of annotated and found points, in longer sides of the annotated points' box, up to which
they are one face."""

TAGS = ("largepose", "occlusion")
"""Tags of hard faces with columns of their own."""


@dataclass(frozen=True, slots=True)
class FaceErrors:
    """Errors of annotated faces; infinite where the face was not found.

    Attributes:
        by_eyes: (N,) mean point errors in percent of the distance of the outer eye corners.
        by_box: (N,) the same in percent of the root of the area of the points' box: the eye distance of a profile
            vanishes.
        seconds: (N,) time of the call for the face's picture.
    """

    by_eyes: NDArray[np.float64]
    by_box: NDArray[np.float64]
    seconds: NDArray[np.float64]

    @property
    def found(self) -> float:
        """Share of the faces that were found."""
        return float(np.isfinite(self.by_eyes).mean())

    def failures(self, chosen: NDArray[np.bool_] | None = None) -> float:
        """Return the share of faces with an error above :data:`FAILED`, of all or of the chosen (N,)."""
        errors = self.by_eyes if chosen is None else self.by_eyes[chosen]
        return float((errors > FAILED).mean())

    def nme(self) -> float:
        """Return the mean error of the faces that were found, in percent of the eye distance; NaN if none was."""
        found = self.by_eyes[np.isfinite(self.by_eyes)]
        return float(found.mean()) if len(found) else math.nan


def measure_faces(predictors: Sequence[Predictor], samples: Sequence[Sample]) -> list[FaceErrors]:
    """Run predictors on whole pictures, one after the other on each; the face nearest to the annotation counts.

    Raises:
        OSError: a picture cannot be read.
    """
    rows = []
    for sample in tqdm(samples, unit="face", leave=False, disable=None):
        image = read_image(sample.image)
        for predictor in predictors:
            started = time.perf_counter()
            faces = predictor(image)
            seconds = time.perf_counter() - started
            rows.append((*point_errors([face.landmarks for face in faces], sample.points), seconds))
    table = np.array(rows, np.float64).reshape(len(samples), len(predictors), 3)
    return [FaceErrors(*table[:, index].T) for index in range(len(predictors))]


def point_errors(faces: Sequence[NDArray[np.float32]], truth: NDArray[np.float32]) -> tuple[float, float]:
    """Return one face's error in percent of the eye distance and of the points' box; infinite where it is missing.

    Args:
        faces: points (68, 2 or 3) of each face that was found.
        truth: (68, 2) annotated points.
    """
    sides = truth.max(axis=0) - truth.min(axis=0)
    points, distance = nearest_face(faces, truth)
    if points is None or distance > NEAR * float(sides.max()):
        return np.inf, np.inf
    error = 100 * float(np.linalg.norm(points[:, :2] - truth, axis=1).mean())
    return error / max(float(eye_distance(truth)), 1e-6), error / float(np.sqrt(np.prod(sides)))


def read_hard_faces(folder: Path) -> tuple[list[Sample], dict[str, NDArray[np.bool_]]]:
    """Read a folder of ``PHOTO.jpg``, ``PHOTO_K.pts`` and ``faces.json`` (name: tags).

    Returns:
        the faces, and for each tag (N,) whether a face has it.

    Raises:
        FileNotFoundError: there is no such folder, or it lacks a file.
    """
    tags = json.loads((folder / "faces.json").read_text(encoding="utf-8"))
    names = sorted(tags)
    samples = [Sample(folder / f"{tags[name]['image']}.jpg", read_pts(folder / f"{name}.pts")) for name in names]
    return samples, {tag: np.array([tag in tags[name]["tags"] for name in names]) for tag in TAGS}


def end_to_end_table(
    models: Sequence[str],
    settings: Sequence[tuple[int, bool]],
    easy: Sequence[Path],
    hard: Path | None,
    detector: str,
    detector_size: int | None = None,
) -> str:
    """Measure networks with several settings of ``Predictor(passes=, mirror=)``; return a Markdown table.

    The last column is the time of a call on the easy pictures relative to the first setting, interleaved.

    Args:
        models: names or ONNX files.
        settings: passes and mirror.
        easy: folders of annotated photographs.
        hard: folder of hard faces, see :func:`read_hard_faces`; None leaves its columns out.
        detector: name or ONNX file.
        detector_size: longer side of its input in pixels; None for the detector's own.
    """
    sets = {"/".join(folder.parts[-2:]): list_samples(folder) for folder in easy}
    head = ["network", "passes", *(f"NME {name}" for name in sets)]
    if hard is not None:
        faces, tags = read_hard_faces(hard)
        head += ["hard faces found", "median", "median, % of the box", "FR@10", *(f"FR@10 {tag}" for tag in TAGS)]
    rows = []
    for model in models:
        with contextlib.ExitStack() as stack:
            predictors = [
                stack.enter_context(
                    Predictor(
                        model,
                        detector=detector,
                        detector_size=detector_size,
                        device="cpu",
                        passes=passes,
                        mirror=mirror,
                    )
                )
                for passes, mirror in settings
            ]
            easy_errors = [measure_faces(predictors, samples) for samples in sets.values()]
            hard_errors = measure_faces(predictors, faces) if hard is not None else []
        for index, (passes, mirror) in enumerate(settings):
            row = [
                model,
                f"{passes}{' + mirror' if mirror else ''}",
                *(f"{one[index].nme():.2f}" for one in easy_errors),
            ]
            if hard is not None:
                errors = hard_errors[index]
                row += [f"{errors.found:.2f}", f"{np.median(errors.by_eyes):.2f}", f"{np.median(errors.by_box):.2f}"]
                row += [f"{errors.failures():.1%}", *(f"{errors.failures(tags[tag]):.1%}" for tag in TAGS)]
            times = [[float(np.median(one[at].seconds)) for at in (index, 0)] for one in easy_errors]
            rows.append([*row, f"{statistics.mean(now / first for now, first in times):.2f}"])
    return markdown_table([*head, "time"], rows)
