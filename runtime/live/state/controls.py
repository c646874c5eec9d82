"""Switches of the window, and how a key changes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from runtime.live.state.keys import Action
from runtime.live.state.networks import DETECTORS, Following
from runtime.live.state.reading import PanelSize, short
from runtime.live.state.scene import Look

BOTH = 2
"""The choice of both networks side by side; 0 and 1 are the two networks alone."""


@dataclass(frozen=True, slots=True)
class Controls:
    """All switches.

    Attributes:
        models: the two landmark networks that there are.
        choice: which of them are in use: 0, 1, or :data:`BOTH`.
        detector: by name or path.
        following: tracking and smoothing.
        look: what is drawn.
        panel: how much of the panel of numbers is shown.
        help: whether the help is shown.
        paused: whether the stream stands still.
    """

    models: tuple[str, str] = ("full", "trimmed")
    choice: int = 0
    detector: str = DETECTORS[0]
    following: Following = field(default_factory=Following)
    look: Look = field(default_factory=Look)
    panel: PanelSize = PanelSize.WHOLE
    help: bool = False
    paused: bool = False

    @property
    def chosen(self) -> tuple[str, ...]:
        """The networks in use."""
        return self.models if self.choice == BOTH else (self.models[self.choice],)

    @property
    def lanes(self) -> tuple[object, ...]:
        """Settings that the networks depend on; a change restarts them."""
        return self.chosen, self.detector, self.following


def switched(controls: Controls, action: Action) -> tuple[Controls, str]:
    """Return the switches after a key, and a message for the user, which may be empty."""
    if action is Action.NETWORK:
        controls = replace(controls, choice=(controls.choice + 1) % 3)
        return controls, " and ".join(short(name, 20) for name in controls.chosen)
    if action is Action.DETECTOR:
        known = controls.detector in DETECTORS
        number = (DETECTORS.index(controls.detector) + 1) % len(DETECTORS) if known else 0
        return replace(controls, detector=DETECTORS[number]), f"detector {DETECTORS[number]}"
    if action in (Action.TRACKING, Action.SMOOTHING):
        return _followed(controls, action)
    if action in _LOOKS:
        name, text = _LOOKS[action]
        on = not getattr(controls.look, name)
        return replace(controls, look=replace(controls.look, **{name: on})), f"{text} {_word(on)}"
    if action is Action.PAUSE:
        return replace(controls, paused=not controls.paused), "" if controls.paused else "Space goes on"
    if action is Action.PANEL:
        sizes = list(PanelSize)
        return replace(controls, panel=sizes[(sizes.index(controls.panel) + 1) % len(sizes)]), ""
    if action is Action.HELP:
        return replace(controls, help=not controls.help), ""
    return controls, ""


def _followed(controls: Controls, action: Action) -> tuple[Controls, str]:
    following = controls.following
    if action is Action.TRACKING:
        following = replace(following, tracking=not following.tracking)
        text = f"tracking {_word(following.tracking)}" + ("" if following.tracking else ": every frame on its own")
    elif not following.tracking:
        text = "only what is tracked can be smoothed: T"
    else:
        following = replace(following, smoothing=not following.smoothing)
        text = f"smoothing {_word(following.smoothing)}"
    return replace(controls, following=following), text


def _word(on: bool) -> str:
    return "on" if on else "off"


_LOOKS = {
    Action.POINTS: ("points", "points"),
    Action.CONTOURS: ("contours", "contours"),
    Action.BOXES: ("boxes", "boxes"),
    Action.AXES: ("axes", "axes of the head"),
    Action.MIRROR: ("mirror", "mirror"),
}
