"""Reading and writing of still images, and what their headers say."""

from runtime.media.images.conversion import ColourOrder, convert_image
from runtime.media.images.hints import hint
from runtime.media.images.image_io import MAX_FILE_BYTES, as_bgr, read_image, write_picture
from runtime.media.images.preview import preview_png

__all__ = [
    "MAX_FILE_BYTES",
    "ColourOrder",
    "as_bgr",
    "convert_image",
    "hint",
    "preview_png",
    "read_image",
    "write_picture",
]
