"""The face detector's network: single-stage, anchor-free, separable convolutions, strides 8, 16 and 32.

Cells and levels as in YuNet (Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y). Every channel count is a multiple of
16 and every activation a ReLU, so that the whole graph stays in onnxruntime's blocked layout.
"""

from __future__ import annotations

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt
from torch import Tensor, nn

from export.config_files import Config

STRIDES = (8, 16, 32)
"""Input pixels per cell of the three levels."""

KEYPOINTS = ("right eye", "left eye", "nose tip", "right mouth corner", "left mouth corner")
"""Names of the keypoints; right is the subject's right, on the left of an unmirrored picture."""

OUTPUTS = 1 + 4 + 2 * len(KEYPOINTS)
"""Values per cell: logit of the score; box centre x, y; log width, log height; keypoints x, y.

Box centres and keypoints are relative to the cell's centre; all lengths are in strides of the cell's level.
"""

STEP = STRIDES[-1]
"""Input sides are multiples of this many pixels."""

PRIOR = 0.01
"""Score of every cell before training."""


Channels = Annotated[int, Field(ge=16, multiple_of=16)]


class DetectorNetworkConfig(Config):
    """Channels and depth.

    Attributes:
        stem: channels at a half and at a quarter of the sides.
        quarter: residual blocks at a quarter of the sides.
        channels: channels at strides 8, 16 and 32.
        blocks: residual blocks at strides 8, 16 and 32, after the block that halves the sides.
        pyramid: channels of the feature pyramid and of the heads.
    """

    stem: Annotated[tuple[Channels, Channels], Field(strict=False)] = (16, 32)
    quarter: NonNegativeInt = 1
    channels: Annotated[tuple[Channels, Channels, Channels], Field(strict=False)] = (64, 96, 128)
    blocks: Annotated[tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt], Field(strict=False)] = (2, 2, 2)
    pyramid: Channels = 64


class Separable(nn.Module):
    """Depthwise separable 3x3 convolution with batch norm, a residual connection if shapes allow, and ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        y = self.norm(self.pointwise(self.depthwise(x)))
        return F.relu(x + y if self.residual else y)


class FaceDetectorNetwork(nn.Module):
    """The detector network: images (N, 3, H, W) float32 RGB 0..1, sides multiples of 32, to raw cells."""

    def __init__(self, config: DetectorNetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DetectorNetworkConfig()
        half, quarter = config.stem
        self.stem = nn.Conv2d(3, half, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(half)
        self.descent = nn.Sequential(
            Separable(half, quarter, 2), *(Separable(quarter, quarter) for _ in range(config.quarter))
        )
        inputs, stages = quarter, []
        for outputs, blocks in zip(config.channels, config.blocks, strict=True):
            stages.append(
                nn.Sequential(Separable(inputs, outputs, 2), *(Separable(outputs, outputs) for _ in range(blocks)))
            )
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.lateral = nn.ModuleList(nn.Conv2d(count, config.pyramid, 1) for count in config.channels)
        self.smooth = nn.ModuleList(Separable(config.pyramid, config.pyramid) for _ in STRIDES)
        self.head_depthwise = nn.ModuleList(
            nn.Conv2d(config.pyramid, config.pyramid, 3, 1, 1, groups=config.pyramid, bias=False) for _ in STRIDES
        )
        self.head_pointwise = nn.ModuleList(nn.Conv2d(config.pyramid, OUTPUTS, 1) for _ in STRIDES)
        self._initialise()

    def features(self, images: Tensor) -> list[Tensor]:
        """Compute the features (N, pyramid, H / stride, W / stride) of each level."""
        x = self.descent(F.relu(self.stem_norm(self.stem(images))))
        levels = []
        for stage, lateral in zip(self.stages, self.lateral, strict=True):
            x = stage(x)
            levels.append(lateral(x))
        for upper in (1, 0):
            levels[upper] = levels[upper] + F.interpolate(levels[upper + 1], scale_factor=2, mode="nearest")
        return [smooth(level) for smooth, level in zip(self.smooth, levels, strict=True)]

    def heads(self, levels: list[Tensor]) -> Tensor:
        """Compute the cells (N, OUTPUTS, A) from the features of each level; order as that of ``forward``."""
        cells = [
            pointwise(depthwise(level)).flatten(2)
            for pointwise, depthwise, level in zip(self.head_pointwise, self.head_depthwise, levels, strict=True)
        ]
        return torch.cat(cells, dim=2)

    def forward(self, images: Tensor) -> Tensor:
        """Compute the cells (N, OUTPUTS, A) of all levels: stride 8 first, each level row by row from the top left."""
        return self.heads(self.features(images))

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="linear" if module.groups > 1 else "relu")
        for head in self.head_pointwise:
            assert isinstance(head, nn.Conv2d) and head.bias is not None
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            with torch.no_grad():
                head.bias[0] = torch.logit(torch.tensor(PRIOR))


def cell_grid(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return centres (A, 2) x, y in input pixels from the top-left corner and strides (A,), in the outputs' order."""
    centres, strides = [], []
    for stride in STRIDES:
        rows, columns = ((torch.arange(side // stride) + 0.5) * stride for side in (height, width))
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        centres.append(torch.stack([x, y], dim=-1).reshape(-1, 2))
        strides.append(torch.full((len(rows) * len(columns),), float(stride)))
    return torch.cat(centres), torch.cat(strides)


def decode_boxes(cells: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Decode the boxes (N, A, 4) xyxy in input pixels of raw cells (N, OUTPUTS, A)."""
    middle = centres + cells[:, 1:3].transpose(1, 2) * strides[:, None]
    half = cells[:, 3:5].transpose(1, 2).clamp(-6, 6).exp() * (strides / 2)[:, None]
    return torch.cat([middle - half, middle + half], dim=2)


def decode_keypoints(cells: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Decode the keypoints (N, A, K, 2) x, y in input pixels of raw cells (N, OUTPUTS, A)."""
    offsets = cells[:, 5:].transpose(1, 2).reshape(len(cells), -1, len(KEYPOINTS), 2)
    return centres[:, None] + offsets * strides[:, None, None]


def multiply_adds(network: FaceDetectorNetwork, height: int = 240, width: int = 320) -> float:
    """Count the multiply-adds of the convolutions for one picture; sides need not be multiples of the strides."""
    total = 0

    def count(module: nn.Conv2d, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weights = module.weight.numel() // module.out_channels
        total += output[0].numel() * weights

    hooks = [each.register_forward_hook(count) for each in network.modules() if isinstance(each, nn.Conv2d)]
    was_training = network.training
    with torch.no_grad():
        side = 2 * STEP
        network.eval()(torch.zeros(1, 3, side, side, device=next(network.parameters()).device))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total * height * width / side**2


def parameter_count(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(each.numel() for each in network.parameters())
