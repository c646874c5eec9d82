"""The live demo, `landmarks live`: a camera or a video with its faces in a window.

Frames flow one way: feed -> capture (a thread) -> networks -> scene -> recorder and window. Keys change the
:class:`~runtime.live.state.controls.Controls`, nothing else.
"""

from runtime.live.app import LiveLoop, LiveOptions
from runtime.live.camera.capture import Capture
from runtime.live.state.controls import BOTH, Controls
from runtime.live.state.keys import help_text
from runtime.live.state.networks import Following, NetworkOptions, PredictorPool
from runtime.live.state.reading import PanelSize
from runtime.live.state.scene import Look
from runtime.live.state.status import Reconnect
from runtime.live.summary import Ending
from runtime.live.view import EMPTY
from runtime.live.window import NoWindow, OpenCVWindow, Window

__all__ = [
    "BOTH",
    "EMPTY",
    "Capture",
    "Controls",
    "Ending",
    "Following",
    "LiveLoop",
    "LiveOptions",
    "Look",
    "NetworkOptions",
    "NoWindow",
    "OpenCVWindow",
    "PanelSize",
    "PredictorPool",
    "Reconnect",
    "Window",
    "help_text",
]
