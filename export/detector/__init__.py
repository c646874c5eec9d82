"""The project's own face detector: training pictures, labels, network, training, evaluation and export to ONNX."""
