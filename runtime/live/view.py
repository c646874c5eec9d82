"""Contents of the window: the scene with its numbers, and panels for the screen alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from runtime.faces import Face
from runtime.live.overlay import notices
from runtime.live.overlay.hud import Hud, unit
from runtime.live.overlay.panel import Panel
from runtime.live.recorder import NIGHT, fitted
from runtime.live.state.controls import Controls
from runtime.live.state.reading import Numbers, PanelSize
from runtime.live.state.scene import compose, scene_size
from runtime.live.state.status import State, Status
from runtime.live.window import Window

LOWEST, HIGHEST, WIDEST = 480, 900, 1600
"""Height of a new window in pixels, at least and at most, and its width at most."""

EMPTY = 640, 480
"""Width and height of the picture before the first frame, where the window has no size of its own."""


@dataclass(frozen=True, slots=True)
class Around:
    """State shown around the scene.

    Attributes:
        source: name of the camera or file.
        status: of the capture.
        recorded: seconds of the running recording; None without one.
    """

    source: str
    status: Status
    recorded: float | None


class View:
    """Draws for one window. Not thread-safe: windows belong to the thread that opened them."""

    def __init__(self, window: Window, clock: Callable[[], float]) -> None:
        """Draw nothing yet."""
        self._window, self._clock = window, clock
        self._hud = Hud()
        self._message, self._until = "", -math.inf
        self._fitted = False
        self.scene: NDArray[np.uint8] | None = None
        self.shown = -math.inf

    def draw(
        self,
        image: NDArray[np.uint8],
        faces: Sequence[Sequence[Face]],
        controls: Controls,
        numbers: Callable[[], Numbers],
    ) -> NDArray[np.uint8]:
        """Make the scene of a frame: what recordings and screenshots hold.

        Args:
            image: (H, W, 3) uint8 BGR.
            faces: of each network in use.
            controls: what is switched on.
            numbers: gives the numbers; called only when new ones are due.
        """
        # without a window a small frame is enlarged too, so that the numbers do not cover it
        room = self._window.size or (10**6, max(image.shape[0], LOWEST))
        size = scene_size(image.shape, len(faces), room)
        scene, starts = compose(image, faces, controls.look, size)
        if controls.panel is not PanelSize.OFF:
            now, key = self._clock(), (controls.lanes, controls.panel, size)
            if self._hud.due(now, key):
                self._hud.update(numbers(), size, starts, now, key, controls.panel)
            self._hud.paste(scene)
        self.scene = scene
        return scene

    def show(self, controls: Controls, around: Around) -> None:
        """Put the scene into the window, with messages, recording dot, help and the state of the camera."""
        scene = self.scene
        size = self._window.size or (EMPTY if scene is None else (scene.shape[1], scene.shape[0]))
        if scene is None:
            scene = np.full((size[1], size[0], 3), NIGHT, np.uint8)
        image, u, now = fitted(scene, *size).copy(), unit(size), self._clock()
        if controls.help:
            image = cv2.convertScaleAbs(image, alpha=0.4)  # type: ignore[assignment]
            notices.centred(notices.help_panel(size, u), image)
        elif (texts := self._banner(around)) is not None:
            notices.centred(notices.banner(*texts, u, size[0]), image)
        right = size[0]
        for panel in self._corner(controls, around, u):
            right -= panel.width + round(1.6 * u)
            panel.paste(image, right, round(1.6 * u))
        if now < self._until and self._message:
            note = notices.message(self._message, u, size[0])
            note.paste(image, (size[0] - note.width) // 2, round(size[1] - note.height - 6.5 * u))
        self._window.show(image)
        self.shown = now

    def say(self, text: str) -> None:
        """Show a message for a moment, at once."""
        self._message, self._until = text, self._clock() + notices.MESSAGE_SECONDS
        self.shown = -math.inf

    def fit(self, shape: tuple[int, ...], pictures: int) -> None:
        """Give the window the shape of so many frames (H, W, 3): in its first size, or with the height that it has."""
        height = min(max(shape[0], LOWEST), HIGHEST)
        if self._fitted and (now := self._window.size) is not None:
            height = now[1]
        self._window.resize(*scene_size(shape, pictures, (WIDEST, height)))
        self._fitted = True

    def _corner(self, controls: Controls, around: Around, u: float) -> Iterator[Panel]:
        """Yield the panels of the upper right corner, from right to left."""
        if around.recorded is not None:
            yield notices.recording(around.recorded, u)
        if controls.paused:
            yield notices.paused(u)

    def _banner(self, around: Around) -> tuple[str, str] | None:
        status = around.status
        if status.state is State.LOST:
            return f"{around.source} is gone", f"looking for it, attempt {status.attempt}"
        if status.state is State.STALLED:
            return f"{around.source} is silent", "it is there, but sends no frames"
        if self.scene is None:
            return around.source, "waiting for the first frame"
        return None
