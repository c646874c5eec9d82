"""Command-line options that several commands share."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from contextlib import ExitStack
from typing import Any, TextIO

from runtime.bench.machine import usable_cpus
from runtime.errors import OptionError, in_words
from runtime.media import Style
from runtime.media.files import IMAGE_SUFFIXES, OTHER_SUFFIXES, VIDEO_SUFFIXES
from runtime.media.files.growing_file import is_stdout
from runtime.media.files.parquet_tables import ParquetWriter, import_pyarrow
from runtime.media.files.result_tables import CsvWriter, ImageResult, JsonLinesWriter, JsonWriter, VideoFrameResult
from runtime.pipeline import DEFAULT_ORDER, MIN_CONFIDENCE, ORDERS
from runtime.predictor import Predictor
from runtime.tracking import SmoothingConfig, TrackingConfig

Container = argparse._ArgumentGroup

logger = logging.getLogger(__name__)

_NO_TABLES = IMAGE_SUFFIXES | OTHER_SUFFIXES | VIDEO_SUFFIXES | {".onnx"}
"""Endings of files that a table never replaces."""


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults, and keeps the line breaks of the examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        # "(default: None)" and "(default: False)" would say nothing.
        return super()._get_help_string(action) if action.default else action.help


def add_predictor_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose networks and say how to run them."""
    group = parser.add_argument_group("networks")
    group.add_argument(
        "--model",
        default="full",
        help="landmark network: full or trimmed (Apache-2.0, free to ship), full-research or trimmed-research (more "
        "accurate, trained on photographs: research only), or an ONNX file",
    )
    group.add_argument("--detector", default="blazeface-back", help="face detector, by name or an ONNX file")
    group.add_argument(
        "--detector-size",
        type=int,
        metavar="N",
        help="longer side of the detector's input, a multiple of 32: 384 finds smaller faces (default: its own)",
    )
    group.add_argument(
        "--retry-size",
        type=int,
        metavar="N",
        help="where no face is certain, run the detector again with this longer side: 384 finds smaller faces, for "
        "three times the time",
    )
    add_device_option(group)
    add_threads_option(group)
    group.add_argument(
        "--passes",
        type=int,
        default=1,
        metavar="N",
        help="times that a face of a picture goes through the landmark network, each time in the region around its "
        "points: 2 is more accurate; faces that are followed through a video go through it once a frame",
    )
    group.add_argument(
        "--mirror-points",
        action="store_true",
        help="average the points of pictures with those in the mirror image: more accurate, for one more run",
    )
    group.add_argument(
        "--irises",
        action="store_true",
        help="find the irises of each face, too: drawn as circles, and with the direction of gaze in the tables",
    )
    group.add_argument(
        "--min-score",
        type=float,
        default=0.5,
        metavar="S",
        help="drop detections with a lower score of the detector, 0..1",
    )
    add_confidence_option(group)
    group.add_argument("--max-faces", type=int, metavar="N", help="keep only N faces, the first by --order")
    group.add_argument(
        "--order",
        choices=ORDERS,
        default=DEFAULT_ORDER,
        help="which face is first: the largest, or the one with the highest detector score",
    )


def add_device_option(group: Container) -> None:
    """Add ``--device``."""
    group.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, cuda (cuda:1 is the second card), tensorrt, openvino (openvino:GPU), coreml or directml; "
        "one that is not available is an error",
    )


def add_threads_option(group: Container) -> None:
    """Add ``--threads``; :func:`thread_count` reads it."""
    group.add_argument("--threads", type=int, default=1, metavar="N", help="threads per network; 0: one for each CPU")


def thread_count(options: argparse.Namespace) -> int:
    """Return the number of threads that ``--threads`` asks for."""
    threads: int = options.threads
    return threads or usable_cpus()


def add_confidence_option(group: Container) -> None:
    """Add ``--min-confidence``."""
    group.add_argument(
        "--min-confidence",
        type=float,
        default=MIN_CONFIDENCE,
        metavar="C",
        help="drop faces with a lower confidence of the landmark network, 0..1; the number on the picture",
    )


def add_tracking_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how faces are followed from frame to frame."""
    group = parser.add_argument_group("tracking")
    group.add_argument(
        "--detect-every",
        type=float,
        default=TrackingConfig().detect_every,
        metavar="S",
        help="seconds between two runs of the detector; 0 runs it on every frame",
    )
    group.add_argument(
        "--no-tracking",
        action="store_true",
        help="process every frame on its own: slower, the points jitter, faces have no numbers",
    )
    group.add_argument(
        "--no-smoothing", action="store_true", help="follow faces, but leave the points as they are found"
    )


def tracking_from(options: argparse.Namespace) -> TrackingConfig | None:
    """Return the tracking that the options ask for; None for every frame on its own.

    Raises:
        OptionError: a value is outside its range.
    """
    if options.no_tracking:
        return None
    smoothing = None if options.no_smoothing else SmoothingConfig()
    return TrackingConfig(detect_every=options.detect_every, smoothing=smoothing)


def add_style_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is drawn."""
    group = parser.add_argument_group("picture")
    group.add_argument("--numbers", action="store_true", help="write each point's number beside it")


def predictor_from(options: argparse.Namespace) -> Predictor:
    """Load the networks that the options ask for.

    Raises:
        LandmarksError: as :class:`Predictor` does.
    """
    predictor = Predictor(
        options.model,
        detector=options.detector,
        device=options.device,
        threads=thread_count(options),
        min_score=options.min_score,
        min_confidence=options.min_confidence,
        order=options.order,
        max_faces=options.max_faces,
        detector_size=options.detector_size,
        retry_size=options.retry_size,
        passes=options.passes,
        mirror=options.mirror_points,
        irises=options.irises,
    )
    logger.info("%s", predictor.report())
    return predictor


class Tables:
    """The tables that ``--json``, ``--csv`` and ``--parquet`` ask for, and where else a command may print."""

    def __init__(self, json: str | None, csv: str | None, parquet: str | None, irises: bool = False) -> None:
        """Write nothing yet; ``irises``: with their columns."""
        self._json, self._csv, self._parquet, self._irises = json, csv, parquet, irises
        self._writers: list[JsonWriter | JsonLinesWriter | CsvWriter | ParquetWriter] = []
        self.failed = 0
        self.stream: TextIO = sys.stderr if any(map(is_stdout, self.paths)) else sys.stdout

    @property
    def paths(self) -> list[str]:
        """The files that are asked for."""
        return [path for path in (self._json, self._csv, self._parquet) if path is not None]

    def open(
        self,
        stack: ExitStack,
        json_writer: type[JsonWriter] | type[JsonLinesWriter],
        result: type[ImageResult | VideoFrameResult],
    ) -> None:
        """Replace the files by empty tables; ``stack`` closes them.

        Raises:
            OSError: one cannot be written.
        """
        if self._json is not None:
            self._writers.append(json_writer(self._json))
            stack.callback(self._writers[-1].close)
        if self._csv is not None:
            self._writers.append(CsvWriter(self._csv, result, irises=self._irises))
            stack.callback(self._writers[-1].close)
        if self._parquet is not None:
            self._writers.append(ParquetWriter(self._parquet, result, irises=self._irises))
            stack.callback(self._writers[-1].close)

    def write(self, result: Any) -> None:
        """Append a result to each table; one that cannot be written is reported, and left as it is from then on.

        Raises:
            BrokenPipeError: the reader of a table is gone.
        """
        for writer in list(self._writers):
            try:
                writer.write(result)
            except BrokenPipeError:
                raise
            except OSError as error:
                self.failed += 1
                self._writers.remove(writer)
                print(f"{in_words(error)}; the table ends before this, the run goes on", file=sys.stderr, flush=True)

    def print(self, text: str) -> None:
        """Print a line where no table goes: to standard output, or to standard error if one goes there."""
        print(text, file=self.stream, flush=True)


def check_tables(options: argparse.Namespace) -> Tables:
    """Return the tables that ``--json``, ``--csv`` and ``--parquet`` ask for.

    Raises:
        DependencyError: pyarrow is needed and not installed.
        OptionError: a file of another kind is there, as when a shell expands ``--json *.jpg`` and the name of the
            table was forgotten.
    """
    for option in ("json", "csv", "parquet"):
        path = getattr(options, option)
        if path == "":
            raise OptionError(f"--{option}: an empty name; choose a file to write to, or - for standard output")
        ending = os.path.splitext(path or "")[1].lower()
        if ending in _NO_TABLES and os.path.isfile(path):
            raise OptionError(f"--{option} {path} exists and is no table by its name: choose another file to write to")
    if options.parquet is not None:
        import_pyarrow()
        if is_stdout(options.parquet):
            raise OptionError(f"--parquet {options.parquet}: a file is needed, not standard output")
    return Tables(options.json, options.csv, options.parquet, options.irises)


def style_from(options: argparse.Namespace) -> Style:
    """Return the style that the options ask for."""
    return Style(numbers=options.numbers)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: ``"1 face"``, ``"2 faces"``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
