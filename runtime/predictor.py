"""The public class ``Predictor``: frame -> detections -> regions -> crops -> network -> points -> faces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.checks import is_number
from runtime.detection import Detection
from runtime.engine import Provider, find_cache, find_tuning_cache, load_model
from runtime.errors import ClosedError, ImageError, OptionError
from runtime.faces import Face
from runtime.landmarks import MAX_BATCH
from runtime.media.images import as_bgr, hint
from runtime.media.video import Frame, Source, open_source
from runtime.pipeline import (
    DEFAULT_ORDER,
    MIN_CONFIDENCE,
    Memory,
    Networks,
    Order,
    Refinement,
    Report,
    Selection,
    Tuning,
    UntrackedStream,
    combine,
    detect,
    find_faces,
    locate,
    measure,
    open_detector,
    open_iris_finder,
    open_landmarker,
    warm_up,
)
from runtime.tracking import Tracker, TrackingConfig

DEFAULT_TRACKING = TrackingConfig()


class Predictor:
    """Finds faces and their 68 three-dimensional landmarks. Thread-safe, deterministic, offline.

    It pickles as its options: in another process (``multiprocessing``, joblib) it loads the same files again. In a
    forked one it opens its networks again, with the same points.

    Example:
        >>> with Predictor() as predictor:
        ...     faces = predictor(read_image("photo.jpg"))
        >>> faces[0].landmarks            # (68, 3) float32: x, y in image pixels, z in the same unit
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = "full",
        *,
        detector: str | os.PathLike[str] = "blazeface-back",
        device: str = "auto",
        threads: int = 1,
        providers: Sequence[Provider] | None = None,
        max_faces: int | None = None,
        min_score: float = 0.5,
        min_confidence: float = MIN_CONFIDENCE,
        order: Order = DEFAULT_ORDER,
        passes: int = 1,
        mirror: bool = False,
        irises: bool = False,
        detector_size: int | None = None,
        retry_size: int | None = None,
        cache: bool | str | os.PathLike[str] | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        """Load the networks and run each once.

        Args:
            model: name of a shipped landmark network, or a path to one exported by this project. ``"full"`` and
                ``"trimmed"`` (smaller, faster) are Apache-2.0, trained on synthetic faces alone: free to ship.
                ``"full-research"`` and ``"trimmed-research"`` are more accurate, but were trained on photographs for
                research use only: take them for research and evaluation. :func:`runtime.list_models` and ``landmarks
                models`` print licence, training data and accuracy of each.
            detector: ``"blazeface-back"`` (faces near and far), ``"blazeface-short"`` (within arm's reach, a third
                of the time), ``"edge"`` (half the time; faces upside down, tiny ones, and those that fill the picture;
                more false boxes), or a path. ``landmarks models`` and their cards compare them.
            device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"tensorrt"``, ``"openvino"``, ``"coreml"``, ``"directml"``; the
                second card is ``"cuda:1"``, ``"tensorrt:1"`` or ``"directml:1"``, OpenVINO's are ``"openvino:GPU"`` and
                the like.
            threads: CPU threads inside one operator; 1 is right for a few faces.
            providers: onnxruntime's own list of providers and their options, instead of ``device``.
            max_faces: keep only so many faces, the first by ``order``; None keeps all.
            min_score: detections below this score of the detector are dropped, 0..1.
            min_confidence: faces with a lower confidence of the landmark network are dropped, 0..1; in streams a face
                is lost once its confidence is lower. Cups and cats have scores like faces, but a low confidence; faces
                cut off by the edge of the picture have one of 0.3 to 0.5. The default was chosen on training
                photographs (``python -m export confidence``). 0 keeps all.
            order: which face is first: ``"size"`` the largest, which is the nearest, ``"score"`` the one with the
                highest detector score. In streams it decides which faces are followed where there are more than
                ``max_faces``: by size a face that has come nearer takes the place of a smaller one, by score those
                that are followed stay.
            passes: how often each face of a single image goes through the landmark network, each time in the region
                around the points found before; 2 is more accurate, and steadier when the detector's box moves. Streams
                do so from frame to frame.
            mirror: average the points of single images with those found in the mirror image of the last crop: more
                accurate again, for one more run of the network.
            irises: find the irises of each face, too: :attr:`Face.irises` with centres, diameters and the direction of
                gaze. One more network runs for each face; without the option it is not even loaded.
            detector_size: longer side that the image is shrunk to for the detector, instead of its own; with
                ``"blazeface-back"`` (256) a multiple of 32: 384 finds smaller faces, 192 is faster.
            retry_size: where no face is certain (confidence 0.9, as all have that are in full view), the detector runs
                again with this longer side: 384 finds faces of a 24th of the picture's longer side, the
                detector itself of a 16th, for three times the time on pictures without a face. None does not.
            cache: where the graphs that onnxruntime optimised for this processor are kept for the next start: a
                directory, True for the user's cache directory, False for nowhere. By default as the environment
                variable ``EDGE_LANDMARKS_CACHE`` says, and nowhere where it is not set. A cache that cannot be written
                to is passed over, and :meth:`report` says so. It spares optimising twice, not much of a start: a
                millisecond or two of processor time, most of which goes into importing libraries.
            tuning: threads and batches as :meth:`autotune` found them, instead of ``threads``.

        Raises:
            ModelError: a model is unknown, damaged, of another kind, or does not say how to feed it.
            DeviceError: the device or provider asked for is not available.
            OptionError: an option is outside its range.
        """
        arguments = dict(locals())
        if not is_number(min_score):
            raise OptionError(f"min_score={min_score!r}: a number in 0..1 is needed")
        if not isinstance(irises, (bool, np.bool_)):
            raise OptionError(f"irises={irises!r}: True or False is needed")
        self._selection = Selection(min_confidence, max_faces, order)
        self._refinement = Refinement(passes, mirror)
        if tuning is not None and not isinstance(tuning, Tuning):
            raise OptionError(
                f"tuning={tuning!r}: what report().tuning of Predictor.autotune() gives is needed, or None"
            )
        kept = find_cache(cache)
        ways = tuning or Tuning(threads, threads, MAX_BATCH)
        network = open_landmarker(
            load_model(model, "landmarks"), device, ways.landmark_threads, providers, kept, ways.crops_per_call
        )
        finder = open_detector(
            load_model(detector, "detector"),
            device,
            ways.detector_threads,
            providers,
            kept,
            min_score=min_score,
            input_size=detector_size,
        )
        eyes = None
        if irises:
            eyes = open_iris_finder(load_model("iris", "iris"), device, ways.landmark_threads, providers, kept)
        self._loaded: Networks | None = combine(finder[0], network[0], retry_size, None if eyes is None else eyes[0])
        self._report = warm_up(finder, network, retry_size, tuning, eyes)
        self._options = _portable(arguments)

    @classmethod
    def autotune(
        cls,
        model: str | os.PathLike[str] = "full",
        *,
        detector: str | os.PathLike[str] = "blazeface-back",
        device: str = "auto",
        providers: Sequence[Provider] | None = None,
        detector_size: int | None = None,
        cache: bool | str | os.PathLike[str] | None = None,
        again: bool = False,
        **options: Any,
    ) -> Predictor:
        """Return a predictor with the threads and batches that are fastest here, measured once and remembered.

        Measuring takes one to five seconds, on a machine that should run nothing else. More threads are taken only
        where each doubling makes a network a quarter faster. Threads change points by rounding, so the choice is made
        once and stays; :meth:`report` shows it.

        Args:
            model: as for a new predictor.
            detector: as for a new predictor.
            device: as for a new predictor.
            providers: as for a new predictor.
            detector_size: as for a new predictor.
            cache: where the tuning is remembered, and graphs are kept as by a new predictor. By default as the
                environment variable ``EDGE_LANDMARKS_CACHE`` says; where it is not set the tuning, and nothing else,
                goes into the user's cache directory. With False nothing is remembered.
            again: measure even if something is remembered.
            options: whatever else a new predictor takes, but ``threads`` and ``tuning``.

        Raises:
            LandmarksError: as a new predictor does.
            OptionError: ``threads`` or ``tuning`` is among the options.

        Example:
            >>> predictor = Predictor.autotune("trimmed")
            >>> predictor.report().tuning.landmark_threads
            1
        """
        if taken := options.keys() & {"threads", "tuning"}:
            raise OptionError(f"autotune finds the threads itself: leave out {', '.join(sorted(taken))}")
        kept = find_tuning_cache(cache)
        networks = load_model(model, "landmarks"), load_model(detector, "detector")
        memory = None if kept is None else Memory(kept, *networks, device, detector_size, providers)
        tuning = None if memory is None or again else memory.recall()
        if tuning is None:
            tuning = measure(
                lambda threads: open_landmarker(networks[0], device, threads, providers)[0],
                lambda threads: open_detector(networks[1], device, threads, providers, input_size=detector_size)[0],
            )
            if memory is not None:
                tuning = memory.remember(tuning)
        return cls(
            model,
            detector=detector,
            device=device,
            providers=providers,
            detector_size=detector_size,
            cache=cache,
            tuning=tuning,
            **options,
        )

    def __call__(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find the faces of one image, the largest first unless ``order`` says otherwise; empty where there is none.

        Args:
            image: (H, W, 3) uint8 BGR as OpenCV reads it; gray (H, W) and BGRA (H, W, 4) are accepted.

        Raises:
            ImageError: not such an image.
            ClosedError: the predictor is closed.
        """
        return self._predict([as_bgr(image)])[0]

    def batch(self, images: Iterable[NDArray[np.uint8]]) -> list[list[Face]]:
        """Find the faces of several images, of any sizes; all crops go through the network together.

        Args:
            images: any iterable of images as a single call takes them, or one array (N, H, W, 3) uint8 BGR.

        Raises:
            ImageError: one of them is not an image; nothing is predicted then.
            ClosedError: the predictor is closed.
        """
        return self._predict(_frames(images))

    def detect(self, images: Iterable[NDArray[np.uint8]]) -> list[list[Detection]]:
        """Run the detector alone on several images: boxes, scores and keypoints, in the predictor's ``order``.

        Not all of them are faces: only the landmark network's confidence tells. Faces on their side or upside down are
        not searched, and neither ``max_faces`` nor ``retry_size`` has an effect.

        Args:
            images: as :meth:`batch` takes them.

        Raises:
            ImageError: one of them is not an image; nothing is detected then.
            ClosedError: the predictor is closed.

        Example:
            >>> [detections] = predictor.detect([image])
        """
        return detect(_frames(images), self._networks(), self._selection)

    def landmarks(
        self, images: Iterable[NDArray[np.uint8]], detections: Iterable[Sequence[Detection]]
    ) -> list[list[Face]]:
        """Run the landmark network alone, on faces that are known: from :meth:`detect`, a tracker, annotations.

        What :meth:`detect` gave becomes the same points, to the bit, as those of a single call or :meth:`batch` without
        ``max_faces``, where these need no search for faces on their side or upside down.

        Args:
            images: as :meth:`batch` takes them.
            detections: for each image a list, which may be empty; :meth:`Detection.from_box` and
                :meth:`Detection.from_keypoints` make them of boxes and keypoints of other sources.

        Returns:
            For each image one face for each of its detections, in their order. None is dropped: ``confidence`` tells
            which are faces. ``box`` and ``score`` are the detection's.

        Raises:
            ImageError: one of them is not an image; nothing is predicted then.
            OptionError: there is not one list of detections, with finite boxes and keypoints, for each image.
            ClosedError: the predictor is closed.

        Example:
            >>> [[face]] = predictor.landmarks([image], [[Detection.from_box([120, 80, 260, 270])]])
        """
        frames = _frames(images)
        known = _detections(detections, len(frames))
        return locate(frames, known, self._networks(), self._selection, self._refinement)

    def stream(
        self, source: Source, *, tracking: TrackingConfig | None = DEFAULT_TRACKING
    ) -> Iterator[tuple[Frame, list[Face]]]:
        """Yield each frame of a video with its faces, which are followed and smoothed.

        Args:
            source: a video file, a camera's number, a ``VideoSource``, or any iterable of images.
            tracking: how faces are followed and smoothed; None takes every frame on its own, as a single call does.

        Raises:
            OptionError: ``tracking`` is neither a :class:`TrackingConfig` nor None.
            VideoError: the source cannot be opened or read; raised with the first frame.

        Example:
            >>> for frame, faces in predictor.stream("talk.mp4", tracking=TrackingConfig(smoothing=None)):
            ...     print(frame.time, [face.track for face in faces])
        """
        return self._stream(source, None if tracking is None else self.tracker(_tracking(tracking)))

    def _stream(self, source: Source, tracker: Tracker | None) -> Iterator[tuple[Frame, list[Face]]]:
        with open_source(source) as frames:
            for frame in frames:
                yield frame, self(frame.image) if tracker is None else tracker(frame.image, frame.time).faces

    def tracker(self, config: TrackingConfig | None = None) -> Tracker:
        """Return a tracker for one stream; each stream needs its own.

        Args:
            config: how; by default as :class:`TrackingConfig` says.

        Raises:
            OptionError: ``config`` is neither a :class:`TrackingConfig` nor None.

        Example:
            >>> tracker = predictor.tracker()
            >>> tracked = tracker(image, time=0.04)
            >>> tracked.faces[0].track
            0
        """
        return Tracker(self._networks, TrackingConfig() if config is None else _tracking(config), self._selection)

    def untracked(self) -> UntrackedStream:
        """Return what is called like a tracker, but takes each frame on its own, with the time of each stage."""
        return UntrackedStream(self._networks, self._selection, self._refinement)

    def report(self) -> Report:
        """Return files, device, providers and threads in use, and the time of loading."""
        return self._report

    def close(self) -> None:
        """Release the networks; a second call does nothing."""
        self._loaded = None

    def __reduce__(self) -> tuple[Callable[..., Predictor], tuple[type[Predictor], dict[str, Any]]]:
        """Pickle the options; raises ClosedError for a closed predictor."""
        self._networks()
        return _restore, (type(self), self._options)

    def __enter__(self) -> Predictor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _networks(self) -> Networks:
        if self._loaded is None:
            raise ClosedError("this Predictor was closed; make a new one")
        return self._loaded

    def _predict(self, frames: list[NDArray[np.uint8]]) -> list[list[Face]]:
        return find_faces(frames, self._networks(), self._selection, self._refinement)[0]


def _frames(images: Iterable[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Check the images of a batch."""
    if isinstance(images, np.ndarray) and images.ndim != 4:
        raise ImageError(f"a batch is a list of images or (N, H, W, 3), not an array of shape {images.shape}")
    if isinstance(images, (str, os.PathLike, bytes)) or not isinstance(images, Iterable):
        raise ImageError(f"a batch is a list of images, not {type(images).__name__}; of one image: {hint(images)}")
    frames = []
    for index, image in enumerate(images):
        try:
            frames.append(as_bgr(image))
        except ImageError as error:
            raise ImageError(f"image {index} of the batch: {error}") from error
    return frames


def _detections(given: Iterable[Sequence[Detection]], images: int) -> list[list[Detection]]:
    """Check the detections of a batch."""
    try:
        groups = [list(group) for group in given]
    except TypeError as error:
        raise OptionError(f"detections: a list of Detection for each image is needed ({error})") from error
    if len(groups) != images:
        raise OptionError(f"detections: a list for each of the {images} images is needed, {len(groups)} were given")
    for each in (each for group in groups for each in group):
        if not isinstance(each, Detection):
            raise OptionError(
                f"detections: each must be a Detection, not {type(each).__name__}; Detection.from_box(box) makes one"
            )
        if not (np.isfinite(each.box).all() and np.isfinite(each.keypoints).all()):
            raise OptionError(f"detections: {each} has numbers that are not finite")
    return groups


def _restore(kind: type[Predictor], options: dict[str, Any]) -> Predictor:
    return kind(**options)


def _portable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a predictor as another process needs them: with absolute paths."""
    options = {name: value for name, value in arguments.items() if name != "self"}
    for name in ("model", "detector", "cache"):
        value = options[name]
        named = isinstance(value, str) and name != "cache" and not value.endswith(".onnx") and os.sep not in value
        if isinstance(value, (str, os.PathLike)) and not named:
            options[name] = os.path.abspath(value)
    return options


def _tracking(config: object) -> TrackingConfig:
    """Check how faces are to be followed."""
    if not isinstance(config, TrackingConfig):
        raise OptionError(
            f"tracking={config!r}: leave it out to follow faces, give TrackingConfig(...) to change how, "
            "None to take every frame on its own"
        )
    return config
