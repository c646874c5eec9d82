"""Faces followed through a stream: tracker, tracks, shot cuts and One Euro smoothing."""
