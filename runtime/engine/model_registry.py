"""Model files: the shipped ones and where they are, their checksums, and the input format in their metadata."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from runtime.engine.metadata import read_number, read_whole, shown
from runtime.engine.onnx_file import has_external_weights
from runtime.engine.processor import channel_block
from runtime.errors import ModelError
from runtime.media.files import read_regular

Role = Literal["landmarks", "detector", "iris"]

MAX_MODEL_BYTES = 2**28
"""Size of the largest model file that is read: 256 MiB, four hundred times the shipped networks."""

MAX_MANIFEST_BYTES = 2**20
"""Size of the largest list of models that is read."""

MAX_CROP_SIDE = 1024
"""Side in pixels of the largest crop that a landmark network may take, five times that of the shipped ones."""

CROP_SCALES = 0.1, 10.0
"""Smallest and largest ``crop_scale``: beyond them a crop shows a few pixels of a face, or a face is a few pixels."""


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """A file of the same network for processors with another channel block, see :func:`channel_block`."""

    channel_block: int
    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One shipped model, as ``weights/manifest.json`` lists it.

    Attributes:
        name: for ``Predictor(model=)`` or ``Predictor(detector=)``.
        role: ``"landmarks"``, ``"detector"``, or ``"iris"`` for ``Predictor(irises=True)``.
        file, sha256, bytes: of the file for every processor that ``variants`` do not name.
        parameters: number of weights.
        license, trained_on: for people to read.
        metrics: flat numbers by name.
        variants: files with the same weights in other channel counts, for some processors.
    """

    name: str
    role: Role
    file: str
    sha256: str
    bytes: int
    parameters: int
    license: str
    trained_on: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    variants: tuple[ModelVariant, ...] = ()

    def variant(self, block: int) -> ModelVariant:
        """Return the file for processors with this channel block."""
        others = [each for each in self.variants if each.channel_block == block]
        return others[0] if others else ModelVariant(block, self.file, self.sha256, self.bytes)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's bytes in memory, and where they come from."""

    name: str
    path: Path
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LandmarkSpec:
    """Input format of a landmark network, read from its file's metadata.

    Attributes:
        input_size: side of the square crop in pixels.
        crop_scale: side of the region over the longer side of the face's landmark box.
        license, training_data: as the file states them.
    """

    input_size: int
    crop_scale: float
    license: str
    training_data: str

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], file: str) -> LandmarkSpec:
        """Read and check the metadata.

        Raises:
            ModelError: the file is no landmark network, or does not say how to feed it as this runtime does.
        """
        for key, wanted in LANDMARK_CONTRACT.items():
            if key not in metadata:
                raise ModelError(
                    f"{file}: its metadata does not say {key!r}, so how to feed it is unknown; "
                    "export it with `python -m export onnx`"
                )
            if metadata[key] != wanted:
                raise ModelError(
                    f"{file}: {key} is {shown(metadata[key])}, this runtime needs {wanted!r}; "
                    "export it with `python -m export onnx`"
                )
        try:
            size = read_whole(metadata, "input_size", MAX_CROP_SIDE)
            scale = read_number(metadata, "crop_scale", *CROP_SCALES)
        except ModelError as error:
            raise ModelError(f"{file}: {error}; export it with `python -m export onnx`") from error
        return cls(size, scale, metadata.get("license", "unknown"), metadata.get("training_data", "unknown"))


LANDMARK_CONTRACT = {
    "kind": "face-landmarks",
    "point_scheme": "ibug-68",
    "input_layout": "NHWC",
    "input_dtype": "uint8",
    "color_order": "BGR",
    "input_range": "0..255",
    "crop_rotation": "eyes-level",
}
"""Metadata that a landmark network must have."""


def weights_directory() -> Path:
    """Return the folder of shipped models: inside the installed package, or at the top of a checkout."""
    packaged = Path(__file__).resolve().parents[1] / "weights"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "weights"


def _remedy() -> str:
    """Return how to restore missing weights: programs packed by PyInstaller or the like are packed again."""
    if getattr(sys, "frozen", False):
        return "the program was packed without the networks: pack it again, for PyInstaller with --collect-data runtime"
    return "install the package again"


def list_models(directory: str | os.PathLike[str] | None = None) -> list[ModelEntry]:
    """List the shipped models.

    Raises:
        ModelError: the manifest is missing or unreadable.
    """
    if directory is not None and not isinstance(directory, (str, os.PathLike)):
        raise ModelError(f"directory={directory!r}: the path of a folder is needed, or None for the shipped models")
    manifest = (weights_directory() if directory is None else Path(directory)) / "manifest.json"
    try:
        entries = json.loads(read_regular(manifest, MAX_MANIFEST_BYTES))["models"]
        return [_entry(**entry) for entry in entries]
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{manifest}: no readable list of models ({error}); {_remedy()}") from error


def _entry(*, variants: Sequence[dict[str, Any]] = (), **values: Any) -> ModelEntry:
    return ModelEntry(**values, variants=tuple(ModelVariant(**each) for each in variants))


def load_model(
    model: str | os.PathLike[str], role: Role, directory: Path | None = None, *, block: int | None = None
) -> ModelFile:
    """Read a model by the name of a shipped one, or by path; shipped files must have the listed SHA-256.

    Args:
        model: name or path.
        role: what it is used for.
        directory: folder of the shipped models; None for the installed ones.
        block: channel block of the processor that will run a shipped model; None for this one.

    Raises:
        ModelError: unknown name, no such file, a file that was changed or has more than :data:`MAX_MODEL_BYTES`, or one
            whose weights lie in another file.
    """
    if not isinstance(model, (str, os.PathLike)):
        raise ModelError(f"a {role} model is a name or the path of a .onnx file, not {type(model).__name__}")
    directory = directory or weights_directory()
    entries = {entry.name: entry for entry in list_models(directory) if entry.role == role}
    entry = entries.get(model) if isinstance(model, str) else None
    listed = None if entry is None else entry.variant(channel_block() if block is None else block)
    path = Path(model) if listed is None else directory / listed.file
    try:
        content = read_regular(path, MAX_MODEL_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        if entry is None and path.suffix != ".onnx":
            raise ModelError(
                f"no {role} model {os.fspath(model)!r}; there are {', '.join(entries)}, or give a .onnx file"
            ) from error
        raise ModelError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if listed is not None and (digest := hashlib.sha256(content).hexdigest()) != listed.sha256:
        raise ModelError(
            f"{path}: its SHA-256 is {digest[:16]}..., the manifest lists {listed.sha256[:16]}...; "
            "the file is damaged or was replaced: install the package again"
        )
    if entry is None and has_external_weights(content):
        raise ModelError(
            f"{path}: its weights lie in another file, which onnxruntime would look for in the working folder; "
            f"make one file of both: onnx.save_model(onnx.load({str(path)!r}), {path.stem + '-whole.onnx'!r})"
        )
    return ModelFile(entry.name if entry else path.stem, path, content)


def metadata_of(session: Any) -> dict[str, str]:
    """Return the custom metadata of a loaded onnxruntime session."""
    return dict(session.get_modelmeta().custom_metadata_map)
