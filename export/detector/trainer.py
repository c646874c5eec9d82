"""The detector's network, optimiser and moving average: steps, schedule and checkpoints."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from export.detector.configuration import DetectorConfig
from export.detector.data import FaceLabels
from export.detector.evaluation import to_network
from export.detector.hints import FeatureHints, TeacherFeatures
from export.detector.losses import detection_losses
from export.detector.model import DetectorNetworkConfig, FaceDetectorNetwork, cell_grid
from export.detector.targets import FaceBatch
from export.paths import REPOSITORY
from export.training import moving_average
from runtime.media.files import replacing

RECORD = "detector"
"""Metadata of a file of weights: network, configuration and number of pictures, as JSON."""


class DetectorTrainer:
    """Training state of a detector: the network, its optimiser and its moving average."""

    def __init__(self, config: DetectorConfig, threads: int = 1, yunet: Path | None = None) -> None:
        """Build the network, or load it from the configuration's ``init``.

        Args:
            config: configuration of the run.
            threads: threads of torch and of the teacher.
            yunet: YuNet's ``yunet_n_dynamic.onnx``, for a configuration with hints.

        Raises:
            FileNotFoundError: there is no checkpoint ``init``, or no ``yunet``.
            ValueError: the configuration has hints and ``yunet`` is missing.
        """
        torch.manual_seed(config.seed)
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        self.config = config
        network = load_detector_network(_found(config.init)) if config.init else FaceDetectorNetwork(config.network)
        self.network = network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = moving_average(FaceDetectorNetwork(network.config), config.ema)
        self.average.update_parameters(self.network)
        if config.losses.hints and yunet is None:
            raise ValueError("the recipe's `hints` need YuNet's file: name it by --yunet, or set losses.hints = 0")
        self.teacher = TeacherFeatures(yunet, threads) if yunet and config.losses.hints else None
        self.hints = FeatureHints(network.config.pyramid)
        parameters = [*network.parameters(), *(self.hints.parameters() if self.teacher else ())]
        self.optimiser = torch.optim.AdamW(
            # norms and biases do not decay
            [
                {"params": [item for item in parameters if item.dim() > 1], "weight_decay": config.weight_decay},
                {"params": [item for item in parameters if item.dim() <= 1], "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
        )
        self.step = 0
        self.pictures = 0
        self.seconds = 0.0

    @property
    def averaged(self) -> FaceDetectorNetwork:
        """Moving average of the network, in evaluation mode."""
        network = self.average.module
        assert isinstance(network, FaceDetectorNetwork)
        return network

    def train_step(self, images: NDArray[np.uint8], labels: list[FaceLabels]) -> dict[str, float]:
        """Run one optimiser step on pictures (N, H, W, 3) uint8 BGR and return the parts of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        levels = self.network.features(to_network(torch.from_numpy(images)))
        grid = cell_grid(*images.shape[1:3])
        faces = FaceBatch.of(labels, self.config.smallest)
        parts = detection_losses(self.network.heads(levels), faces, *grid, self.config.losses)
        if self.teacher:
            parts["hints"] = self.config.losses.hints * self.hints(levels, *self.teacher(images), faces, *grid)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        self.step += 1
        self.pictures += len(images)
        return {name: float(value.detach()) for name, value in parts.items()}

    def rate(self) -> float:
        """Return the learning rate: a linear warm-up, then a cosine decay to a hundredth."""
        progress = self.pictures / self.config.pictures
        if progress < self.config.warmup:
            return self.config.learning_rate * (progress / self.config.warmup + 1e-3)
        past = min(1.0, (progress - self.config.warmup) / (1 - self.config.warmup))
        return self.config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * past)) / 2)

    def save(self, path: Path) -> None:
        """Write a checkpoint atomically."""
        state = {
            "config": self.config.model_dump_json(),
            "network": self.network.config.model_dump_json(),
            "step": self.step,
            "pictures": self.pictures,
            "seconds": self.seconds,
            "current": self.network.state_dict(),
            "average": self.averaged.state_dict(),
            "hints": self.hints.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(path) as part:
            torch.save(state, part)

    def restore(self, path: Path) -> None:
        """Restore a checkpoint; the schedule follows the current configuration, not the checkpoint's.

        Raises:
            ValueError: the checkpoint is of another network.
        """
        state = _load(path)
        if _network_config(state) != self.network.config:
            raise ValueError(f"{path}: another network than the configuration's; set `init` to start a new run from it")
        self.network.load_state_dict(state["current"])
        self.averaged.load_state_dict(state["average"])
        self.hints.load_state_dict(state["hints"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.pictures, self.seconds = state["step"], state["pictures"], state["seconds"]
        self.average.n_averaged.fill_(1 + self.step)  # the first update was a copy


def load_detector_network(checkpoint: Path) -> FaceDetectorNetwork:
    """Load the averaged network of a checkpoint, or of a file that :func:`write_weights` wrote, in evaluation mode.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged.
    """
    if checkpoint.suffix == ".safetensors":
        if not checkpoint.is_file():
            raise FileNotFoundError(f"{checkpoint}: there is no such file")
        try:
            with safe_open(checkpoint, "pt") as file:
                record = json.loads((file.metadata() or {})[RECORD])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
            network = FaceDetectorNetwork(DetectorNetworkConfig.model_validate(record["network"])).eval()
        except (SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"{checkpoint}: not the weights of a detector ({error})") from error
        network.load_state_dict(
            {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
        )
        return network
    state = _load(checkpoint)
    network = FaceDetectorNetwork(_network_config(state)).eval()
    network.load_state_dict(state["average"])
    return network


def write_weights(checkpoint: Path, out: Path) -> None:
    """Write the averaged weights of a checkpoint as float16, for a run that starts from them (``init``).

    Raises:
        FileNotFoundError: there is no such checkpoint.
    """
    state = _load(checkpoint)
    weights = {
        name: (value.half() if value.is_floating_point() and "running" not in name else value).contiguous()
        for name, value in state["average"].items()
    }
    record = {
        "network": json.loads(state["network"]),
        "config": json.loads(state["config"]),
        "pictures": trained_pictures(checkpoint),
    }
    with replacing(out) as part:
        # one key alone: safetensors writes several in a random order, and the bytes would differ
        save_file(weights, part, metadata={RECORD: json.dumps(record)})


def trained_pictures(checkpoint: Path) -> int:
    """Return the number of pictures that a checkpoint, or a file of weights, has seen with the runs it started from.

    Raises:
        FileNotFoundError: the checkpoint, or what its run started from, is missing.
    """
    if checkpoint.suffix == ".safetensors":
        with safe_open(checkpoint, "pt") as file:
            return int(json.loads(file.metadata()[RECORD])["pictures"])
    state = _load(checkpoint)
    init = DetectorConfig.model_validate_json(state["config"]).init
    return int(state["pictures"]) + (trained_pictures(_found(init)) if init else 0)


def _found(name: str) -> Path:
    """Return a file as it is named, or in the checkout."""
    path = Path(name)
    return path if path.exists() or path.is_absolute() else REPOSITORY / path


def _load(checkpoint: Path) -> dict[str, Any]:
    return torch.load(io.BytesIO(checkpoint.read_bytes()), map_location="cpu", weights_only=True)  # type: ignore[no-any-return]


def _network_config(state: dict[str, Any]) -> DetectorNetworkConfig:
    return DetectorNetworkConfig.model_validate_json(state["network"])
