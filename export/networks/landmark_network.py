"""The two landmark networks: one builder, two configurations.

The shape is that of MediaPipe's FaceMesh (Kartynnik et al. 2019, arXiv:1907.06724) with batch norm and a
head for 68 points. Layers are counted as the study counts them: convolutions and PReLUs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.networks.activations import PReLU
from export.networks.batch_norm import add_prelu, batch_norm, batch_norm_add_prelu, can_fuse
from export.networks.depthwise import halving_depthwise

INPUT_SIZE = 192
POINTS = 68


@dataclass(frozen=True, slots=True)
class Stage:
    """``blocks`` residual blocks with ``channels`` outputs; the first one has ``stride``."""

    channels: int
    blocks: int
    stride: int = 1


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Settings that distinguish networks."""

    name: str
    backbone: tuple[Stage, ...]
    head_blocks: int  # 128-channel blocks of the coordinate head, the strided one included


FULL = NetworkConfig(
    "full",
    (Stage(16, 2), Stage(32, 3, 2), Stage(64, 3, 2), Stage(128, 3, 2), Stage(128, 3, 2)),
    head_blocks=3,
)
TRIMMED = NetworkConfig(
    "trimmed",
    (Stage(16, 1), Stage(32, 2, 2), Stage(64, 2, 2), Stage(128, 2, 2), Stage(128, 2, 2)),
    head_blocks=2,
)
CONFIGS = {config.name: config for config in (FULL, TRIMMED)}


class StridedConv(nn.Conv2d):
    """3x3 convolution padded like TensorFlow's SAME: for stride 2 only at the bottom and the right."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, padding=1 if stride == 1 else 0, groups=groups)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if self.stride[0] == 1:
            return super()._conv_forward(input, weight, bias)
        if self.groups > 1 and self.training and input.requires_grad and input.device.type == "cpu":
            return halving_depthwise(input, weight, bias)
        return super()._conv_forward(F.pad(input, (0, 1, 0, 1)), weight, bias)


class OutputConv(nn.Conv2d):
    """Convolution in float32 under autocast too: bfloat16 would round coordinates beyond 128 to whole pixels."""

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output of the layer."""
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


class Block(nn.Module):
    """Depthwise 3x3, batch norm, pointwise 1x1, batch norm, added to the input, PReLU.

    Where the stride is 2 the input is max-pooled; where channels grow it is padded with zero channels.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.growth = outputs - inputs
        self.stride = stride
        self.depthwise = StridedConv(inputs, inputs, stride, groups=inputs)
        self.norm1 = nn.BatchNorm2d(inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.activation = PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output of the layer."""
        fused = self.training and can_fuse(x)
        y = _normed(self.depthwise, self.norm1, x)
        # the fused operation norms too
        y = self.pointwise(y) if fused and self.norm2.training else _normed(self.pointwise, self.norm2, y)
        if self.stride == 2:
            x = F.max_pool2d(x, 2)
        if self.growth:
            x = F.pad(x, (0, 0, 0, 0, 0, self.growth))
        if not fused:
            return self.activation(x + y)
        if self.norm2.training:
            return batch_norm_add_prelu(self.norm2, y, x, self.activation.weight)
        return add_prelu(y, x, self.activation.weight)


def _normed(convolution: nn.Conv2d, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Compute ``norm(convolution(x))``; a frozen norm in training is folded into the weights to save two passes."""
    if norm.training and can_fuse(x):
        return batch_norm(norm, convolution(x))
    if not convolution.training or norm.training:
        return norm(convolution(x))  # type: ignore[no-any-return]
    assert convolution.bias is not None and norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = convolution.weight * scale[:, None, None, None]
    bias = (convolution.bias - norm.running_mean) * scale + norm.bias
    return convolution._conv_forward(x, weight, bias)


def _head(blocks: int, outputs: int) -> nn.Sequential:
    """Build a head: 6x6x128 features -> ``outputs`` numbers."""
    return nn.Sequential(
        Block(128, 128, 2),
        *(Block(128, 128) for _ in range(blocks - 1)),
        nn.Conv2d(128, 32, 1),
        PReLU(32),
        Block(32, 32),
        OutputConv(32, outputs, 3),
    )


class LandmarkNetwork(nn.Module):
    """(N, 3, 192, 192) float32 RGB in 0..1 -> points (N, 68, 3) in crop pixels, confidence (N, 1) in 0..1.

    Points are in iBUG 300-W order, pixel centres at integers; z is in the unit of x and y, 0 at the mean
    of the 68 points, negative towards the camera.
    """

    def __init__(self, config: NetworkConfig, points: int = POINTS) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Sequential(StridedConv(3, 16, 2), PReLU(16))
        blocks: list[Block] = []
        channels = 16
        for stage in config.backbone:
            for index in range(stage.blocks):
                blocks.append(Block(channels, stage.channels, stage.stride if index == 0 else 1))
                channels = stage.channels
        self.backbone = nn.Sequential(*blocks)
        self.coordinates = _head(config.head_blocks, points * 3)
        self.presence = _head(1, 1)

    def logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute points (N, P, 3) and the confidence before its sigmoid (N, 1)."""
        features = self.backbone(self.stem(images))
        points = self.coordinates(features).flatten(1)
        return points.unflatten(1, (-1, 3)), self.presence(features).flatten(1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the output of the layer."""
        points, logits = self.logits(images)
        return points, torch.sigmoid(logits)


def build_network(name: str, points: int = POINTS) -> LandmarkNetwork:
    """Build a network with fresh weights.

    Raises:
        ValueError: there is no configuration of that name.
    """
    if name not in CONFIGS:
        raise ValueError(f"no network {name!r}; there are {', '.join(CONFIGS)}")
    return LandmarkNetwork(CONFIGS[name], points)


def to_input(pixels: Tensor) -> Tensor:
    """Convert (N, S, S, 3) uint8 RGB to the network's input (N, 3, S, S) float32 in 0..1."""
    return pixels.permute(0, 3, 1, 2).float() / 255


def parameter_count(network: nn.Module) -> int:
    """Count trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


@dataclass(frozen=True, slots=True)
class Layer:
    """One counted layer, as seen in a forward pass of one image."""

    name: str
    kind: str
    shape: tuple[int, ...]  # of the output, (C, H, W)
    parameters: int  # with the batch norm that follows
    multiply_adds: int


def layer_table(network: LandmarkNetwork) -> list[Layer]:
    """List the counted layers (convolutions, PReLUs) in the order of execution."""
    rows: list[Layer] = []
    handles = []
    norms = {
        name.replace("norm1", "depthwise").replace("norm2", "pointwise"): parameter_count(module)
        for name, module in network.named_modules()
        if isinstance(module, nn.BatchNorm2d)
    }

    def watch(name: str, module: nn.Module) -> None:
        def record(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            multiply_adds = 0
            if isinstance(module, nn.Conv2d):
                multiply_adds = module.weight.numel() * output.shape[2] * output.shape[3]
            parameters = parameter_count(module) + norms.get(name, 0)
            rows.append(Layer(name, type(module).__name__, tuple(output.shape[1:]), parameters, multiply_adds))

        handles.append(module.register_forward_hook(record))

    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.PReLU)):
            watch(name, module)
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, INPUT_SIZE, INPUT_SIZE))
    for handle in handles:
        handle.remove()
    return rows
