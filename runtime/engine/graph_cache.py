"""The graph as onnxruntime optimised it for this processor, kept from one start to the next."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from runtime.engine.fork_safety import ForkSafeSession
from runtime.engine.model_registry import ModelFile
from runtime.engine.onnx_file import refuse_external_weights
from runtime.engine.user_cache import Cache, machine

FORMAT = 2
"""Version of what is kept and of its key; entries of another version are never read."""

log = logging.getLogger(__name__)

Provider = str | tuple[str, dict[str, Any]]
"""An execution provider's name, alone or with its options, as onnxruntime takes it."""


def start(content: bytes, options: onnxruntime.SessionOptions, providers: Sequence[Provider]) -> ForkSafeSession:
    """Start a session; with its own fallback onnxruntime would print an error and go on with the CPU.

    Raises:
        ModelError: the model's weights lie in another file.
        Exception: onnxruntime cannot load it; its exceptions share no base class of their own.
    """
    refuse_external_weights(content)
    return ForkSafeSession(
        lambda: onnxruntime.InferenceSession(content, options, providers=list(providers), enable_fallback=0)
    )


def open_kept(
    model: ModelFile,
    cache: Cache,
    options: Callable[[], onnxruntime.SessionOptions],
    providers: Sequence[Provider],
    fixed: Mapping[str, int],
) -> tuple[ForkSafeSession, str]:
    """Open the cached graph, or the model, whose graph is cached then; return the session and a line for the report.

    The optimised graph is laid out for one kind of processor by one release of onnxruntime, with the fixed dimensions
    folded in: all are part of the key, and so are the model's bytes. A kept graph that onnxruntime does not load is
    deleted and optimised again.

    Args:
        model: the file, already verified.
        cache: where graphs are kept.
        options: makes the session's options; a session of its own each time.
        providers: the CPU alone.
        fixed: lengths of symbolic dimensions, by name, as ``options`` sets them.
    """
    sizes = json.dumps(dict(fixed), sort_keys=True)
    key = "\0".join((str(FORMAT), onnxruntime.__version__, machine(), sizes)).encode() + b"\0" + model.content
    kept = cache.read(model.name, key)
    if kept is not None:
        ready = options()
        ready.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        try:
            return start(kept, ready, providers), "from cache"
        except Exception as error:  # onnxruntime's exceptions share no base class of their own
            log.info("%s: the kept graph does not load and is optimised again: %s", model.path, error)
            cache.remove(model.name, key)
    try:
        with tempfile.TemporaryDirectory(prefix="edge-landmarks-") as folder:
            optimised = Path(folder) / "optimised.onnx"
            saving = options()
            saving.optimized_model_filepath = str(optimised)
            session = start(model.content, saving, providers)
            saving.optimized_model_filepath = ""  # a forked process opens the session again
            cache.write(model.name, key, optimised.read_bytes())
    except Exception as error:  # on a full disk onnxruntime raises one of its own; a fault of the model is raised again
        session = start(model.content, options(), providers)
        reason = str(error).strip().partition("\n")[0]
        log.info("%s: the optimised graph is not kept: %s", model.path, reason)
        return session, f"not kept: {reason}"
    return session, "kept"
