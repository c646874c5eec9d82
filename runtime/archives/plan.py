"""The plan of a run, kept in the output folder: which picture is in which shard, with which options."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.archives.jobs import located
from runtime.archives.sources import Entry
from runtime.errors import OptionError
from runtime.media.files import PARTS, replacing, write_text
from runtime.media.files.parquet_tables import import_pyarrow

MANIFEST = "manifest.json"
FORMAT = 1
"""Of the output folder; raised when a run could not go on with an older one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in the archive. Shard ``n`` is row group ``n`` of ``plan/images.parquet``.

    Attributes:
        folder: the output folder.
        base: folder that relative paths count from.
        images, videos: numbers of them.
        shards: number of shards of pictures.
    """

    folder: Path
    base: str
    images: int
    videos: int
    shards: int

    def shard(self, number: int) -> tuple[Entry, ...]:
        """Return what is in a shard; raises OSError where the plan cannot be read."""
        with import_pyarrow("pyarrow.parquet").ParquetFile(_path(self.folder, video=False)) as table:
            rows = table.read_row_group(number).to_pylist()
        return tuple(Entry(os.fsdecode(row["path"]), row["group"], row["pictures"]) for row in rows)

    def video(self, number: int) -> str:
        """Return the path of a video as given; raises OSError where the plan cannot be read."""
        with import_pyarrow("pyarrow.parquet").ParquetFile(_path(self.folder, video=True)) as table:
            return os.fsdecode(table.read_row_group(number).to_pylist()[0]["path"])


def make_plan(folder: Path, entries: Iterable[Entry], options: dict[str, Any], shard_size: int) -> Plan:
    """Plan a run, or find the plan that is there, which must be the same.

    The manifest is written last: a folder without one has no plan, whatever else a run that was killed left in it.

    Args:
        folder: for all output; made where there is none.
        entries: what is in the archive, in an order that is always the same.
        options: all that results depend on, ready for JSON.
        shard_size: pictures in a shard, at most; a row group of a table is never divided.

    Raises:
        OptionError: the folder holds something else, or was begun with other sources or options.
        OSError: the folder cannot be read or written.
    """
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = None
    except ValueError as error:
        raise OptionError(f"{folder / MANIFEST} is damaged ({error}): choose another folder") from error
    if known is not None:
        return _resume(folder, known, entries, options)
    remove_parts(folder)
    strange = sorted(each.name for each in folder.iterdir() if each.name != "plan")
    if strange:
        raise OptionError(f"{folder} holds {strange[0]} and no {MANIFEST}: choose an empty or a new folder")
    base = os.getcwd()
    listed = _Listing(base)
    (folder / "plan").mkdir(exist_ok=True)
    remove_parts(folder / "plan")
    with ExitStack() as stack:
        writers = {
            video: _PlanWriter(stack.enter_context(replacing(_path(folder, video=video))), 1 if video else shard_size)
            for video in (False, True)
        }
        for entry in listed.of(entries):
            writers[entry.video].add(entry)
        for writer in writers.values():
            writer.close()
    manifest = {
        "format": FORMAT,
        "options": options,
        "base": base,
        "images": listed.images,
        "videos": listed.videos,
        "shards": writers[False].shards,
        "sources_sha256": listed.digest(),
    }
    if not listed.images and not listed.videos:
        raise OptionError("there are no pictures or videos in the sources")
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    return Plan(folder, base, listed.images, listed.videos, writers[False].shards)


def remove_parts(folder: Path) -> None:
    """Remove what a run that was killed left half-written in a folder."""
    for part in folder.glob(PARTS):
        part.unlink(missing_ok=True)


def _resume(folder: Path, known: dict[str, Any], entries: Iterable[Entry], options: dict[str, Any]) -> Plan:
    if known.get("format") != FORMAT:
        raise OptionError(f"{folder} was begun by another version of this program: choose another folder")
    before = known["options"]
    # as JSON gives them back: lists for tuples
    now = json.loads(json.dumps(options))
    changed = [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]
    if changed:
        told = "; ".join(f"{name} was {before.get(name)!r:.80}, is {now.get(name)!r:.80}" for name in changed)
        raise OptionError(f"{folder} was begun with other options: {told}; give the same ones, or another folder")
    listed = _Listing(os.getcwd())
    for _ in listed.of(entries):
        pass
    if listed.digest() != known["sources_sha256"]:
        counts = (
            f"{known['images']} pictures and {known['videos']} videos then, {listed.images} and {listed.videos} now"
        )
        raise OptionError(f"{folder} was begun with other sources ({counts}): give the same ones, or another folder")
    return Plan(folder, known["base"], known["images"], known["videos"], known["shards"])


class _Listing:
    """Counts what is in an archive, and makes a digest of it."""

    def __init__(self, base: str) -> None:
        self.images = self.videos = 0
        self._base, self._digest = base, hashlib.sha256()

    def of(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self.videos += entry.video
            self.images += 0 if entry.video else entry.pictures
            facts = f"\0{entry.group}\0{entry.pictures}\0{entry.video}\n"
            self._digest.update(os.fsencode(located(entry.path, self._base)) + facts.encode())
            yield entry

    def digest(self) -> str:
        return self._digest.hexdigest()


class _PlanWriter:
    """Writes entries to a Parquet file with a row group for each shard."""

    def __init__(self, path: Path, shard_size: int) -> None:
        arrow, parquet = import_pyarrow(), import_pyarrow("pyarrow.parquet")
        fields = [("path", arrow.binary()), ("group", arrow.int64()), ("pictures", arrow.int64())]
        self._schema, self._table = arrow.schema(fields), arrow.Table
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._size, self._waiting, self._rows = shard_size, 0, list[dict[str, Any]]()
        self.shards = 0

    def add(self, entry: Entry) -> None:
        if self._rows and self._waiting + entry.pictures > self._size:
            self._flush()
        row = {"path": os.fsencode(entry.path), "group": entry.group, "pictures": entry.pictures}
        self._rows.append(row)
        self._waiting += entry.pictures

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self.shards, self._waiting, self._rows = self.shards + 1, 0, []


def _path(folder: Path, *, video: bool) -> Path:
    return folder / "plan" / ("videos.parquet" if video else "images.parquet")
