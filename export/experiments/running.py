"""Training and evaluation of rows in parallel processes; finished runs are skipped."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from export.annotations import data_root, list_samples, load_synthetic, read_labels, split_synthetic
from export.config_files import validate
from export.data import FacePicture, load_photographs, split_set
from export.evaluation import Errors, annotation_crops, errors_of, read_test_photographs, torch_predict
from export.experiments.rows import Experiment
from export.pretrained import load_facemesh
from export.training import (
    CHECKPOINT,
    TrainingConfig,
    check_unseen,
    choose_device,
    describe_run,
    lineage_of,
    load_network,
    train,
)
from export.worker_processes import end_with_parent
from runtime.media.files import replacing
from runtime.process import interruptible

TESTS = {
    "synthetic": "our synthetic faces of another seed",
    "real": "helen/test and afw/test",
    "face-synthetics": "face-synthetics/test, whose jaws follow the 3-D contour",
}
"""Test sets, on which no row is trained."""
SYNTHETIC_FACES = 300
"""Number of synthetic test faces, about that of the real ones."""
RESULT = "errors.npz"


def run_rows(
    rows: Sequence[Experiment],
    seeds: Sequence[int],
    runs: Path,
    synthetic_test: Path,
    jobs: int = 1,
    threads: int = 1,
    device: str = "auto",
    precision: str = "auto",
) -> None:
    """Train and evaluate every row with every seed in ``runs/ROW-SEED``, ``jobs`` at a time.

    A stopped run continues from its checkpoint. Each run logs to its ``log.txt``. ``threads``, ``device`` and
    ``precision`` are those of :func:`export.training.loop.train`.

    Raises:
        FileNotFoundError: training or test faces are missing.
        ValueError: a folder holds a run of another configuration, the synthetic test faces are of a seed that a row
            is trained on, the device is not available, or ``jobs`` is below 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs = {jobs}: at least 1 is needed")
    device = choose_device(device)
    load_synthetic(synthetic_test)  # raises before hours of training if faces are missing
    pending = []
    for seed in seeds:  # all rows of the first seed first, so that a stopped series has a complete table
        for row in rows:
            run = run_folder(runs, row.name, seed)
            config = row.training.model_copy(update={"seed": seed})
            check_config(config, run)
            check_unseen(row.name, lineage_of(describe_run(config)), synthetic_test)
            if not (run / RESULT).exists():
                pending.append((config, run))
    if not pending:
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), end_with_parent) as pool:
        how = {"threads": threads, "device": device, "precision": precision}
        futures = [pool.submit(_run_logged, config, run, synthetic_test, how) for config, run in pending]
        try:
            for future in tqdm(as_completed(futures), total=len(futures), desc="experiments", unit="run"):
                future.result()
        except BaseException:
            for process in multiprocessing.active_children():  # a run takes hours; it goes on from its checkpoint
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def run_folder(runs: Path, row: str, seed: int) -> Path:
    """Return the folder of a row's run."""
    return runs / f"{row}-{seed}"


def check_config(config: TrainingConfig, run: Path) -> None:
    """Check that a run's folder belongs to a configuration.

    Raises:
        ValueError: it was made with another configuration.
    """
    path = run / "config.json"
    if not path.exists():
        return
    found = validate(TrainingConfig, json.loads(path.read_text(encoding="utf-8")), f"{path}")
    if changed := [name for name in TrainingConfig.model_fields if getattr(found, name) != getattr(config, name)]:
        raise ValueError(
            f"{run}: was trained with another {', '.join(changed)}; delete it, or choose other --runs for this budget"
        )


def run_one(config: TrainingConfig, run: Path, synthetic_test: Path, how: dict[str, Any]) -> None:
    """Train one network with the options ``how`` of ``train``, and write its errors to ``run/errors.npz``."""
    checkpoint = train(config, run, resume=(run / CHECKPOINT).exists(), **how)
    predict = torch_predict(load_network(checkpoint))
    version = read_labels(synthetic_test)["version"]
    arrays: dict[str, np.ndarray] = {"images": np.array(count_images(config)), "version": version}
    for name, faces in read_tests(synthetic_test).items():
        crops, points = annotation_crops(faces)
        errors = errors_of(predict(crops), points)
        arrays[f"{name}/pixels"], arrays[f"{name}/eye_distance"] = errors.pixels, errors.eye_distance
    with replacing(run / RESULT) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def read_errors(run: Path) -> dict[str, Errors]:
    """Read the errors of a finished run by test set."""
    with np.load(run / RESULT) as arrays:
        return {name: Errors(arrays[f"{name}/pixels"], arrays[f"{name}/eye_distance"]) for name in TESTS}


def read_images(run: Path) -> int:
    """Read the number of different images that a finished run was trained on."""
    with np.load(run / RESULT) as arrays:
        return int(arrays["images"])


def read_version(run: Path) -> str:
    """Read the version of the generator that made the synthetic faces of a finished run."""
    with np.load(run / RESULT) as arrays:
        return str(arrays["version"])


def read_tests(synthetic_test: Path) -> dict[str, list[FacePicture]]:
    """Read the faces of each test set.

    Raises:
        FileNotFoundError: a set is missing.
    """
    rendered = list_samples(data_root().parent / "face-synthetics" / "test")
    return {
        "synthetic": list(load_synthetic(synthetic_test)[:SYNTHETIC_FACES]),
        "real": [face for faces in read_test_photographs().values() for face in faces],
        "face-synthetics": list(load_photographs(rendered, load_facemesh())),
    }


def count_images(config: TrainingConfig) -> int:
    """Count the different images that a configuration trains on."""
    return sum(
        item.count or len(split_synthetic(Path(item.path))[0] if item.path else split_set(item.name)[0])
        for item in config.sets
    )


def _run_logged(config: TrainingConfig, run: Path, synthetic_test: Path, how: dict[str, Any]) -> None:
    run.mkdir(parents=True, exist_ok=True)
    with (run / "log.txt").open("a") as log, contextlib.redirect_stderr(log):
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=log, force=True)
        with interruptible():  # the parent ends its workers by SIGTERM
            run_one(config, run, synthetic_test, how)
