"""A chain in a process of its own, for packages that ask for other versions of numpy and OpenCV than ours.

Only one process computes at a time, and each keeps the time itself: the way between them is not counted.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.baselines.pipelines.contender import ContenderMissingError, Schedule
from benchmarks.baselines.pipelines.environment import environment_python
from export.pretrained.facemesh import MESH_TO_68
from runtime.bench.timing import Spent

WORKER = Path(__file__).with_name("worker.py")


class RemoteVideoPipeline:
    """Plays a film to a chain of ``worker``."""

    def __init__(self, film: NDArray[np.uint8], chain: str, schedule: Schedule) -> None:
        """Start the worker and wait until it has loaded.

        Raises:
            ContenderMissingError: its environment is not there, or lacks a package.
        """
        python = environment_python()
        if not python.is_file():
            raise ContenderMissingError(
                f"{chain}: run `python -m benchmarks.baselines.pipelines.environment`, which installs it"
            )
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name, "frames.npy")
        np.save(self._file, film)
        # a file, for a pipe that nobody reads fills up and stops who writes
        self._log = Path(self._folder.name, "log.txt")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [str(python), str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._say(
            {
                "chain": chain,
                "film": str(self._file),
                "still": schedule == "every frame",
                "vertices": MESH_TO_68.tolist(),
            }
        )
        self._hear()

    def play(self, frames: int) -> list[Spent]:
        """Go on for so many frames; gives what each took."""
        self._say(["play", frames])
        return [Spent(wall, cpu) for wall, cpu in self._hear()]

    def points(self) -> list[NDArray[np.float32]]:
        """The points (68, 2) of each face in the frame that was played last."""
        self._say(["points", None])
        return [np.array(face, np.float32) for face in self._hear()]

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """The points (68, 2) of each face in a picture that stands alone."""
        np.save(self._file, image)
        self._say(["predict", str(self._file)])
        return [np.array(face, np.float32) for face in self._hear()]

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()
        self._folder.cleanup()

    def _say(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return json.loads(line)
        self._process.communicate()
        lines = self._log.read_text(errors="replace").strip().splitlines()
        self._folder.cleanup()
        reason = lines[-1] if lines else f"exit code {self._process.returncode}"
        raise ContenderMissingError(
            f"the worker ended: {reason}; run `python -m benchmarks.baselines.pipelines.environment`"
        )
