"""The measurements of ``landmarks bench``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from runtime.bench.machine import this_machine, usable_cpus
from runtime.bench.pipeline import STAGES, TrackedStream, network_computations, stage_computations
from runtime.bench.resources import FRAMES, paced, start_up
from runtime.bench.results import Results, Row
from runtime.bench.rows import timed_rows
from runtime.bench.scenes import FRAME_SIZES, frame_with_faces
from runtime.bench.timing import WARM_UP_CALLS, Advance, Compute, latency, opencv_threads
from runtime.engine import list_models, load_model, metadata_of, open_session
from runtime.errors import OptionError
from runtime.pipeline import open_detector
from runtime.predictor import Predictor


def shipped(role: str) -> tuple[str, ...]:
    """Return the names of the shipped networks of a role."""
    return tuple(entry.name for entry in list_models() if entry.role == role)


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """Options of the measurements.

    Attributes:
        models, detectors: networks by name or path; stages are measured with the first of each.
        device, threads: as :class:`runtime.Predictor` takes them.
        faces: numbers of faces in a frame.
        sizes: widths and heights of frames.
        crops: numbers of crops in one call of the network.
        rounds: number of timed calls for each latency.
        warm_up: number of untimed calls of each computation before.
        fresh: number of fresh processes for each network.
        fresh_frames: number of images after which a fresh process reads its memory.
        paced_seconds: seconds for which each network runs at a camera's rate.

    Raises:
        OptionError: there is nothing to measure.
    """

    models: tuple[str, ...] = field(default_factory=lambda: shipped("landmarks"))
    detectors: tuple[str, ...] = field(default_factory=lambda: shipped("detector"))
    device: str = "auto"
    threads: int = 1
    faces: tuple[int, ...] = (1, 2, 5)
    sizes: tuple[tuple[int, int], ...] = FRAME_SIZES
    crops: tuple[int, ...] = (1, 8, 32)
    rounds: int = 90
    warm_up: int = WARM_UP_CALLS
    fresh: int = 3
    fresh_frames: int = FRAMES
    paced_seconds: float = 3.0

    def __post_init__(self) -> None:
        if not self.models or not self.detectors:
            raise OptionError("models and detectors: at least one of each is needed")
        for name in ("rounds", "fresh"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name}={getattr(self, name)}: at least 1 is needed")


class Suite:
    """The measurements of a run, as rows in groups."""

    def __init__(self, options: SuiteOptions) -> None:
        """Prepare the measurements; :meth:`run` makes them."""
        self._options = options
        self._advance: Advance = lambda count: None

    @property
    def steps(self) -> int:
        """Number of measurements of the whole suite."""
        given = self._options
        pipelines = 2 * len(given.models) * len(given.faces) * len(given.sizes)
        latencies = len(STAGES) + len(given.models) * len(given.crops) + len(given.detectors) + pipelines
        return latencies * given.rounds + len(given.models) * (given.fresh + 1)

    def run(self, advance: Advance | None = None) -> Results:
        """Measure all groups.

        Args:
            advance: called with the number of measurements done, :attr:`steps` in total.

        Raises:
            LandmarksError: a network cannot be loaded, or the device is not available.
        """
        given = self._options
        if advance is not None:
            self._advance = advance
        load = os.getloadavg()[0] / usable_cpus() if hasattr(os, "getloadavg") else None
        with (
            opencv_threads(given.threads),
            Predictor(given.models[0], device=given.device, threads=given.threads) as predictor,
        ):
            device = predictor.report().landmarks.device
            rows = [
                *self.stages(),
                *self.networks(),
                *self.detectors(),
                *self.pipelines(),
                *self.start_ups(),
                *self.cpu_shares(),
                *sizes((*given.models, *given.detectors)),
            ]
        precision = precision_of(given.models[0])
        return Results(this_machine(), device, given.threads, precision, load, tuple(rows))

    def stages(self) -> list[Row]:
        """Measure each stage of the pipeline, one face at 640x480."""
        given = self._options
        width, height = FRAME_SIZES[0]
        computations = stage_computations(
            frame_with_faces(1, width, height),
            model=given.models[0],
            detector=given.detectors[0],
            device=given.device,
            threads=given.threads,
        )
        base = Row("stage", "", given.models[0], 1, width, height, 1)
        return self._timed({replace(base, name=name): compute for name, compute in computations.items()})

    def networks(self) -> list[Row]:
        """Measure the landmark networks on one and on several crops per call."""
        given = self._options
        computations = network_computations(given.models, given.crops, device=given.device, threads=given.threads)
        return self._timed(
            {
                Row("landmark network", "network", model, crops=crops): compute
                for (model, crops), compute in computations.items()
            }
        )

    def detectors(self) -> list[Row]:
        """Measure the detectors from frame to boxes, one face at 640x480."""
        given = self._options
        width, height = FRAME_SIZES[0]
        frame = frame_with_faces(1, width, height)
        computations: dict[Row, Compute] = {}
        for name in given.detectors:
            detector, _ = open_detector(load_model(name, "detector"), given.device, given.threads)
            row = Row("detector", "frame to boxes", name, 1, width, height)
            computations[row] = lambda detector=detector: detector(frame)  # type: ignore[misc]
        return self._timed(computations)

    def pipelines(self) -> list[Row]:
        """Measure the whole predictor: the detector in every frame, and tracking."""
        given = self._options
        computations: dict[Row, Compute] = {}
        with ExitStack() as stack:
            for model in given.models:
                predictor = stack.enter_context(Predictor(model, device=given.device, threads=given.threads))
                for faces in given.faces:
                    for width, height in given.sizes:
                        frame = frame_with_faces(faces, width, height)
                        row = Row("every frame", "whole pipeline", model, faces, width, height)
                        computations[row] = lambda predictor=predictor, frame=frame: predictor(frame)  # type: ignore[misc]
                        computations[replace(row, group="tracking")] = TrackedStream(predictor, frame)
            return self._timed(computations)

    def start_ups(self) -> list[Row]:
        """Measure import, construction, first image and memory in fresh processes, for each network."""
        given = self._options
        rows = []
        # the first process, which reads its libraries from the disk, is not timed
        start_up(given.models[0], given.device, given.threads, frames=1)
        for model in given.models:
            runs = []
            for _ in range(given.fresh):
                runs.append(start_up(model, given.device, given.threads, given.fresh_frames))
                self._advance(1)
            for name, attribute in (
                ("import runtime", "importing"),
                ("Predictor()", "constructing"),
                ("first image", "first_call"),
                ("all three", "total"),
                ("all three, CPU time", "cpu"),
            ):
                spent = latency([getattr(run, attribute) for run in runs])
                rows.append(replace(Row("start-up", name, model).with_latency(spent), per_second=None))
            peak = max(run.peak_bytes for run in runs) / 1e6
            rows.append(Row("memory", "peak", model, unit="MB", value=round(peak, 2), rounds=len(runs)))
        return rows

    def cpu_shares(self) -> list[Row]:
        """Measure CPU time at 30 frames a second, one face at 640x480, with tracking."""
        given = self._options
        width, height = FRAME_SIZES[0]
        frame = frame_with_faces(1, width, height)
        rows = []
        for model in given.models:
            with Predictor(model, device=given.device, threads=given.threads) as predictor:
                share = 100 * paced(TrackedStream(predictor, frame), given.paced_seconds).cpu_share
            name = "of one core at 30 frames a second"
            rows.append(Row("CPU share", name, model, 1, width, height, unit="%", value=round(share, 2)))
            self._advance(1)
        return rows

    def _timed(self, computations: Mapping[Row, Compute]) -> list[Row]:
        return timed_rows(computations, self._options.rounds, self._advance, self._options.warm_up)


def sizes(models: Sequence[str]) -> list[Row]:
    """Return rows with the file size and number of parameters of networks; for files by path only the size."""
    entries = {entry.name: entry for entry in list_models()}
    rows = []
    for model in models:
        entry = entries.get(model)
        role = "landmarks" if entry is None else entry.role
        size = len(load_model(model, role).content)
        rows.append(Row("size", "file", model, unit="MB", value=size / 1e6))
        if entry is not None:
            rows.append(Row("size", "parameters", model, unit="parameters", value=entry.parameters))
    return rows


def precision_of(model: str) -> str:
    """Return the number format of a landmark network's arithmetic from its metadata; float32 by default."""
    session = open_session(load_model(model, "landmarks"), "cpu").onnx
    return metadata_of(session).get("precision", "float32")
