"""A head: the mesh of a person with an expression, and the pose that it is seen in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from export.synthesis.head.assets import HeadAssets
from export.synthesis.head.closure import pose_face
from export.synthesis.head.expression import Expression
from export.synthesis.head.identity import Identity, control_points
from export.synthesis.landmarks import JAW, mesh_points, read_offsets, scaled_offsets, visible_outline
from export.synthesis.mesh import Floats, vertex_normals
from export.synthesis.sampling import Odds

PIVOT = np.array([0.0, 6.45, 0.35], np.float32)
"""Point at which the skull turns on the neck of the rest head, decimetres."""

# heights on the rest head between which the neck passes from the shoulders to the skull, along a slanted cut: the
# chin is lower than the nape and must not bend
_NECK_LOW, _NECK_HIGH, _NECK_SLOPE = 5.75, 6.45, 0.4


class HeadView(str, Enum):
    """Classes of the head's turn from the camera."""

    FRONTAL = "frontal"
    HALF_TURNED = "half turned"
    PROFILE = "profile"


VIEW_ODDS = Odds({HeadView.FRONTAL: 0.55, HeadView.HALF_TURNED: 0.3, HeadView.PROFILE: 0.15})


@dataclass(frozen=True, slots=True)
class Eye:
    """An eyeball of the unposed head.

    Attributes:
        centre: (3,) float32, decimetres, head frame.
        radius: decimetres.
    """

    centre: Floats
    radius: float


@dataclass(frozen=True, slots=True)
class Head:
    """An unposed head in the head frame, decimetres.

    Attributes:
        assets: the mesh that it is made of: triangles, groups, masks.
        identity: the person.
        expression: the expression.
        vertices: (V, 3) float32 with the expression; eyeballs are spheres and do not turn.
        neutral: (V, 3) float32 of the same person without expression.
        normals: (V, 3) float32 unit normals of ``vertices``.
        eyes: the subject's right eye (on the image's left), then the left.
        landmarks: (68, 3) float32 points in iBUG order, with the expression and the annotators' offsets.
        annotator_offsets: (68, 3) float32, decimetres; ``landmarks - annotator_offsets`` lie on the mesh.
    """

    assets: HeadAssets
    identity: Identity
    expression: Expression
    vertices: Floats
    neutral: Floats
    normals: Floats
    eyes: tuple[Eye, Eye]
    landmarks: Floats
    annotator_offsets: Floats


@dataclass(frozen=True, slots=True)
class HeadPose:
    """A head turned about its neck, with shoulders that follow in part.

    Attributes:
        yaw: degrees as in ``runtime.landmarks.head_pose``: to the image's right.
        pitch: degrees, up.
        roll: degrees, clockwise in the image.
        head: (3, 3) float32 rotation of the skull in the camera frame.
        shoulders: (3, 3) float32 rotation of everything below the neck.
        pivot: (3,) float32, the fixed point of the rotation.
    """

    yaw: float
    pitch: float
    roll: float
    head: Floats
    shoulders: Floats
    pivot: Floats

    def apply(self, vertices: Floats, rest: Floats) -> Floats:
        """Pose vertices of the head, neck and shoulders.

        Args:
            vertices: (V, 3) unposed.
            rest: (V, 3) their places on the rest head.

        Returns:
            (V, 3) in the camera frame.
        """
        height = rest[:, 1] + _NECK_SLOPE * (rest[:, 2] - PIVOT[2])
        share = np.clip((height - _NECK_LOW) / (_NECK_HIGH - _NECK_LOW), 0, 1)
        share = (share * share * (3 - 2 * share))[:, None].astype(np.float32)
        centred = vertices - self.pivot
        return (centred @ self.head.T) * share + (centred @ self.shoulders.T) * (1 - share) + self.pivot

    def rigid(self, points: Floats) -> Floats:
        """Pose points (..., 3) that move with the skull."""
        return (points - self.pivot) @ self.head.T + self.pivot

    def turn(self, vectors: Floats) -> Floats:
        """Turn directions (..., 3) that move with the skull."""
        return vectors @ self.head.T


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Compute the rotation matrix of a pose.

    Args:
        yaw: degrees, in the sense and order of ``runtime.landmarks.head_pose``.
        pitch: degrees.
        roll: degrees.

    Returns:
        (3, 3) float32 in axes x right, y up, z to the camera.
    """
    y, p, r = (math.radians(angle) for angle in (yaw, -pitch, -roll))
    cy, sy, cp, sp, cr, sr = (f(a) for a in (y, p, r) for f in (math.cos, math.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).astype(np.float32)


def make_pose(yaw: float, pitch: float, roll: float, follow: tuple[float, float, float] = (0.3, 0.15, 0.2)) -> HeadPose:
    """Make a pose from angles.

    Args:
        yaw: degrees, in the sense and order of ``runtime.landmarks.head_pose``.
        pitch: degrees.
        roll: degrees.
        follow: shares of yaw, pitch and roll by which the shoulders turn.
    """
    shoulders = rotation(yaw * follow[0], pitch * follow[1], roll * follow[2])
    return HeadPose(yaw, pitch, roll, rotation(yaw, pitch, roll), shoulders, PIVOT)


def sample_pose(rng: np.random.Generator) -> HeadPose:
    """Sample a pose: most people half face the camera, some are seen almost from the side.

    Pitch and roll reach 35 degrees, yaw 75 degrees.
    """
    match VIEW_ODDS.sample(rng):
        case HeadView.FRONTAL:
            yaw = rng.normal(0, 11)
        case HeadView.HALF_TURNED:
            yaw = rng.normal(0, 26)
        case HeadView.PROFILE:
            yaw = rng.choice([-1, 1]) * rng.uniform(30, 75)
    pitch, roll = rng.normal(-1, 10), rng.normal(0, 9) if rng.random() < 0.8 else rng.normal(0, 18)
    follow = (float(rng.uniform(0, 0.85)), float(rng.uniform(0, 0.3)), float(rng.uniform(0, 0.5)))
    yaw, pitch, roll = (float(a) for a in np.clip((yaw, pitch, roll), (-75, -35, -35), (75, 35, 35)))
    return make_pose(yaw, pitch, roll, follow)


def build_head(assets: HeadAssets, identity: Identity, expression: Expression, offsets: Floats | None = None) -> Head:
    """Build the mesh, eyes and points of a person with an expression, not posed.

    Args:
        assets: the head's mesh.
        identity: the person.
        expression: the expression.
        offsets: (68, 3) annotators' offsets in shares of the distance of the outer eye corners, by default
            ``read_offsets()``; zeros give the mesh's own points.
    """
    control = control_points(assets, identity)
    neutral = assets.refine(control)
    vertices = assets.refine(pose_face(assets, control, expression.weights))
    eyes = []
    for rows in assets.eye_rows:
        centre = neutral[rows].mean(axis=0)
        spokes = neutral[rows] - centre
        lengths = np.linalg.norm(spokes, axis=1, keepdims=True)
        # identities deform the eyeballs slightly, which would be visible when they rotate
        vertices[rows] = neutral[rows] = centre + spokes / lengths * lengths.mean()
        eyes.append(Eye(centre, float(lengths.mean())))
    normals = vertex_normals(vertices, assets.triangles)
    shift = scaled_offsets(assets, vertices, normals, read_offsets() if offsets is None else offsets)
    points = mesh_points(assets, vertices) + shift
    return Head(assets, identity, expression, vertices, neutral, normals, (eyes[0], eyes[1]), points, shift)


def visible_points(head: Head, pose: HeadPose, posed: Floats, pixels: Floats) -> Floats:
    """Compute the labelled points of a posed head: the jaw's are moved to the visible outline.

    Args:
        head: the unposed head.
        pose: its pose.
        posed: (V, 3) ``pose.apply(head.vertices, head.assets.vertices)``.
        pixels: (V, 2) the same projected by the camera.

    Returns:
        (68, 3) in the camera frame.
    """
    points = mesh_points(head.assets, posed)
    points[:JAW] = visible_outline(head.assets, posed, pixels)
    return points + pose.turn(head.annotator_offsets)
