"""Print the shipped networks with their licences, and what a predictor runs on.

::

    python examples/networks.py
    python examples/networks.py --model trimmed --device cuda
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import DeviceError, Predictor, list_models


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the networks, then the report of one predictor."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="full")
    parser.add_argument("--device", default="auto", help='"cpu", "cuda", "cuda:1", "openvino:GPU", ... (default: auto)')
    options = parser.parse_args(arguments)
    for entry in list_models():
        print(f"{entry.name}, {entry.role}, {entry.bytes / 1e6:.2f} MB: {entry.license}")
    try:
        predictor = Predictor(options.model, device=options.device)
    except DeviceError as error:  # there is no silent fallback
        print(f"on the CPU instead: {error}")
        predictor = Predictor(options.model, device="cpu")
    with predictor:
        report = predictor.report()
    print(f"{options.model}: {report.landmarks.providers} with {report.landmarks.threads} threads; {report.license}")


if __name__ == "__main__":
    main()
