"""Regression gate, ``python -m benchmarks.gate``, and the reference values that it compares with."""
