"""The manifest: each model once, in order."""

from __future__ import annotations

import dataclasses

from export.release.manifest import update_manifest
from runtime.engine.model_registry import ModelEntry, list_models

ENTRY = ModelEntry("full", "landmarks", "full.onnx", "ab" * 32, 1_097_019, 264_317, "Apache-2.0", "faces", {"nme": 3.5})


def names(folder):
    return [entry.name for entry in list_models(folder)]


def test_manifest_holds_an_entry_once(tmp_path):
    update_manifest(tmp_path, ENTRY)
    first = (tmp_path / "manifest.json").read_text()
    update_manifest(tmp_path, ENTRY)
    assert (tmp_path / "manifest.json").read_text() == first
    assert list_models(tmp_path) == [ENTRY]


def test_manifest_takes_the_newer_entry(tmp_path):
    newer = dataclasses.replace(ENTRY, sha256="cd" * 32)
    update_manifest(tmp_path, ENTRY)
    update_manifest(tmp_path, newer)
    assert list_models(tmp_path) == [newer]


def test_manifest_is_ordered_by_role_and_name(tmp_path):
    for name, role in (("short", "detector"), ("trimmed", "landmarks"), ("back", "detector"), ("full", "landmarks")):
        update_manifest(tmp_path, dataclasses.replace(ENTRY, name=name, role=role))
    assert names(tmp_path) == ["full", "trimmed", "back", "short"]
