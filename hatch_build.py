"""Dependencies of the runtime. Run at build time.

All flavours of OpenCV install the same ``cv2`` folder, each over the other. Where the environment that installs
from source already has one (``opencv-python-headless`` in a container, say), that one is required instead of
``opencv-python``, so that it stays. Wheels are built in empty environments and ask for ``opencv-python``.
"""

from __future__ import annotations

import importlib.metadata
import sysconfig
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

FLAVOURS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


class Dependencies(MetadataHookInterface):
    """Fills in ``project.dependencies``."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = ["numpy>=1.24", f"{installed_opencv()}>=4.8", "onnxruntime>=1.18"]


def installed_opencv() -> str:
    """The first flavour found in the environment that runs the installer, else the default."""
    paths = sysconfig.get_paths()
    # pip isolates the build by hiding these folders from the import system; the files are still there
    found = {
        (distribution.metadata["Name"] or "").lower()
        for distribution in importlib.metadata.distributions(path=[paths["purelib"], paths["platlib"]])
    }
    return next((flavour for flavour in FLAVOURS if flavour in found), FLAVOURS[0])
