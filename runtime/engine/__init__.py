"""onnxruntime sessions, caches of optimised graphs, and the registry of model files."""
