"""BlazeFace as a PyTorch network that runs operator by operator, in eager mode."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from export.pretrained import Operator, TfliteGraph


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding, for input sides that are multiples of the stride."""

    def __init__(self, weights: NDArray[np.float32], bias: NDArray[np.float32], stride: int, groups: int) -> None:
        """Create the convolution.

        Args:
            weights: (O, I / groups, K, K), in torch's order.
            bias: (O,).
            stride: in both directions.
            groups: number of groups.
        """
        outputs, inputs, size, _ = weights.shape
        before = max(size - stride, 0) // 2
        after = max(size - stride, 0) - before
        super().__init__(
            inputs * groups, outputs, size, stride, padding=before if before == after else 0, groups=groups
        )
        self._pads = None if before == after else (before, after, before, after)
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
            assert self.bias is not None
            self.bias.copy_(torch.from_numpy(np.array(bias)))

    def forward(self, x: Tensor) -> Tensor:
        """Pad the features (N, C, H, W) and convolve."""
        return super().forward(x if self._pads is None else F.pad(x, self._pads))


class BlazeFaceNetwork(nn.Module):
    """BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047).

    Maps (N, 3, S, S) float32 RGB in -1..1 to regressions (N, A, 16) in input pixels and logits (N, A, 1).
    """

    def __init__(self, graph: TfliteGraph) -> None:
        """Copy the weights of MediaPipe's file.

        Raises:
            ValueError: the graph has an operator that is not part of BlazeFace.
        """
        super().__init__()
        self._input = graph.inputs[0]
        by_width = {graph.shapes[tensor][-1]: tensor for tensor in graph.outputs}
        self._outputs = by_width[16], by_width[1]
        self._operators = graph.operators
        self._growth = {
            operator.outputs[0]: int(graph.constants[operator.inputs[1]][3, 1])
            for operator in graph.operators
            if operator.kind == "PAD"
        }
        self._values = {tensor: graph.shapes[tensor][-1] for op in graph.operators for tensor in op.outputs}
        self.convolutions = nn.ModuleDict(
            {str(op.outputs[0]): _convolution(graph, op) for op in graph.operators if op.kind.endswith("CONV_2D")}
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Run the graph on images (N, 3, H, W); return regressions and logits."""
        tensors = {self._input: images}
        for operator in self._operators:
            tensors[operator.outputs[0]] = self._run(operator, tensors)
        return tensors[self._outputs[0]], tensors[self._outputs[1]]

    def _run(self, operator: Operator, tensors: dict[int, Tensor]) -> Tensor:
        x, target = tensors[operator.inputs[0]], operator.outputs[0]
        if operator.kind.endswith("CONV_2D"):
            return self.convolutions[str(target)](x)  # type: ignore[no-any-return]
        if operator.kind == "RELU":
            return F.relu(x)
        if operator.kind == "ADD":
            return x + tensors[operator.inputs[1]]
        if operator.kind == "MAX_POOL_2D":
            return F.max_pool2d(x, operator.pool_size, operator.stride)
        if operator.kind == "PAD":
            return F.pad(x, (0, 0, 0, 0, 0, self._growth[target]))
        if operator.kind == "RESHAPE":
            return x.permute(0, 2, 3, 1).reshape(len(x), -1, self._values[target])
        if operator.kind == "CONCATENATION":
            return torch.cat([tensors[tensor] for tensor in operator.inputs], dim=1)
        raise ValueError(f"{operator.kind}: not an operator of BlazeFace")


def _convolution(graph: TfliteGraph, operator: Operator) -> SameConv:
    weights, bias = (graph.constants[tensor].astype(np.float32) for tensor in operator.inputs[1:3])
    if operator.kind == "CONV_2D":
        return SameConv(weights.transpose(0, 3, 1, 2), bias, operator.stride, groups=1)
    depthwise = weights.transpose(3, 0, 1, 2)
    return SameConv(depthwise, bias, operator.stride, groups=len(depthwise))
