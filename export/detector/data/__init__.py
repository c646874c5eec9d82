"""Training pictures of the detector: sources, labels by teachers, composites."""
