"""Train a shipped landmark network further on your own pictures, convert it, and measure what it gained.

::

    python examples/train_on_your_pictures.py pictures/     # NAME.jpg beside NAME.pts: 68 points in 300-W's order
    python examples/train_on_your_pictures.py               # no pictures yet: 30 rendered faces, a few minutes

Every fifth picture is kept for the test. Each step is a command that is printed before it runs, so that it can be
repeated by hand. `make install` installs what it needs. More crops teach more: 200,000 take an hour on two cores.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from export.annotations import list_samples
from export.cli import main as export_command

RECIPE = """\
network = "full"
init = "full"              # the shipped network, read back out of its ONNX file
crops = {crops}
batch = 16
learning_rate = 2e-4       # small: the network is trained already
sets = [
    {{ name = "mine", weight = 1.0, path = '{folder}' }},
]
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all steps; gives the exit code of the last command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", type=Path, nargs="?", help="folder of pictures with .pts files (default: rendered)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/mine"), help="folder of the results (default: runs/mine)"
    )
    parser.add_argument("--crops", type=int, default=640, help="training crops (default: 640)")
    options = parser.parse_args(arguments)
    out: Path = options.out

    pictures = options.pictures
    if pictures is None:
        pictures = out / "rendered"
        if code := run("synthesize", "--count", "30", "--size", "192", "--out", pictures):
            return code
    train, test = divide(pictures, out)
    recipe, network = out / "mine.toml", out / "mine.onnx"
    recipe.write_text(RECIPE.format(crops=options.crops, folder=train.as_posix()), encoding="utf-8")

    return (
        run("train", recipe, "--run", out / "run")
        or run("onnx", "--checkpoint", out / "run" / "checkpoint.safetensors", "--out", network)
        or run("evaluate", "full", network, "--photographs", test, "--figures", out)
    )


def divide(pictures: Path, out: Path) -> tuple[Path, Path]:
    """Copy a folder's annotated pictures to ``out/train`` and, every fifth one, to ``out/test``."""
    folders = out / "train", out / "test"
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for index, sample in enumerate(list_samples(pictures)):
        for file in (sample.image, sample.image.with_suffix(".pts")):
            shutil.copy(file, folders[index % 5 == 4])
    return folders


def run(*words: str | Path) -> int:
    """Print a command of ``python -m export`` and run it; gives its exit code."""
    command = [str(word) for word in words]
    print(f"$ python -m export {shlex.join(command)}", flush=True)
    return export_command(command)


if __name__ == "__main__":
    raise SystemExit(main())
