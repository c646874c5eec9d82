"""Dependencies of the runtime, and the long description of its packages. Run at build time.

All flavours of OpenCV install the same ``cv2`` folder, and all of onnxruntime the same ``onnxruntime``, each over the
other. Where the environment that installs from source already has one (``opencv-python-headless`` in a container, or
``onnxruntime-gpu``), that one is required instead of the default, so that it stays. That works with pip alone, whose
builds run by the interpreter of that environment. uv builds in an environment of its own, and wheels are built
elsewhere: both ask for the defaults, and README has the command that keeps another flavour.
"""

from __future__ import annotations

import importlib.metadata
import re
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
ONNXRUNTIME = (
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-directml",
    "onnxruntime-openvino",
)


LINK = re.compile(r"(!?)\[([^\]]+)\]\((?!\w+:|#)([^)\s]+)\)")


class DynamicMetadata(MetadataHookInterface):
    """Fills in ``project.dependencies`` and ``project.readme``."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = requirements(installed_flavour(OPENCV), installed_flavour(ONNXRUNTIME))
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = long_description(readme, metadata.get("urls", {}).get("Source"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def requirements(opencv: str = OPENCV[0], onnxruntime: str = ONNXRUNTIME[0]) -> list[str]:
    """What the runtime requires, by the names of an OpenCV and an onnxruntime.

    ``python -m benchmarks.trust.versions`` runs the oldest and the newest of them. OpenCV before 4.8.1.78 decodes WebP
    with a libwebp that CVE-2023-4863 overflows, 4.10 and 4.11 JPEG 2000 with a pointer that is not set
    (CVE-2025-53644). Python 3.13 has numpy 2 alone, for which OpenCV 4.8 and 4.9 are not built.
    """
    return [
        "numpy>=1.24",
        f"{opencv}>=4.8.1.78,!=4.10.*,!=4.11.*",
        f"{opencv}>=4.12; python_version >= '3.13'",
        f"{onnxruntime}>=1.18",
    ]


def long_description(readme: str, source: str | None) -> str:
    """README.md where its files are not beside it.

    Links and pictures become those below ``source``, the address of the repository; without one pictures are left out
    and links become plain text.
    """

    def rewritten(match: re.Match[str]) -> str:
        picture, text, path = match.groups()
        if source is None:
            return "" if picture else text
        return f"{picture}[{text}]({source.rstrip('/')}/{'raw' if picture else 'blob'}/HEAD/{path})"

    return LINK.sub(rewritten, readme)


def installed_flavour(flavours: tuple[str, ...]) -> str:
    """The first of ``flavours`` in the environment that runs the installer, else the default, which comes first."""
    paths = sysconfig.get_paths()
    # pip isolates the build by hiding these folders from the import system; the files are still there
    found = {
        (distribution.metadata["Name"] or "").lower()
        for distribution in importlib.metadata.distributions(path=[paths["purelib"], paths["platlib"]])
    }
    return next((flavour for flavour in flavours if flavour in found), flavours[0])
