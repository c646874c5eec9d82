"""Accuracy on rotated faces: photographs turned by every angle.

A photograph is turned as a whole onto a canvas that holds it. The reference are the points that the same network finds
in the upright photograph, turned along. A face is right if one of the faces found has a mean distance to those points
of at most :data:`LIMIT` percent of the outer eye corners' distance; it is confidently wrong if one of those in its
place has a larger one and a confidence above :data:`CONFIDENT`; it is missed if none is in its place.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

from export.annotations import Sample
from export.data import read_image
from runtime.bench.markdown import markdown_table
from runtime.bench.timing import Compute, latency, time_calls
from runtime.detection import Detection, Detector
from runtime.engine import load_model
from runtime.face_parts import eye_distance
from runtime.faces import Face
from runtime.landmarks import detection_region, estimate_pose
from runtime.media.files import replacing
from runtime.pipeline import Networks, Refinement, Selection, combine, find_faces, open_detector, open_landmarker

LIMIT = 8.0
CONFIDENT = 0.5
PLACE = 0.5
"""Longer sides of the points' box from its centre to the centre of points in the same place."""

BORDERS = {"black": cv2.BORDER_CONSTANT, "replicated": cv2.BORDER_REPLICATE}

WITHOUT = "without the turned search"


@dataclass(frozen=True, slots=True)
class RotationResult:
    """Result for one face at one angle."""

    right: bool
    confidently_wrong: bool
    missed: bool


RotationResults = dict[tuple[str, int], list[RotationResult]]
"""By network and degrees."""


def turn_picture(
    image: NDArray[np.uint8], degrees: float, border: str = "black"
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Turn a picture (H, W, 3) uint8 clockwise about its middle onto a canvas that holds it.

    Args:
        image: the picture; turned by nothing it stays as it is.
        degrees: the angle.
        border: what lies around it, a key of :data:`BORDERS`.

    Returns:
        The picture, and the (2, 3) affine map from its old pixels to the new ones.
    """
    height, width = image.shape[:2]
    cos, sin = (round(way(math.radians(degrees)), 12) for way in (math.cos, math.sin))
    size = [math.ceil(abs(a) * width + abs(b) * height - 1e-6) for a, b in ((cos, sin), (sin, cos))]
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0]])
    matrix[:, 2] = (np.array(size) - 1) / 2 - matrix[:, :2] @ ((width - 1) / 2, (height - 1) / 2)
    turned = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=BORDERS[border])
    return turned, matrix  # type: ignore[return-value]


def judge(faces: Sequence[Face], truth: NDArray[np.floating]) -> RotationResult:
    """Compare the faces found in a picture with the points (68, 2) of the one that is there."""
    eyes = float(eye_distance(truth))
    reach = PLACE * float(np.ptp(truth, axis=0).max())
    here = [face for face in faces if np.linalg.norm((face.landmarks[:, :2] - truth).mean(axis=0)) <= reach]
    wrong = [100 * np.linalg.norm(face.landmarks[:, :2] - truth, axis=1).mean() / eyes > LIMIT for face in here]
    return RotationResult(
        not all(wrong),
        any(bad and face.confidence > CONFIDENT for bad, face in zip(wrong, here, strict=True)),
        not here,
    )


def open_networks(models: Sequence[str]) -> dict[str, Networks]:
    """Open landmark networks with the shipped detector."""
    detector = open_detector(load_model("blazeface-back", "detector"), "cpu")[0]
    return {name: combine(detector, open_landmarker(load_model(name, "landmarks"), "cpu")[0]) for name in models}


def measure_rotation(
    pipelines: Mapping[str, Networks], samples: Sequence[Sample], step: int = 15, border: str = "black"
) -> RotationResults:
    """Turn each photograph by each multiple of ``step`` degrees and search for its face.

    Faces that are not found in the upright photograph are left out. The first network is also measured without the
    search of the turned picture.
    """
    name, first = next(iter(pipelines.items()))
    pipelines = {**pipelines, f"{name}, {WITHOUT}": dataclasses.replace(first, turned=None)}
    # one detector for all, which runs once on a picture
    detect, detect_turned = _Memory(first.detector), _Memory(first.turned) if first.turned else None
    pipelines = {
        name: dataclasses.replace(each, detector=detect, turned=detect_turned if each.turned else None)
        for name, each in pipelines.items()
    }
    outcomes: RotationResults = {(name, degrees): [] for name in pipelines for degrees in range(0, 360, step)}
    for sample in tqdm(samples, desc=f"turning, border {border}", unit="photograph"):
        image = read_image(sample.image)
        references = {name: _reference(networks, image, sample.points) for name, networks in pipelines.items()}
        for degrees in range(0, 360, step):
            turned, matrix = turn_picture(image, degrees, border)
            for name, reference in references.items():
                if reference is not None:
                    truth = reference @ matrix[:, :2].T + matrix[:, 2]
                    outcomes[name, degrees].append(judge(_find(pipelines[name], turned), truth))
    return outcomes


def rotation_report(outcomes: RotationResults) -> str:
    """Return two Markdown tables: each network over all angles, and the share of right faces at each."""
    names = list(dict.fromkeys(name for name, _ in outcomes))
    angles = sorted({degrees for _, degrees in outcomes})
    shares = {key: np.mean([each.right for each in found]) for key, found in outcomes.items()}
    rows = []
    for name in names:
        found = [each for degrees in angles for each in outcomes[name, degrees]]
        worst = min(angles, key=lambda degrees: shares[name, degrees])
        rows.append(
            (
                name,
                str(len(outcomes[name, angles[0]])),
                f"{np.mean([each.right for each in found]):.2%}",
                f"{shares[name, worst]:.1%} at {worst}",
                f"{np.mean([each.confidently_wrong for each in found]):.2%}",
                f"{np.mean([each.missed for each in found]):.2%}",
            )
        )
    head = ("network", "faces", "right", "worst angle", "confidently wrong", "missed")
    by_angle = [
        (f"{degrees}", *(f"{shares[name, degrees]:.1%}" for name in names if outcomes[name, degrees]))
        for degrees in angles
    ]
    return f"{markdown_table(head, rows)}\n\n{markdown_table(('degrees', *names), by_angle)}"


def measure_upright_cost(name: str, networks: Networks, samples: Sequence[Sample], rounds: int = 10) -> str:
    """Measure the cost of the turned search on upright photographs, interleaved with a pipeline without it."""
    images = [read_image(sample.image) for sample in samples]
    searches = 0

    def counted(image: NDArray[np.uint8]) -> list[object]:
        nonlocal searches
        searches += 1
        return networks.turned(image) if networks.turned else []  # type: ignore[return-value]

    counting = dataclasses.replace(networks, turned=counted)  # type: ignore[arg-type]
    for image in images:
        _find(counting, image)
    calls: dict[tuple[str, int], Compute] = {}
    for index, image in enumerate(images):
        calls["bare", index] = partial(_bare, networks, image)
        calls["whole", index] = partial(_find, networks, image)
    with tqdm(total=rounds * len(calls), desc=f"timing, {name}", unit="call", leave=False) as bar:
        timed = time_calls(calls, rounds, warm_up=0, advance=bar.update)
    bare, whole = ([latency(timed[way, index].wall) for index in range(len(images))] for way in ("bare", "whole"))
    ratios = [each.ratio_to(other) for each, other in zip(whole, bare, strict=True)]
    totals = sum(each.p50 for each in whole) / sum(each.p50 for each in bare)
    return (
        f"`{name}`: {searches} of {len(images)} upright photographs are searched turned; time against the pipeline "
        f"without this search: {np.median(ratios) - 1:+.1%} (median of the photographs), {totals - 1:+.1%} (all "
        "photographs together)."
    )


def draw_rotation(outcomes: RotationResults, path: Path) -> None:
    """Plot the share of right faces over the angle, a line for each network."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    angles = sorted({degrees for _, degrees in outcomes})
    for name in dict.fromkeys(name for name, _ in outcomes):
        shares = [100 * np.mean([each.right for each in outcomes[name, degrees]]) for degrees in angles]
        axes.plot(angles, shares, "--" if name.endswith(WITHOUT) else "-", marker=".", label=name)
    axes.set(xlabel="angle of the photograph, degrees", ylabel="faces with the right points, %", ylim=(0, 103))
    axes.set_xticks(range(0, 360, 45))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="lower left")
    with replacing(path) as part:
        figure.savefig(part, dpi=120)


class _Memory:
    """A detector that caches its result for the last image."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._last: tuple[NDArray[np.uint8], list[Detection]] | None = None

    def __call__(self, image: NDArray[np.uint8]) -> list[Detection]:
        if self._last is None or self._last[0] is not image:
            self._last = image, self._detector(image)
        return self._last[1]


def _find(networks: Networks, image: NDArray[np.uint8]) -> list[Face]:
    return find_faces([image], networks, Selection(), Refinement())[0][0]


def _bare(networks: Networks, image: NDArray[np.uint8]) -> list[Face]:
    detections = networks.detector(image)
    regions = [detection_region(each, networks.landmarker.spec.crop_scale) for each in detections]
    result = networks.landmarker(image, regions)
    return [
        Face(points, each.box, each.score, confidence, estimate_pose(points))
        for each, points, confidence in zip(detections, result.points, result.confidence.tolist(), strict=True)
    ]


def _reference(networks: Networks, image: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return points (68, 2) of the annotated face in the upright picture; None where it is not found."""
    centre, eyes = points.mean(axis=0), float(eye_distance(points))
    found = sorted(_distances(_find(networks, image), centre), key=lambda item: item[0])
    return found[0][1] if found and found[0][0] < eyes / 2 else None


def _distances(faces: Sequence[Face], centre: NDArray[np.float32]) -> Iterator[tuple[float, NDArray[np.float32]]]:
    for face in faces:
        flat = face.landmarks[:, :2]
        yield float(np.linalg.norm(flat.mean(axis=0) - centre)), flat
