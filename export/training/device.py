"""Device and precision of a training run: bfloat16 autocast is used only where a measurement shows it to be faster."""

from __future__ import annotations

import copy
import dataclasses
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from export.networks import INPUT_SIZE, LandmarkNetwork

DEVICES = ("auto", "cpu", "cuda")
FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
ROUNDS = 3
"""Number of measured steps of each format, interleaved; the minimum counts."""
MEASURED_CROPS = 8
"""Crops of a measured step on a CPU, where a whole batch without bfloat16 instructions takes 15 seconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Compute:
    """Device, precision and micro-batch size of a run.

    Attributes:
        device: ``"cpu"`` or ``"cuda"``.
        precision: ``"float32"``, or ``"bfloat16"`` for autocast; weights and losses are float32 in both.
        crops: micro-batch size; a larger batch is processed in parts, with the same gradient.
        seconds: measured time of one training step by format; empty if the format was given.
    """

    device: str = "cpu"
    precision: str = "float32"
    crops: int | None = None
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)

    def autocast(self) -> torch.autocast:
        """Return the context for the networks' forward passes."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bfloat16")

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON, together with processor, threads and torch version."""
        name = torch.cuda.get_device_name() if self.device == "cuda" else torch.backends.cpu.get_cpu_capability()
        return {
            **dataclasses.asdict(self),
            "processor": name,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }


def choose_device(name: str = "auto") -> str:
    """Return ``"cpu"`` or ``"cuda"``; ``"auto"`` chooses CUDA if torch finds a GPU.

    Raises:
        ValueError: the name is unknown, or it is ``"cuda"`` and torch finds no GPU.
    """
    if name not in DEVICES:
        raise ValueError(f"device = {name!r}; it is one of {', '.join(DEVICES)}")
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            f"device = 'cuda': torch {torch.__version__} finds no GPU; install torch with CUDA, or use --device cpu"
        )
    return name


def choose_compute(network: LandmarkNetwork, batch: int, device: str, precision: str = "auto") -> Compute:
    """Choose precision and micro-batch size of a run.

    Args:
        network: the network in its training mode, on any device; it is not changed.
        batch: crops per step.
        device: ``"cpu"`` or ``"cuda"``, see :func:`choose_device`.
        precision: ``"float32"``, ``"bfloat16"``, or ``"auto"`` to measure which is faster.

    Raises:
        ValueError: the precision is unknown.
        torch.OutOfMemoryError: a single crop does not fit into the GPU's memory.
    """
    if precision not in ("auto", *FORMATS):
        raise ValueError(f"precision = {precision!r}; it is one of auto, {', '.join(FORMATS)}")
    crops = batch if device == "cpu" else _crops_that_fit(network, batch)
    seconds: dict[str, float] = {}
    if precision == "auto":
        seconds = measure_formats(network, min(batch, MEASURED_CROPS) if device == "cpu" else crops, device)
        precision = min(seconds, key=seconds.__getitem__)
        times = ", ".join(f"{name} {value * 1e3:.0f} ms" for name, value in seconds.items())
        log.info("%s: %s is faster (a step: %s)", device, precision, times)
    else:
        log.info("%s: %s, as given", device, precision)
    if crops < batch:
        log.info("%s: %d crops fit into memory at once; a batch of %d is processed in parts", device, crops, batch)
    return Compute(device, precision, crops, seconds)


def measure_formats(network: LandmarkNetwork, crops: int, device: str) -> dict[str, float]:
    """Measure the seconds of a forward and backward pass of ``crops`` crops in each format; the minimum of a few."""
    seconds: dict[str, float] = {}
    steps = {name: _step(network, crops, Compute(device, name)) for name in FORMATS}
    for step in steps.values():
        step()  # warm-up: compilation and memory allocation
    for _ in range(ROUNDS):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            seconds[name] = min(seconds.get(name, float("inf")), time.perf_counter() - started)
        if max(seconds.values()) > 3 * min(seconds.values()):
            break  # far above the noise
    return seconds


def _step(network: LandmarkNetwork, crops: int, compute: Compute) -> Callable[[], None]:
    """Return a function that runs a forward and backward pass of a copy of the network on noise."""
    trained = copy.deepcopy(network).to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    generator = torch.Generator().manual_seed(0)  # leaves the global random state as it is
    images = torch.rand(crops, 3, INPUT_SIZE, INPUT_SIZE, generator=generator)
    images = images.to(compute.device, memory_format=torch.channels_last)

    def step() -> None:
        with compute.autocast():
            points, logits = trained.logits(images)
        (points.float().mean() + logits.float().mean()).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        if compute.device == "cuda":
            torch.cuda.synchronize()

    return step


def _crops_that_fit(network: LandmarkNetwork, batch: int) -> int:
    """Return the largest micro-batch whose step fits into the GPU's memory: the batch, halved until it runs."""
    while True:
        try:
            _step(network, batch, Compute("cuda"))()
        except torch.OutOfMemoryError:
            if batch == 1:
                raise
            batch = (batch + 1) // 2
            torch.cuda.empty_cache()
        else:
            return batch
