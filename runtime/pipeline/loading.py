"""Loading of networks from weight files."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.detection import FaceDetector, PresenceGate, detector_format
from runtime.engine import Cache, ModelFile, Network, Provider, SessionReport, ShapedNetwork, metadata_of, open_session
from runtime.errors import ModelError, OptionError
from runtime.landmarks import MAX_BATCH, IrisFinder, Landmarker
from runtime.pipeline.autotune import Tuning
from runtime.pipeline.frame_pipeline import Networks

SMALLEST_FACE = 16
"""Side of a face in pixels of the input: nine in ten of that size are found (eight with ``blazeface-short``), of half
that size one in ten (``python -m export recall --sizes``)."""


@dataclass(frozen=True, slots=True)
class Report:
    """Files, devices and settings that a predictor runs with.

    Attributes:
        landmarks, detector: model, file, device, execution providers, threads and load time of each network.
        license, training_data: of the landmark network, as its file states them.
        warm_up_seconds: time of the first calls, made at construction.
        detector_size: longer side of what the detector sees of a picture, in pixels.
        retry_size: the same of its second run, where no face was certain; None without one.
        tuning: what :meth:`Predictor.autotune` found, where it made the predictor.
        irises: of the iris network, as of the others; None without ``irises=True``.
        iris_license: of the iris network; None without one.
    """

    landmarks: SessionReport
    detector: SessionReport
    license: str
    training_data: str
    warm_up_seconds: float
    detector_size: int
    retry_size: int | None = None
    tuning: Tuning | None = None
    irises: SessionReport | None = None
    iris_license: str | None = None

    def smallest_face(self, width: int, height: int) -> float:
        """Return the side in pixels above which the detector finds faces in a picture this large; few at half of it.

        A larger ``detector_size`` or ``retry_size`` finds smaller ones.
        """
        return max(1.0, SMALLEST_FACE * max(width, height) / self.detector_size)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return dataclasses.asdict(self)


def open_detector(
    file: ModelFile,
    device: str = "auto",
    threads: int = 1,
    providers: Sequence[Provider] | None = None,
    cache: Cache | None = None,
    *,
    min_score: float = 0.5,
    input_size: int | None = None,
) -> tuple[FaceDetector, SessionReport]:
    """Open a detector as the predictor runs it; return it and its report.

    Args:
        file: the network's file.
        device: ``"auto"`` or a device's name; see :func:`runtime.engine.open_session`.
        threads: threads inside one operator.
        providers: onnxruntime's own list of providers, instead of ``device``.
        cache: where optimised graphs are kept; None keeps none.
        min_score: detections with a lower score are dropped, 0..1.
        input_size: longer side of the input in pixels; None for the network's own.

    Raises:
        LandmarksError: as :func:`runtime.engine.open_session` and :class:`FaceDetector` do.
    """
    session = open_session(file, device, threads, providers, cache)

    # a user's own list of providers may carry options
    settled = session.report.device if providers is None else device

    def open_fixed(sides: Mapping[str, int]) -> Network:
        fixed: Network = open_session(file, settled, threads, providers, fixed=sides).onnx
        return fixed

    on_cpu = session.report.providers == ("CPUExecutionProvider",)
    network = ShapedNetwork(session.onnx, open_fixed) if on_cpu else session.onnx
    try:
        names = [[each.name for each in ends] for ends in (session.onnx.get_inputs(), session.onnx.get_outputs())]
        output_format = detector_format(names[0], names[1], metadata_of(session.onnx))
        return FaceDetector(network, output_format, min_score=min_score, input_size=input_size), session.report
    except ModelError as error:
        raise ModelError(f"{session.report.file}: {error}") from error


def open_landmarker(
    file: ModelFile,
    device: str = "auto",
    threads: int = 1,
    providers: Sequence[Provider] | None = None,
    cache: Cache | None = None,
    crops_per_call: int = MAX_BATCH,
) -> tuple[Landmarker, SessionReport]:
    """Open a landmark network; return it and its report.

    Args:
        file: the network's file.
        device: ``"auto"`` or a device's name; see :func:`runtime.engine.open_session`.
        threads: threads inside one operator.
        providers: onnxruntime's own list of providers, instead of ``device``.
        cache: where optimised graphs are kept; None keeps none.
        crops_per_call: see :class:`Landmarker`.

    Raises:
        LandmarksError: as :func:`runtime.engine.open_session` and :class:`Landmarker` do.
    """
    session = open_session(file, device, threads, providers, cache)
    return Landmarker(session, crops_per_call), session.report


def open_iris_finder(
    file: ModelFile,
    device: str = "auto",
    threads: int = 1,
    providers: Sequence[Provider] | None = None,
    cache: Cache | None = None,
) -> tuple[IrisFinder, SessionReport]:
    """Open the iris network; return it and its report. The arguments are those of :func:`open_landmarker`.

    Raises:
        LandmarksError: as :func:`runtime.engine.open_session` and :class:`IrisFinder` do.
    """
    session = open_session(file, device, threads, providers, cache)
    return IrisFinder(session), session.report


def combine(
    detector: FaceDetector, landmarker: Landmarker, retry_size: int | None = None, irises: IrisFinder | None = None
) -> Networks:
    """Combine the networks, with a presence gate where the detector takes several input sizes.

    Args:
        detector: finds faces in a frame.
        landmarker: finds points in a region.
        retry_size: the longer side with which the detector runs again where there is no face; None does not.
        irises: finds irises; None does not.

    Raises:
        OptionError: the detector does not take that size.
    """
    gate = None if detector.fixed else PresenceGate(detector)
    try:
        retry = None if retry_size is None else detector.at_size(retry_size)
    except OptionError as error:
        raise OptionError(f"retry_size={retry_size!r}: {error}") from error
    return Networks(detector, landmarker, gate, retry, detector.turned if detector.upright else None, irises)


def warm_up(
    detector: tuple[FaceDetector, SessionReport],
    landmarker: tuple[Landmarker, SessionReport],
    retry_size: int | None,
    tuning: Tuning | None,
    irises: tuple[IrisFinder, SessionReport] | None = None,
) -> Report:
    """Run each network once on a black picture, check what it gives, and report on them.

    Raises:
        ModelError: a network does not run, or gives outputs of another shape or type, or that are not finite.
    """
    started = time.perf_counter()
    for network, report in (detector, landmarker, *([irises] if irises else ())):
        try:
            network.check()
        except ModelError as error:
            raise ModelError(f"{report.file}: {error}") from error
    spec = landmarker[0].spec
    spent = time.perf_counter() - started
    return Report(
        landmarker[1],
        detector[1],
        spec.license,
        spec.training_data,
        spent,
        detector[0].size,
        retry_size,
        tuning,
        None if irises is None else irises[1],
        None if irises is None else irises[0].license,
    )
