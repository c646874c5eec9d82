"""Jitter and lag of tracked points, measured on clips with ground truth."""
