"""The pieces of a video joined: frames are numbered on, and tracks go on over the seams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.archives.shard_tables import read_facts, table_bytes
from runtime.archives.videos import piece_files
from runtime.detection import SAME_FACE, match
from runtime.face_rows import BOX, Column
from runtime.media.files import replacing
from runtime.media.files.parquet_tables import import_pyarrow

VIDEOS, VIDEO_FACES = "videos", "video_faces"
"""Folders of the tables: a row for each video, and a table of faces for each."""

VIDEO_COLUMNS = (
    Column("video", "string"),
    Column("table", "string"),
    Column("frames", "int64"),
    Column("width", "int64"),
    Column("height", "int64"),
    Column("faces", "int64"),
    Column("tracks", "int64"),
    Column("error", "string", nullable=True),
)
"""Of the table of videos: path as given; its table of faces below the output folder; frames that were read; pixels;
rows of that table; numbers given to faces; why there is no result, or none behind some frame."""


class SeamError(Exception):
    """Two pieces do not fit together: the video is to be read in one pass."""


class JoinedVideo:
    """Joins pieces in their order into one table of faces, that of ``landmarks video --parquet``."""

    def __init__(self, folder: Path, number: int) -> None:
        """Join nothing yet; ``folder`` is the output folder, ``number`` that of the video in the plan."""
        self._folder, self._number = folder, number
        self.frames = self.faces = self.tracks = 0
        self.size = (0, 0)
        self.error: str | None = None
        self._times = np.empty(0)
        self._tail: dict[float, tuple[list[int], NDArray[np.float32]]] = {}

    def join(self, starts: Sequence[float], path: Path) -> None:
        """Write the table of faces.

        Args:
            starts: seconds at which the pieces begin, 0 the first.
            path: of the table.

        Raises:
            SeamError: a piece is missing frames, or its frames are not those of the piece before.
            OSError: the table cannot be written.
        """
        parquet = import_pyarrow("pyarrow.parquet")
        with replacing(path) as part:
            schema = parquet.read_schema(self._folder / piece_files(self._number, 0)[0])
            with parquet.ParquetWriter(part, schema) as writer:
                for piece, start in enumerate(starts):
                    table = self._piece(piece, start)
                    if table.num_rows:
                        writer.write_table(table)

    def row(self, name: str, table: str) -> bytes:
        """Return the video's row as a Parquet file."""
        row = (name, table, self.frames, *self.size, self.faces, self.tracks, self.error)
        return table_bytes(
            VIDEO_COLUMNS, [row], frames=self.frames, faces=self.faces, errors=int(self.error is not None)
        )

    def _piece(self, piece: int, start: float) -> Any:
        """Return the rows of a piece as they are in the video."""
        parquet = import_pyarrow("pyarrow.parquet")
        faces_file, frames_file = (self._folder / name for name in piece_files(self._number, piece))
        _, facts = read_facts(frames_file)
        times = parquet.read_table(frames_file).column("time").to_numpy()
        if facts["error"] is not None:
            if piece:
                raise SeamError(facts["error"])
            self.error = facts["error"]
        before = int(np.searchsorted(times, start)) if piece else 0
        # the frames of the warm-up must be the last ones of the piece before
        if piece and (not before or not np.array_equal(times[:before], self._times[-before:])):
            raise SeamError(f"the frames before {start:.2f} s are not the same in both pieces")
        table = parquet.read_table(faces_file)
        frames, tracks = table.column("frame").to_numpy(), table.column("track").fill_null(-1).to_numpy().copy()
        followed = table.column("track").null_count == 0
        boxes = np.stack([table.column(name).to_numpy() for name in BOX], axis=1)
        if followed:
            numbers = self._numbers(times, frames, tracks, boxes, before)
            tracks = np.array([numbers.get(int(track), -1) for track in tracks], np.int64)
        kept = np.flatnonzero(frames >= before)
        kept = kept[np.lexsort((tracks[kept] if followed else kept, frames[kept]))]
        if followed:
            self._tail = _by_time(times, frames[kept], tracks[kept], boxes[kept])
        self._times, self.size = times, (facts["width"], facts["height"])
        numbered = frames[kept] - before + self.frames
        self.frames += len(times) - before
        self.faces += len(kept)
        return _replaced(table.take(kept), numbered, tracks[kept] if followed else None)

    def _numbers(
        self,
        times: NDArray[np.float64],
        frames: NDArray[np.int64],
        tracks: NDArray[np.int64],
        boxes: NDArray[np.float32],
        before: int,
    ) -> dict[int, int]:
        """Return the numbers that a piece's tracks have in the video: of the same face in the piece before, or new."""
        votes: Counter[tuple[int, int]] = Counter()
        warm = frames < before
        for time, (own, places) in _by_time(times, frames[warm], tracks[warm], boxes[warm]).items():
            others, other_places = self._tail.get(time, ([], np.empty((0, 4), np.float32)))
            for row, column in match(list(places), list(other_places), SAME_FACE):
                votes[own[row], others[column]] += 1
        numbers: dict[int, int] = {}
        for (own_track, number), _ in votes.most_common():
            if own_track not in numbers and number not in numbers.values():
                numbers[own_track] = number
        for track in dict.fromkeys(tracks[~warm].tolist()):
            if track not in numbers:
                numbers[track] = self.tracks
                self.tracks += 1
        return numbers


def _by_time(
    times: NDArray[np.float64], frames: NDArray[np.int64], tracks: NDArray[np.int64], boxes: NDArray[np.float32]
) -> dict[float, tuple[list[int], NDArray[np.float32]]]:
    """Group tracks and boxes by the time of their frame."""
    starts = np.flatnonzero(np.diff(frames, prepend=-1))
    groups = zip(starts.tolist(), [*starts[1:].tolist(), len(frames)], strict=True) if len(frames) else ()
    return {float(times[frames[start]]): (tracks[start:end].tolist(), boxes[start:end]) for start, end in groups}


def _replaced(table: Any, frames: NDArray[np.int64], tracks: NDArray[np.int64] | None) -> Any:
    """Return the rows with other numbers of frames, faces and tracks."""
    new = np.flatnonzero(np.diff(frames, prepend=-1))
    faces = np.arange(len(frames)) - np.repeat(new, np.diff(np.append(new, len(frames))))
    values = {"frame": frames, "face": faces} | ({} if tracks is None else {"track": tracks})
    arrow = import_pyarrow()
    for name, numbers in values.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, table.schema.field(index), arrow.array(numbers, arrow.int64()))
    return table
