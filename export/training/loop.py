"""A training run from its configuration to its checkpoint."""

from __future__ import annotations

import json
from multiprocessing.util import get_temp_dir
from pathlib import Path

import cv2
import torch

from export.data import CropConfig, CropStream, Jitter, load_scenery
from export.evaluation import draw_training
from export.networks import build_network
from export.run_folders import remove_unfinished, writing_alone
from export.training.checkpoints import CHECKPOINT, read_info
from export.training.configuration import TrainingConfig
from export.training.datasets import read_sets
from export.training.device import choose_compute, choose_device
from export.training.initialisation import initial_network
from export.training.lineage import check_same_run, describe_run, record_of
from export.training.trainer import Trainer, set_training_mode
from runtime.media.files import write_text


def train(
    config: TrainingConfig,
    run: Path,
    resume: bool = False,
    threads: int | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Path:
    """Train and return the checkpoint ``run/checkpoint.safetensors``.

    Also writes ``config.json``, ``compute.json`` (device, precision, measured times), ``curve.csv`` and ``curve.png``
    to ``run``.

    Args:
        config: configuration of the run.
        run: folder of the run.
        resume: continue from the run's checkpoint. On the same machine, with the same number of threads, the result is
            that of a run without an interruption, bit for bit.
        threads: threads of torch; torch's default if None.
        device: see :mod:`export.training.device`.
        precision: see :mod:`export.training.device`.

    Raises:
        FileExistsError: the run has a checkpoint and ``resume`` is False.
        FileNotFoundError: ``resume`` is True and there is no checkpoint, or training faces are missing.
        ValueError: the checkpoint was trained with another configuration, other faces or other parents; the device is
            not available; a parent has no record or cannot be converted; a shippable recipe trains on photographs.
        ModelError: a parent's ONNX file cannot be read.
        OSError: another run is writing the folder.
    """
    device = choose_device(device)
    with writing_alone(run):
        return _train(config, run, resume, threads, device, precision)


def _train(config: TrainingConfig, run: Path, resume: bool, threads: int | None, device: str, precision: str) -> Path:
    checkpoint = run / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise FileExistsError(f"{checkpoint} exists: continue it with --resume or choose another --run")
    if resume and not checkpoint.exists():
        raise FileNotFoundError(f"{checkpoint}: nothing to resume; leave out --resume to start the run")
    record = describe_run(config)
    if resume:
        check_same_run(record_of(read_info(checkpoint), checkpoint), record, checkpoint)
    remove_unfinished(run)
    if not resume:
        (run / "curve.csv").unlink(missing_ok=True)  # left by a run that was stopped before its first checkpoint
    write_text(run / "config.json", json.dumps(config.model_dump(mode="json"), indent=2) + "\n")
    torch.manual_seed(config.seed)
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)  # forked workers would inherit locked threads of the pool
    if threads:
        torch.set_num_threads(threads)

    training, validation = read_sets(config.sets, config.seed)
    network = build_network(config.network) if resume else initial_network(config, training)
    set_training_mode(network, config)
    compute = choose_compute(network, config.batch, device, _precision(run, device, precision) if resume else precision)
    write_text(run / "compute.json", json.dumps(compute.to_dict(), indent=2) + "\n")
    trainer = Trainer(config, network, run, validation, record, compute)
    if resume:
        trainer.restore(checkpoint)
        drop_rows(run / "curve.csv", trainer.step)
    crops = CropConfig(
        jitter=Jitter(rotation=config.rotation),
        degradation_probability=config.degradation_probability,
        occlusion_probability=config.occlusion_probability,
        warp_probability=config.warp_probability,
        negative_probability=config.negative_probability,
        scenery=load_scenery(),
    )
    stream = CropStream(training, crops, config.batch, seed=config.seed * 1_000_003, first=trainer.step)
    get_temp_dir()  # a worker that is slow to end is killed, and would leave one of its own behind
    trainer.run_all(iter(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=8)))
    draw_training(run / "curve.csv", run / "curve.png")
    return checkpoint


def drop_rows(curve: Path, step: int) -> None:
    """Drop rows after a step, which a run that was killed between its log and its checkpoint has written."""
    if not curve.exists():
        return
    lines = curve.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if int(line.partition(",")[0] or 0) <= step]
    if len(kept) < len(lines) - 1:
        write_text(curve, "\n".join([lines[0], *kept, ""]))


def _precision(run: Path, device: str, precision: str) -> str:
    """Return the precision that the run began with on this device; a measurement may come out differently now."""
    path = run / "compute.json"
    if precision != "auto" or not path.exists():
        return precision
    began = json.loads(path.read_text(encoding="utf-8"))
    return str(began["precision"]) if began.get("device") == device else precision
