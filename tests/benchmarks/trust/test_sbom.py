"""The bill of materials: everything that is locked, shipped or put into the page, each with a licence."""

from __future__ import annotations

import importlib.metadata
import json
import re
from email.message import Message

import pytest

import runtime
from benchmarks.trust import sbom
from runtime.engine import list_models
from runtime.web.vendor import PACKAGE, SCRIPTS, VENDOR, WASM

ROOT = sbom.ROOT
BILL = json.loads((ROOT / "sbom.cdx.json").read_text(encoding="utf-8"))
COMPONENTS = BILL["components"]
NOTICE = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())


def licence(component):
    [entry] = component["licenses"]
    return entry.get("expression") or entry["license"].get("id") or entry["license"]["name"]


def test_every_locked_dependency_of_the_runtime_is_listed_with_its_hashes():
    lock = sbom.read_lock()
    wanted = sbom.closure([*map(sbom.normalised, sbom.requirements()), *sbom.extra_requirements()], lock)
    assert {"numpy", "protobuf", "fastapi", "pydantic-core", "ray", "shtab", "pyarrow"} <= wanted
    listed = {each["name"]: each for each in COMPONENTS if each.get("purl", "").startswith("pkg:pypi/")}
    assert listed.keys() == wanted
    for name, each in listed.items():
        assert each["version"] == lock[name].version
        assert [digest["content"] for digest in each["hashes"]] == list(lock[name].hashes) != []


def test_bill_is_that_of_this_version():
    assert BILL["metadata"]["component"]["version"] == runtime.__version__, "run `make sbom`"


def test_what_the_runtime_itself_needs_is_required_and_the_rest_optional():
    required = {each["name"] for each in COMPONENTS if each.get("scope") == "required"}
    assert required == {"numpy", "opencv-python", "onnxruntime", "flatbuffers", "packaging", "protobuf"}


def test_every_weight_is_listed_with_its_hash():
    listed = {each["name"]: each["hashes"][0]["content"] for each in COMPONENTS if each["name"].endswith(".onnx")}
    entries = list_models()
    assert listed == {item.file: item.sha256 for entry in entries for item in (entry, *entry.variants)} and len(
        listed
    ) > len(entries)


def test_every_package_of_the_page_is_listed():
    listed = {each["name"]: each["version"] for each in COMPONENTS if each.get("purl", "").startswith("pkg:npm/")}
    assert listed == {name: entry["version"] for name, entry in sbom.page_packages().items()}
    assert "onnxruntime-web" in listed and "eslint" not in listed


def test_files_of_the_pages_engine_have_their_hashes():
    [engine] = [each for each in COMPONENTS if each["name"] == "onnxruntime-web"]
    assert {each["name"].rpartition("/")[2] for each in engine["components"]} == {*SCRIPTS, WASM}
    if not (VENDOR / SCRIPTS[0]).is_file():
        pytest.skip(f"onnxruntime-web is not there: run `make web`, which needs npm and fills {PACKAGE}")
    assert engine["components"] == sbom.engine_files()


@pytest.mark.parametrize("name", sorted({each["name"] for each in COMPONENTS}))
def test_licence_stands_in_the_bill_and_in_the_notice(name):
    for component in [each for each in COMPONENTS if each["name"] == name]:
        assert re.fullmatch(r"[\w.+() -]+", licence(component))
        assert component["hashes"] and all(digest["content"] for digest in component["hashes"])
        if component["type"] == "machine-learning-model":
            assert name in NOTICE
        else:
            assert f"{component['name']} ({licence(component)}" in NOTICE


def test_licences_are_those_that_the_locked_versions_state():
    """Other versions may be installed here; what they state may differ."""
    checked = 0
    for component in COMPONENTS:
        if component.get("purl", "").startswith("pkg:pypi/"):
            found = [each.version for each in importlib.metadata.distributions(name=component["name"])]
            if found == [component["version"]]:
                assert sbom.package_licence(component["name"]) == licence(component)
                checked += 1
    assert checked > 0


def test_package_without_a_known_licence_is_an_error(monkeypatch):
    headers = Message()
    headers["License"] = "see the file"
    monkeypatch.setattr(sbom.importlib.metadata, "metadata", lambda name: headers)
    with pytest.raises(ValueError, match="nothing: no known licence"):
        sbom.package_licence("nothing")
