"""Keys and their actions: one table, which is also the text of the help panel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

ESCAPE = 27


class Action(Enum):
    """Actions of the keys."""

    NETWORK = auto()
    TRACKING = auto()
    SMOOTHING = auto()
    DETECTOR = auto()
    POINTS = auto()
    CONTOURS = auto()
    BOXES = auto()
    AXES = auto()
    MIRROR = auto()
    RECORD = auto()
    SCREENSHOT = auto()
    PAUSE = auto()
    PANEL = auto()
    FULL_SCREEN = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys that do one thing.

    Attributes:
        keys: the characters, the first of which the help shows.
        action: what they do.
        text: what the help says.
        name: of the key where the character cannot be shown.
    """

    keys: str
    action: Action
    text: str
    name: str = ""

    @property
    def label(self) -> str:
        """The key as the help shows it."""
        return self.name or self.keys[0].upper()


BINDINGS: tuple[tuple[str, tuple[Binding, ...]], ...] = (
    (
        "networks",
        (
            Binding("n", Action.NETWORK, "next network, then both side by side"),
            Binding("t", Action.TRACKING, "tracking on, off"),
            Binding("o", Action.SMOOTHING, "One-Euro smoothing on, off"),
            Binding("d", Action.DETECTOR, "detector: back, short"),
        ),
    ),
    (
        "picture",
        (
            Binding("p", Action.POINTS, "points"),
            Binding("c", Action.CONTOURS, "contours"),
            Binding("b", Action.BOXES, "boxes and track numbers"),
            Binding("a", Action.AXES, "axes of the head"),
            Binding("m", Action.MIRROR, "mirror"),
            Binding("i", Action.PANEL, "numbers: all, few, none"),
            Binding("f", Action.FULL_SCREEN, "full screen"),
        ),
    ),
    (
        "files",
        (
            Binding("r", Action.RECORD, "start, stop recording"),
            Binding("s", Action.SCREENSHOT, "screenshot"),
        ),
    ),
    (
        "program",
        (
            Binding(" ", Action.PAUSE, "pause, go on", "Space"),
            Binding("h?", Action.HELP, "this help"),
            Binding(f"q{chr(ESCAPE)}", Action.QUIT, "quit", "Q, Esc"),
        ),
    ),
)
"""Every binding, in groups with titles."""

_ACTIONS = {key: binding.action for _, group in BINDINGS for binding in group for key in binding.keys}


def action_for(code: int) -> Action | None:
    """Return the action of a key code as OpenCV gives it; None for other keys and for -1, no key.

    Upper and lower case are the same. GTK adds bits for the locks to the code, and keys that are no character, such as
    Shift, have codes beyond ASCII.
    """
    character = code & 0xFFFF
    return _ACTIONS.get(chr(character).lower()) if code >= 0 and character < 128 else None


def help_text(indent: str = "  ") -> str:
    """Return all keys for a terminal, a line each."""
    return "\n".join(f"{indent}{item.label:<8}{item.text}" for _, group in BINDINGS for item in group)
