"""onnxruntime sessions, caches of optimised graphs, and the registry of model files."""

from runtime.engine.fixed_size import PATIENCE, Network, ShapedNetwork
from runtime.engine.graph_cache import Provider, start
from runtime.engine.metadata import is_within, read_list, read_whole, shown
from runtime.engine.model_registry import (
    LANDMARK_CONTRACT,
    LandmarkSpec,
    ModelEntry,
    ModelFile,
    ModelVariant,
    Role,
    list_models,
    load_model,
    metadata_of,
    weights_directory,
)
from runtime.engine.processor import NARROW_BLOCK, WIDE_BLOCK, channel_block, instruction_set
from runtime.engine.sessions import (
    MAX_THREADS,
    Session,
    SessionReport,
    SessionSettings,
    available_devices,
    open_session,
    run_network,
)
from runtime.engine.user_cache import Cache, find_cache, find_tuning_cache, machine, user_directory

__all__ = [
    "LANDMARK_CONTRACT",
    "MAX_THREADS",
    "NARROW_BLOCK",
    "PATIENCE",
    "WIDE_BLOCK",
    "Cache",
    "LandmarkSpec",
    "ModelEntry",
    "ModelFile",
    "ModelVariant",
    "Network",
    "Provider",
    "Role",
    "Session",
    "SessionReport",
    "SessionSettings",
    "ShapedNetwork",
    "available_devices",
    "channel_block",
    "find_cache",
    "find_tuning_cache",
    "instruction_set",
    "is_within",
    "list_models",
    "load_model",
    "machine",
    "metadata_of",
    "open_session",
    "read_list",
    "read_whole",
    "run_network",
    "shown",
    "start",
    "user_directory",
    "weights_directory",
]
