"""Bill of materials (CycloneDX 1.6) of the runtime, its extras, its weights and the browser page's engine.

    python -m benchmarks.trust.sbom --out sbom.cdx.json

Versions and SHA-256 of the dependencies are those of ``requirements-dev.txt``, their licences those that the installed
packages state. Weights come from ``weights/manifest.json``, the page's packages from ``package-lock.json``.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import runtime
from export.config_files import read_table
from hatch_build import requirements
from runtime.engine import list_models
from runtime.errors import DependencyError
from runtime.web.vendor import read_runtime

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-dev.txt"
PAGE_LOCK = ROOT / "runtime" / "web" / "package-lock.json"

EXTRAS = ("demo", "completion", "parquet", "service", "ray")
"""Extras of ``pyproject.toml`` that belong to the runtime; the others are for development."""

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "MPL-2.0": "MPL-2.0",
}
"""Identifiers of licences that packages state in their own words."""

CONTAINED = {"opencv-python": "Apache-2.0 AND LGPL-2.1-or-later"}
"""Licences of packages whose wheels contain more than their metadata say: FFmpeg."""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package of a lock file.

    Attributes:
        version: the only one that is installed.
        hashes: SHA-256 of its files, one for each platform.
        wanted_by: names of the packages that require it.
    """

    version: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...]


def read_lock(path: Path = LOCK) -> dict[str, LockedPackage]:
    """Read a file of ``uv pip compile --generate-hashes`` by normalised name."""
    packages = {}
    for block in re.split(r"\n(?=[a-z0-9])", path.read_text(encoding="utf-8")):
        head = re.match(r"([a-z0-9-]+)(?:\[[^\]]*\])?==([^\s;]+)", block)
        if head:
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
            wanted_by = tuple(re.findall(r"^    #(?: via|  ) +([\w.-]+)", block, re.M))
            packages[head[1]] = LockedPackage(head[2], hashes, wanted_by)
    return packages


def normalised(requirement: str) -> str:
    """Return the normalised name of a requirement's package."""
    found = re.match(r"[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0] if found else requirement).lower()


def extra_requirements(extras: Iterable[str] = EXTRAS) -> list[str]:
    """Return the names of the packages that extras of ``pyproject.toml`` ask for."""
    table = read_table(ROOT / "pyproject.toml")["project"]["optional-dependencies"]
    return [normalised(name) for extra in extras for name in table[extra]]


def closure(names: Iterable[str], lock: dict[str, LockedPackage]) -> set[str]:
    """Return packages and all that they require."""
    found = set(names)
    while True:
        more = {name for name, package in lock.items() if found.intersection(package.wanted_by)} - found
        if not more:
            return found
        found |= more


def package_licence(name: str) -> str:
    """Return the SPDX expression of an installed package's licence.

    Raises:
        ValueError: it states none that is known.
        importlib.metadata.PackageNotFoundError: it is not installed.
    """
    if name in CONTAINED:
        return CONTAINED[name]
    metadata = importlib.metadata.metadata(name)
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classified = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or [] if "License ::" in text]
    stated = [*(metadata.get_all("License") or []), *classified]
    for text in stated:
        if text in SPDX or text in SPDX.values():
            return SPDX.get(text, text)
    raise ValueError(f"{name}: no known licence in {stated}; add it to SPDX")


def python_components(lock: dict[str, LockedPackage]) -> list[dict[str, Any]]:
    """Describe the runtime's dependencies; those of extras are optional."""
    needed = closure([normalised(line) for line in requirements()], lock)
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{lock[name].version}",
            "name": name,
            "version": lock[name].version,
            "scope": "required" if name in needed else "optional",
            "licenses": [{"expression": package_licence(name)}],
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in lock[name].hashes],
            "purl": f"pkg:pypi/{name}@{lock[name].version}",
        }
        for name in sorted(needed | closure(extra_requirements(), lock))
    ]


def weight_components() -> list[dict[str, Any]]:
    """Describe the shipped networks, a file each."""
    components = []
    for entry in list_models():
        files = [(entry.file, entry.sha256), *((each.file, each.sha256) for each in entry.variants)]
        free = entry.license.startswith("Apache-2.0")
        licence = {"id": "Apache-2.0"} if free else {"name": "LicenseRef-Research-Only-Weights"}
        for file, digest in files:
            components.append(
                {
                    "type": "machine-learning-model",
                    "bom-ref": f"weights/{file}",
                    "name": file,
                    "version": runtime.__version__,
                    "description": f"{entry.license}; trained on: {entry.trained_on}",
                    "licenses": [{"license": licence}],
                    "hashes": [{"alg": "SHA-256", "content": digest}],
                }
            )
    return components


def page_packages() -> dict[str, dict[str, Any]]:
    """Return the entries of ``package-lock.json`` that are not for development, by name."""
    packages = json.loads(PAGE_LOCK.read_text(encoding="utf-8"))["packages"]
    return {
        path.removeprefix("node_modules/"): entry for path, entry in packages.items() if path and not entry.get("dev")
    }


def page_components() -> list[dict[str, Any]]:
    """Describe the page's npm packages, and the files of the engine where ``make web`` has put them."""
    components = []
    for name, entry in page_packages().items():
        digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
        purl = f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}"
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": entry["version"],
            "licenses": [{"expression": entry["license"]}],
            "hashes": [{"alg": "SHA-512", "content": digest}],
            "purl": purl,
        }
        if name == "onnxruntime-web":
            component["components"] = engine_files()
        components.append(component)
    return components


def engine_files() -> list[dict[str, Any]]:
    """Describe the files of onnxruntime-web that the page loads.

    Raises:
        DependencyError: ``make web`` has not been run.
    """
    return [
        {
            "type": "file",
            "name": f"runtime/web/vendor/{name}",
            "licenses": [{"license": {"id": "MIT"}}],
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
        }
        for name, content in sorted(read_runtime().items())
    ]


def bill_of_materials() -> dict[str, Any]:
    """Return the document; the same inputs give the same one, so it has no date and no serial number."""
    lock = read_lock()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": "edge-landmarks",
                "name": "edge-landmarks",
                "version": runtime.__version__,
                "licenses": [{"expression": "Apache-2.0 AND LicenseRef-Research-Only-Weights"}],
            }
        },
        "components": [*python_components(lock), *weight_components(), *page_components()],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.sbom", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "sbom.cdx.json", metavar="FILE", help="(default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        content = json.dumps(bill_of_materials(), indent=1)
    except (DependencyError, ValueError, importlib.metadata.PackageNotFoundError) as error:
        raise SystemExit(f"error: {error}") from error
    options.out.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
