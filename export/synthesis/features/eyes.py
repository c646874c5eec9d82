"""The eyes: sclera with veins, iris behind a bulging cornea, wet and shaded by the lids.

Anatomy: an iris 11.7 mm wide in a ball of 24 mm; a cornea of radius 7.8 mm and refractive index 1.376.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.synthesis.features.eye_colours import IRISES, EyeStyle, IrisColour, iris, sclera
from export.synthesis.head import Group, Head, HeadPose
from export.synthesis.landmarks import mesh_points
from export.synthesis.mesh import Floats, Fragments, Material, Mesh
from export.synthesis.sampling import Odds
from export.synthesis.skin import soft_step

IRIS = 11.7 / 24  # sine of the angle between the gaze and the iris' rim
CORNEA = 7.8 / 12  # radius in radii of the ball
_BULGE = math.sqrt(1 - IRIS**2) - math.sqrt(CORNEA**2 - IRIS**2)  # centre of the cornea's sphere along the gaze
_IRIS_PLANE = math.sqrt(1 - IRIS**2) - 0.03
_REFRACTION = 1 / 1.376

EUROPEAN_ODDS = Odds(
    {
        IrisColour.BLACK: 0.04,
        IrisColour.BROWN: 0.28,
        IrisColour.AMBER: 0.08,
        IrisColour.HAZEL: 0.15,
        IrisColour.GREEN: 0.11,
        IrisColour.BLUE: 0.24,
        IrisColour.GREY: 0.10,
    }
)
OTHER_ODDS = Odds(
    {
        IrisColour.BLACK: 0.50,
        IrisColour.BROWN: 0.44,
        IrisColour.AMBER: 0.04,
        IrisColour.HAZEL: 0.02,
        IrisColour.GREEN: 0.0,
        IrisColour.BLUE: 0.0,
        IrisColour.GREY: 0.0,
    }
)


def sample_eyes(rng: np.random.Generator, ancestry: Floats, age: float) -> EyeStyle:
    """Sample the eyes of a person.

    Args:
        rng: random numbers.
        ancestry: (3,) shares of European, Asian and African.
        age: years.
    """
    light = float(ancestry[0]) ** 2
    outer, inner = IRISES[OTHER_ODDS.mixed(EUROPEAN_ODDS, light).sample(rng)]
    tint = np.exp(rng.normal(0, 0.14) + rng.normal(0, 0.05, 3))
    yellow = 0.05 * max(age - 30, 0) / 50 + 0.12 * (1 - float(ancestry[0])) * rng.uniform(0.2, 1)
    white = rng.uniform(0.46, 0.62) * np.array([1.0, 0.94 - 0.3 * yellow, 0.89 - yellow])
    return EyeStyle(
        (np.array(outer) * tint).astype(np.float32),
        (np.array(inner) * tint).astype(np.float32),
        float(np.clip(rng.normal(0.31 - 0.0008 * age, 0.06), 0.18, 0.5)),
        white.astype(np.float32),
        float(rng.beta(1.3, 3.0)),
        float(rng.uniform(0.5, 1.2)),
        int(rng.integers(2**31)),
    )


@dataclass(frozen=True, slots=True)
class EyesPart:
    """Both eyeballs.

    Attributes:
        mesh: attributes (V, 4) are the direction from the eye's centre in the head frame and the side: 0 for the
            subject's right eye, 1 for the left.
        style: colours.
        gaze: (2,) degrees to the subject's left and up.
        head: (3, 3) rotation from the head frame into the camera frame.
        lids: (2, 6, 3) points 36 .. 41 and 42 .. 47 from each eye's centre in radii, head frame.
    """

    mesh: Mesh
    style: EyeStyle
    gaze: Floats
    head: Floats
    lids: Floats

    @property
    def name(self) -> str:
        """Always ``"eyes"``."""
        return "eyes"

    def material(self, fragments: Fragments) -> Material:
        """Compute the material of sclera, iris and pupil where the gaze puts them."""
        n = len(fragments.pixels)
        ball = fragments.attributes[:, :3] / np.linalg.norm(fragments.attributes[:, :3], axis=1, keepdims=True)
        left = fragments.attributes[:, 3] > 0.5
        axes = _gaze_axes(self.gaze)
        eye = ball @ axes.T  # x to the subject's left, y up, z along the gaze
        sine = np.hypot(eye[:, 0], eye[:, 1])
        front = eye[:, 2] > 0
        on_cornea = np.where(front, soft_step(sine, IRIS * 1.06, IRIS * 0.90), 0)
        bulge = np.minimum(sine / CORNEA, 0.94)
        cornea = np.column_stack([eye[:, :2] * (bulge / np.maximum(sine, 1e-6))[:, None], np.sqrt(1 - bulge**2)])
        view = (axes @ self.head.T @ np.array([0, 0, 1], np.float32)).astype(np.float32)
        place, angle = _iris_place(cornea, view)
        rim = np.where(front, soft_step(sine, IRIS * 1.04, IRIS * 0.94), 0)[:, None]
        white, red = sclera(self.style, ball, eye, left)
        albedo = white * (1 - rim) + iris(self.style, place, angle) * rim

        upper, lower, inner = self._distances(ball, left)
        flesh = soft_step(inner, 0.24, 0.12)[:, None] * (1 - rim)  # the caruncle
        albedo += (np.array([0.42, 0.20, 0.17], np.float32) - albedo) * flesh
        occlusion = (1 - 0.62 * np.exp(-np.maximum(upper, 0) / 0.16)) * (
            1 - 0.35 * np.exp(-np.maximum(lower, 0) / 0.10)
        )
        occlusion *= 1 - 0.35 * soft_step(np.abs(ball[:, 0]), 0.45, 0.85)
        normal = eye * (1 - on_cornea)[:, None] + cornea * on_cornea[:, None]
        tears = (soft_step(lower, 0.055, 0.01) * 0.5)[:, None]
        normal = normal @ axes
        normal[:, 1] += tears[:, 0]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        # lids and lashes shade what comes from above, and the highlight with it
        shade = occlusion[:, None] ** np.array([0.88, 0.97, 1.0], np.float32)
        return Material(
            np.clip(albedo * (0.45 + 0.55 * shade), 0.003, 0.8).astype(np.float32),
            (normal @ self.head.T).astype(np.float32),
            (0.14 - 0.09 * on_cornea + 0.05 * red).astype(np.float32),
            np.full(n, 0.025, np.float32),
            (0.35 * (1 - rim[:, 0])).astype(np.float32),
            np.clip(occlusion, 0.05, 1).astype(np.float32),
            np.zeros((n, 3), np.float32),
        )

    def _distances(self, ball: Floats, left: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
        """Compute distances (N,) in radii from the upper lid, from the lower lid and from the inner corner."""
        upper, lower, inner = (np.empty(len(ball), np.float32) for _ in range(3))
        for side, mask in ((0, ~left), (1, left)):
            lids, points = self.lids[side], ball[mask]
            above, below = (0, 1, 2, 3), (0, 5, 4, 3)
            upper[mask] = np.polyval(_parabola(lids[above, :]), points[:, 0]) - points[:, 1]
            lower[mask] = points[:, 1] - np.polyval(_parabola(lids[below, :]), points[:, 0])
            corner = lids[3 if side == 0 else 0]
            inner[mask] = np.hypot(points[:, 0] - corner[0], points[:, 1] - corner[1])
        return upper, lower, inner


def eyes_part(head: Head, pose: HeadPose, style: EyeStyle) -> EyesPart:
    """Make the eyes of a posed head, rotated to the expression's gaze.

    Args:
        head: the unposed head.
        pose: its pose.
        style: colours.
    """
    assets = head.assets
    triangles = assets.triangles[np.isin(assets.group, (Group.RIGHT_EYE, Group.LEFT_EYE))]
    rows, inverse = np.unique(triangles, return_inverse=True)
    vertices = head.vertices[rows]
    attributes = np.empty((len(rows), 4), np.float32)
    points = mesh_points(assets, head.vertices)
    lids = np.empty((2, 6, 3), np.float32)
    for side, (eye, own) in enumerate(zip(head.eyes, assets.eye_rows, strict=True)):
        mask = np.isin(rows, own)
        attributes[mask, :3] = (vertices[mask] - eye.centre) / eye.radius
        attributes[mask, 3] = side
        lids[side] = (points[36 + 6 * side : 42 + 6 * side] - eye.centre) / eye.radius
    normals = attributes[:, :3] / np.linalg.norm(attributes[:, :3], axis=1, keepdims=True)
    mesh = Mesh(
        pose.rigid(vertices).astype(np.float32),
        inverse.reshape(-1, 3).astype(np.int32),
        pose.turn(normals).astype(np.float32),
        attributes,
    )
    return EyesPart(mesh, style, np.asarray(head.expression.gaze, np.float32), pose.head, lids)


def _gaze_axes(gaze: Floats) -> Floats:
    """Compute right-handed axes (3, 3) whose third row points along the gaze, head frame."""
    a, e = np.radians(gaze)
    forward = np.array([math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)])
    side = np.cross([0.0, 1.0, 0.0], forward)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(forward, side), forward]).astype(np.float32)


def _iris_place(cornea: Floats, view: Floats) -> tuple[Floats, Floats]:
    """Trace light that leaves the cornea towards the camera back to the iris, in axes that turn with the gaze.

    Args:
        cornea: (N, 3) normals of the cornea.
        view: (3,) direction to the camera.

    Returns:
        Radius (N,), 1 at the rim, and angle (N,) on the iris.
    """
    cosine = np.clip(cornea @ view, 0.05, 1)
    bent = np.sqrt(1 - _REFRACTION**2 * (1 - cosine**2))
    ray = -_REFRACTION * view + (_REFRACTION * cosine - bent)[:, None] * cornea
    start = cornea * np.float32(CORNEA) + np.array([0, 0, _BULGE], np.float32)
    reach = np.clip((_IRIS_PLANE - start[:, 2]) / np.minimum(ray[:, 2], -0.3), 0, 0.4)
    hit = start + ray * reach[:, None]
    radius = np.hypot(hit[:, 0], hit[:, 1]) / IRIS
    return radius.astype(np.float32), np.arctan2(hit[:, 1], hit[:, 0]).astype(np.float32)


def _parabola(points: Floats) -> NDArray[np.float64]:
    """Fit y over x through four points of a lid; returns coefficients for ``numpy.polyval``."""
    return np.polyfit(points[:, 0], points[:, 1], 2)
