"""Faces for the tests of the training side: public-domain photographs and folders laid out like the data."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest
import torch

from export.data.crops import points_in_crop
from export.data.photographs import Photograph
from export.networks.landmark_network import INPUT_SIZE, TRIMMED
from export.pretrained.facemesh import drop_blocks, load_facemesh, mesh_points, start_full
from export.synthesis.dataset.dataset import write_dataset
from export.synthesis.person import PersonFactory
from runtime.landmarks.region_of_interest import Region, crop, region_from_points
from tests.export.astronauts import Astronauts, SourceFactory
from tests.export.quick import quicken_training, write_dataset_in_process

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def facemesh():
    return load_facemesh()


@pytest.fixture(scope="session")
def astronaut_face(astronaut, facemesh):
    """The astronaut as a photograph, annotated by FaceMesh."""
    return photograph_of(astronaut, Region(223, 115, 170), facemesh)


@pytest.fixture(scope="session")
def grace_hopper_face(grace_hopper, facemesh):
    return photograph_of(grace_hopper, Region(258, 215, 330), facemesh)


def photograph_of(image, region, facemesh):
    """A photograph annotated by FaceMesh, the face being about at ``region``."""
    for _ in range(2):
        points = region.to_frame(mesh_points(facemesh, crop(image, region, INPUT_SIZE)[None])[0], INPUT_SIZE)
        region = region_from_points(points)
    return Photograph(image, points)


@pytest.fixture(scope="session")
def crops(astronaut_face, grace_hopper_face):
    """Three crops (3, 192, 192, 3) uint8 BGR: two faces, and one of them turned."""
    regions = [region_from_points(item.points) for item in (astronaut_face, grace_hopper_face)]
    turned = Region(regions[0].x + 5, regions[0].y, regions[0].side * 1.1, 0.3)
    return np.stack(
        [
            crop(astronaut_face.image, regions[0], INPUT_SIZE),
            crop(grace_hopper_face.image, regions[1], INPUT_SIZE),
            crop(astronaut_face.image, turned, INPUT_SIZE),
        ]
    )


@pytest.fixture(scope="session")
def networks():
    """The two networks as training starts them, norms and slopes moved off their neutral values."""
    full = start_full()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for module in full.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
                    tensor.add_(torch.rand(tensor.shape, generator=generator) * 0.02)
    return {"full": full.eval(), "trimmed": drop_blocks(full, TRIMMED).eval()}


@pytest.fixture(scope="session")
def photographs(tmp_path_factory, astronaut_face):
    """A folder with a few annotated pictures of the astronaut in each part; read only."""
    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("photographs")
    for part, count in (("helen/train", 6), ("helen/test", 2), ("afw/test", 2), ("youtube/train", 2)):
        folder = root / part
        folder.mkdir(parents=True)
        for number in range(count):
            region = Region(223, 115, float(rng.uniform(200, 300)), float(rng.normal(0, 0.1)))
            matrix = region.to_crop(200)
            points = astronaut_face.points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
            cv2.imwrite(str(folder / f"face_{number:02}.png"), cv2.warpAffine(astronaut_face.image, matrix, (200, 200)))
            write_pts(folder / f"face_{number:02}.pts", points)
    return root


@pytest.fixture
def data_folder(tmp_path, monkeypatch, photographs):
    """A copy of the photographs; LANDMARKS_DATA points to it."""
    folder = shutil.copytree(photographs, tmp_path / "data")
    monkeypatch.setenv("LANDMARKS_DATA", str(folder))
    return folder


@pytest.fixture(autouse=True)
def usual_arithmetic():
    """Training flushes denormal numbers to zero in the whole process; the next test finds the usual arithmetic."""
    yield
    torch.set_flush_denormal(False)


@pytest.fixture(scope="module")
def process_settings():
    """Training sets the process up for itself; other tests want it as it was."""
    threads = cv2.getNumThreads()
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)
    cv2.setNumThreads(threads)


@pytest.fixture(scope="session")
def people():
    """Assets that all synthetic people share; they take a second to make and are not changed."""
    return PersonFactory()


@pytest.fixture
def quick_training(monkeypatch):
    quicken_training(monkeypatch)


@pytest.fixture(scope="session")
def synthetic_folder(tmp_path_factory, astronaut_face):
    """12 synthetic faces as ``synthesize`` writes them: the astronaut's; read only."""
    region = region_from_points(astronaut_face.points)
    matrix = region.to_crop(200)
    image = cv2.warpAffine(astronaut_face.image, matrix, (200, 200))
    source = Astronauts(image, points_in_crop(astronaut_face.points, region, 200))
    out = tmp_path_factory.mktemp("synthetic") / "set"
    with pytest.MonkeyPatch.context() as patch:
        write_dataset_in_process(patch)
        write_dataset(SourceFactory(source), 12, 3, out, workers=1)
    return out


def write_pts(path, points):
    """Points (68, 2) zero-based, written as 300-W does: counted from 1."""
    body = "\n".join(f"{x + 1:.3f} {y + 1:.3f}" for x, y in points)
    path.write_text(f"version: 1\nn_points: 68\n{{\n{body}\n}}\n")
