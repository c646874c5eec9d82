"""The live loop: newest frame, networks, picture, window, keys."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import LandmarksError
from runtime.live.camera.capture import Capture, Shot
from runtime.live.recorder import Recorder, save_screenshot
from runtime.live.state.controls import Controls, switched
from runtime.live.state.keys import Action, action_for
from runtime.live.state.meters import Meters
from runtime.live.state.networks import PredictorPool
from runtime.live.state.numbers import network_seconds, numbers
from runtime.live.state.reading import Numbers
from runtime.live.state.status import State
from runtime.live.summary import Ending, Summary
from runtime.live.view import Around, View
from runtime.live.window import NoWindow, Window, window_framework
from runtime.media.video import Frame
from runtime.pipeline import FrameResult

logger = logging.getLogger(__name__)

POLL = 0.01
"""Seconds that the loop waits for a frame before it checks the keys again."""

REDRAW = 0.1
"""Seconds after which the picture is drawn again though there is no new frame."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """State at the start, and where files go.

    Attributes:
        controls: all switches.
        record: a file to record into from the start.
        folder: for recordings and screenshots that are asked for by key.
    """

    controls: Controls = field(default_factory=Controls)
    record: Path | None = None
    folder: Path = Path()


class LiveLoop:
    """Shows what the networks find in a capture until it ends. One run for each object.

    Example::

        with Capture(lambda: VideoSource(0)) as capture, PredictorPool(NetworkOptions()) as networks:
            with OpenCVWindow("landmarks", 640, 480) as window:
                print(LiveLoop(capture, networks, window).run().to_text())
    """

    def __init__(
        self,
        capture: Capture,
        networks: PredictorPool,
        window: Window,
        options: LiveOptions | None = None,
        *,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Keep the parts of the loop.

        Args:
            capture: source of frames; stays open.
            networks: networks of both lanes; stay open.
            window: shows the pictures and gives keys; stays open.
            options: what is on at the start.
            stop: ends the run when it is set, from a signal handler or another thread.
            clock: seconds, growing; the one of the capture.

        Raises:
            LandmarksError: a network cannot be loaded.
        """
        self._options = options or LiveOptions()
        self._controls = self._options.controls
        self._capture, self._networks, self._window = capture, networks, window
        self._stop, self._clock = stop or threading.Event(), clock
        self._visible = not isinstance(window, NoWindow)
        self._view, self._meters = View(window, clock), Meters()
        self._recorder = Recorder(self._options.folder, capture.fps)
        self._lanes = networks.lanes(self._controls.chosen, self._controls.detector, self._controls.following)
        self._frame: Frame | None = None
        self._tracked: list[FrameResult] = []
        self._screenshots: list[Path] = []
        self._faces = self._detected = self._gated = 0
        self._first = self._last = 0.0

    def run(self) -> Summary:
        """Run until the file ends, the window is closed, a key or ``stop`` says so, or Ctrl-C is pressed.

        A recording is finished in every case, also before an exception is passed on.

        Raises:
            VideoError: the camera was lost for good, the file cannot be decoded, or the recording cannot be written.
        """
        with self._recorder:
            if self._options.record is not None:
                self._recorder.start(self._options.record)
            self._view.say("H shows all keys")
            try:
                ending = self._loop()
            except KeyboardInterrupt:
                ending = Ending.INTERRUPTED
        return self._summary(ending)

    def _loop(self) -> Ending:
        while True:
            shot = self._capture.read(POLL)
            if shot is not None:
                code = self._process(shot)
            elif self._capture.status.state is State.ENDED:
                return Ending.END_OF_FILE
            elif self._visible and self._clock() - self._view.shown > REDRAW:
                self._draw()
                code = self._show()
            else:
                code = self._window.poll()
            action = action_for(code)
            if action is Action.QUIT:
                return Ending.QUIT
            if action is not None:
                self._act(action)
            if self._window.closed:
                return Ending.WINDOW_CLOSED
            if self._stop.is_set():
                return Ending.INTERRUPTED

    def _process(self, shot: Shot) -> int:
        """Process one frame and time each stage; return the code of a key that was pressed."""
        began = self._clock()
        code = -1
        if self._frame is None:
            self._first = began
            self._view.fit(shot.frame.image.shape, len(self._lanes))
        self._frame = shot.frame
        self._track()
        stages = network_seconds(self._lanes, self._tracked)
        if self._visible or self._recorder.recording:
            mark = self._clock()
            self._draw()
            stages["draw"] = self._clock() - mark
        if self._recorder.recording and self._view.scene is not None:
            mark = self._clock()
            self._recorder.write(self._view.scene, shot.frame.time)
            stages["record"] = self._clock() - mark
        if self._visible:
            mark = self._clock()
            code = self._show()
            stages["show"] = self._clock() - mark
        self._last = self._clock()
        stages |= {"loop": self._last - began, "latency": self._last - shot.arrived}
        self._meters.frame(self._last, stages)
        self._faces += len(self._tracked[0].faces)
        self._detected += self._tracked[0].detected
        self._gated += self._tracked[0].gated
        return code

    def _show(self) -> int:
        """Put the scene on the screen, which happens while the window handles its events; the code of a key."""
        self._view.show(self._controls, self._around())
        return self._window.poll()

    def _track(self) -> None:
        if self._frame is not None:
            self._tracked = [lane(self._frame.image, self._frame.time) for lane in self._lanes]

    def _draw(self) -> None:
        if self._frame is not None:
            faces = [tracked.faces for tracked in self._tracked]
            self._view.draw(self._frame.image, faces, self._controls, self._numbers)

    def _around(self) -> Around:
        recorded = self._recorder.seconds if self._recorder.recording else None
        return Around(self._capture.name, self._capture.status, recorded)

    def _act(self, action: Action) -> None:
        """Do what a key asks for; what fails is said on the screen, and the loop goes on."""
        try:
            if action is Action.RECORD:
                self._toggle_recording()
            elif action is Action.SCREENSHOT:
                self._take_screenshot()
            elif action is Action.FULL_SCREEN:
                self._window.toggle_full_screen()
            else:
                controls, text = switched(self._controls, action)
                self._switch(controls)
                self._view.say(text)
        except LandmarksError as error:
            logger.warning("%s", error)
            self._view.say(str(error))

    def _switch(self, controls: Controls) -> None:
        before = self._controls
        if controls.lanes != before.lanes:
            self._lanes = self._networks.lanes(controls.chosen, controls.detector, controls.following)
            self._meters.clear()
            self._track()
        self._controls = controls
        if len(controls.chosen) != len(before.chosen) and self._frame is not None:
            self._view.fit(self._frame.image.shape, len(self._lanes))
        if controls.paused != before.paused:
            self._capture.pause(controls.paused)

    def _toggle_recording(self) -> None:
        if not self._recorder.recording:
            self._view.say(f"recording {self._recorder.start()}")
            return
        path = self._recorder.stop()
        self._view.say("nothing was recorded" if path is None else f"saved {path}")

    def _take_screenshot(self) -> None:
        if self._view.scene is None:
            self._view.say("no picture yet")
            return
        path = save_screenshot(self._view.scene, self._options.folder)
        self._screenshots.append(path)
        self._view.say(f"saved {path}")

    def _numbers(self) -> Numbers:
        return numbers(self._meters, self._lanes, self._tracked, self._controls, self._frame, self._capture.status)

    def _summary(self, ending: Ending) -> Summary:
        status, seconds, count = self._capture.status, self._last - self._first, self._meters.count
        report = self._lanes[0].report.landmarks
        pictures = None if self._frame is None else self._frame.image, self._view.scene
        frame, shown = (None if each is None else (each.shape[1], each.shape[0]) for each in pictures)
        return Summary(
            source=self._capture.name,
            ended=ending,
            models=self._controls.chosen,
            detector=self._controls.detector,
            device=report.device,
            threads=report.threads,
            frame=frame,
            shown=shown,
            window=window_framework() if self._visible else None,
            frames=count,
            seconds=seconds,
            fps=(count - 1) / seconds if count > 1 else 0.0,
            dropped=status.dropped,
            reconnects=status.reconnects,
            faces=self._faces / max(count, 1),
            detected=self._detected / max(count, 1),
            gated=self._gated / max(count, 1),
            stages={name: meter.percentiles() for name, meter in self._meters.stages.items()},
            files=tuple(str(path) for path in (*self._recorder.finished, *self._screenshots)),
        )
