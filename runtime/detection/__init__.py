"""Face detection: letterboxed input, BlazeFace, non-maximum suppression, and the presence gate for empty frames."""
