"""Landmark networks read back out of their ONNX files, as the start of a training run or as its teacher.

The export rewrote the graph (``export.onnx_graph``); reading undoes it:

- kernels stored as float16 behind a Cast become float32 again,
- ``x + (1 - a) * Relu(-x)`` in two depthwise convolutions becomes the PReLU's slopes ``a``,
- a convolution split where channels grow is joined again,
- channels that were padded on with zeros are cut off,
- the first convolution takes RGB planes in 0..1 again instead of rows of BGR bytes.

Batch norms were folded into the convolutions, so those of the network are the identity. The result is compared with
the file before it is given out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, numpy_helper
from torch import nn

from export.networks import CONFIGS, INPUT_SIZE, LandmarkNetwork, build_network, to_input
from export.pretrained.facemesh import neutral_norms, weighted_layers
from runtime.engine import ModelFile, list_models, load_model, open_session
from runtime.landmarks import Landmarker

PARITY = 0.02
"""Largest difference between the file and the network read from it, in pixels of the crop."""

Floats = NDArray[np.float32]


def names_onnx(name: str) -> bool:
    """Return whether a name is that of a shipped landmark network, or of an ONNX file."""
    shipped = {entry.name for entry in list_models() if entry.role == "landmarks"}
    return name in shipped or name.endswith(".onnx")


def load_onnx(name: str) -> ModelFile:
    """Read the file of a shipped landmark network, or an ONNX file.

    Raises:
        ModelError: the file cannot be read, or is not the one that was shipped.
    """
    return load_model(name, "landmarks")


def read_metadata(file: ModelFile) -> dict[str, str]:
    """Return the metadata of a landmark network's file.

    Raises:
        ModelError: the file is no landmark network.
    """
    session = open_session(file, "cpu")
    Landmarker(session)  # refuses what is no landmark network
    return dict(session.onnx.get_modelmeta().custom_metadata_map)


def read_network(file: ModelFile) -> LandmarkNetwork:
    """Read the weights of a landmark network back into torch.

    Args:
        file: an ONNX file that ``python -m export onnx`` or ``release`` wrote.

    Returns:
        The network in evaluation mode; it gives the file's points within :data:`PARITY` pixels.

    Raises:
        ModelError: the file is no landmark network.
        ValueError: its graph is not one that the export writes.
    """
    name = read_metadata(file).get("network", "")
    if name not in CONFIGS:
        raise ValueError(
            f"{file.path}: cannot be read back into torch: its metadata names the network {name!r}, and only "
            f"{' and '.join(CONFIGS)} can be"
        )
    network = build_network(name).eval()
    neutral_norms(network)
    try:
        _copy_weights(onnx.load_model_from_string(file.content), network)
    except _GraphError as error:
        raise ValueError(
            f"{file.path}: cannot be read back into torch: {error}; only files that `python -m export` wrote can be"
        ) from None
    _check_parity(network, file)
    return network


class _GraphError(Exception):
    """The graph is not what the export makes of the network."""


@dataclass(slots=True)
class _Weights:
    """Weights of one layer as the file holds them: a convolution's, or the slopes of a PReLU."""

    kind: type[nn.Module]
    name: str
    weight: Floats
    bias: Floats | None = None


class _Reader:
    """The layers with weights of a graph, in the order of execution."""

    def __init__(self, model: ModelProto) -> None:
        self.nodes = list(model.graph.node)
        self.producers = {name: node for node in self.nodes for name in node.output}
        self.constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
        for node in self.nodes:
            if node.op_type == "Cast" and node.input[0] in self.constants:
                self.constants[node.output[0]] = self.constants[node.input[0]].astype(np.float32)

    def needed_for(self, output: str) -> list[NodeProto]:
        """Return the nodes that an output depends on, in the order of execution."""
        needed: set[str] = set()
        pending = [output]
        while pending:
            node = self.producers.get(pending.pop())
            if node is not None and node.output[0] not in needed:
                needed.add(node.output[0])
                pending.extend(node.input)
        return [node for node in self.nodes if node.output[0] in needed]

    def layers(self, nodes: Sequence[NodeProto]) -> list[_Weights]:
        """Return the layers of nodes; rewritten ones are put together again."""
        layers: list[_Weights] = []
        slopes = {node.output[0]: found for node in nodes if node.op_type == "Add" and (found := self._prelu(node))}
        inside = {conv.output[0] for _, convolutions in slopes.values() for conv in convolutions}
        source = ""  # of the last convolution
        for node in nodes:
            if node.output[0] in slopes:
                layers.append(slopes[node.output[0]][0])
            elif node.op_type == "PRelu":
                layers.append(_Weights(nn.PReLU, node.name, self._constant(node, 1).reshape(-1)))
            elif node.op_type == "Conv" and node.output[0] not in inside:
                convolution = self._convolution(node)
                if node.input[0] == source:  # the other half of a convolution that was split
                    layers[-1] = _join(layers[-1], convolution)
                else:
                    layers.append(convolution)
                source = node.input[0]
        return layers

    def _prelu(self, add: NodeProto) -> tuple[_Weights, list[NodeProto]] | None:
        """Return the slopes of ``Add(Conv(Relu(Conv(x, -1)), 1 - a), x)`` and its convolutions, None for other sums."""
        for part, x in (add.input, add.input[::-1]):
            scaled = self.producers.get(part)
            relu = self.producers.get(scaled.input[0]) if scaled is not None and scaled.op_type == "Conv" else None
            flipped = self.producers.get(relu.input[0]) if relu is not None and relu.op_type == "Relu" else None
            if scaled is None or flipped is None or flipped.op_type != "Conv" or flipped.input[0] != x:
                continue
            if (self._constant(flipped, 1) == -1).all() and len(scaled.input) == len(flipped.input) == 2:
                slopes = (1 - self._constant(scaled, 1).astype(np.float64)).astype(np.float32)
                return _Weights(nn.PReLU, add.name, slopes.reshape(-1)), [flipped, scaled]
        return None

    def _convolution(self, node: NodeProto) -> _Weights:
        weight = self._constant(node, 1)
        bias = self._constant(node, 2) if len(node.input) > 2 else np.zeros(len(weight), np.float32)
        return _Weights(nn.Conv2d, node.name, weight, bias)

    def _constant(self, node: NodeProto, index: int) -> Floats:
        found = self.constants.get(node.input[index])
        if found is None:
            raise _GraphError(f"the weights of {node.name} are computed")
        return found.astype(np.float32)


def _join(low: _Weights, high: _Weights) -> _Weights:
    assert low.bias is not None and high.bias is not None
    weight = np.concatenate([low.weight, high.weight])
    return _Weights(low.kind, low.name, weight, np.concatenate([low.bias, high.bias]))


def _copy_weights(model: ModelProto, network: LandmarkNetwork) -> None:
    """Copy all weights of a file into a network.

    Raises:
        _GraphError: the two do not have the same layers.
    """
    reader = _Reader(model)
    trunk = reader.needed_for("points")
    shared = {node.output[0] for node in trunk}
    own_head = [node for node in reader.needed_for("confidence") if node.output[0] not in shared]
    found = [*reader.layers(trunk), *reader.layers(own_head)]
    layers = weighted_layers([network.stem, network.backbone, network.coordinates, network.presence])
    if len(found) != len(layers):
        raise _GraphError(f"it has {len(found)} layers with weights, the network has {len(layers)}")
    _undo_input(found[0])
    for weights, layer in zip(found, layers, strict=True):
        assert isinstance(layer, (nn.Conv2d, nn.PReLU))
        if not isinstance(layer, weights.kind):
            raise _GraphError(f"{weights.name} is in the place of a {type(layer).__name__}")
        with torch.no_grad():
            layer.weight.copy_(_cut(weights.weight, layer.weight.shape, weights))
            if isinstance(layer, nn.Conv2d) and layer.bias is not None and weights.bias is not None:
                layer.bias.copy_(_cut(weights.bias, layer.bias.shape, weights))


def _undo_input(first: _Weights) -> None:
    """Turn the first convolution's kernels for BGR bytes into kernels for RGB planes in 0..1."""
    weight = first.weight
    if weight.ndim == 4 and weight.shape[1] == 1:  # of rows of pixels as they lie in memory
        outputs, _, height, width = weight.shape
        weight = weight.reshape(outputs, height, width // 3, 3).transpose(0, 3, 1, 2)
    first.weight = np.ascontiguousarray(weight[:, ::-1]) * np.float32(255)


def _cut(array: Floats, shape: Sequence[int], weights: _Weights) -> torch.Tensor:
    """Cut off channels that were padded on.

    Raises:
        _GraphError: the array is smaller, or what would be cut off has an effect.
    """
    if array.ndim != len(shape) or any(have < want for have, want in zip(array.shape, shape, strict=True)):
        raise _GraphError(f"{weights.name} has weights {array.shape}, the network's are {tuple(shape)}")
    cut = array[tuple(slice(want) for want in shape)]
    if weights.kind is nn.Conv2d and np.count_nonzero(array) != np.count_nonzero(cut):
        raise _GraphError(f"{weights.name} has weights {array.shape}, and those beyond {tuple(shape)} are not zero")
    return torch.from_numpy(np.ascontiguousarray(cut))


def _check_parity(network: LandmarkNetwork, file: ModelFile) -> None:
    """Compare a network with its file on coarse and on fine noise.

    Raises:
        ValueError: they differ: the graph has the network's layers, but connects them in another way.
    """
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.integers(0, 256, (6, 6, 3)).astype(np.uint8), (INPUT_SIZE, INPUT_SIZE))
    crops = np.stack([coarse.astype(np.uint8), rng.integers(0, 256, coarse.shape).astype(np.uint8)])
    points, confidence = Landmarker(open_session(file, "cpu")).run(crops)
    with torch.no_grad():
        read, certain = network(to_input(torch.from_numpy(np.ascontiguousarray(crops[..., ::-1]))))
    distance = float(np.abs(read.numpy() - points).max())
    if distance > PARITY or float(np.abs(certain.numpy().reshape(-1) - confidence.reshape(-1)).max()) > PARITY:
        raise ValueError(
            f"{file.path}: cannot be read back into torch: the network read from it gives points {distance:.2g} px away"
        )
