"""Faces of nobody: parametric heads, rendered with exact landmarks."""
