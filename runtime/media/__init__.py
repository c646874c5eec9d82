"""Pictures and videos in and out, result files, drawing and progress."""

from runtime.media.drawing import AXIS_COLOURS, INK, Colour, Style, draw_faces
from runtime.media.stream_clock import StreamClock

__all__ = ["AXIS_COLOURS", "INK", "Colour", "StreamClock", "Style", "draw_faces"]
