"""``python -m benchmarks.gate``: the regression gate, and the reference values that it compares with."""
