"""Landmarks inside an asyncio program: pictures are read and predicted in threads, the event loop stays free.

::

    python examples/async_service.py photo.jpg another.jpg

The networks run outside of Python's global lock, so threads use several cores, and one predictor serves them all.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from runtime import Face, ImageError, Predictor, read_image


class FaceService:
    """A predictor for coroutines; at most so many pictures are in work at once, which bounds the memory."""

    def __init__(self, predictor: Predictor, at_once: int = 2) -> None:
        self._predictor = predictor
        self._free = asyncio.Semaphore(at_once)

    async def faces(self, content: bytes) -> list[Face]:
        """Find the faces of a picture file's content; raises ImageError where it is no picture."""
        async with self._free:
            return await asyncio.to_thread(self._predict, content)

    def _predict(self, content: bytes) -> list[Face]:
        return self._predictor(read_image(content))


async def describe(service: FaceService, name: str) -> str:
    """Return a line about a picture, as a request's handler would."""
    content = await asyncio.to_thread(Path(name).read_bytes)
    try:
        faces = await service.faces(content)
    except ImageError as error:
        return f"{name}: {error}"
    return f"{name}: {len(faces)} faces"


async def run(names: Sequence[str]) -> list[str]:
    """Describe all pictures at once; the lines come in the order of the names."""
    with Predictor() as predictor:
        service = FaceService(predictor)
        return await asyncio.gather(*(describe(service, name) for name in names))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", nargs="+")
    for line in asyncio.run(run(parser.parse_args(arguments).pictures)):
        print(line)


if __name__ == "__main__":
    main()
