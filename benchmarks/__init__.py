"""Latency and model size. ``make bench`` runs the pytest-benchmark files; the modules run by ``python -m``."""

import os as _os

_os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read by the first import of onnxruntime, as in ``runtime``
