"""``manifest.json``: the list of shipped files with their SHA-256, licence and metrics."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from runtime.engine import ModelEntry, ModelVariant, Role
from runtime.media.files import write_text


def make_entry(
    path: Path,
    role: Role,
    parameters: int,
    license_name: str,
    trained_on: str,
    metrics: Mapping[str, float],
    variants: Mapping[int, Path] | None = None,
) -> ModelEntry:
    """Describe a file that is written already.

    Args:
        path: the ONNX file; its stem is the model's name.
        role: what the runtime uses it for.
        parameters: number of weights.
        license_name: in a few words.
        trained_on: training data in a few words.
        metrics: flat numbers by name.
        variants: files of the same network for other channel blocks, by block.
    """
    content = path.read_bytes()
    return ModelEntry(
        name=path.stem,
        role=role,
        file=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        parameters=parameters,
        license=license_name,
        trained_on=trained_on,
        metrics=dict(metrics),
        variants=tuple(_variant(block, each) for block, each in (variants or {}).items()),
    )


def _variant(block: int, path: Path) -> ModelVariant:
    content = path.read_bytes()
    return ModelVariant(block, path.name, hashlib.sha256(content).hexdigest(), len(content))


def update_manifest(directory: Path, entry: ModelEntry) -> None:
    """Replace or add one entry; the order is by role, then name."""
    manifest = directory / "manifest.json"
    entries = json.loads(manifest.read_text(encoding="utf-8"))["models"] if manifest.exists() else []
    entries = [item for item in entries if item["name"] != entry.name] + [dataclasses.asdict(entry)]
    entries.sort(key=lambda item: (item["role"] != "landmarks", item["name"]))
    write_text(manifest, json.dumps({"models": entries}, indent=2) + "\n")
