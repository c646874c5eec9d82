"""Reading and writing of still images, and what their headers say."""

from runtime.media.images.hints import hint
from runtime.media.images.image_io import as_bgr, read_image, write_picture

__all__ = ["as_bgr", "hint", "read_image", "write_picture"]
