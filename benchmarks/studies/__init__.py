"""Measurements behind single design decisions; each runs by ``python -m benchmarks.studies.NAME``."""
