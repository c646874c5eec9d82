"""Comparison with other pipelines: the same frames, one thread each, interleaved in one run.

``python -m benchmarks.baselines`` measures and writes a table and a plot of accuracy against frames per second.
"""
