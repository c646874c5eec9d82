"""From trained networks to published ONNX files, manifest and model cards."""
