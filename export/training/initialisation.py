"""Initial networks of a training run: a parent, FaceMesh with a fitted last layer, or random at the mean shape."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from export.data import Crop, FacePicture, Jitter, collate, jitter_region, mirror_crop, mirror_points, points_in_crop
from export.networks import CONFIGS, INPUT_SIZE, LandmarkNetwork, build_network, to_input
from export.pretrained import drop_blocks, load_onnx, names_onnx, read_network, start_full
from export.training.checkpoints import AVERAGE, read_group, read_info
from export.training.configuration import TrainingConfig
from runtime.landmarks import crop, region_from_points


def load_network(checkpoint: Path) -> LandmarkNetwork:
    """Load the averaged network of a checkpoint, in evaluation mode.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the file is not a checkpoint.
    """
    network = build_network(read_info(checkpoint).network).eval()
    network.load_state_dict(read_group(checkpoint, AVERAGE))
    return network


def load_parent(name: str) -> LandmarkNetwork:
    """Load the network that a recipe names as its init or teacher.

    Args:
        name: name of a shipped network, or path of an ONNX file or checkpoint.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ModelError: the ONNX file is not a landmark network.
        ValueError: the ONNX file cannot be converted to a network, or the file is not a checkpoint.
    """
    return read_network(load_onnx(name)) if names_onnx(name) else load_network(Path(name))


def initial_network(config: TrainingConfig, training: list[tuple[float, list[FacePicture]]]) -> LandmarkNetwork:
    """Build the initial network of a run, as the configuration's ``init`` says.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ModelError: the ONNX file is not a landmark network.
        ValueError: the parent cannot be converted to a network, or has too few blocks.
    """
    faces = [face for _, pictures in training for face in pictures if face.annotated]
    if config.init == "scratch":
        network = build_network(config.network)
        start_at_mean_shape(network, faces)
        return network
    network = start_full() if config.init == "facemesh" else load_parent(config.init)
    if network.config != CONFIGS[config.network]:
        network = drop_blocks(network, CONFIGS[config.network])
    elif config.init != "facemesh":
        return network
    fit_last_layer(network, faces)
    return network


def fit_last_layer(
    network: LandmarkNetwork,
    photographs: Sequence[FacePicture],
    views: int = 4,
    ridge: float = 1.0,
    seed: int = 0,
    limit: int = 2000,
) -> None:
    """Fit the last convolution to the labels by ridge regression on frozen features, in place.

    The penalty is on the change of the weights.

    Args:
        network: the network to fit.
        photographs: annotated faces.
        views: jittered crops of each face; every second one is mirrored.
        ridge: strength of the penalty, relative to the features' energy.
        seed: seed of the selection and the jitter.
        limit: largest number of faces, drawn at random.
    """
    rng = np.random.default_rng(seed)
    photographs = [photographs[index] for index in rng.permutation(len(photographs))[:limit]]
    last = network.coordinates[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    network.eval()
    features, errors = [], []
    for photograph in tqdm(photographs, desc="fitting the last layer", unit="face", leave=False):
        crops = []
        for view in range(views):
            region = jitter_region(region_from_points(photograph.points), Jitter(), rng)
            image, points = (
                crop(photograph.image, region, INPUT_SIZE),
                points_in_crop(photograph.points, region),
            )
            if view % 2:
                image, points = mirror_crop(image, points)
            crops.append(Crop(image, points, True, True))
        batch = collate(crops)
        with torch.no_grad():
            x = network.backbone(network.stem(to_input(batch.images)))
            x = network.coordinates[:-1](x)
            features.append(x.flatten(1))
            errors.append(batch.points.flatten(1) - last(x).flatten(1))
    design = torch.cat(features).double()
    design = torch.cat([design, torch.ones(len(design), 1, dtype=torch.float64)], dim=1)
    target = torch.cat(errors).double()
    gram = design.T @ design
    penalty = ridge * gram.diagonal().mean() * 1e-3 * torch.eye(len(gram), dtype=torch.float64)
    change = torch.linalg.solve(gram + penalty, design.T @ target).float()
    with torch.no_grad():
        last.weight += change[:-1].T.reshape(last.weight.shape)
        last.bias += change[-1]


def start_at_mean_shape(network: LandmarkNetwork, faces: Sequence[FacePicture]) -> None:
    """Initialise the last layer, in place, so that the network predicts the mean shape of the faces for any image."""
    last = network.coordinates[-1]
    assert isinstance(last, nn.Conv2d) and last.bias is not None
    points = [points_in_crop(face.points, region_from_points(face.points)) for face in faces]
    points += [mirror_points(item, INPUT_SIZE) for item in points]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.from_numpy(np.mean(points, axis=0)).flatten())
