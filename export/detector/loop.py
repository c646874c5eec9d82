"""Training of the detector: schedule, moving average, checkpoints, log; made to run in the background for hours."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import logging
import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from export.detector.configuration import DetectorConfig, detector_config, detector_table
from export.detector.data.composites import Composer
from export.detector.data.labels import FaceLabels
from export.detector.data.sources import Sources
from export.detector.evaluation import (
    Outcome,
    network_finder,
    recall_at,
    run,
    threshold_for,
    to_network,
    validation_pictures,
)
from export.detector.losses import detection_losses
from export.detector.model.network import FaceDetectorNetwork, NetworkConfig, cell_grid
from export.detector.targets import FaceBatch
from runtime.media.files.atomic import replacing, write_text

log = logging.getLogger(__name__)

Loaded = tuple[NDArray[np.uint8], list[FaceLabels]]


class CompositeStream(IterableDataset[Loaded]):
    """Batches without end: pictures (N, S, S, 3) uint8 BGR and their faces."""

    def __init__(self, composer: Composer, batch: int, seed: int) -> None:
        self.composer, self.batch, self.seed = composer, batch, seed

    def __iter__(self) -> Iterator[Loaded]:
        cv2.setNumThreads(1)
        random = np.random.default_rng(self.seed)
        while True:
            composed = [self.composer(random) for _ in range(self.batch)]
            yield np.stack([image for image, _ in composed]), [labels for _, labels in composed]


class DetectorTrainer:
    """A network, its optimiser and its moving average, stepped through batches."""

    def __init__(self, config: DetectorConfig, threads: int = 1) -> None:
        """Raises FileNotFoundError if the configuration starts from a checkpoint that is not there."""
        torch.manual_seed(config.seed)
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        self.config = config
        network = load_network(Path(config.start)) if config.start else FaceDetectorNetwork(config.network)
        self.network = network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = FaceDetectorNetwork(network.config).eval()
        self.average.load_state_dict(network.state_dict())
        parameters = list(network.parameters())
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

    def train_step(self, images: NDArray[np.uint8], labels: list[FaceLabels]) -> dict[str, float]:
        """One optimiser step on pictures (N, H, W, 3) uint8 BGR; gives the parts of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        cells = self.network(to_network(torch.from_numpy(images)))
        grid = cell_grid(*images.shape[1:3])
        faces = FaceBatch.of(labels, self.config.smallest)
        parts = detection_losses(cells, faces, *grid, self.config.losses)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimiser.step()
        self.step += 1
        self.pictures += len(images)
        self._average()
        return {name: float(value.detach()) for name, value in parts.items()}

    def rate(self) -> float:
        """Linear warm-up, then half a cosine to a hundredth."""
        progress = self.pictures / self.config.pictures
        if progress < self.config.warmup:
            return self.config.learning_rate * (progress / self.config.warmup + 1e-3)
        past = min(1.0, (progress - self.config.warmup) / (1 - self.config.warmup))
        return self.config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * past)) / 2)

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "config": json.dumps(detector_table(self.config)),
            "network": json.dumps(dataclasses.asdict(self.network.config)),
            "step": self.step,
            "pictures": self.pictures,
            "seconds": self.seconds,
            "current": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(path) as part:
            torch.save(state, part)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint; the schedule is the configuration's, which may be another than then.

        Raises:
            ValueError: the checkpoint is of another network.
        """
        state = _load(path)
        if _network_config(state) != self.network.config:
            raise ValueError(f"{path}: another network than the configuration's; start it with `start = ...` instead")
        self.network.load_state_dict(state["current"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.pictures, self.seconds = state["step"], state["pictures"], state["seconds"]

    def _average(self) -> None:
        # early on a long memory would only remember the start
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True)
            floats = [(ours, theirs) for ours, theirs in pairs if ours.is_floating_point()]
            torch._foreach_lerp_([ours for ours, _ in floats], [theirs for _, theirs in floats], 1 - keep)


def train(
    config: DetectorConfig,
    run_folder: Path,
    training: Sources,
    validation: Sources,
    *,
    resume: bool = False,
    threads: int = 1,
    save_every: float = 150.0,
    validate_every: float = 900.0,
) -> Path:
    """Train until the schedule's end, or until SIGTERM or SIGINT, and return the checkpoint.

    ``run_folder`` gets ``checkpoint.pt``, ``config.json`` and ``curve.csv``.

    Args:
        config: what decides the result.
        run_folder: folder of the run.
        training, validation: what pictures are composed from.
        resume: go on from the run's checkpoint.
        threads: of torch; one beside it composes pictures.
        save_every, validate_every: seconds.

    Raises:
        FileExistsError: the run has a checkpoint and ``resume`` was not asked for.
        FileNotFoundError: ``resume`` without a checkpoint.
        ValueError: the checkpoint is of another network.
    """
    checkpoint = run_folder / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{checkpoint} exists: continue it with --resume or choose another --run")
    if resume and not checkpoint.exists():
        raise FileNotFoundError(f"{checkpoint}: nothing to resume; leave out --resume to start the run")
    run_folder.mkdir(parents=True, exist_ok=True)
    write_text(run_folder / "config.json", json.dumps(detector_table(config), indent=2) + "\n")
    trainer = DetectorTrainer(config, threads)
    if resume:
        trainer.restore(checkpoint)
    composer = Composer(training, config.composites)
    whole, composed = validation_pictures(validation, Composer(validation, config.composites))
    stream = CompositeStream(composer, config.batch, config.seed * 1_000_003 + trainer.pictures)
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))
    loader = DataLoader(
        stream,
        batch_size=None,
        num_workers=1,
        prefetch_factor=4,
        collate_fn=_as_is,
        worker_init_fn=_deaf,
    )
    batches = iter(loader)
    totals: dict[str, float] = {}
    steps = 0
    saved = validated = started = time.monotonic()
    while trainer.pictures < config.pictures and not stopping:
        for name, value in trainer.train_step(*next(batches)).items():
            totals[name] = totals.get(name, 0.0) + value
        steps += 1
        now = time.monotonic()
        last = trainer.pictures >= config.pictures
        if now - validated >= validate_every or last:
            scores = _validate(trainer.average, whole, composed)
            losses = {name: value / steps for name, value in totals.items()}
            row = {"pictures": trainer.pictures, "seconds": trainer.seconds + now - started, "rate": trainer.rate()}
            _log(run_folder / "curve.csv", {**row, **losses, **scores})
            log.info("%s", json.dumps({**row, **losses, **scores}))
            totals, steps, validated = {}, 0, time.monotonic()
        if now - saved >= save_every or last or stopping:
            trainer.seconds += now - started
            started = saved = now
            trainer.save(checkpoint)
    trainer.save(checkpoint)
    return checkpoint


def load_network(checkpoint: Path) -> FaceDetectorNetwork:
    """The averaged network of a checkpoint, in evaluation mode.

    Raises:
        FileNotFoundError: there is no such checkpoint.
    """
    state = _load(checkpoint)
    network = FaceDetectorNetwork(_network_config(state)).eval()
    network.load_state_dict(state["average"])
    return network


def _validate(
    network: FaceDetectorNetwork,
    whole: list[tuple[NDArray[np.uint8], FaceLabels]],
    composed: list[tuple[NDArray[np.uint8], FaceLabels]],
) -> dict[str, float]:
    """Recall of held-out faces by size, where there are as many false boxes an image as detectors are compared at."""
    find = network_finder(network)
    scores: dict[str, float] = {}
    for name, pictures in (("scenes", whole), ("composites", composed)):
        if not pictures:
            continue
        outcomes: list[Outcome] = run(find, pictures)
        result = recall_at(outcomes, threshold_for(outcomes))
        scores[f"{name}_threshold"] = result.threshold
        for bucket, value in enumerate(result.by_size):
            scores[f"{name}_{bucket}"] = float(value)
    return scores


def _log(path: Path, row: dict[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in row.items()})


def _as_is(batch: Loaded) -> Loaded:
    """Arrays stay arrays."""
    return batch


def _deaf(_: int) -> None:
    """The process that composes pictures is stopped by the trainer, not by the signals that it gets, too."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _load(checkpoint: Path) -> dict[str, Any]:
    return torch.load(io.BytesIO(checkpoint.read_bytes()), map_location="cpu", weights_only=True)  # type: ignore[no-any-return]


def _network_config(state: dict[str, Any]) -> NetworkConfig:
    table = json.loads(state["network"])
    return detector_config({"network": table}, "checkpoint").network
