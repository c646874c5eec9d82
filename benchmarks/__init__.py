"""Latency and model size. ``make bench`` runs the pytest-benchmark files; the modules run by ``python -m``."""
