"""The two landmark networks and the layers that they train with."""

from export.networks.landmark_network import (
    CONFIGS,
    INPUT_SIZE,
    Block,
    LandmarkNetwork,
    NetworkConfig,
    build_network,
    layer_table,
    parameter_count,
    to_input,
)

__all__ = [
    "CONFIGS",
    "INPUT_SIZE",
    "Block",
    "LandmarkNetwork",
    "NetworkConfig",
    "build_network",
    "layer_table",
    "parameter_count",
    "to_input",
]
