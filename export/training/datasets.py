"""Sets of faces of a configuration: photographs and synthetic faces, for training and validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from export.annotations import Sample, list_samples, split_synthetic
from export.data import (
    FacePicture,
    add_pseudo_labels,
    holds_photographs,
    list_frames,
    load_labelled_faces,
    load_photographs,
    split_folder,
    split_set,
)
from export.pretrained import load_facemesh
from export.training.configuration import SetConfig

Item = TypeVar("Item")


def read_sets(
    sets: Sequence[SetConfig], seed: int = 0
) -> tuple[list[tuple[float, list[FacePicture]]], list[tuple[str, list[FacePicture]]]]:
    """Read the sets of a configuration.

    Returns:
        The weight and training faces of each set; the name and held-out faces of each annotated set.

    Raises:
        FileNotFoundError: a set is missing, or the FaceMesh wheel, from which photographs get their z.
        ValueError: a set has fewer faces than its ``count``.
    """
    rendered = [is_rendered(item) for item in sets]
    facemesh = (
        None if all(known or item.labels for item, known in zip(sets, rendered, strict=True)) else load_facemesh()
    )
    training: list[tuple[float, list[FacePicture]]] = []
    validation: list[tuple[str, list[FacePicture]]] = []
    for item, synthetic in zip(sets, rendered, strict=True):
        faces: list[FacePicture]
        if item.labels:
            labelled, held_labelled = load_labelled_faces(Path(item.path), Path(item.labels))
            faces, held_out = list(choose(labelled, item.count, seed, item.name)), list[FacePicture](held_labelled)
        elif synthetic:
            kept, held = split_synthetic(Path(item.path))
            faces, held_out = list(choose(kept, item.count, seed, item.name)), list[FacePicture](held)
        else:
            samples, held_samples = _read_samples(item)
            if item.pseudo_label_weight:
                samples = add_pseudo_labels(samples, item.name, item.pseudo_label_weight)
            samples = choose(samples, item.count, seed, item.name)
            faces = list(load_photographs(samples, facemesh, item.annotated or item.pseudo_label_weight > 0))
            held_out = list(load_photographs(held_samples, facemesh)) if item.annotated else []
        training.append((item.weight, faces))
        if item.annotated:
            validation.append((item.name, held_out))
    return training, validation


def is_rendered(item: SetConfig) -> bool:
    """Return whether a set is a folder of synthetic faces."""
    return bool(item.path) and not item.labels and not holds_photographs(Path(item.path))


def _read_samples(item: SetConfig) -> tuple[list[Sample], list[Sample]]:
    """Return training and validation samples of photographs; coarse labels are not used for validation."""
    if item.annotated:
        return split_folder(Path(item.path)) if item.path else split_set(item.name)
    return (list_samples(Path(item.path)) if item.path else list_frames(item.name)), []


def choose(items: Sequence[Item], count: int, seed: int, name: str) -> list[Item]:
    """Draw ``count`` items at random, all if it is 0; a smaller count gives a subset of a larger one.

    Raises:
        ValueError: there are fewer items.
    """
    if not count:
        return list(items)
    if count > len(items):
        raise ValueError(f"{name}: {len(items)} training faces, count = {count} are needed")
    order = np.random.default_rng(seed).permutation(len(items))
    return [items[index] for index in order[:count]]
