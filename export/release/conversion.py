"""Conversion of a trained checkpoint to an ONNX file that the runtime takes, without any annotated photograph."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray

from export.catalogue import OPEN, RESEARCH
from export.evaluation import onnx_predict
from export.networks import INPUT_SIZE
from export.onnx_graph import store_half
from export.release.checks import check_parity
from export.release.onnx_export import Provenance, open_model, to_onnx
from export.training import Lineage, load_network, read_lineage
from runtime.landmarks import Region, crop
from runtime.media.files import write_bytes

FACE = Region(223, 115, 170)
"""The face in scikit-image's photograph of an astronaut (NASA, public domain)."""

log = logging.getLogger(__name__)


def convert_checkpoint(checkpoint: Path, out: Path, license_name: str | None = None, half: bool = True) -> Path:
    """Write the network of a checkpoint as an ONNX file with all metadata that ``Predictor`` needs.

    The file is compared with the network in torch on crops of a public-domain photograph. Its accuracy is not
    measured: that needs annotated photographs (``python -m export evaluate``).

    Args:
        checkpoint: ``checkpoint.safetensors`` of a training run.
        out: the file to write; its stem becomes the model's name.
        license_name: licence of the weights for the metadata; by default what follows from the training data.
        half: store kernels as float16, which halves the file; they are computed with as float32.

    Returns:
        ``out``.

    Raises:
        FileNotFoundError: there is no such checkpoint.
        ValueError: the checkpoint cannot be read, or does not record its training data.
        RuntimeError: the ONNX file would not compute what the network does.
    """
    network, lineage = load_network(checkpoint), read_lineage(checkpoint)
    provenance = Provenance(out.stem, license_name or default_license(lineage), lineage.describe())
    model = to_onnx(network, provenance)
    exact, crops = open_model(model), example_crops()
    check_parity(out.stem, network, exact, crops)
    if half:
        store_half(model)
        moved = np.linalg.norm((onnx_predict(open_model(model))(crops) - onnx_predict(exact)(crops))[..., :2], axis=-1)
        log.info("%s: float16 storage moves points by %.3f px, at most %.2f px", out.stem, moved.mean(), moved.max())
    out.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(out, model.SerializeToString())
    return out


def default_license(lineage: Lineage) -> str:
    """Return the licence of weights by what they were trained on, that of parents read from ONNX files included."""
    licenses = [item.license for item in lineage.networks]
    if lineage.annotated or lineage.unlabelled:
        licenses.append(RESEARCH.license)
    if lineage.own:
        licenses.append(f"not stated for training photographs of one's own ({', '.join(lineage.own)})")
    if not licenses:
        licenses.append(OPEN.license if lineage.facemesh else OPEN.short_license)
    return "; and ".join(dict.fromkeys(licenses))


def example_crops(count: int = 4) -> NDArray[np.uint8]:
    """Cut crops (``count``, 192, 192, 3) uint8 BGR of one face, each turned and scaled a little further."""
    photograph = np.ascontiguousarray(skimage.data.astronaut()[..., ::-1])
    regions = [Region(FACE.x + 4 * i, FACE.y, FACE.side * 1.1**i, 0.15 * i) for i in range(count)]
    return np.stack([crop(photograph, region, INPUT_SIZE) for region in regions])
