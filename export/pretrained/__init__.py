"""Networks of MediaPipe (Apache-2.0), read from TensorFlow Lite files: FaceMesh, BlazeFace and the iris network."""

from export.pretrained.blazeface import DETECTORS, DetectorSource, detector_to_onnx, export_detectors, narrow_file
from export.pretrained.facemesh import MESH_POINTS, MESH_TO_68, drop_blocks, load_facemesh, mesh_points, start_full
from export.pretrained.iris import iris_parameters, iris_to_onnx
from export.pretrained.onnx_network import load_onnx, names_onnx, read_metadata, read_network
from export.pretrained.tflite_file import Operator, TfliteGraph, find_packaged, read_graph

__all__ = [
    "DETECTORS",
    "MESH_POINTS",
    "MESH_TO_68",
    "DetectorSource",
    "Operator",
    "TfliteGraph",
    "detector_to_onnx",
    "drop_blocks",
    "export_detectors",
    "find_packaged",
    "iris_parameters",
    "iris_to_onnx",
    "load_facemesh",
    "load_onnx",
    "mesh_points",
    "names_onnx",
    "narrow_file",
    "read_graph",
    "read_metadata",
    "read_network",
    "start_full",
]
