"""Real-time facial landmarks on the edge: faces, their 68 three-dimensional points, and head pose.

Example:
    >>> from runtime import Predictor, read_image
    >>> predictor = Predictor()
    >>> faces = predictor(read_image("photo.jpg"))
"""

import os as _os

# From 1.29 on, the first import of onnxruntime leaves an identifier in the home folder and sends usage data to
# Microsoft. This runtime is offline; ORT_DISABLE_TELEMETRY=0 permits it.
_os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# OpenCV reads this when it first uses FFmpeg, and offers no other switch: nothing is printed about damaged packets, of
# which VideoSource says what is missing. Redirecting stderr would take the lines of other threads with it.
_os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

from runtime.process import loading as _loading

with _loading():
    try:
        import cv2 as _cv2  # noqa: F401
    except ImportError as error:
        from runtime.errors import DependencyError

        raise DependencyError(
            f"OpenCV does not load ({error}). In a container without a screen: pip uninstall -y opencv-python, then "
            "pip install --force-reinstall opencv-python-headless; or install the system's OpenGL library "
            "(Debian and Ubuntu: apt-get install libgl1)."
        ) from error
    import onnxruntime as _onnxruntime

    from runtime import notebooks as _notebooks  # noqa: F401 - with it comes nearly all that is imported below
    from runtime import predictor as _predictor  # noqa: F401

if _os.environ["ORT_DISABLE_TELEMETRY"] != "0":
    # where another module imported onnxruntime before, its identifier is written, but nothing more is sent
    _onnxruntime.disable_telemetry_events()

from runtime.camera import CameraPose, camera_pose, default_intrinsics, draw_axes, iris_distance
from runtime.converters import to_pandas, to_supervision_detections, to_supervision_keypoints
from runtime.detection import BoxKind, Detection
from runtime.engine import ModelEntry, list_models
from runtime.errors import (
    ClosedError,
    DependencyError,
    DeviceError,
    ImageError,
    LandmarksError,
    ModelError,
    OptionError,
    VideoError,
    WebError,
    WindowError,
)
from runtime.face_parts import FACE_PARTS
from runtime.faces import Face, Pose
from runtime.irises import Iris, Irises
from runtime.landmarks import (
    AlignedCrop,
    BlinkConfig,
    BlinkDetector,
    BrowRaise,
    EyeClosure,
    EyeOpening,
    Measures,
    Perclos,
    PoseHistory,
    PoseSample,
    brow_raise,
    eye_opening,
    face_measures,
    mouth_corner_lift,
    mouth_opening,
    mouth_width,
)
from runtime.media import Style, draw_faces
from runtime.media.images import ColourOrder, convert_image, read_image
from runtime.media.video import CameraFormat, Frame, VideoSink, VideoSource, steady_rate
from runtime.notebooks import show
from runtime.pipeline import FrameResult, Report, StageTimes
from runtime.predictor import Predictor
from runtime.tracking import OneEuroFilter, SmoothingConfig, Tracker, TrackingConfig

__version__ = "0.2.0"

__all__ = [
    "FACE_PARTS",
    "AlignedCrop",
    "BlinkConfig",
    "BlinkDetector",
    "BoxKind",
    "BrowRaise",
    "CameraFormat",
    "CameraPose",
    "ClosedError",
    "ColourOrder",
    "DependencyError",
    "Detection",
    "DeviceError",
    "EyeClosure",
    "EyeOpening",
    "Face",
    "Frame",
    "FrameResult",
    "ImageError",
    "Iris",
    "Irises",
    "LandmarksError",
    "Measures",
    "ModelEntry",
    "ModelError",
    "OneEuroFilter",
    "OptionError",
    "Perclos",
    "Pose",
    "PoseHistory",
    "PoseSample",
    "Predictor",
    "Report",
    "SmoothingConfig",
    "StageTimes",
    "Style",
    "Tracker",
    "TrackingConfig",
    "VideoError",
    "VideoSink",
    "VideoSource",
    "WebError",
    "WindowError",
    "brow_raise",
    "camera_pose",
    "convert_image",
    "default_intrinsics",
    "draw_axes",
    "draw_faces",
    "eye_opening",
    "face_measures",
    "iris_distance",
    "list_models",
    "mouth_corner_lift",
    "mouth_opening",
    "mouth_width",
    "read_image",
    "show",
    "steady_rate",
    "to_pandas",
    "to_supervision_detections",
    "to_supervision_keypoints",
]
