"""The parts of onnxruntime-web that the page needs, out of the npm package: ``python -m runtime.web.vendor``.

``package-lock.json`` beside this file pins the package and its hash; ``make web`` installs it and runs this. The
WebAssembly file is kept as xz: 2.5 MB instead of 16.8 MB, where a wheel's own compression reaches 4.1 MB.
"""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

from runtime.errors import DependencyError

PACKAGE = Path(__file__).with_name("node_modules") / "onnxruntime-web" / "dist"
VENDOR = Path(__file__).with_name("vendor")

SCRIPTS = ("ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.mjs")
WASM = "ort-wasm-simd-threaded.jspi.wasm"
"""The build with both WebAssembly SIMD and WebGPU that is smallest; the ``asyncify`` one takes 26.8 MB."""


def copy_runtime(package: Path = PACKAGE, vendor: Path = VENDOR) -> None:
    """Copy onnxruntime-web's files from an installed npm package into the folder that the page is built from.

    Raises:
        DependencyError: the npm package is not installed.
    """
    if not (package / WASM).is_file():
        raise DependencyError(f"{package / WASM}: not there; run `npm ci` in {Path(__file__).parent}")
    vendor.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        shutil.copyfile(package / name, vendor / name)
    (vendor / f"{WASM}.xz").write_bytes(lzma.compress((package / WASM).read_bytes(), preset=9 | lzma.PRESET_EXTREME))


def read_runtime(vendor: Path = VENDOR) -> dict[str, bytes]:
    """Read onnxruntime-web's files as browsers want them, by name.

    Raises:
        DependencyError: this installation was built without them.
    """
    try:
        files = {name: (vendor / name).read_bytes() for name in SCRIPTS}
        return files | {WASM: lzma.decompress((vendor / f"{WASM}.xz").read_bytes())}
    except (OSError, lzma.LZMAError) as error:
        raise DependencyError(
            f"the page lacks onnxruntime-web ({error}). In a checkout run `make web`, which needs npm (Debian and "
            "Ubuntu: apt-get install npm); a wheel contains it if it is built after that"
        ) from error


if __name__ == "__main__":
    copy_runtime()
