"""One training loop for every network: schedule, moving average, checkpoints, log."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint as recomputed
from tqdm import tqdm

from export.data.annotations import MIRROR
from export.data.augmentation import Jitter
from export.data.crops import Batch, CropConfig, CropStream, FacePicture
from export.data.scenery import scenery
from export.evaluation.figures import draw_training
from export.evaluation.metrics import annotation_crops, errors_of, torch_predict
from export.networks.landmark_network import CONFIGS, LandmarkNetwork, build, to_input
from export.pretrained.facemesh import drop_blocks, start_full
from export.pretrained.onnx_network import load_onnx, names_onnx, read_network
from export.training.configuration import TrainingConfig
from export.training.datasets import read_sets
from export.training.device import Compute, choose_compute, choose_device
from export.training.initialisation import fit_last_layer, start_at_mean_shape
from export.training.lineage import Record, check_same_run, describe_run, load_state, read_checkpoint, record_of
from export.training.losses import adaptive_wing, mse, wing
from runtime.media.files import replacing, write_text


def load_network(checkpoint: Path) -> LandmarkNetwork:
    """The averaged network of a checkpoint, in evaluation mode.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is not a checkpoint.
    """
    state = _load(checkpoint)
    network = build(state["network"]).eval()
    network.load_state_dict(state["average"])
    return network


def load_parent(name: str) -> LandmarkNetwork:
    """Load the network that a recipe names as its init or teacher.

    Args:
        name: of a shipped network, or the path of an ONNX file or of a checkpoint.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ModelError: the ONNX file is no landmark network.
        ValueError: the file cannot be read back, or is not a checkpoint.
    """
    return read_network(load_onnx(name)) if names_onnx(name) else load_network(Path(name))


def train(
    config: TrainingConfig,
    run: Path,
    resume: bool = False,
    threads: int | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Path:
    """Train and return the checkpoint ``run/checkpoint.pt``.

    ``run`` also gets ``config.json``, ``compute.json`` (device, number format, measured times), ``curve.csv`` and
    ``curve.png``.

    Args:
        config: what decides the result.
        run: folder of the run.
        resume: go on from the run's checkpoint.
        threads: of torch; its own choice by default.
        device, precision: see :mod:`export.training.device`.

    Raises:
        FileExistsError: the run has a checkpoint and ``resume`` was not asked for.
        FileNotFoundError: ``resume`` without a checkpoint, or no faces to learn from.
        ValueError: the checkpoint to resume was trained with another configuration, on other faces or from another
            start; a device that is not there; a parent that does not record its training data or cannot be read back; a
            shippable recipe that trains on photographs.
        ModelError: a parent's ONNX file cannot be read.
    """
    device = choose_device(device)
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{checkpoint} exists: continue it with --resume or choose another --run")
    if resume and not checkpoint.exists():
        raise FileNotFoundError(f"{checkpoint}: nothing to resume; leave out --resume to start the run")
    state = _load(checkpoint) if resume else None
    record = describe_run(config)
    if state:
        check_same_run(record_of(state, checkpoint), record, checkpoint)
    run.mkdir(parents=True, exist_ok=True)
    if not resume:
        (run / "curve.csv").unlink(missing_ok=True)  # of a run that was stopped before its first checkpoint
    write_text(run / "config.json", json.dumps(config.model_dump(mode="json"), indent=2) + "\n")
    torch.manual_seed(config.seed)
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)  # a forked worker would inherit locked threads of the pool
    if threads:
        torch.set_num_threads(threads)

    training, validation = read_sets(config.sets, config.seed)
    network = build(config.network) if state else _start(config, training)
    set_training_mode(network, config)
    compute = choose_compute(network, config.batch, device, precision)
    write_text(run / "compute.json", json.dumps(compute.to_dict(), indent=2) + "\n")
    trainer = Trainer(config, network, run, validation, record, compute)
    if state:
        trainer.restore(state)
    crops = CropConfig(
        jitter=Jitter(rotation=config.rotation),
        degradation_probability=config.degradation_probability,
        occlusion_probability=config.occlusion_probability,
        warp_probability=config.warp_probability,
        negative_probability=config.negative_probability,
        scenery=scenery(),
    )
    stream = CropStream(training, crops, config.batch, seed=config.seed * 1_000_003 + trainer.step)
    trainer.run_all(iter(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=8)))
    draw_training(run / "curve.csv", run / "curve.png")
    return checkpoint


def mirrored_mean(network: LandmarkNetwork, images: Tensor) -> Tensor:
    """Points (N, 68, 3) of images (N, 3, S, S), averaged with those of their mirror images: a better teacher."""
    with torch.no_grad():
        points = network.logits(images)[0].float()
        mirrored = network.logits(images.flip(3))[0].float()[:, torch.from_numpy(MIRROR)]
    mirrored[..., 0] = images.shape[3] - 1 - mirrored[..., 0]
    return (points + mirrored) / 2


class Trainer:
    """A network, its optimiser and its moving average, stepped through batches."""

    def __init__(
        self,
        config: TrainingConfig,
        network: LandmarkNetwork,
        run: Path,
        validation: list[tuple[str, list[FacePicture]]],
        record: Record,
        compute: Compute,
    ) -> None:
        self.config, self.record, self.compute = config, record, compute
        self.network = network.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = build(config.network).eval().to(compute.device)
        self.average.load_state_dict(network.state_dict())
        self.run = run
        self.validation = [(name, *annotation_crops(faces)) for name, faces in validation]
        self.steps = max(1, config.crops // config.batch)
        self.step = 0
        set_training_mode(network, config)
        parameters: list[Tensor] = [item for item in network.parameters() if item.requires_grad]
        self.optimiser = torch.optim.AdamW(
            # norms, biases and slopes do not decay
            [
                {"params": [item for item in parameters if item.dim() > 1], "weight_decay": config.weight_decay},
                {"params": [item for item in parameters if item.dim() <= 1], "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
        )
        self.teacher = load_parent(config.teacher) if config.teacher else None
        if self.teacher:
            self.teacher.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run_all(self, batches: Iterator[Batch]) -> None:
        """Train to the end of the schedule."""
        every = max(1, self.steps // 25)
        totals: dict[str, float] = {}
        logged = self.step
        started = time.monotonic()
        with tqdm(total=self.steps, initial=self.step, unit="step", smoothing=0.05, mininterval=5) as bar:
            while self.step < self.steps:
                for name, value in self.train_step(next(batches)).items():
                    totals[name] = totals.get(name, 0.0) + value
                bar.update()
                if self.step % every == 0 or self.step == self.steps:
                    losses = {name: value / (self.step - logged) for name, value in totals.items()}
                    logged = self.step
                    totals.clear()
                    scores = self._validate()
                    self._log({"step": self.step, "seconds": time.monotonic() - started, **losses, **scores})
                    self._save()
                    bar.set_postfix({name: f"{value:.2f}" for name, value in scores.items()})

    def train_step(self, batch: Batch) -> dict[str, float]:
        """One optimiser step; gives the parts of the loss."""
        rate = self._rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = batch.to(self.compute.device)
        images = to_input(batch.images).to(memory_format=torch.channels_last)
        with self.compute.autocast():
            points, logits = self._logits(images)
        parts = self._losses(points.float(), logits.float(), images, batch)
        loss = torch.stack(list(parts.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimiser.step()
        self.step += 1
        self._average()
        return {name: float(value.detach()) for name, value in parts.items()}

    def restore(self, state: dict[str, object]) -> None:
        """Continue from a checkpoint's content."""
        self.network.load_state_dict(state["current"])  # type: ignore[arg-type]
        self.average.load_state_dict(state["average"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.step = int(state["step"])  # type: ignore[call-overload]

    def _logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The network's answers; where memory is short in parts, whose features are computed again for the gradient."""
        crops = self.compute.crops or len(images)
        if len(images) <= crops:
            return self.network.logits(images)
        parts = [recomputed(self.network.logits, part, use_reentrant=False) for part in images.split(crops)]
        points, logits = zip(*parts, strict=True)
        return torch.cat(points), torch.cat(logits)

    def _losses(self, points: Tensor, logits: Tensor, images: Tensor, batch: Batch) -> dict[str, Tensor]:
        config = self.config
        labelled = batch.annotated & batch.face
        error = points - batch.points
        parts = {
            "points": self._loss(error[labelled][..., :2]),
            "depth": config.depth_weight * self._loss(error[batch.face][..., 2]),
            "confidence": config.confidence_weight
            * F.binary_cross_entropy_with_logits(logits[:, 0], batch.face.float()),
        }
        if self.teacher is not None:
            with self.compute.autocast():
                teacher_points = mirrored_mean(self.teacher, images)
            parts["teacher"] = config.teacher_weight * self._loss((points - teacher_points)[batch.face][..., :2])
        return parts

    def _loss(self, error: Tensor) -> Tensor:
        if not error.numel():  # no such face in the batch: a mean of nothing would be NaN
            return error.sum()
        if self.config.loss == "mse":
            return mse(error)
        if self.config.loss == "adaptive-wing":
            return adaptive_wing(error, self.config.wing_width, self.config.wing_curvature)
        return wing(error, self.config.wing_width, self.config.wing_curvature)

    def _rate(self) -> float:
        """Linear warm-up, then half a cosine to zero."""
        warmup = max(1, int(self.config.warmup * self.steps))
        if self.step < warmup:
            return self.config.learning_rate * (self.step + 1) / warmup
        progress = (self.step - warmup) / max(1, self.steps - warmup)
        return self.config.learning_rate * (1 + math.cos(math.pi * progress)) / 2

    def _average(self) -> None:
        # early on a long memory would only remember the start
        keep = min(self.config.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            ours, theirs = list(self.average.state_dict().values()), list(self.network.state_dict().values())
            floats = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.is_floating_point()]
            torch._foreach_lerp_([a for a, _ in floats], [b for _, b in floats], 1 - keep)

    def _validate(self) -> dict[str, float]:
        predict = torch_predict(self.average, device=self.compute.device)
        return {name: errors_of(predict(crops), points).nme_mean for name, crops, points in self.validation}

    def _log(self, row: dict[str, float]) -> None:
        path = self.run / "curve.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if new:
                writer.writeheader()
            writer.writerow({name: f"{value:.6g}" for name, value in row.items()})

    def _save(self) -> None:
        state = {
            "network": self.config.network,
            "lineage": self.record,
            "step": self.step,
            "current": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(self.run / "checkpoint.pt") as part:
            torch.save(state, part)


def set_training_mode(network: LandmarkNetwork, config: TrainingConfig) -> None:
    """Let learn what the configuration says, and norms follow the batches only if it says so."""
    if config.trainable == "presence":
        network.requires_grad_(False)
        network.presence.requires_grad_(True)
    network.train()
    if config.batch_norm == "frozen":
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def _load(checkpoint: Path) -> dict[str, Any]:
    return load_state(read_checkpoint(checkpoint), checkpoint)


def _start(config: TrainingConfig, training: list[tuple[float, list[FacePicture]]]) -> LandmarkNetwork:
    faces = [face for _, pictures in training for face in pictures if face.annotated]
    if config.init == "scratch":
        network = build(config.network)
        start_at_mean_shape(network, faces)
        return network
    network = start_full() if config.init == "facemesh" else load_parent(config.init)
    if network.config != CONFIGS[config.network]:
        network = drop_blocks(network, CONFIGS[config.network])
    elif config.init != "facemesh":
        return network
    fit_last_layer(network, faces)
    return network
