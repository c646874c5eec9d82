"""Points of the committed pictures as JSON; what ``benchmarks.trust.versions`` runs in each environment.

    python -m benchmarks.trust.points

It imports nothing but the runtime, because environments of old versions hold nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from runtime.bench.machine import this_machine
from runtime.media.images import read_image
from runtime.predictor import Predictor

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ("docs/images/astronaut.jpg", "docs/images/synthetic.jpg", "runtime/web/static/sample.jpg")
"""A photograph beside itself with points, a sheet of synthetic faces, and a small photograph."""

MODELS = ("full", "trimmed")


def points_of_pictures() -> dict[str, Any]:
    """Find the faces of the committed pictures with the freely licensed networks.

    Returns:
        ``machine``: processor and versions; ``pictures``: SHA-256 of the decoded pixels by path; ``faces``: by model
        and path a list of faces, each 68 pairs of x and y in pixels.
    """
    images = {name: read_image(ROOT / name) for name in PICTURES}
    faces: dict[str, dict[str, list[list[list[float]]]]] = {}
    for model in MODELS:
        with Predictor(model, device="cpu", threads=1) as predictor:
            faces[model] = {
                name: [face.landmarks[:, :2].tolist() for face in predictor(image)] for name, image in images.items()
            }
    machine = this_machine()
    return {
        "machine": {name: getattr(machine, name) for name in machine.__slots__},
        "pictures": {name: hashlib.sha256(image.tobytes()).hexdigest() for name, image in images.items()},
        "faces": faces,
    }


def main() -> None:
    """Print the points."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.trust.points", description="Points of the committed pictures as JSON."
    ).parse_args()
    print(json.dumps(points_of_pictures()))


if __name__ == "__main__":
    main()
