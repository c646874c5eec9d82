"""Pictures and videos in and out, result files, drawing and progress."""

from runtime.media.drawing import Colour, Style, draw_faces
from runtime.media.stream_clock import StreamClock

__all__ = ["Colour", "StreamClock", "Style", "draw_faces"]
