"""Training, synthesis and export of the networks. Never imported by ``runtime``."""

import os as _os

_os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read by the first import of onnxruntime, as in ``runtime``
