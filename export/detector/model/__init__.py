"""The detector's network, the decoding of its outputs, and its export to ONNX."""
