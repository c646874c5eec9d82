"""Faces in the camera's space: rotation and translation in millimetres, and their axes drawn."""

from runtime.camera.axes import draw_axes
from runtime.camera.perspective import CameraPose, camera_pose, default_intrinsics

__all__ = ["CameraPose", "camera_pose", "default_intrinsics", "draw_axes"]
