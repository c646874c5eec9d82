"""Networks of MediaPipe (Apache-2.0), read from TensorFlow Lite files: FaceMesh and BlazeFace."""
