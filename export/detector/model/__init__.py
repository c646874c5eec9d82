"""The detector's network and its export to ONNX."""

from export.detector.model.network import (
    KEYPOINTS,
    OUTPUTS,
    STEP,
    STRIDES,
    DetectorNetworkConfig,
    FaceDetectorNetwork,
    cell_grid,
    decode_boxes,
    decode_keypoints,
    multiply_adds,
    parameter_count,
)
from export.detector.model.onnx_export import write_onnx

__all__ = [
    "KEYPOINTS",
    "OUTPUTS",
    "STEP",
    "STRIDES",
    "DetectorNetworkConfig",
    "FaceDetectorNetwork",
    "cell_grid",
    "decode_boxes",
    "decode_keypoints",
    "multiply_adds",
    "parameter_count",
    "write_onnx",
]
