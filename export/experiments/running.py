"""Training and measuring of rows, several side by side; what is finished is skipped."""

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

from export.config_files import validate
from export.data.annotations import data_root, list_samples
from export.data.crops import FacePicture
from export.data.photographs import load, split
from export.data.synthetic import load_synthetic, read_labels, split_synthetic
from export.evaluation.accuracy import read_test_photographs
from export.evaluation.metrics import Errors, annotation_crops, errors_of, torch_predict
from export.experiments.rows import Experiment
from export.pretrained.facemesh import load_facemesh
from export.training.checkpoints import CHECKPOINT
from export.training.configuration import TrainingConfig
from export.training.device import choose_device
from export.training.initialisation import load_network
from export.training.lineage import check_unseen, describe_run, lineage_of
from export.training.loop import train
from runtime.media.files import replacing

TESTS = {
    "synthetic": "our synthetic faces of another seed",
    "real": "helen/test and afw/test",
    "face-synthetics": "face-synthetics/test, whose jaws follow the 3-D contour",
}
"""The test sets, none of which any row sees in training."""
SYNTHETIC_FACES = 300
"""So many of the folder's faces are test faces here: as many as there are real ones."""
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
    """Train and measure every row with every seed in ``runs/ROW-SEED``, ``jobs`` at a time.

    A stopped run goes on from its checkpoint. What a job says goes to its ``log.txt``. ``threads``, ``device`` and
    ``precision`` are those of :func:`export.training.loop.train`.

    Raises:
        FileNotFoundError: training or test faces are not on this machine.
        ValueError: a folder holds a run of another configuration, the synthetic test faces are of a seed that a row
            is trained on, there is no such device, or no job may run.
    """
    if jobs < 1:
        raise ValueError(f"jobs = {jobs}: at least 1 is needed")
    device = choose_device(device)
    load_synthetic(synthetic_test)  # missing faces are noticed now, not hours later
    pending = []
    for seed in seeds:  # the first seed of all rows first: a stopped series still has a whole table
        for row in rows:
            run = run_folder(runs, row.name, seed)
            config = row.training.model_copy(update={"seed": seed})
            check_config(config, run)
            check_unseen(row.name, lineage_of(describe_run(config)), synthetic_test)
            if not (run / RESULT).exists():
                pending.append((config, run))
    if not pending:
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        how = {"threads": threads, "device": device, "precision": precision}
        futures = [pool.submit(_run_logged, config, run, synthetic_test, how) for config, run in pending]
        try:
            for future in tqdm(as_completed(futures), total=len(futures), desc="experiments", unit="run"):
                future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def run_folder(runs: Path, row: str, seed: int) -> Path:
    """Return the folder of a row's run."""
    return runs / f"{row}-{seed}"


def check_config(config: TrainingConfig, run: Path) -> None:
    """Refuse to mix runs.

    Raises:
        ValueError: the run's folder was made with another configuration.
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
    """Train one network, ``how`` being options of ``train``, and write its errors to ``run/errors.npz``."""
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
    """Return how many different images a finished run was trained on."""
    with np.load(run / RESULT) as arrays:
        return int(arrays["images"])


def read_version(run: Path) -> str:
    """Read the version of the generator that made the synthetic faces of a finished run."""
    with np.load(run / RESULT) as arrays:
        return str(arrays["version"])


def read_tests(synthetic_test: Path) -> dict[str, list[FacePicture]]:
    """Read the faces of each test set.

    Raises:
        FileNotFoundError: a set is not on this machine.
    """
    rendered = list_samples(data_root().parent / "face-synthetics" / "test")
    return {
        "synthetic": list(load_synthetic(synthetic_test)[:SYNTHETIC_FACES]),
        "real": [face for faces in read_test_photographs().values() for face in faces],
        "face-synthetics": list(load(rendered, load_facemesh())),
    }


def count_images(config: TrainingConfig) -> int:
    """Count the different images that a configuration trains on."""
    return sum(
        item.count or len(split_synthetic(Path(item.path))[0] if item.path else split(item.name)[0])
        for item in config.sets
    )


def _run_logged(config: TrainingConfig, run: Path, synthetic_test: Path, how: dict[str, Any]) -> None:
    run.mkdir(parents=True, exist_ok=True)
    with (run / "log.txt").open("a") as log, contextlib.redirect_stderr(log):
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=log, force=True)
        run_one(config, run, synthetic_test, how)
