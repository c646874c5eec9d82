"""Tracking of faces through a stream: regions come from the last frame, the detector searches for new faces only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from runtime.detection import MAX_FACES, SAME_FACE, Detection, covered, match
from runtime.errors import LandmarksError, OptionError
from runtime.faces import Face
from runtime.landmarks import box_from_region, distance, ratio, regions_from_points
from runtime.media import StreamClock
from runtime.media.images import as_bgr
from runtime.pipeline import (
    CERTAIN,
    Fit,
    FoundFace,
    FramePipeline,
    FrameResult,
    Networks,
    Selection,
    refine,
    settle,
    side,
    with_irises,
)
from runtime.tracking.config import TrackingConfig
from runtime.tracking.detector_schedule import DetectorSchedule
from runtime.tracking.shot_cuts import CutDetector
from runtime.tracking.smoothing import OneEuroFilter
from runtime.tracking.track import Track


class Tracker:
    """Tracks the faces of one stream. Not thread-safe: frames have an order. Made by ``Predictor.tracker``.

    Example::

        tracker = predictor.tracker()
        for frame in source:
            for face in tracker(frame.image, frame.time).faces:
                print(face.track, face.pose.yaw)
    """

    def __init__(self, networks: Callable[[], Networks], config: TrackingConfig, selection: Selection) -> None:
        """Start before the first frame.

        Args:
            networks: returns the networks; raises ClosedError where they are closed.
            config: how to track.
            selection: which faces are tracked.

        Raises:
            OptionError: an argument is of another type.
        """
        if not callable(networks):
            raise OptionError(f"networks={networks!r}: a function is needed; Predictor.tracker() makes a tracker")
        for name, value, kind in (("config", config, TrackingConfig), ("selection", selection, Selection)):
            if not isinstance(value, kind):
                raise OptionError(f"{name}={value!r}: {kind.__name__}(...) is needed; see Predictor.tracker()")
        self._networks = networks
        self._config = config
        self._selection = selection
        self._cut = CutDetector(config.cut)
        self._schedule = DetectorSchedule(config)
        self._clock = StreamClock()
        self._shape: tuple[int, ...] = ()
        self._next_id = 0
        self.reset()

    def reset(self) -> None:
        """Forget all faces and the time, as for another stream; numbers of faces are not reused."""
        self._tracks: list[Track] = []
        self._lost: list[Track] = []
        self._clock.reset()
        self._schedule.reset()
        self._cut.reset()
        self._now = 0.0
        self._shot = 0

    def __reduce__(self) -> NoReturn:
        raise LandmarksError(
            "a Tracker follows one stream in one process and is neither pickled nor copied: "
            "hand over the Predictor and call its tracker() on the other side"
        )

    def __call__(self, image: NDArray[np.uint8], time: float) -> FrameResult:
        """Track the faces into the next frame.

        Args:
            image: as ``Predictor`` takes it. A frame of another size restarts the tracker, as ``reset`` does.
            time: of the frame in seconds. A time before the last one, as in a video that is shown again,
                restarts it, too. The same time once more counts as 1/30 s later: some sources give no times.

        Raises:
            ImageError: not an image.
            OptionError: the time is not finite, or ``networks`` returned something else.
            ClosedError: the predictor is closed.
        """
        again = self._clock.restarts(time)
        networks = self._networks()
        if not isinstance(networks, Networks):
            raise OptionError(f"networks= returned {networks!r:.60}: Predictor.tracker() makes a tracker with its own")
        pipeline = FramePipeline(as_bgr(image), networks)
        if again or pipeline.frame.shape != self._shape:
            self.reset()
            self._shape = pipeline.frame.shape
        self._clock.advance(time)
        self._now = self._clock.now
        # in a hostile scene every face may be lost in every frame
        self._lost = [track for track in self._lost if self._now - track.time <= self._config.keep_lost][-MAX_FACES:]
        cut = self._cut(pipeline.frame)
        if cut:
            self._shot += 1
            self._schedule.cut()
        lost = self._follow(pipeline)
        self._lost += lost
        detect = self._wants_faces() and self._schedule.is_due(
            self._now,
            tracking=bool(self._tracks),
            searching=bool(self._lost),
            full=self._selection.full(len(self._tracks)),
            at_once=cut or bool(lost),
        )
        gated = not detect and not self._tracks
        if gated:
            detect = self._schedule.is_alarm(pipeline.gate())
        if detect:
            self._detect(pipeline)
        if self._tracks:
            self._schedule.found()
        [faces] = with_irises([pipeline.frame], [self._faces(pipeline.crop_scale)], pipeline.networks)
        return FrameResult(faces, detect, gated, pipeline.times())

    def _faces(self, crop_scale: float) -> list[Face]:
        """Return the tracked faces by number; ``crop_scale``: side of a region in longer sides of the points' box."""
        if not self._tracks:
            return []
        tracks = sorted(self._tracks, key=lambda track: track.id)
        points = np.concatenate([track.points for track in tracks]).reshape(len(tracks), 68, 3)
        regions = regions_from_points(points, crop_scale)
        boxes = [box_from_region(region, crop_scale) for region in regions]
        return [track.face(box) for track, box in zip(tracks, boxes, strict=True)]

    def _wants_faces(self) -> bool:
        """Return whether a new face could be tracked: there is room, or it may be nearer than a tracked one."""
        return not self._selection.full(len(self._tracks)) or self._selection.order == "size"

    def _follow(self, pipeline: FramePipeline) -> list[Track]:
        """Find each tracked face near its predicted region; returns the tracks that are lost."""
        expected = [track.expected(self._now) for track in self._tracks]
        results = pipeline.landmarks(expected)
        results = refine(pipeline, results, [each.confidence < self._selection.min_confidence for each in results])
        followed, lost = [], []
        for track, place, found in zip(self._tracks, expected, results, strict=True):
            moved = distance(place, found.region)
            if self._is_same_face(track, found, moved, ratio(place, found.region)):
                followed.append((moved, track, found))
            else:
                lost.append(track)
        # where two tracks meet in one face, it belongs to the one that fits better in place and appearance
        if len(followed) > 1:
            followed.sort(key=lambda item: item[0] - item[1].likeness(item[2]))
        taken = covered([found.box for _, _, found in followed], self._config.max_overlap)
        self._tracks = []
        for (_, track, found), again in zip(followed, taken, strict=True):
            if again:
                lost.append(track)
                continue
            track.update(found, self._now)
            track.shot = self._shot
            self._tracks.append(track)
        return lost

    def _is_same_face(self, track: Track, found: FoundFace, moved: float, growth: float) -> bool:
        """Return whether what was found where a track was expected is still its face."""
        return (
            found.confidence >= self._selection.min_confidence
            and float(track.found.appearance @ found.appearance) >= self._config.same_appearance
            and moved <= self._config.max_jump
            and growth <= self._config.max_growth
        )

    def _detect(self, pipeline: FramePipeline) -> None:
        """Search for faces that are not tracked, and with a larger input where no face is certain."""
        self._schedule.detect(self._now)
        self._start_tracks(pipeline, pipeline.detect())
        if all(track.found.confidence < CERTAIN for track in self._tracks):
            self._start_tracks(pipeline, pipeline.retry())

    def _start_tracks(self, pipeline: FramePipeline, detections: list[Detection]) -> None:
        """Track the detections that are faces and not tracked yet, as far as there is room."""
        known = match([each.box for each in detections], [each.found.box for each in self._tracks], SAME_FACE)
        for index, place in known:
            self._tracks[place].score = detections[index].score
        taken = {index for index, _ in known}
        fresh = [detection for index, detection in enumerate(detections) if index not in taken]
        fresh = [each for each in self._selection.sorted(fresh) if self._has_room(side(each.box))]
        found = pipeline.landmarks([pipeline.region(detection) for detection in fresh])
        fits = [Fit(*each) for each in zip(fresh, found, strict=True)]

        def turn(fits: Sequence[Fit]) -> bool:
            return self._schedule.wants_turned(self._now, fits, pipeline.frame.shape, bool(self._tracks))

        for fit in settle(pipeline, fits, self._selection.min_confidence, turn=turn):
            each, detection = fit.found, fit.detection
            if not self._is_new(each) or not self._has_room(side(each.box)):
                continue
            leaving = [self._smallest()] if self._selection.full(len(self._tracks)) else []
            self._tracks = [track for track in self._tracks if track not in leaving]
            self._tracks.append(self._track(each, detection.score))
            self._lost += leaving

    def _has_room(self, size: float) -> bool:
        """Return whether a new face of this size in pixels would be tracked."""
        if not self._selection.full(len(self._tracks)):
            return True
        smallest = side(self._smallest().found.box)
        return self._selection.order == "size" and size > self._config.replace_growth * smallest

    def _smallest(self) -> Track:
        """Return the track of the smallest face."""
        return min(self._tracks, key=lambda track: side(track.found.box))

    def _track(self, found: FoundFace, score: float) -> Track:
        """Continue the track of a lost face within reach that looks like this one, or start a new one."""
        candidates = [(track.likeness(found), track) for track in self._lost if self._can_return(track, found)]
        _, track = max(candidates, key=lambda item: item[0], default=(0.0, None))
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

    def _can_return(self, track: Track, found: FoundFace) -> bool:
        """Return whether a new face may be the one that was lost."""
        same_shot = track.shot == self._shot
        needed = self._config.return_appearance if same_shot else self._config.same_appearance
        return (
            track.likeness(found) >= needed
            and ratio(track.found.region, found.region) <= self._config.max_growth
            and track.distance_from_path(found.region, self._now) <= self._config.return_distance
        )

    def _is_new(self, found: FoundFace) -> bool:
        """Return whether no track of this frame has its face there."""
        return not match([found.box], [track.found.box for track in self._tracks], self._config.max_overlap)
