"""Targets of speed, size and memory, measured by ``python -m benchmarks.targets``.

Ratios are those of median CPU times, interleaved in one run, on one thread.
"""
