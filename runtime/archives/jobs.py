"""Pieces of work that a worker does on its own, and what it gives back: finished tables as bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from runtime.archives.shard_tables import ShardTables
from runtime.archives.sources import Entry, is_url, open_table, read_content, read_picture
from runtime.errors import ImageError, LandmarksError, in_words
from runtime.media.files.result_tables import ImageResult
from runtime.predictor import Predictor

Step = Callable[[int], None]
"""Called with the number of pictures of the job that are done, before each."""

Self = TypeVar("Self", bound="Job")


@dataclass(frozen=True, slots=True)
class Output:
    """What a job gives.

    Attributes:
        files: name below the output folder and content; written in this order, the last one says that all are there.
        items: pictures, or frames of a video.
        faces: in them.
        errors: pictures without a result, or 1 for a video.
    """

    files: tuple[tuple[str, bytes], ...]
    items: int
    faces: int
    errors: int


class Job(Protocol):
    """Work for one worker; it pickles, and gives the same output wherever and whenever it runs."""

    @property
    def name(self) -> str:
        """For messages."""

    def run(self, predictor: Predictor, step: Step) -> Output:
        """Do it.

        Raises:
            OSError: the output cannot be made, as on a full disk.
        """

    def without(self: Self, item: int, reason: str) -> Self:
        """Return the same job without an item that ends the processes that work on it; its row says why."""


@dataclass(frozen=True, slots=True)
class ImageJob:
    """The pictures of one shard.

    Attributes:
        number: of the shard, from 0.
        base: folder that relative paths count from.
        entries: files or row groups.
        column: of Parquet tables, that with the pictures; None finds it.
        left_out: why pictures are passed over, by their place in the shard.
    """

    number: int
    base: str
    entries: tuple[Entry, ...]
    column: str | None
    left_out: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For messages."""
        return f"shard {self.number}"

    def without(self, item: int, reason: str) -> ImageJob:
        """Return the same job without a picture; its row has ``reason`` as error."""
        return replace(self, left_out={**self.left_out, item: reason})

    def run(self, predictor: Predictor, step: Step) -> Output:
        """Find the faces of each picture.

        Raises:
            OSError: the tables cannot be made.
            OptionError: a source table is no longer as it was.
        """
        with ShardTables(predictor.report().irises is not None) as tables:
            for index, (name, read) in enumerate(self._pictures()):
                step(index)
                tables.add(self._result(index, name, read, predictor))
            return Output(tables.files(self.number), tables.images, tables.faces, tables.errors)

    def _result(self, index: int, name: str, read: Callable[[], bytes], predictor: Predictor) -> ImageResult:
        if index in self.left_out:
            return ImageResult(name, error=self.left_out[index])
        try:
            image = read_picture(name, read())
            return ImageResult(name, image.shape[1], image.shape[0], predictor(image))
        except (LandmarksError, OSError, MemoryError) as error:
            return ImageResult(name, error=in_words(error))

    def _pictures(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        """Yield the name of each picture, and what reads its file."""
        for entry in self.entries:
            path = located(entry.path, self.base)
            if entry.group is None:
                yield entry.path, lambda path=path: read_content(path)  # type: ignore[misc]
                continue
            with open_table(path, self.column, entry.path) as table:
                for name, content in table.pictures(entry.group):
                    yield name, lambda name=name, content=content: _known(name, content)  # type: ignore[misc]


def located(path: str, base: str) -> str:
    """Return where a path leads from any working directory; a URL is as it is."""
    return path if is_url(path) else os.path.join(base, path)


def _known(name: str, content: bytes | None) -> bytes:
    if content is None:
        raise ImageError(f"{name}: the table has no bytes in this row")
    return content
