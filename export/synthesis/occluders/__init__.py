"""Occluders: hands, held objects, other people, leaves, fences."""

from export.synthesis.occluders.occluders import Occluder, build_occluder, sample_occluder

__all__ = ["Occluder", "build_occluder", "sample_occluder"]
