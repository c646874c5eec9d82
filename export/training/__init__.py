"""The training loop, its configuration, losses and the lineage of checkpoints; ``recipes`` has a file per network."""

from export.training.checkpoints import CHECKPOINT
from export.training.configuration import TrainingConfig, read_config
from export.training.device import choose_device
from export.training.initialisation import load_network
from export.training.lineage import Lineage, check_unseen, describe_run, lineage_of, read_lineage
from export.training.loop import train
from export.training.recipe import choose_stage, read_stages, train_stages
from export.training.schedules import moving_average

__all__ = [
    "CHECKPOINT",
    "Lineage",
    "TrainingConfig",
    "check_unseen",
    "choose_device",
    "choose_stage",
    "describe_run",
    "lineage_of",
    "load_network",
    "moving_average",
    "read_config",
    "read_lineage",
    "read_stages",
    "train",
    "train_stages",
]
