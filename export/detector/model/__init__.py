"""The detector's network and its export to ONNX."""
