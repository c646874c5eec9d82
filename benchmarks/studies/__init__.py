"""Measurements behind single design decisions; run each with ``python -m benchmarks.studies.NAME``."""
