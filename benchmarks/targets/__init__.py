"""Targets of speed, size and memory: ``python -m benchmarks.targets`` measures and prints each.

Ratios are of median CPU times, interleaved in one run, on one thread.
"""
