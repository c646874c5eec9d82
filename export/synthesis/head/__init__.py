"""The head: its mesh from MakeHuman, identity, expression and pose."""

from export.synthesis.head.assets import HandAssets, HeadAssets, load_assets, load_hand
from export.synthesis.head.expression import Expression, neutral_expression, sample_expression
from export.synthesis.head.face_units import ExpressionKind
from export.synthesis.head.head import Head, HeadPose, build_head, make_pose, rotation, sample_pose, visible_points
from export.synthesis.head.identity import Identity, sample_identity
from export.synthesis.head.makehuman import Group
from export.synthesis.head.skull import COLUMNS, Skull, directions

__all__ = [
    "COLUMNS",
    "Expression",
    "ExpressionKind",
    "Group",
    "HandAssets",
    "Head",
    "HeadAssets",
    "HeadPose",
    "Identity",
    "Skull",
    "build_head",
    "directions",
    "load_assets",
    "load_hand",
    "make_pose",
    "neutral_expression",
    "rotation",
    "sample_expression",
    "sample_identity",
    "sample_pose",
    "visible_points",
]
