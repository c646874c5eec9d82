"""Results of the Python modules for the pictures of the tests, as JSON for the JavaScript ones."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from runtime.detection import BLAZEFACE_GEOMETRY, Detection, FaceDetector
from runtime.detection.detection import WIDER_FACE_GEOMETRY
from runtime.detection.letterbox import letterbox_image
from runtime.detection.nms import weighted_nms
from runtime.engine.model_registry import ModelFile, load_model
from runtime.faces import Face
from runtime.landmarks.head_pose import estimate_pose
from runtime.landmarks.openings import eye_opening, mouth_opening
from runtime.landmarks.region_of_interest import (
    Region,
    box_from_region,
    crop,
    region_from_detection,
    region_from_points,
)
from runtime.pipeline import open_detector, open_iris_finder
from runtime.pipeline.frame_pipeline import FramePipeline
from runtime.pipeline.orientation import Fit, is_part, needs_turning
from runtime.pipeline.selection import ORDERS, Order, Selection
from runtime.tracking.config import TrackingConfig
from runtime.tracking.shot_cuts import CutDetector
from runtime.tracking.smoothing import OneEuroFilter, SmoothingConfig
from tests.detector_graphs import anchor_free_file


def write_cases(path: Path, photographs: list[np.ndarray], predictor: Any) -> None:
    """Write all cases into one JSON file.

    Args:
        photographs: (H, W, 3) uint8 BGR, at least one face each.
        predictor: a Predictor.
    """
    faces = [face for image in photographs for face in predictor(image)]
    own = anchor_free_file(path.with_name("anchor_free.onnx"))
    detectors = {
        "blazeface": open_detector(load_model("blazeface-back", "detector"), "cpu")[0],
        "anchor-free": open_detector(ModelFile("own", own, own.read_bytes()), "cpu", input_size=96)[0],
    }
    cases = {
        "letterbox": [letterbox_case(image) for image in pictures(photographs)],
        "crops": {
            "image": packed(photographs[0]),
            "regions": [crop_case(photographs[0], region, 192) for region in regions(photographs[0])],
        },
        "decode": [
            decode_case(name, detector, image, turns)
            for name, detector in detectors.items()
            for image in photographs
            for turns in range(4)
        ],
        "orientations": orientation_cases(photographs, predictor),
        "orders": [order_case(order) for order in ORDERS],
        "nms": [nms_case(seed) for seed in range(8)],
        "regions": [region_case(face) for face in faces],
        "poses": [pose_case(points) for points in heads(faces)],
        "faces": [face_case(face) for face in faces],
        "irises": [iris_case(image, predictor(image)) for image in photographs],
        "smoothing": smoothing_case(faces[0]),
        "tracking": asdict(TrackingConfig()),
        "selection": asdict(Selection()),
        "cuts": cuts_case(photographs),
    }
    path.write_text(json.dumps(cases), encoding="utf-8")


def pictures(photographs: list[np.ndarray]) -> list[np.ndarray]:
    """Shapes that take every way through the letterbox: shrunk, by a whole number, grown, flat, a single pixel."""
    first = photographs[0]
    return [
        *photographs,
        np.ascontiguousarray(first[:512, :512]),
        cv2.resize(first, (640, 480)),
        np.ascontiguousarray(first[100:160, 200:290]),
        np.ascontiguousarray(first[200:203, :]),
        np.ascontiguousarray(first[:1, :1]),
    ]


def regions(image: np.ndarray) -> list[Region]:
    """Upright, turned, smaller and much larger than a crop, half outside and quite outside."""
    height, width = image.shape[:2]
    x, y = width / 2, height / 3
    return [
        Region(x, y, 192.0),
        Region(x + 0.3, y - 0.4, 150.0, 0.3),
        Region(x, y, 80.0, -2.5),
        Region(x, y, 383.0, 0.7),
        Region(x, y, 450.0, 0.2),
        Region(x, y, 700.0, -0.4),
        Region(20.0, 10.0, 300.0, 0.1),
        Region(width - 5.0, height - 5.0, 600.0, 1.2),
        Region(-900.0, -900.0, 100.0),
        Region(-900.0, -900.0, 500.0),
    ]


def letterbox_case(image: np.ndarray) -> dict[str, Any]:
    boxes = []
    for size, step in ((128, 128), (256, 256), (256, 32)):
        boxed = letterbox_image(image, size, step)
        boxes.append({"size": size, "step": step, "pixels": encoded(boxed.pixels), "scale": boxed.scale.tolist()})
    return {"image": packed(image), "boxes": boxes}


def crop_case(image: np.ndarray, region: Region, size: int) -> dict[str, Any]:
    corners = np.array([[0, 0, 1], [size - 1, size / 2, -3]], np.float32)
    return {
        "region": asdict(region),
        "size": size,
        "pixels": encoded(crop(image, region, size)),
        "corners": corners.ravel().tolist(),
        "frame": region.to_frame(corners, size).tolist(),
    }


def decode_case(name: str, detector: FaceDetector, image: np.ndarray, turns: int) -> dict[str, Any]:
    """The network's real outputs for a photograph and its quarter turns, and what the detector makes of them."""
    boxed = detector.letterbox(image)
    pixels = np.ascontiguousarray(np.rot90(boxed.pixels, turns))
    layout = detector._format
    outputs = detector._session.run(layout.OUTPUTS, {layout.INPUT: layout.feed(pixels)})
    detections = detector.decode(*detector.run(pixels), boxed, turns)
    layout_values = {"anchors": layout.anchors} if name == "blazeface" else {"strides": layout.strides}
    return {
        "spec": {"name": name, "format": name, **layout_values},
        "turns": turns,
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "outputs": {output: values.ravel().tolist() for output, values in zip(layout.OUTPUTS, outputs, strict=True)},
        "scale": boxed.scale.tolist(),
        "detections": [
            {"box": each.box.tolist(), "score": each.score, "keypoints": each.keypoints.tolist()} for each in detections
        ],
    }


def orientation_cases(photographs: list[np.ndarray], predictor: Any) -> list[dict[str, Any]]:
    """Faces as they are, turned and cut off, alone and together; and what the Python room says of them."""
    networks = predictor._networks()
    cases = []
    for photograph in photographs:
        turned = [np.ascontiguousarray(np.rot90(photograph, turns)) for turns in range(4)]
        for image in (*turned, np.ascontiguousarray(photograph[:150])):
            pipeline = FramePipeline(image, networks)
            detections = pipeline.detect()
            found = pipeline.landmarks([pipeline.region(each) for each in detections])
            fits = [Fit(*each) for each in zip(detections, found, strict=True)]
            fits += [part_of(fit) for fit in fits]
            for certain in (False, True):
                cases.append(orientation_case(fits, image.shape, certain))
    return cases


def part_of(fit: Fit) -> Fit:
    """What a detector may find in the middle of a face: half its size, and doubtful."""
    left, top, right, bottom = fit.detection.box
    box = np.array([left * 3 + right, top * 3 + bottom, left + right * 3, top + bottom * 3], np.float32) / 4
    return Fit(Detection(box, 0.5, fit.detection.keypoints), fit.found)


def orientation_case(fits: list[Fit], shape: tuple[int, ...], certain: bool) -> dict[str, Any]:
    return {
        "fits": [
            {
                "detection": {
                    "box": fit.detection.box.tolist(),
                    "score": fit.detection.score,
                    "keypoints": fit.detection.keypoints.tolist(),
                },
                "points": fit.found.points.tolist(),
                "confidence": fit.found.confidence,
                "rotation": fit.found.crop_region.rotation,
            }
            for fit in fits
        ],
        "height": shape[0],
        "width": shape[1],
        "certain": certain,
        "agreements": [fit.agreement for fit in fits],
        "aparts": [fit.apart for fit in fits],
        "turning": needs_turning(fits, shape, certain),
        "tilted": [fit.tilted for fit in fits],
        "parts": [is_part(fit, fits) for fit in fits],
    }


def order_case(order: Order) -> dict[str, Any]:
    """Detections of which some are alike in size or score, and the order that they are put in."""
    random = np.random.default_rng(0)
    boxes = [[0.0, 0.0, *map(float, random.integers(1, 4, 2))] for _ in range(12)]
    scores = [float(score) / 4 for score in random.integers(1, 5, 12)]
    found = [
        Detection(np.array(box, np.float32), score, np.zeros((6, 2), np.float32))
        for box, score in zip(boxes, scores, strict=True)
    ]
    indices = [[each is other for other in found].index(True) for each in Selection(order=order).sorted(found)]
    given = [{"box": box, "score": score} for box, score in zip(boxes, scores, strict=True)]
    return {"order": order, "found": given, "indices": indices}


def nms_case(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 60, (40, 2))
    boxes = np.concatenate([corner, corner + random.uniform(10, 40, (40, 2))], axis=1)
    keypoints = random.uniform(0, 100, (40, 6, 2))
    # few different scores, so that the order of equal ones counts
    scores = random.integers(5, 10, 40) / 10
    coordinates = np.concatenate([boxes, keypoints.reshape(40, 12)], axis=1)
    merged, best = weighted_nms(coordinates, scores, 0.3)
    return {
        "candidates": [
            {"coordinates": each, "score": score}
            for each, score in zip(coordinates.tolist(), scores.tolist(), strict=True)
        ],
        "threshold": 0.3,
        "merged": [
            {"coordinates": each, "score": score} for each, score in zip(merged.tolist(), best.tolist(), strict=True)
        ],
    }


def region_case(face: Face) -> dict[str, Any]:
    eyes = face.landmarks[36:42, :2].mean(axis=0), face.landmarks[42:48, :2].mean(axis=0)
    return {
        "landmarks": face.landmarks.tolist(),
        "box": face.box.tolist(),
        "eyes": [eye.tolist() for eye in eyes],
        "back": box_from_region(region_from_detection(face.box, *eyes, 1.35), 1.35).tolist(),
        "geometries": [
            {"geometry": asdict(geometry), "region": asdict(region_from_detection(face.box, *eyes, 1.35, geometry))}
            for geometry in (BLAZEFACE_GEOMETRY, WIDER_FACE_GEOMETRY)
        ],
        "from_points": asdict(region_from_points(face.landmarks, 1.35)),
    }


def heads(faces: list[Face]) -> list[np.ndarray]:
    """The faces found, the same turned about, and two without any orientation."""
    random = np.random.default_rng(0)
    turned = [faces[0].landmarks @ np.linalg.qr(random.normal(size=(3, 3)))[0].astype(np.float32) for _ in range(20)]
    line = np.outer(np.arange(68), [1, 2, 3]).astype(np.float32)
    return [*(face.landmarks for face in faces), *turned, line, np.ones((68, 3), np.float32)]


def pose_case(points: np.ndarray) -> dict[str, Any]:
    pose = estimate_pose(points)
    angles = [pose.yaw, pose.pitch, pose.roll]
    known = bool(np.isfinite(angles).all())
    return {
        "landmarks": points.tolist(),
        "angles": angles if known else None,
        "axes": pose.axes().tolist() if known else None,
    }


def face_case(face: Face) -> dict[str, Any]:
    return {
        "detection": {"box": face.box.tolist(), "score": face.score},
        "result": {"points": face.landmarks.tolist(), "confidence": face.confidence},
        "dict": face.to_dict(),
        "eyes": asdict(eye_opening(face)),
        "mouth": mouth_opening(face),
    }


def iris_case(image: np.ndarray, faces: list[Face]) -> dict[str, Any]:
    """The crops that the iris network gets, what it gives, and the irises that follow."""
    finder = open_iris_finder(load_model("iris", "iris"), "cpu")[0]
    calls = []
    run = finder.run

    def recorded(crops: np.ndarray) -> np.ndarray:
        points = run(crops)
        calls.append({"crops": encoded(crops), "points": points.ravel().tolist()})
        return points

    finder.run = recorded
    irises = finder([image] * len(faces), faces)
    return {
        "image": packed(image),
        "faces": [{"landmarks": face.landmarks.tolist(), "pose": asdict(face.pose)} for face in faces],
        "calls": calls,
        "irises": [each.to_dict() for each in irises],
    }


def smoothing_case(face: Face) -> dict[str, Any]:
    """A face that rests, moves, opens its mouth and rests again, with noise, at uneven times."""
    random = np.random.default_rng(0)
    smooth = OneEuroFilter(SmoothingConfig())
    steps = []
    for index in range(40):
        points = face.landmarks + random.normal(0, 0.3, (68, 3)).astype(np.float32)
        points[:, 0] += 4 * np.clip(index - 10, 0, 10)
        points[48:] += 2 * np.clip(index - 20, 0, 8)
        elapsed = float(random.uniform(0.01, 0.1))
        steps.append({"points": points.tolist(), "elapsed": elapsed, "smooth": smooth(points, 120, elapsed).tolist()})
    return {"config": asdict(SmoothingConfig()), "size": 120, "steps": steps}


def cuts_case(photographs: list[np.ndarray]) -> list[dict[str, Any]]:
    """Noise, a brighter frame, a pan, another picture."""
    first, second = (np.ascontiguousarray(image[:300, :400]) for image in photographs)
    noisy = np.clip(first + np.random.default_rng(0).normal(0, 8, first.shape), 0, 255).astype(np.uint8)
    frames = [
        first,
        noisy,
        cv2.convertScaleAbs(first, alpha=1.2),
        np.roll(first, 6, axis=1),
        second,
    ]
    cut = CutDetector(TrackingConfig().cut)
    return [{"image": packed(frame), "cut": bool(cut(frame))} for frame in frames]


def packed(image: np.ndarray) -> dict[str, Any]:
    """As a browser has it: RGBA."""
    height, width = image.shape[:2]
    return {"width": width, "height": height, "data": encoded(cv2.cvtColor(image, cv2.COLOR_BGR2RGBA))}


def encoded(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
