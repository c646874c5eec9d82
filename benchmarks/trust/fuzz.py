"""Random inputs at every door: results or typed errors, within limits of time and memory.

    python -m benchmarks.trust.fuzz --inputs 200000

Inputs are valid ones with bits flipped, bytes cut, repeated or replaced, and arrays and options of random types. What
is neither a result nor one of ``runtime.LandmarksError`` (on the training side: ``ValueError`` or ``OSError``) is a
fault; so are calls that take longer than ``SLOWEST``, and memory that grows beyond ``MOST_MEMORY``. ``--atheris`` lets
coverage guide the changes, where that package is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import random
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import cv2
import numpy as np
import onnx
import pyarrow.parquet
import skimage.data
from numpy.typing import NDArray

from export.annotations import read_pts
from export.config_files import read_table as read_toml
from runtime import Detection, Face, Predictor, Style, Tracker, VideoSink, VideoSource, convert_image, read_image
from runtime.archives import SourceTable
from runtime.bench.machine import this_machine
from runtime.bench.markdown import markdown_table
from runtime.cli import main as command_line
from runtime.detection import detector_format
from runtime.engine import LandmarkSpec, list_models
from runtime.errors import LandmarksError
from runtime.tables import CsvWriter, ImageResult, JsonLinesWriter, JsonWriter, ParquetWriter, read_table

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"

SLOWEST = 20.0
"""Seconds of CPU time that a call may take; what else the machine does is not counted."""

HUNG = 300.0
"""Seconds by the clock."""

MOST_MEMORY = 3_000_000
"""Peak memory of the process in KiB."""

RARE = {"network": 200, "metadata": 50, "command line": 100, "film": 20, "manifest": 4, "picture": 2}
"""Doors whose calls are slow: one input for so many of the others."""

Door = Callable[[bytes], object]

DETECTORS = ((["image"], ["regressions", "logits"]), (["image"], ["cells"]))
"""Names of the inputs and outputs by which a detector's metadata is told."""

WRITERS: dict[str, Callable[[Path], Any]] = {
    "json": JsonWriter,
    "jsonl": JsonLinesWriter,
    "csv": partial(CsvWriter, kind=ImageResult),
    "parquet": partial(ParquetWriter, kind=ImageResult),
}
"""Of tables of pictures, by the ending of their files."""

TYPES: tuple[Any, ...] = (None, True, -1, 0, 1.5, float("nan"), 10**30, "", "x", b"x", (), [], {}, np.zeros(3))


class _RefusedError(LandmarksError):
    """An input that the training side refuses, whose errors have no base class."""


class Doors:
    """The functions that take input, with valid inputs to start from."""

    def __init__(self, folder: Path) -> None:
        """Make valid inputs in an empty folder."""
        self.folder = folder
        self.seeds: dict[str, list[bytes]] = {}
        self.doors: dict[str, Door] = {}
        self.predictor = Predictor("trimmed", device="cpu")
        image = np.ascontiguousarray(skimage.data.astronaut()[::8, ::8, ::-1])
        pictures = [_encoded(image, kind) for kind in (".png", ".jpg", ".bmp", ".webp", ".tiff")]
        self._add("picture", self._picture, pictures)
        self._add("array", self._array, [bytes(range(64))])
        self._add("option", self._option, [bytes(range(32))])
        texts = (ValueError, OSError)  # of the training side
        self._add("points file", self._file("a.pts", read_pts, texts), [_points()])
        self._add("recipe", self._file("a.toml", read_toml, texts), [b'network = "full"\n[[sets]]\na = 1'])
        faces = self.predictor(np.ascontiguousarray(skimage.data.astronaut()[:256, 80:400, ::-1]))
        tables = {
            "json": json.dumps([{"image": "a", "width": 1, "height": 1, "faces": []}]).encode(),
            "jsonl": b'{"frame":0,"time":0.0,"faces":[]}\n',
            "csv": b"image,face\na,0\n",
            "parquet": self._table("parquet", []),
        }
        for kind, empty in tables.items():
            read = self._file(f"a.{kind}", lambda path: list(read_table(path)), ())
            self._add(f"table {kind}", read, [empty, self._table(kind, faces)])
        self._add("source table", self._file("b.parquet", _pictures_of, ()), [_table_of_pictures(pictures[0])])
        self._add("manifest", self._manifest, [(WEIGHTS / "manifest.json").read_bytes()])
        self._add("network", self._file("a.onnx", self._network, ()), [(WEIGHTS / "trimmed.onnx").read_bytes()])
        self._add("metadata", self._metadata, [bytes(range(32))])
        fields = [_fields(WEIGHTS / name) for name in ("trimmed.onnx", "edge.onnx")]
        self._add("metadata fields", self._metadata_fields, fields)
        self._add("film", self._film, [self._clip(name, image) for name in ("a.avi", "a.webm", "a.mp4")])
        lines = [b"predict a.png --max-faces 1", b"video a.avi b.avi", b"models", b"web --out x"]
        self._add("command line", self._command, lines)

    def _add(self, name: str, door: Door, seeds: list[bytes]) -> None:
        self.doors[name], self.seeds[name] = door, seeds

    def _picture(self, content: bytes) -> object:
        return self.predictor(read_image(content))

    def _array(self, content: bytes) -> object:
        chosen = random.Random(content)
        kinds = (np.uint8, np.uint16, np.int8, np.float32, np.float64, np.bool_, object, "S3", "datetime64[s]")
        shape = tuple(chosen.choice((0, 1, 2, 3, 4, 7, 64, 129)) for _ in range(chosen.randrange(5)))
        try:
            array = np.zeros(shape, chosen.choice(kinds))
            if chosen.random() < 0.3 and array.nbytes:
                array = np.broadcast_to(array, (chosen.choice((2, 2**31, 2**40)), *array.shape))
        except (ValueError, TypeError):  # numpy has no such array
            return None
        if chosen.random() < 0.3:
            return convert_image(array, chosen.choice(("rgb", "bgr", "pil", "x")))  # type: ignore[arg-type]
        return self.predictor(array)

    def _option(self, content: bytes) -> object:
        chosen = random.Random(content)
        value, other = chosen.choice(TYPES), chosen.choice(TYPES)
        uses: tuple[Callable[[], object], ...] = (
            lambda: Face(value, other, value, other, value),  # type: ignore[arg-type, call-arg]
            lambda: Face.from_dict(value),
            lambda: Face.from_row(value),
            lambda: Detection.from_box(value, score=other),
            lambda: Detection.from_keypoints(value, score=other),
            lambda: Style(scale=value, colours=other),  # type: ignore[call-arg]
            lambda: Tracker(value, other, value),
            lambda: VideoSink(value, other),
            lambda: self.predictor.landmarks(np.zeros((32, 32, 3), np.uint8), value),
        )
        return uses[chosen.randrange(len(uses))]()

    def _file(self, name: str, read: Callable[[Path], object], also: tuple[type[Exception], ...]) -> Door:
        def door(content: bytes) -> object:
            path = self.folder / name
            path.write_bytes(content)
            try:
                return read(path)
            except also as error:
                raise _RefusedError from error

        return door

    def _manifest(self, content: bytes) -> object:
        (self.folder / "manifest.json").write_bytes(content)
        return list_models(self.folder)

    def _metadata(self, content: bytes) -> object:
        """Change, drop or exchange a few texts of a network's metadata."""
        chosen = random.Random(content)
        network = onnx.load(WEIGHTS / "trimmed.onnx")
        entries = network.metadata_props
        for _ in range(chosen.randrange(1, 4)):
            entry, other = chosen.choice(entries), chosen.choice(entries)
            text = changed(entry.value.encode(), chosen).decode("utf-8", "replace")
            entry.value = chosen.choice((text, text, other.value, "", "1e999", "-1", "nan", "[" * 9999, "0" * 9999))
            if chosen.random() < 0.1:
                entries.remove(other)
        path = self.folder / "metadata.onnx"
        path.write_bytes(network.SerializeToString())
        return self._network(path)

    @staticmethod
    def _metadata_fields(content: bytes) -> object:
        """Read lines ``name=text`` as the metadata of each kind of network; one typed error is enough."""
        lines = content.decode("utf-8", "replace").splitlines()
        fields: Mapping[str, str] = dict(line.partition("=")[::2] for line in lines)
        failure: LandmarksError | None = None
        for ends in DETECTORS:
            try:
                detector_format(*ends, fields)
            except LandmarksError as error:
                failure = error
        spec = LandmarkSpec.from_metadata(fields, "a.onnx")
        if failure is not None:
            raise failure
        return spec

    def _table(self, kind: str, faces: list[Face]) -> bytes:
        path = self.folder / f"seed.{kind}"
        with WRITERS[kind](path) as table:
            table.write(ImageResult("a.png", 320, 256, faces))
        return path.read_bytes()

    @staticmethod
    def _network(path: Path) -> object:
        with Predictor(path, device="cpu") as predictor:
            return predictor(np.zeros((32, 32, 3), np.uint8))

    def _clip(self, name: str, image: NDArray[np.uint8]) -> bytes:
        with VideoSink(self.folder / name) as sink:
            for _ in range(4):
                sink.write(image)
        return (self.folder / name).read_bytes()

    def _film(self, content: bytes) -> object:
        path = self.folder / "film"
        path.write_bytes(content)
        with VideoSource(path) as source:
            return [frame.time for _, frame in zip(range(50), source, strict=False)]

    def _command(self, content: bytes) -> object:
        words = content.decode("latin-1").replace("\0", "").split()
        if words[:1] == ["live"] or "--help" in words or (words[:1] == ["web"] and "--out" not in words):
            return None  # waits for its user
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
            if words[:1] not in (["bench"], ["compare"]):  # minutes
                command_line(words)
        return None


def _fields(path: Path) -> bytes:
    """Return the metadata of a network as lines ``name=text``."""
    return "\n".join(f"{each.key}={each.value}" for each in onnx.load(path).metadata_props).encode()


def _table_of_pictures(picture: bytes) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"path": ["a.png", None], "bytes": [picture, None]}), sink)
    return sink.getvalue()


def _pictures_of(path: Path) -> object:
    with SourceTable(path, path.name, None) as table:
        if not table.holds_bytes:
            return list(table.paths())
        return [list(table.pictures(group)) for group in range(len(table.group_sizes()))]


def _encoded(image: NDArray[np.uint8], kind: str) -> bytes:
    return cv2.imencode(kind, image)[1].tobytes()


def _points() -> bytes:
    body = "\n".join(f"{x}.5 {x}.25" for x in range(68))
    return f"version: 1\nn_points: 68\n{{\n{body}\n}}\n".encode()


def changed(content: bytes, chosen: random.Random) -> bytes:
    """Flip bits, cut, repeat, insert and replace; now and then the content is random."""
    data = bytearray(content)
    if chosen.random() < 0.02:
        return chosen.randbytes(chosen.randrange(200))
    for _ in range(chosen.choice((1, 1, 2, 4, 16))):
        place = chosen.randrange(len(data)) if data else 0
        kind = chosen.randrange(6)
        if not data or kind == 0:
            data[place:place] = chosen.randbytes(chosen.randrange(1, 9))
        elif kind == 1:
            data[place] ^= 1 << chosen.randrange(8)
        elif kind == 2:
            data[place] = chosen.choice((0, 1, 0x7F, 0x80, 0xFF, 0x2D, 0x39))
        elif kind == 3:
            del data[place : place + chosen.randrange(1, 64)]
        elif kind == 4:
            end = place + chosen.randrange(1, 64)
            data[place:place] = data[place:end]
        else:
            data = data[: max(1, place)]
    return bytes(data)


def run_fuzz(
    doors: Doors, inputs: int, seed: int = 0, names: Sequence[str] | None = None, seconds: float = float("inf")
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Try inputs; return the outcomes by door and kind, and the faults with the input that shows each.

    Args:
        doors: what is tried.
        inputs: how many.
        seed: of the inputs.
        names: of the doors; all by default.
        seconds: after which no further input is tried.
    """
    chosen = random.Random(seed)
    outcomes, faults = Counter[tuple[str, str]](), list[str]()
    names = list(names or doors.doors)
    weights = [1 / RARE.get(name, 1) for name in names]
    end = time.monotonic() + seconds
    for _ in range(inputs):
        if time.monotonic() > end:
            break
        [name] = chosen.choices(names, weights)
        content = changed(chosen.choice(doors.seeds[name]), chosen)
        began, worked = time.monotonic(), time.process_time()
        try:
            doors.doors[name](content)
            outcome = "result"
        except (LandmarksError, MemoryError):
            outcome = "typed error"
        except Exception as error:
            outcome = "fault"
            faults.append(f"{name}: {type(error).__name__}: {error!s:.100} from {content!r:.300}")
        took, work = time.monotonic() - began, time.process_time() - worked
        if took > HUNG or work > SLOWEST:
            faults.append(f"{name}: {took:.0f} s, {work:.0f} s of CPU time, from {content!r:.300}")
        outcomes[name, outcome] += 1
    if (peak := resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) > MOST_MEMORY:
        faults.append(f"{peak} KiB of memory")
    return outcomes, faults


def guided(doors: Doors, name: str, inputs: int, seed: int, seconds: float) -> None:
    """Run one door under atheris, which ends the process: with an error at the first fault.

    libFuzzer prints the number of inputs, and as ``cov`` the branches of this project's Python code that were reached.

    Args:
        doors: what is tried.
        name: of the door; any, since all take bytes.
        inputs: how many.
        seed: of the inputs; 0 takes another one each time.
        seconds: after which no further input is tried.

    Raises:
        ModuleNotFoundError: atheris is not installed.
    """
    import atheris  # type: ignore[import-untyped, import-not-found]

    def once(content: bytes) -> None:
        with contextlib.suppress(LandmarksError, MemoryError):
            doors.doors[name](content)

    corpus = doors.folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(doors.seeds[name]):
        (corpus / str(number)).write_bytes(content)
    for each in gc.get_objects():  # all of Python's functions would take minutes
        if isinstance(each, FunctionType) and (each.__module__ or "").startswith(("runtime.", "export.")):
            atheris.instrument_func(each)
    limits = [f"-timeout={HUNG:.0f}", f"-rss_limit_mb={MOST_MEMORY // 1000}", f"-seed={seed}", f"-runs={inputs}"]
    if seconds < float("inf"):
        limits.append(f"-max_total_time={seconds:.0f}")
    atheris.Setup([sys.argv[0], *limits, str(corpus)], once)
    atheris.Fuzz()


def main() -> None:
    """Run the campaign; exit with 1 if there are faults."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.trust.fuzz", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--inputs", type=int, default=2000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="N", help="stop after so long")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs (default: %(default)s)")
    parser.add_argument("--door", help="try one door only")
    parser.add_argument("--atheris", action="store_true", help="let coverage guide the inputs of one --door")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # where the command lines write
        doors = Doors(Path(folder))
        if options.door is not None and options.door not in doors.doors:
            parser.error(f"--door {options.door!r}; there are {', '.join(doors.doors)}")
        if options.atheris:
            guided(doors, options.door or "picture", options.inputs, options.seed, options.seconds)
        outcomes, faults = run_fuzz(
            doors, options.inputs, options.seed, [options.door] if options.door else None, options.seconds
        )
    kinds = ("result", "typed error", "fault")
    rows = [[name, *(str(outcomes[name, kind]) for kind in kinds)] for name in doors.doors]
    print(markdown_table(["door", *kinds], rows))
    print(f"\n{outcomes.total()} inputs, {len(faults)} faults")
    kinds_of_faults = Counter(fault.partition(" from ")[0] for fault in faults)
    examples = {fault.partition(" from ")[0]: fault for fault in faults}
    print("\n".join(f"{count} x {examples[kind]}" for kind, count in kinds_of_faults.most_common(30)))
    print(this_machine().to_text())
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
