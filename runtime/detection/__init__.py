"""Face detection: letterboxed input, the detector, its networks' formats, and the presence gate for empty frames."""

from runtime.detection.anchor_free import AnchorFreeFormat
from runtime.detection.blazeface import BlazeFaceFormat, anchor_centres
from runtime.detection.detection import BLAZEFACE_GEOMETRY, BoxGeometry, BoxKind, Detection, Detector
from runtime.detection.face_detector import DAMAGED, FARTHEST, MAX_FACES, FaceDetector
from runtime.detection.formats import detector_format
from runtime.detection.letterbox import Letterbox, letterbox_image
from runtime.detection.matching import SAME_FACE, covered, match
from runtime.detection.nms import iou, weighted_nms
from runtime.detection.output_format import DetectorFormat
from runtime.detection.presence_gate import PresenceGate
from runtime.detection.similarity import fit_similarity
from runtime.detection.yunet import YuNetFormat

__all__ = [
    "BLAZEFACE_GEOMETRY",
    "DAMAGED",
    "FARTHEST",
    "MAX_FACES",
    "SAME_FACE",
    "AnchorFreeFormat",
    "BlazeFaceFormat",
    "BoxGeometry",
    "BoxKind",
    "Detection",
    "Detector",
    "DetectorFormat",
    "FaceDetector",
    "Letterbox",
    "PresenceGate",
    "YuNetFormat",
    "anchor_centres",
    "covered",
    "detector_format",
    "fit_similarity",
    "iou",
    "letterbox_image",
    "match",
    "weighted_nms",
]
