"""Schedules of a run: the learning rate, and the decay of the moving average of the weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def warmup_cosine(steps: int, warmup: float) -> Callable[[int], float]:
    """Return the factor of the learning rate by step: a linear warm-up, then a cosine decay to zero.

    Args:
        steps: number of steps of the run.
        warmup: share of the steps for the warm-up, which has at least one.
    """
    rising = max(1, int(warmup * steps))

    def factor(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        progress = (step - rising) / max(1, steps - rising)
        return (1 + math.cos(math.pi * progress)) / 2

    return factor


def moving_average(model: nn.Module, ema: float, device: str = "cpu") -> AveragedModel:
    """Return an exponential moving average of weights and running statistics, in evaluation mode.

    The first ``update_parameters`` copies everything; counters of batch norms are not updated afterwards.

    Args:
        model: a network with the architecture of the averaged one.
        ema: decay per update; lower for the first updates.
        device: device of the average.
    """

    def update(average: Any, current: Any, updates: Tensor | int) -> None:
        if average[0].is_floating_point():
            # with the full decay the first averages would be dominated by the initial weights
            keep = min(ema, (1 + int(updates)) / (10 + int(updates)))
            torch._foreach_lerp_(average, current, 1 - keep)

    return AveragedModel(model, torch.device(device), multi_avg_fn=update, use_buffers=True).eval()
