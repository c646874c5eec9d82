"""Identity, expression and pose of one head."""

from export.synthesis.head.assets import HandAssets, HeadAssets, load_assets, load_hand
from export.synthesis.head.expression import Expression, neutral_expression, sample_expression
from export.synthesis.head.head import Head, Posing, build_head, posing, rotation, sample_pose, visible_points
from export.synthesis.head.identity import Identity, sample_identity
from export.synthesis.head.makehuman import Group
from export.synthesis.head.skull import COLUMNS, Skull, directions

__all__ = [
    "COLUMNS",
    "Expression",
    "Group",
    "HandAssets",
    "Head",
    "HeadAssets",
    "Identity",
    "Posing",
    "Skull",
    "build_head",
    "directions",
    "load_assets",
    "load_hand",
    "neutral_expression",
    "posing",
    "rotation",
    "sample_expression",
    "sample_identity",
    "sample_pose",
    "visible_points",
]
