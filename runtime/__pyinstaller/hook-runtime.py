"""PyInstaller hook: a packed program carries the networks, and the page of ``landmarks web``.

OpenCV and onnxruntime have hooks of their own in ``pyinstaller-hooks-contrib``, which PyInstaller installs.
"""

from pathlib import Path

from runtime.engine import weights_directory
from runtime.web.site import STATIC
from runtime.web.vendor import VENDOR

_FOLDERS = {
    "runtime/weights": weights_directory(),  # beside the package in a checkout
    "runtime/web/static": STATIC,
    "runtime/web/vendor": VENDOR,  # empty where the page was left out
}

datas = [
    (str(path), (Path(target) / path.relative_to(folder).parent).as_posix())
    for target, folder in _FOLDERS.items()
    for path in sorted(folder.rglob("*"))
    if path.is_file()
]

# imported only by calls that convert to them; a program that uses these calls imports them itself
excludedimports = ["IPython", "pandas", "pyarrow", "supervision"]
