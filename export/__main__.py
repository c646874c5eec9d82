"""``python -m export``: networks, train, evaluate, onnx, detector."""

from export.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
