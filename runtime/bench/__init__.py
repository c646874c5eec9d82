"""Measurements of the runtime on this machine, for ``landmarks bench`` and ``landmarks compare``."""
