"""FaceMesh's weights arrive whole, and the networks start from them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ai_edge_litert.interpreter import Interpreter

from export.annotations.samples import MIRROR
from export.networks.landmark_network import TRIMMED, build_network
from export.pretrained.facemesh import MESH_TO_68, drop_blocks, mesh_points, start_full
from export.pretrained.tflite_file import find_packaged


@pytest.fixture(scope="module")
def litert():
    interpreter = Interpreter(str(find_packaged("face_landmark.tflite")), num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def original(interpreter, rgb):
    """LiteRT's 468 points and presence logit for an image (192, 192, 3) float32 RGB in 0..1."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], rgb[None])
    interpreter.invoke()
    outputs = [interpreter.get_tensor(item["index"]).reshape(-1) for item in interpreter.get_output_details()]
    points, presence = sorted(outputs, key=len, reverse=True)
    return points.reshape(468, 3), presence[0]


def tensor(rgb):
    return torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None]


@pytest.mark.parametrize("subject", ["astronaut", "grace_hopper", "noise"])
def test_facemesh_computes_what_litert_computes(facemesh, litert, crops, subject):
    noise = np.random.default_rng(0).random((192, 192, 3), np.float32)
    pictures = {"astronaut": crops[0] / np.float32(255), "grace_hopper": crops[1] / np.float32(255), "noise": noise}
    rgb = np.ascontiguousarray(pictures[subject][:, :, ::-1])
    expected_points, expected_presence = original(litert, rgb)
    with torch.no_grad():
        points, presence = facemesh.logits(tensor(rgb))
    assert np.abs(points[0].numpy() - expected_points).max() < 0.01
    assert abs(float(presence) - expected_presence) < 0.01


def test_full_network_starts_as_the_mesh_at_the_68_places(facemesh, crops):
    images = tensor(crops[0, :, :, ::-1].astype(np.float32) / 255)
    with torch.no_grad():
        mesh, mesh_presence = facemesh(images)
        points, confidence = start_full()(images)
    expected = mesh[:, MESH_TO_68] - torch.tensor([0.5, 0.5, 0.0])
    torch.testing.assert_close(points, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(confidence, mesh_presence)


def test_mesh_points_are_centred_in_depth_and_face_the_camera(facemesh, crops):
    points = mesh_points(facemesh, crops)
    assert points.shape == (3, 68, 3)
    assert np.abs(points[..., 2].mean(axis=1)).max() < 1e-4
    nose_tip, jaw_ends = points[:, 30, 2], points[:, [0, 16], 2]
    assert (nose_tip < -10).all() and (jaw_ends > 10).all()


def test_mesh_places_are_distinct_and_symmetric(facemesh, crops):
    assert len(set(MESH_TO_68.tolist())) == 68
    straight, mirrored = mesh_points(facemesh, np.stack([crops[0], crops[0, :, ::-1]]))
    back = mirrored[MIRROR, :2] * (-1, 1) + (191, 0)
    # neighbouring vertices are 3 and more pixels apart
    assert np.linalg.norm(straight[:, :2] - back, axis=1).mean() < 2


def test_dropped_network_keeps_the_first_blocks_of_every_stage():
    full = build_network("full")
    small = drop_blocks(full, TRIMMED)
    ours, theirs = small.state_dict(), full.state_dict()
    kept = {0: 0, 1: 2, 2: 3, 3: 5, 4: 6, 5: 8, 6: 9, 7: 11, 8: 12}
    assert len(small.backbone) == len(kept)
    for index, source in kept.items():
        block, original_block = f"backbone.{index}.", f"backbone.{source}."
        names = [name for name in ours if name.startswith(block)]
        assert names
        for name in names:
            torch.testing.assert_close(ours[name], theirs[name.replace(block, original_block)])
    for name in ours:
        if name.startswith(("stem.", "presence.", "coordinates.0.", "coordinates.1.")):
            torch.testing.assert_close(ours[name], theirs[name])
    # the head's last four modules follow the dropped block
    for index in range(2, 6):
        for name in [name for name in ours if name.startswith(f"coordinates.{index}.")]:
            torch.testing.assert_close(
                ours[name], theirs[name.replace(f"coordinates.{index}.", f"coordinates.{index + 1}.")]
            )


def test_networks_of_equal_shape_lose_nothing():
    full = build_network("full").eval()
    image = torch.rand(1, 3, 192, 192)
    with torch.no_grad():
        torch.testing.assert_close(drop_blocks(full, full.config).eval()(image), full(image))
