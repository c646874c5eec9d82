"""Checkpoints: a safetensors file of network, moving average and optimiser, with the run's record in its metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from runtime.media.files import replacing

CHECKPOINT = "checkpoint.safetensors"
"""Name of the file in a run's folder."""
NETWORK, AVERAGE, OPTIMISER = "network", "average", "optimiser"
"""Groups of tensors; a tensor's name is that of its group, a dot, and its own."""
KEY = "training"
"""The metadata's key, whose value is JSON."""


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """Metadata of a checkpoint.

    Attributes:
        network: ``"full"`` or ``"trimmed"``.
        step: number of steps trained.
        record: provenance, see :data:`export.training.lineage.Record`; None if there is none.
    """

    network: str
    step: int
    record: dict[str, Any] | None


def write_checkpoint(path: Path, info: CheckpointInfo, groups: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Write a checkpoint atomically.

    Args:
        path: the file.
        info: its metadata.
        groups: tensors by group and name.
    """
    metadata = {"network": info.network, "step": info.step, "record": info.record}
    tensors = {
        f"{group}.{name}": tensor.detach().cpu().contiguous()
        for group, members in groups.items()
        for name, tensor in members.items()
    }
    with replacing(path) as part:
        # one key alone: safetensors writes several in a random order, and the bytes would differ
        save_file(tensors, part, {KEY: json.dumps(metadata)})


def read_info(path: Path) -> CheckpointInfo:
    """Read the metadata of a checkpoint.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is not a checkpoint.
    """
    with _opened(path) as file:
        metadata = file.metadata() or {}
    if KEY not in metadata:
        raise ValueError(f"{path}: not a checkpoint of `python -m export train`")
    return CheckpointInfo(**json.loads(metadata[KEY]))


def read_group(path: Path, group: str) -> dict[str, Tensor]:
    """Read one group of a checkpoint's tensors onto the CPU, by name.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is not a checkpoint.
    """
    prefix = f"{group}."
    with _opened(path) as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 (the file is no mapping)
        return {name.removeprefix(prefix): file.get_tensor(name) for name in names}


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimiser's state as tensors named ``INDEX.KEY``, the index being the parameter's."""
    state = optimiser.state_dict()["state"]
    return {f"{index}.{key}": tensor for index, moments in state.items() for key, tensor in moments.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load the state returned by :func:`optimiser_tensors` into an optimiser of the same parameters."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(".")
        # restore the parameter's memory format, which safetensors does not store
        laid_out = torch.empty_like(parameters[int(index)]).copy_(tensor) if tensor.dim() else tensor
        state.setdefault(int(index), {})[key] = laid_out
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such checkpoint; make it with `python -m export train`, or name a shipped network such as full"
        )
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            yield file
    except SafetensorError as error:
        raise ValueError(f"{path}: not a checkpoint, or a corrupt one ({error})") from None
