"""Description of the machine: processor, system and versions."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

import runtime
from runtime.engine import instruction_set


@dataclass(frozen=True, slots=True)
class Machine:
    """Machine and date of a measurement.

    Attributes:
        processor: trade name.
        instructions: widest vector instructions: ``"avx512"``, ``"avx2"``, ``"neon"``, or ``"scalar"``.
        cpus: number of CPUs that this process may use.
        system: operating system and architecture.
        python, onnxruntime, opencv, numpy, runtime: versions.
        day: date in ISO 8601.
    """

    processor: str
    instructions: str
    cpus: int
    system: str
    python: str
    onnxruntime: str
    opencv: str
    numpy: str
    runtime: str
    day: str

    def to_text(self) -> str:
        """Format machine, versions and date as a line of text."""
        return (
            f"{self.processor} ({self.instructions}, {self.cpus} CPUs), {self.system}, onnxruntime {self.onnxruntime}, "
            f"OpenCV {self.opencv}, Python {self.python}, {self.day}"
        )

    @property
    def make(self) -> str:
        """Make of processor and its instructions for a file name, whatever number of its CPUs a process may use."""
        # without trade marks, clock rates and core counts
        name = re.sub(r"\((r|tm|c)\)|\bcpu\b|\bprocessor\b|@.*$|\d+-core", " ", self.processor.lower())
        return f"{slug(name)}-{self.instructions}"

    @property
    def slug(self) -> str:
        """Processor, instructions and CPUs for a file name."""
        return f"{self.make}-{self.cpus}cpu"


def this_machine() -> Machine:
    """Describe the machine that this process runs on, with today's date."""
    return Machine(
        processor=_processor(),
        instructions=instruction_set(),
        cpus=usable_cpus(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        onnxruntime=onnxruntime.__version__,
        opencv=cv2.__version__,
        numpy=np.__version__,
        runtime=runtime.__version__,
        day=date.today().isoformat(),
    )


def usable_cpus() -> int:
    """Return the number of CPUs that this process may use; in a container fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def slug(text: str) -> str:
    """Convert a text to lower-case letters, digits, dots and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") or "unknown"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.+)$", information.read_text(), re.MULTILINE)
        if found:
            return found[1].strip()
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if name:
            return name
    return platform.processor() or platform.machine() or "unknown"
