"""A face detector of our own: training pictures and their labels, network, training, evaluation and export to ONNX."""
