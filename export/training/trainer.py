"""Training state of a landmark network: steps, losses, moving average, log and checkpoints."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.checkpoint import checkpoint as recomputed
from tqdm import tqdm

from export.annotations import MIRROR
from export.data import Batch, FacePicture
from export.evaluation import annotation_crops, errors_of, torch_predict
from export.networks import LandmarkNetwork, build_network, to_input
from export.training.checkpoints import (
    AVERAGE,
    CHECKPOINT,
    NETWORK,
    OPTIMISER,
    CheckpointInfo,
    optimiser_tensors,
    read_group,
    read_info,
    restore_optimiser,
    write_checkpoint,
)
from export.training.configuration import TrainingConfig
from export.training.device import Compute
from export.training.initialisation import load_parent
from export.training.lineage import Record
from export.training.losses import adaptive_wing, mse, wing
from export.training.schedules import moving_average, warmup_cosine


class Trainer:
    """Training state of a landmark network: the network, its optimiser and its moving average."""

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
        self.average = moving_average(build_network(config.network), config.ema, compute.device)
        self.average.update_parameters(self.network)
        self.run = run
        self.validation = [(name, *annotation_crops(faces)) for name, faces in validation]
        self.steps = config.steps
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
        self.factor = warmup_cosine(self.steps, config.warmup)
        self.schedule = LambdaLR(self.optimiser, self.factor)
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
        """Run one optimiser step and return the parts of the loss."""
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
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return {name: float(value.detach()) for name, value in parts.items()}

    def restore(self, checkpoint: Path) -> None:
        """Continue from a checkpoint of the same run."""
        self.step = read_info(checkpoint).step
        self.network.load_state_dict(read_group(checkpoint, NETWORK))
        self.average.module.load_state_dict(read_group(checkpoint, AVERAGE))
        self.average.n_averaged.fill_(1 + self.step)  # the first update was a copy
        restore_optimiser(self.optimiser, read_group(checkpoint, OPTIMISER))
        self.schedule = LambdaLR(self.optimiser, self.factor, last_epoch=self.step - 1)

    def _logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute points and logits; a batch above the micro-batch size in parts, with gradient checkpointing."""
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
        if not error.numel():  # the mean of an empty tensor is NaN
            return error.sum()
        if self.config.loss == "mse":
            return mse(error)
        if self.config.loss == "adaptive-wing":
            return adaptive_wing(error, self.config.wing_width, self.config.wing_curvature)
        return wing(error, self.config.wing_width, self.config.wing_curvature)

    def _validate(self) -> dict[str, float]:
        network = self.average.module
        assert isinstance(network, LandmarkNetwork)
        predict = torch_predict(network, device=self.compute.device)
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
        groups = {
            NETWORK: self.network.state_dict(),
            AVERAGE: self.average.module.state_dict(),
            OPTIMISER: optimiser_tensors(self.optimiser),
        }
        write_checkpoint(self.run / CHECKPOINT, CheckpointInfo(self.config.network, self.step, self.record), groups)


def set_training_mode(network: LandmarkNetwork, config: TrainingConfig) -> None:
    """Set trainable parameters and the mode of batch norms as the configuration says."""
    if config.trainable == "presence":
        network.requires_grad_(False)
        network.presence.requires_grad_(True)
    network.train()
    if config.batch_norm == "frozen":
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def mirrored_mean(network: LandmarkNetwork, images: Tensor) -> Tensor:
    """Predict points (N, 68, 3) of images (N, 3, S, S), averaged with those of the mirrored images."""
    with torch.no_grad():
        points = network.logits(images)[0].float()
        mirrored = network.logits(images.flip(3))[0].float()[:, torch.from_numpy(MIRROR)]
    mirrored[..., 0] = images.shape[3] - 1 - mirrored[..., 0]
    return (points + mirrored) / 2
