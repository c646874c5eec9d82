"""The faces that a configuration names: photographs and synthetic ones, for training and for validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from export.data.crops import FacePicture
from export.data.mesh_labels import taught
from export.data.photographs import frames, load, split
from export.data.synthetic import split_synthetic
from export.pretrained.facemesh import load_facemesh
from export.training.configuration import SetConfig

Item = TypeVar("Item")


def read_sets(
    sets: Sequence[SetConfig], seed: int = 0
) -> tuple[list[tuple[float, list[FacePicture]]], list[tuple[str, list[FacePicture]]]]:
    """Training faces with each set's weight, and the held-out faces of the annotated sets with its name.

    Raises:
        FileNotFoundError: a set is not on this machine, or the FaceMesh wheel, which photographs get their z from.
        ValueError: a set has fewer faces than its ``count``.
    """
    facemesh = None if all(item.path for item in sets) else load_facemesh()
    training: list[tuple[float, list[FacePicture]]] = []
    validation: list[tuple[str, list[FacePicture]]] = []
    for item in sets:
        faces: list[FacePicture]
        if item.path:
            kept, held = split_synthetic(Path(item.path))
            faces, held_out = list(choose(kept, item.count, seed, item.name)), list[FacePicture](held)
        else:
            assert facemesh is not None
            samples, held_samples = split(item.name) if item.annotated else (frames(item.name), [])
            if item.taught:
                samples = taught(samples, item.name, item.taught)
            samples = choose(samples, item.count, seed, item.name)
            faces = list(load(samples, facemesh, item.annotated or item.taught > 0))
            held_out = list(load(held_samples, facemesh)) if item.annotated else []
        training.append((item.weight, faces))
        if item.annotated:
            validation.append((item.name, held_out))
    return training, validation


def choose(items: Sequence[Item], count: int, seed: int, name: str) -> list[Item]:
    """``count`` items at random, those of a smaller count among those of a larger; all if ``count`` is 0.

    Raises:
        ValueError: there are fewer.
    """
    if not count:
        return list(items)
    if count > len(items):
        raise ValueError(f"{name}: {len(items)} training faces, count = {count} are asked for")
    order = np.random.default_rng(seed).permutation(len(items))
    return [items[index] for index in order[:count]]
