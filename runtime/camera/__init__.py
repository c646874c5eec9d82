"""Faces in the camera's space: rotation and translation in millimetres, and their axes drawn."""

from runtime.camera.axes import draw_axes
from runtime.camera.iris_scale import IRIS_DIAMETER, iris_distance
from runtime.camera.perspective import EYE_DISTANCE, CameraPose, camera_pose, default_intrinsics

__all__ = [
    "EYE_DISTANCE",
    "IRIS_DIAMETER",
    "CameraPose",
    "camera_pose",
    "default_intrinsics",
    "draw_axes",
    "iris_distance",
]
