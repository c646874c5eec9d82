"""Faces followed through a stream: regions come from the last frame, the detector looks for new faces only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.detection.blazeface import Detection
from runtime.detection.matching import SAME_FACE, match
from runtime.errors import LandmarksError, OptionError
from runtime.landmarks.region_of_interest import detection_region, distance, ratio
from runtime.media.images.image_io import as_bgr
from runtime.media.stream_clock import StreamClock
from runtime.pipeline.orientation import Fit, is_likely, needs_turning, refine, settle
from runtime.pipeline.selection import CERTAIN, Selection, side
from runtime.pipeline.stages import Found, FrameResult, Networks, Stages
from runtime.tracking.shot_cuts import CutDetector
from runtime.tracking.smoothing import OneEuroFilter, SmoothingConfig
from runtime.tracking.track import Track

JUMP = 0.35
"""Sides of its region between where a face was expected and where points were found: more is another face."""

GROWTH = 1.5
"""Ratio of the sizes of a face in two frames: more is another face."""

RETURN = 0.6
"""Sides of its region off its course within which a lost face comes back."""

RETURN_LOOK = 0.3
"""Correlation of looks that a face must have with one lost in the same shot to be it: half hidden or turned, faces
change. After a cut it is ``SAME_LOOK``."""

SAME_LOOK = 0.65
"""Correlation of a face's looks in two successive frames: below it is another face. Measured: one face keeps above 0.95
at 30 frames a second (the films of ``export motion``), of two faces in photographs 96 pairs in 100 lie below."""

NEARER = 1.3
"""How many times as large as the smallest face that is followed one must be to take its place, where ``max_faces`` are
followed: two people side by side must not take turns."""

SEARCH_SECONDS = 0.1
"""Between two looks for a face that was lost."""

EMPTY_SECONDS = 0.2
"""Between two looks at an empty scene in which the scout sees nothing."""

TURNED_SECONDS = 1.0
"""Between two looks at the frame turned where nothing that is detected is likely to be a face: each takes three times
as long as a look at the frame as it is."""

ALARM = -2.2
"""Logit of the scout, a score of 0.1, from which the detector looks at an empty scene: reached on all photographs of
HELEN and AFW in which it finds the face, down to a twentieth of the picture (``benchmarks.studies.schedule``)."""

RISE = 0.5
"""By how much the logit must exceed that of the last false alarm: much in a room looks a little like a face."""

ROUNDING = 1e-6
"""Seconds: fifteen thirtieths are half a second, however the times are rounded."""


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """How faces are followed.

    Attributes:
        detect_every: seconds of the stream between two looks for new faces; 0 looks in every frame. The detector runs
            at once after a cut and when a face is lost. Where there is no face, its scout looks at every frame, the
            same network at half the input, and calls for it at the least sign of one.
        keep_lost: seconds for which a lost face is looked for more often and may come back under its number.
        max_overlap: two faces whose boxes have a higher intersection over union are one, 0..1.
        cut: share of a frame's pixels that change at once where another shot begins, 0..1.
        smoothing: of the points; None gives them as the network does.

    Raises:
        OptionError: a value is outside its range.
    """

    detect_every: float = 0.5
    keep_lost: float = 2.0
    max_overlap: float = 0.5
    cut: float = 0.5
    smoothing: SmoothingConfig | None = field(default_factory=SmoothingConfig)

    def __post_init__(self) -> None:
        # written so that NaN fails too
        for name in ("detect_every", "keep_lost"):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < math.inf):
                raise OptionError(f"{name}={value!r}: a number of seconds of at least 0 is needed")
        for name in ("max_overlap", "cut"):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value <= 1):
                raise OptionError(f"{name}={value!r} is outside 0..1")
        if self.smoothing is not None and not isinstance(self.smoothing, SmoothingConfig):
            raise OptionError(f"smoothing={self.smoothing!r}: SmoothingConfig(...) is needed, or None for none")


class Tracker:
    """Follows the faces of one stream. Not thread-safe: frames have an order. Made by ``Predictor.tracker``.

    Example::

        tracker = predictor.tracker()
        for frame in source:
            for face in tracker(frame.image, frame.time).faces:
                print(face.track, face.pose.yaw)
    """

    def __init__(
        self,
        networks: Callable[[], Networks],
        config: TrackingConfig,
        selection: Selection,
    ) -> None:
        """Prepare for the first frame.

        Args:
            networks: gives the networks; raises ClosedError where they are closed.
            config: how to follow.
            selection: which faces are followed.
        """
        self._networks = networks
        self._config = config
        self._selection = selection
        self._cut = CutDetector(config.cut)
        self._shape: tuple[int, ...] = ()
        self._next_id = 0
        self._clock = StreamClock()
        self.reset()

    def reset(self) -> None:
        """Forget all faces and the time, as for another stream; numbers are not given twice."""
        self._live: list[Track] = []
        self._lost: list[Track] = []
        self._clock.reset()
        self._looked = self._turned = -math.inf
        self._now = 0.0
        self._calm = -math.inf
        self._shot = 0
        self._cut.reset()

    def __reduce__(self) -> NoReturn:
        raise LandmarksError(
            "a Tracker follows one stream in one process and is neither pickled nor copied: "
            "hand over the Predictor and call its tracker() on the other side"
        )

    def __call__(self, image: NDArray[np.uint8], time: float) -> FrameResult:
        """Follow the faces into the next frame.

        Args:
            image: as ``Predictor`` takes it. With a frame of another size everything starts anew, as after ``reset``.
            time: of the frame, in seconds. With a time before the last one, as in a film that is shown again,
                everything starts anew, too. The same time once more counts as 1/30 s later: some sources tell no time.

        Raises:
            ImageError: not an image.
            OptionError: the time is not finite.
            ClosedError: the predictor is closed.
        """
        again = self._clock.restarts(time)
        stages = Stages(as_bgr(image), self._networks())
        if again or stages.frame.shape != self._shape:
            self.reset()
            self._shape = stages.frame.shape
        self._advance(time)
        cut = self._cut(stages.frame)
        if cut:
            self._shot += 1
            self._calm = self._turned = -math.inf
        lost = self._follow(stages)
        self._lost += lost
        since = self._now - self._looked + ROUNDING
        look = self._wants_faces() and since >= self._pause(cut or bool(lost))
        scouted = not look and not self._live
        if scouted:
            look = self._alarm(stages)
        if look:
            self._look(stages)
        if self._live:
            self._calm = -math.inf
        faces = [track.face(stages.crop_scale) for track in sorted(self._live, key=lambda track: track.id)]
        return FrameResult(faces, look, scouted, stages.times())

    def _wants_faces(self) -> bool:
        """Whether a face that is not followed could be: there is room, or it may be nearer than one that is."""
        return not self._selection.full(len(self._live)) or self._selection.order == "size"

    def _pause(self, sudden: bool) -> float:
        """Seconds between two looks for new faces, as things are."""
        if sudden:
            return 0.0
        if self._selection.full(len(self._live)):
            return self._config.detect_every
        often = SEARCH_SECONDS if self._lost else math.inf if self._live else EMPTY_SECONDS
        return min(often, self._config.detect_every)

    def _alarm(self, stages: Stages) -> bool:
        """Whether the scout sees more of a face than where the detector found none."""
        logit = stages.scout()
        if logit < max(ALARM, self._calm + RISE):
            return False
        self._calm = logit
        return True

    def _advance(self, time: float) -> None:
        """Move the tracker's own clock on, and give up who has been away for too long."""
        self._clock.advance(time)
        self._now = self._clock.now
        self._lost = [track for track in self._lost if self._now - track.time <= self._config.keep_lost]

    def _follow(self, stages: Stages) -> list[Track]:
        """Find each face again about where it should be by now; gives those that are lost."""
        expected = [track.expected(self._now) for track in self._live]
        results = refine(stages, expected, stages.landmarks(expected), self._selection.min_confidence)
        seen, lost = [], []
        for track, place, found in zip(self._live, expected, results, strict=True):
            away, same = distance(place, found.region), float(track.found.look @ found.look) >= SAME_LOOK
            certain = found.confidence >= self._selection.min_confidence
            if certain and same and away <= JUMP and ratio(place, found.region) <= GROWTH:
                seen.append((away - track.likeness(found), track, found))
            else:
                lost.append(track)
        # where two have come upon one face, it is that of him who moved and looks as before
        seen.sort(key=lambda item: item[0])
        self._live = []
        for _, track, found in seen:
            if self._is_new(found):
                track.update(found, self._now)
                track.shot = self._shot
                self._live.append(track)
            else:
                lost.append(track)
        return lost

    def _look(self, stages: Stages) -> None:
        """Look for faces that are not followed, and more closely where no face is certain."""
        self._looked = self._now
        self._meet(stages, stages.detect())
        if all(track.found.confidence < CERTAIN for track in self._live):
            self._meet(stages, stages.retry())

    def _meet(self, stages: Stages, detections: list[Detection]) -> None:
        """Follow what was detected and is not followed yet, as far as it is a face and there is room for it."""
        known = match([each.box for each in detections], [each.found.box for each in self._live], SAME_FACE)
        for index, place in known:
            self._live[place].score = detections[index].score
        taken = {index for index, _ in known}
        fresh = [detection for index, detection in enumerate(detections) if index not in taken]
        fresh = [each for each in self._selection.sorted(fresh) if self._has_room(side(each.box))]
        found = stages.landmarks([detection_region(detection, stages.crop_scale) for detection in fresh])
        turn = partial(self._turn, stages.frame.shape)
        for detection, each in settle(stages, fresh, found, self._selection.min_confidence, turn=turn):
            if not self._is_new(each) or not self._has_room(side(each.box)):
                continue
            leaving = [self._farthest()] if self._selection.full(len(self._live)) else []
            self._live = [track for track in self._live if track not in leaving]
            self._live.append(self._track(each, detection.score))
            self._lost += leaving

    def _turn(self, shape: tuple[int, ...], fits: Sequence[Fit]) -> bool:
        """Whether to look at the frame turned: once at most, and less often where nothing is likely to be a face."""
        since = self._now - self._turned + ROUNDING
        pause = 0.0 if any(map(is_likely, fits)) else TURNED_SECONDS
        if self._turned == self._now or since < pause or not needs_turning(fits, shape, bool(self._live)):
            return False
        self._turned = self._now
        return True

    def _has_room(self, size: float) -> bool:
        """Whether a new face of this size in pixels would be followed."""
        if not self._selection.full(len(self._live)):
            return True
        return self._selection.order == "size" and size > NEARER * side(self._farthest().found.box)

    def _farthest(self) -> Track:
        """The smallest face that is followed."""
        return min(self._live, key=lambda track: side(track.found.box))

    def _track(self, found: Found, score: float) -> Track:
        """Go on with a lost face, if one can have come here and looks like this, or start anew."""
        alike = [
            (likeness, track)
            for track in self._lost
            if (likeness := track.likeness(found)) >= (RETURN_LOOK if track.shot == self._shot else SAME_LOOK)
            if ratio(track.found.region, found.region) <= GROWTH and track.off_course(found.region, self._now) <= RETURN
        ]
        _, track = max(alike, key=lambda item: item[0], default=(0.0, None))
        if track is None:
            smoothing = None if self._config.smoothing is None else OneEuroFilter(self._config.smoothing)
            track = Track(self._next_id, self._now, found, score, smoothing)
            self._next_id += 1
        else:
            self._lost.remove(track)
            track.update(found, self._now, smooth=False)
            track.score = score
        track.shot = self._shot
        return track

    def _is_new(self, found: Found) -> bool:
        """Whether nobody who is followed in this frame has his face there."""
        return not match([found.box], [track.found.box for track in self._live], self._config.max_overlap)
