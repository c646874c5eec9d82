"""The compared pipelines: this runtime, MediaPipe, dlib, OpenCV, LiteRT and the study's."""
