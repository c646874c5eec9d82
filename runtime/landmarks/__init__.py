"""The landmark network and what follows from points: regions, crops, masks, head pose, openings, blinks, PERCLOS."""

from runtime.landmarks.aligned_crops import AlignedCrop, Template, align_face, crop_part
from runtime.landmarks.blinks import BlinkConfig, BlinkDetector, EyeClosure
from runtime.landmarks.expression import (
    BrowRaise,
    Measures,
    brow_raise,
    face_measures,
    mouth_corner_lift,
    mouth_width,
)
from runtime.landmarks.face_masks import MaskPart, face_mask
from runtime.landmarks.head_pose import MEAN_HEAD, RIGID_POINTS, estimate_pose, pose_from_rotation
from runtime.landmarks.iris_finder import IrisFinder
from runtime.landmarks.landmarker import MAX_BATCH, Landmarker
from runtime.landmarks.openings import EyeOpening, eye_opening, mouth_opening
from runtime.landmarks.perclos import Perclos
from runtime.landmarks.pose_history import PoseHistory, PoseSample
from runtime.landmarks.region_of_interest import (
    CROP_SCALE,
    LEFT_EYE,
    RIGHT_EYE,
    Region,
    box_from_region,
    crop,
    detection_region,
    distance,
    ratio,
    region_from_points,
    regions_from_points,
)

__all__ = [
    "CROP_SCALE",
    "LEFT_EYE",
    "MAX_BATCH",
    "MEAN_HEAD",
    "RIGHT_EYE",
    "RIGID_POINTS",
    "AlignedCrop",
    "BlinkConfig",
    "BlinkDetector",
    "BrowRaise",
    "EyeClosure",
    "EyeOpening",
    "IrisFinder",
    "Landmarker",
    "MaskPart",
    "Measures",
    "Perclos",
    "PoseHistory",
    "PoseSample",
    "Region",
    "Template",
    "align_face",
    "box_from_region",
    "brow_raise",
    "crop",
    "crop_part",
    "detection_region",
    "distance",
    "estimate_pose",
    "eye_opening",
    "face_mask",
    "face_measures",
    "mouth_corner_lift",
    "mouth_opening",
    "mouth_width",
    "pose_from_rotation",
    "ratio",
    "region_from_points",
    "regions_from_points",
]
