"""The pipelines that are compared: ours, MediaPipe, dlib, OpenCV, LiteRT and the study's."""
