"""Measuring the runtime on the machine at hand: what ``landmarks bench`` and ``landmarks compare`` do."""
