"""Training loop of the detector: composites, checkpoints, validation, log, signals."""

from __future__ import annotations

import csv
import json
import logging
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader, IterableDataset

from export.detector.configuration import DetectorConfig
from export.detector.data import Composer, Composite, FaceLabels, Sources
from export.detector.evaluation import network_finder, recall_at, run_detector, threshold_for, validation_pictures
from export.detector.model import FaceDetectorNetwork
from export.detector.trainer import DetectorTrainer
from export.run_folders import remove_unfinished, writing_alone
from runtime.media.files import write_text

log = logging.getLogger(__name__)

Loaded = tuple[NDArray[np.uint8], list[FaceLabels]]


CHECKPOINT = "checkpoint.pt"

REUSE_DELAY = 8
"""Batches between a composite and its mirror image, so that neighbouring steps see different pictures."""


class CompositeStream(IterableDataset[Loaded]):
    """An infinite stream of batches: pictures (N, S, S, 3) uint8 BGR and their labels.

    Every composite is shown twice, the second time mirrored and in another light: composing takes longer than changing.
    """

    def __init__(self, composer: Composer, batch: int, seed: int) -> None:
        self.composer, self.batch, self.seed = composer, batch, seed

    def __iter__(self) -> Iterator[Loaded]:
        random = np.random.default_rng(self.seed)
        waiting: deque[list[Composite]] = deque()
        while True:
            composed = [self.composer.compose(random) for _ in range(self.batch)]
            waiting.append(composed)
            yield self._finished(composed, random, mirrored=False)
            if len(waiting) > REUSE_DELAY:
                yield self._finished(waiting.popleft(), random, mirrored=True)

    def _finished(self, composed: list[Composite], random: np.random.Generator, mirrored: bool) -> Loaded:
        varied = [self.composer.varied(each, random, mirrored) for each in composed]
        return np.stack([image for image, _ in varied]), [labels for _, labels in varied]


def train_detector(
    config: DetectorConfig,
    run_folder: Path,
    training: Sources,
    validation: Sources,
    *,
    yunet: Path | None = None,
    resume: bool = False,
    threads: int = 1,
    save_every: float = 150.0,
    validate_every: float = 900.0,
    composites: int = 160,
) -> Path:
    """Train until the schedule's end, or until SIGTERM or SIGINT, and return the checkpoint.

    Writes ``checkpoint.pt``, ``config.json`` and ``curve.csv`` to ``run_folder``.

    Args:
        config: configuration of the run.
        run_folder: folder of the run.
        training: sources of the training composites.
        validation: sources of the validation pictures.
        yunet: YuNet's ``yunet_n_dynamic.onnx``, for a configuration with hints.
        resume: continue from the run's checkpoint, with newly drawn pictures.
        threads: threads of torch; a separate process composes pictures.
        save_every: seconds between two checkpoints.
        validate_every: seconds between two validations.
        composites: number of validation composites, in addition to the scenes.

    Raises:
        FileExistsError: the run has a checkpoint and ``resume`` is False.
        FileNotFoundError: ``resume`` is True and there is no checkpoint.
        ValueError: the checkpoint is of another network, or the configuration has hints and ``yunet`` is missing.
        OSError: another run is writing the folder.
    """
    with writing_alone(run_folder):
        trainer = _trainer(config, run_folder, yunet, resume, threads)
        return _train(trainer, run_folder, training, validation, save_every, validate_every, composites)


def _trainer(
    config: DetectorConfig, run_folder: Path, yunet: Path | None, resume: bool, threads: int
) -> DetectorTrainer:
    """Prepare the run's folder and build the trainer, or restore it from the folder's checkpoint."""
    checkpoint = run_folder / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{checkpoint} exists: continue it with --resume or choose another --run")
    if resume and not checkpoint.exists():
        raise FileNotFoundError(f"{checkpoint}: nothing to resume; leave out --resume to start the run")
    remove_unfinished(run_folder)
    write_text(run_folder / "config.json", config.model_dump_json(indent=2) + "\n")
    cv2.setNumThreads(1)  # forked processes would inherit locked threads of the pool
    trainer = DetectorTrainer(config, threads, yunet)
    if resume:
        trainer.restore(checkpoint)
    return trainer


def _train(
    trainer: DetectorTrainer,
    run_folder: Path,
    training: Sources,
    validation: Sources,
    save_every: float,
    validate_every: float,
    composites: int,
) -> Path:
    config, checkpoint = trainer.config, run_folder / CHECKPOINT
    stream = CompositeStream(
        Composer(training, config.composites), config.batch, config.seed * 1_000_003 + trainer.pictures
    )
    loader = DataLoader(
        stream,
        batch_size=None,
        num_workers=1,
        prefetch_factor=4,
        collate_fn=_as_is,  # type: ignore[arg-type]
        worker_init_fn=_composing,
    )
    validator = Validator(validation, config, composites)
    losses: dict[str, list[float]] = {}
    saved = validated = time.monotonic()
    with stop_requests() as stopping:
        for batch in loader:
            for name, value in trainer.train_step(*batch).items():
                losses.setdefault(name, []).append(value)
            ended = bool(stopping) or trainer.pictures >= config.pictures
            if (time.monotonic() - validated >= validate_every or ended) and not stopping:
                row = {"pictures": trainer.pictures, "seconds": trainer.seconds, "rate": trainer.rate()}
                row |= {name: float(np.mean(values)) for name, values in losses.items()}
                _log(run_folder / "curve.csv", row | validator(trainer.averaged))
                losses, validated = {}, time.monotonic()
            if time.monotonic() - saved >= save_every or ended:
                trainer.seconds += time.monotonic() - saved
                saved = time.monotonic()
                trainer.save(checkpoint)
            if ended:
                break
    return checkpoint


@contextmanager
def stop_requests() -> Iterator[list[int]]:
    """Collect SIGTERM and SIGINT in a list within the block, instead of ending the process."""
    received: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _: received.append(got)) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Validator:
    """Validation: recall of held-out faces by size, at ``evaluation.FALSE_BOXES`` false boxes per image."""

    def __init__(self, sources: Sources, config: DetectorConfig, composites: int) -> None:
        """Compose the validation pictures.

        Args:
            sources: held-out pictures.
            config: configuration of the run.
            composites: number of composites, in addition to the scenes.
        """
        self._scenes, self._composites = validation_pictures(sources, Composer(sources, config.composites), composites)

    def __call__(self, network: FaceDetectorNetwork) -> dict[str, float]:
        """Compute threshold and recall in each bucket of ``evaluation.BUCKETS``, for scenes and for composites."""
        scores: dict[str, float] = {}
        for name, pictures in (("scenes", self._scenes), ("composites", self._composites)):
            outcomes = run_detector(network_finder(network), pictures)
            if outcomes:
                result = recall_at(outcomes, threshold_for(outcomes))
                scores[f"{name}_threshold"] = result.threshold
                scores |= {f"{name}_{bucket}": float(value) for bucket, value in enumerate(result.by_size)}
        return scores


def _log(path: Path, row: dict[str, float]) -> None:
    log.info("%s", json.dumps(row))
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in row.items()})


def _as_is(batch: Loaded) -> Loaded:
    """Return the batch unchanged: arrays are not collated to tensors."""
    return batch


def _composing(_: int) -> None:
    """Set up the composing process: SIGTERM, which the trainer sends, ends it; Ctrl-C does not."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
