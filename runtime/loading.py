"""From files of weights to networks that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.cache import Cache
from runtime.detector import BlazeFace, BlazeFaceSpec
from runtime.errors import ModelError
from runtime.graph_cache import Provider
from runtime.models import ModelFile, metadata_of
from runtime.sessions import SessionReport, open_session
from runtime.shaped import Network, ShapedNetwork


def open_detector(
    file: ModelFile,
    device: str = "auto",
    threads: int = 1,
    providers: Sequence[Provider] | None = None,
    cache: Cache | None = None,
    *,
    min_score: float = 0.5,
    input_size: int | None = None,
) -> tuple[BlazeFace, SessionReport]:
    """A detector as the predictor runs it, and what it runs on.

    Args:
        file, device, threads, providers, cache: see :func:`runtime.sessions.open_session`.
        min_score, input_size: see :class:`BlazeFace`.

    Raises:
        LandmarksError: as :func:`runtime.sessions.open_session` and :class:`BlazeFace` do.
    """
    session = open_session(file, device, threads, providers, cache)

    def open_fixed(sides: Mapping[str, int]) -> Network:
        fixed: Network = open_session(file, "cpu", threads, fixed=sides).onnx
        return fixed

    on_cpu = session.report.providers == ("CPUExecutionProvider",)
    network = ShapedNetwork(session.onnx, open_fixed) if on_cpu else session.onnx
    try:
        spec = BlazeFaceSpec.from_metadata(metadata_of(session.onnx))
        return BlazeFace(network, spec, min_score=min_score, input_size=input_size), session.report
    except ModelError as error:
        raise ModelError(f"{session.report.file}: {error}") from error
