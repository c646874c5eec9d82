"""A pipeline in a separate process, for packages that need other versions of numpy and OpenCV than this project.

Only one process computes at a time, and each measures its own time, so that communication is not counted.
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
from export.pretrained import MESH_TO_68
from runtime.bench.timing import Spent

WORKER = Path(__file__).with_name("worker.py")


class RemoteVideoPipeline:
    """A pipeline of ``worker`` on a video."""

    def __init__(self, video: NDArray[np.uint8], pipeline: str, schedule: Schedule) -> None:
        """Start the worker and wait until it has loaded.

        Raises:
            ContenderMissingError: the worker's environment is not installed, or lacks a package.
        """
        python = environment_python()
        if not python.is_file():
            raise ContenderMissingError(
                f"{pipeline}: run `python -m benchmarks.baselines.pipelines.environment`, which installs it"
            )
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name, "frames.npy")
        np.save(self._file, video)
        # a file, because a pipe that is not read fills up and blocks the worker
        self._log = Path(self._folder.name, "log.txt")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [str(python), str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._send(
            {
                "pipeline": pipeline,
                "video": str(self._file),
                "still": schedule == "every frame",
                "vertices": MESH_TO_68.tolist(),
            }
        )
        self._receive()

    def play(self, frames: int) -> list[Spent]:
        """Process the next frames and return the time of each."""
        self._send(["play", frames])
        return [Spent(wall, cpu) for wall, cpu in self._receive()]

    def points(self) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in the last frame."""
        self._send(["points", None])
        return [np.array(face, np.float32) for face in self._receive()]

    def predict(self, image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the points (68, 2) of each face in a single image (H, W, 3) uint8 BGR."""
        np.save(self._file, image)
        self._send(["predict", str(self._file)])
        return [np.array(face, np.float32) for face in self._receive()]

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()
        self._folder.cleanup()

    def _send(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def _receive(self) -> Any:
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
