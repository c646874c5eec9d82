"""Synthetic faces: parametric heads, rendered with exact landmarks."""
