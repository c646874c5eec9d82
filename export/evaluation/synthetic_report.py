"""Measurements of a network on synthetic faces: depth, head pose and groups, for cards and tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from export.evaluation.depth import depth_rows
from export.evaluation.fairness import group_rows
from export.evaluation.head_pose import pose_rows
from export.evaluation.intervals import GroupMeans, markdown_rows, plain_rows
from export.evaluation.synthetic_test import run_synthetic_test
from runtime.landmarks import Landmarker

TEXT = """\
{faces} synthetic faces with exact labels, made by `python -m export synthesize` with another seed than the
training faces; crops cut by the label. Means over faces, with 95 % bootstrap intervals over faces. Lengths are in
percent of the distance of the outer eye corners in space: in the picture it would shrink as a face turns. Visible
points are those that nothing covers, the head itself included. Yaw is in degrees, to either side.

Depth: mean absolute error of z, counted from the mean of a face's points. To compare with: a flat face, and the mean
head of these faces turned and scaled until it fits the network's x and y best, the depth that those alone determine.

{depth}

Head pose: mean absolute errors in degrees of the pose that the runtime finds from the points. The last column leaves
the constant part of pitch's error out: where pitch is 0 is a convention. The last row takes the exact points: its
errors come from heads that differ from the mean one.

{pose}

Errors by group. Groups differ in more than their name (glasses are worn by the old more often, masks hide the jaw), and
rendered skin is not real skin: read this as a warning sign, not as a proof of fairness.

{groups}"""


@dataclass(frozen=True, slots=True)
class SyntheticAccuracy:
    """Tables of one network on ``faces`` synthetic faces, see the modules that make them."""

    faces: int
    depth: list[GroupMeans]
    pose: list[GroupMeans]
    groups: list[GroupMeans]

    def markdown(self) -> str:
        """Format the tables, with explanations."""
        return TEXT.format(
            faces=self.faces,
            depth=markdown_rows(self.depth, "z error"),
            pose=markdown_rows(self.pose, "pose error"),
            groups=markdown_rows(self.groups, "group"),
        )

    def to_dict(self) -> dict[str, object]:
        """Return the tables as plain values for JSON."""
        return {
            "faces": self.faces,
            "depth": plain_rows(self.depth),
            "pose": plain_rows(self.pose),
            "groups": plain_rows(self.groups),
        }

    def metrics(self) -> dict[str, float]:
        """Return the main number of each table, flat, for the manifest and the file's metadata."""
        pose = self.pose[0].means
        return {
            "nme_synthetic_test": round(self.groups[0].means["NME"].value, 3),
            "z_error_synthetic_test": round(self.depth[0].means["network"].value, 3),
            **{f"{name}_error_synthetic_test": round(pose[name].value, 3) for name in ("yaw", "pitch", "roll")},
        }


def measure_synthetic(landmarker: Landmarker, folder: Path) -> SyntheticAccuracy:
    """Measure a network on a folder that ``synthesize`` wrote.

    Raises:
        FileNotFoundError: there is no such folder, or a picture is missing.
        ValueError: the folder lacks the attributes of its faces.
    """
    test = run_synthetic_test(landmarker, folder)
    return SyntheticAccuracy(len(test.pose), depth_rows(test), pose_rows(test), group_rows(test))
