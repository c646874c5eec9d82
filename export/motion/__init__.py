"""Jitter and lag of tracked points, measured on films whose truth is known."""
