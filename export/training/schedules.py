"""What changes with the steps of a run: the learning rate, and how long the moving average of the weights remembers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def warmup_cosine(steps: int, warmup: float) -> Callable[[int], float]:
    """Return the factor of the learning rate by step: a linear warm-up, then half a cosine to zero.

    Args:
        steps: of the run.
        warmup: share of the steps that warm up; at least one does.
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

    The first ``update_parameters`` copies everything; counters of batch norms stay as they are from then on.

    Args:
        model: of the same shape as the network that is averaged.
        ema: share of the average that an update keeps; less of it early on.
        device: of the average.
    """

    def update(average: Any, current: Any, updates: Tensor | int) -> None:
        if average[0].is_floating_point():
            # early on a long memory would only remember the start
            keep = min(ema, (1 + int(updates)) / (10 + int(updates)))
            torch._foreach_lerp_(average, current, 1 - keep)

    return AveragedModel(model, torch.device(device), multi_avg_fn=update, use_buffers=True).eval()
