"""What this project promises, measured: ``python -m benchmarks.targets`` prints every target and what is reached.

Ratios are of median CPU times, from computations that took turns in one run, on one thread.
"""
