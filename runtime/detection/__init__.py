"""Face detection: letterboxed input, BlazeFace, non-maximum suppression, and the presence gate for empty frames."""

from runtime.detection.blazeface import DAMAGED, BlazeFace, BlazeFaceSpec, Detection, Detector
from runtime.detection.letterbox import Letterbox, letterbox_image
from runtime.detection.matching import SAME_FACE, match
from runtime.detection.nms import iou, weighted_nms
from runtime.detection.presence_gate import PresenceGate

__all__ = [
    "DAMAGED",
    "SAME_FACE",
    "BlazeFace",
    "BlazeFaceSpec",
    "Detection",
    "Detector",
    "Letterbox",
    "PresenceGate",
    "iou",
    "letterbox_image",
    "match",
    "weighted_nms",
]
