"""Training pictures of the detector: sources, labels from teacher networks, composites."""
