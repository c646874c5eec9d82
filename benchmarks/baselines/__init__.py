"""Side by side with what people would pick instead: the same frames, one thread each, interleaved in one run.

``python -m benchmarks.baselines`` measures and writes the table and the picture of accuracy against frames per second.
"""
