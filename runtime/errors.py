"""Everything the runtime raises on purpose. Each message names the offending value and the remedy."""

from __future__ import annotations


class LandmarksError(Exception):
    """Base class: ``except LandmarksError`` catches whatever this library raises on purpose."""


class ImageError(LandmarksError, ValueError):
    """The input is not an image this library can read (missing, empty, wrong dtype, rank or size)."""


class ModelError(LandmarksError):
    """A model file is missing, corrupt, of another kind, or does not say how to feed it."""


class DeviceError(LandmarksError):
    """The device or execution provider asked for is not available on this machine."""


class OptionError(LandmarksError, ValueError):
    """An option has a value outside its range."""


class VideoError(LandmarksError, OSError):
    """A video source or sink cannot be opened, read or written."""


class WindowError(LandmarksError, RuntimeError):
    """A window cannot be shown: there is no display, or OpenCV was built without windows."""


class DependencyError(LandmarksError, ImportError):
    """A library the runtime needs cannot be imported; the message says what to install."""


class ClosedError(LandmarksError, RuntimeError):
    """The predictor was used after ``close()``."""


class WebError(LandmarksError, OSError):
    """The page cannot be served or written."""


def in_words(error: BaseException) -> str:
    """Return an error's message, that of the system without its number: ``faces.json: No space left on device``."""
    if isinstance(error, OSError) and not isinstance(error, LandmarksError) and error.strerror:
        name = "" if error.filename is None else f"{error.filename}: "
        return f"{name}{error.strerror}"
    return str(error) or type(error).__name__
