"""The page's files: what is in ``static``, the networks, onnxruntime-web, and two files that tie them together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from runtime import __version__
from runtime.detection import AnchorFreeFormat, BlazeFaceFormat, detector_format
from runtime.engine import (
    NARROW_BLOCK,
    LandmarkSpec,
    ModelEntry,
    ModelFile,
    list_models,
    load_model,
    metadata_of,
    open_session,
)
from runtime.errors import ModelError, OptionError, WebError
from runtime.media.files import PARTS, write_bytes
from runtime.pipeline import Selection
from runtime.tracking import TrackingConfig
from runtime.web.vendor import WASM, read_runtime

STATIC = Path(__file__).with_name("static")

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
}
"""By suffix. Browsers refuse modules, style sheets and WebAssembly of another type."""


WORKER, SIGNATURE = "sw.js", b"self.SITE = "
"""The file that is in every page, and what it begins with."""


@dataclass(frozen=True, slots=True)
class Site:
    """A whole static page.

    Attributes:
        files: contents by path relative to the page, with forward slashes.
        build: hash of all contents; another build is another page.
    """

    files: dict[str, bytes]
    build: str

    def check_folder(self, folder: Path) -> None:
        """Make sure that a folder is empty, or holds a page that was written before.

        Raises:
            OptionError: it holds something else.
            OSError: it cannot be read.
        """
        if folder.is_dir() and not all(path.match(PARTS) for path in folder.iterdir()) and not _is_page(folder):
            raise OptionError(f"{folder}: holds other files; name an empty folder, or one that was written before")

    def write(self, folder: Path) -> None:
        """Write the page into a folder, from which any static host can serve it.

        Raises:
            OptionError: the folder holds something else.
            WebError: it cannot be written.
        """
        try:
            self.check_folder(folder)
            # first the file by which the folder of a run that was killed is known
            for path, content in sorted(self.files.items(), key=lambda file: file[0] != WORKER):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                write_bytes(folder / path, content, sync=False)
        except OSError as error:
            raise WebError(f"{folder}: cannot be written ({error.strerror or error})") from error


def media_type(path: str) -> str:
    """Return the Content-Type of a file of the page."""
    return MEDIA_TYPES[PurePosixPath(path).suffix]


def build_site() -> Site:
    """Put the page together.

    Raises:
        DependencyError: onnxruntime-web is missing.
        ModelError: a shipped network is damaged.
    """
    files = {
        path.relative_to(STATIC).as_posix(): path.read_bytes()
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }
    runtime = read_runtime()
    files |= {f"vendor/{name}": content for name, content in runtime.items()}
    entries = list_models()
    for entry in entries:
        files[f"models/{entry.variant(NARROW_BLOCK).file}"] = _load(entry).content
    files["models.json"] = _json(
        {
            "version": __version__,
            "runtime_bytes": len(runtime[WASM]),
            "tracking": asdict(TrackingConfig()),
            "selection": asdict(Selection()),
            "models": [describe(entry) for entry in entries],
        }
    )
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(path.encode() + hashlib.sha256(content).digest())
    build = digest.hexdigest()[:16]
    # irises are off by default: their network is kept once it was asked for, and not loaded before
    asked = {f"models/{entry.variant(NARROW_BLOCK).file}" for entry in entries if entry.role == "iris"}
    # a browser takes up a new service worker when its bytes change: they name the build, and all that is to be kept
    kept = _json({"build": build, "files": sorted(set(files) - asked - {WORKER}), "asked": sorted(asked)})
    files[WORKER] = SIGNATURE + kept + b";\n" + files[WORKER]
    return Site(files, build)


def describe(entry: ModelEntry) -> dict[str, Any]:
    """Describe a network's input for a browser, which cannot read an ONNX file's metadata; plain values."""
    session = open_session(_load(entry), "cpu", 1, None)
    metadata = metadata_of(session.onnx)
    known: dict[str, Any] = {
        "name": entry.name,
        "role": entry.role,
        "file": f"models/{entry.variant(NARROW_BLOCK).file}",
        "bytes": entry.variant(NARROW_BLOCK).bytes,
        "parameters": entry.parameters,
        "license": entry.license,
        "trained_on": entry.trained_on,
        "metrics": entry.metrics,
    }
    if entry.role == "detector":
        return known | _describe_detector(session.onnx, metadata)
    if entry.role == "iris":
        return known | {"input_size": session.onnx.get_inputs()[0].shape[1]}
    spec = LandmarkSpec.from_metadata(metadata, entry.file)
    return known | {"input_size": spec.input_size, "crop_scale": spec.crop_scale}


def _load(entry: ModelEntry) -> ModelFile:
    """Read the file for WebAssembly, which gains nothing from filled blocks."""
    return load_model(entry.name, entry.role, block=NARROW_BLOCK)


def _describe_detector(network: Any, metadata: dict[str, str]) -> dict[str, Any]:
    inputs, outputs = network.get_inputs(), network.get_outputs()
    layout = detector_format([each.name for each in inputs], [each.name for each in outputs], metadata)
    square = isinstance(inputs[0].shape[1], int)
    size = layout.input_size
    shared = {
        "input_size": size,
        # a network that takes any size finds smaller faces in a larger input, too
        "sizes": [size] if square else [size, size * 3 // 2 // layout.step * layout.step],
        "square": square,
        "upright": layout.UPRIGHT,
        "geometry": asdict(layout.GEOMETRY),
    }
    match layout:
        case BlazeFaceFormat():
            return shared | {"format": "blazeface", "anchors": layout.anchors}
        case AnchorFreeFormat():
            return shared | {"format": "anchor-free", "strides": layout.strides}
    raise ModelError(f"the page reads no detectors of the format {type(layout).__name__}")


def _is_page(folder: Path) -> bool:
    worker = folder / WORKER
    return worker.is_file() and worker.read_bytes().startswith(SIGNATURE)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
