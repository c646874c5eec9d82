"""Inside of the mouth: teeth of individual width and shade, gums that curve over each of them, and a tongue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from export.synthesis.head import Group, HeadAssets
from export.synthesis.mesh import Floats, Fragments, Material, Mesh, vertex_normals
from export.synthesis.skin import mouth_light, periodic_noise, sample_bilinear, soft_step

REST = slice(0, 3)  # attributes: position on the rest head
JAW = 3  # 0 upper teeth, 1 lower teeth, 2 tongue

# widths in millimetres from the middle outwards (Wheeler's dental anatomy)
_WIDTHS = np.array([[8.5, 6.5, 7.5, 7.0, 7.0, 10.0, 9.0], [5.0, 5.5, 7.0, 7.0, 7.0, 11.0, 10.5]]) / 100
_ARCH = (0.335, 0.46, 0.92)  # half width and depth of the arch, and the z of its ends, decimetres
_GUM = (6.815, 6.600)  # y of the gum at the middle of a front tooth, rest head
_EDGE = (6.715, 6.715)  # y where the teeth end
_SEED = 32


@dataclass(frozen=True, slots=True)
class MouthStyle:
    """A subject's teeth, gums and tongue; colours are linear RGB.

    Attributes:
        enamel: (3,) colour of the teeth.
        gum: (3,) colour of the gums.
        tongue: (3,) colour of the tongue.
        shades: (2, 14) brightness of each tooth, upper and lower, from the subject's right to the left.
        widths: (2, 7) decimetres, from the middle outwards.
        gaps: how dark the lines between teeth are, 0..1.
        recession: decimetres by which the gum has withdrawn.
    """

    enamel: Floats
    gum: Floats
    tongue: Floats
    shades: Floats
    widths: Floats
    gaps: float
    recession: float


def sample_mouth(rng: np.random.Generator, age: float, melanin: float) -> MouthStyle:
    """Sample a plausible mouth: older teeth are yellower and longer, gums of dark skins are browner.

    Args:
        rng: random numbers.
        age: years.
        melanin: 0 palest .. 1 darkest skin.
    """
    old = float(np.clip((age - 20) / 60, 0, 1))
    yellow = float(rng.uniform(0.05, 0.30)) + 0.20 * old
    bright = float(rng.uniform(0.60, 0.82)) - 0.08 * old
    enamel = bright * np.array([1.0, 0.90 - 0.2 * yellow, 0.74 - 0.6 * yellow])
    gum = np.array([0.40, 0.155, 0.145]) * (1 - np.array([0.35, 0.25, 0.2]) * melanin) * np.exp(rng.normal(0, 0.06))
    tongue = np.array([0.40, 0.15, 0.145]) * np.exp(rng.normal(0, 0.08, 3))
    return MouthStyle(
        enamel.astype(np.float32),
        gum.astype(np.float32),
        tongue.astype(np.float32),
        (1 - np.abs(rng.normal(0, 0.05 + 0.04 * old, (2, 14)))).astype(np.float32),
        (_WIDTHS * np.exp(rng.normal(0, 0.05, _WIDTHS.shape))).astype(np.float32),
        float(rng.uniform(0.3, 0.75)),
        0.025 * old * float(rng.uniform(0, 1)),
    )


@dataclass(frozen=True, slots=True)
class MouthPart:
    """Teeth and tongue.

    Attributes:
        mesh: attributes (V, 4) are the position on the rest head and 0, 1, 2 for upper teeth, lower teeth, tongue.
        style: colours and widths.
        head: (3, 3) rotation from the head frame into the camera frame.
    """

    mesh: Mesh
    style: MouthStyle
    head: Floats

    @property
    def name(self) -> str:
        """Always ``"mouth"``."""
        return "mouth"

    def material(self, fragments: Fragments) -> Material:
        """Compute the material of teeth, gums and tongue."""
        rest, jaw = fragments.attributes[:, REST], np.rint(fragments.attributes[:, JAW])
        albedo, normal = np.empty_like(rest), fragments.normal.copy()
        roughness = np.empty(len(rest), np.float32)
        for which in (0, 1):
            rows = jaw == which
            albedo[rows], normal[rows], roughness[rows] = self._teeth(which, rest[rows], normal[rows])
        rows = jaw == 2
        fade = np.float32(np.clip(1.5 - fragments.footprint * 700 / 3, 0, 1))  # papillae below a pixel are noise
        albedo[rows], normal[rows], roughness[rows] = self._tongue(rest[rows], normal[rows], fade)
        light = mouth_light(rest)
        n = len(rest)
        return Material(
            np.clip(albedo * (0.5 + 0.5 * light)[:, None], 0.004, 0.8).astype(np.float32),
            normal.astype(np.float32),
            roughness,
            np.full(n, 0.02, np.float32),  # wet, but the lips occlude most of the surroundings
            np.full(n, 0.6, np.float32),
            (0.75 + 0.25 * light).astype(np.float32),
            np.zeros((n, 3), np.float32),
        )

    def _teeth(self, jaw: int, rest: Floats, normal: Floats) -> tuple[Floats, Floats, Floats]:
        style = self.style
        place, tangent = _along_arch(rest)
        ends = np.cumsum(style.widths[jaw])
        tooth = np.minimum(np.searchsorted(ends, np.abs(place)), 6)
        width = style.widths[jaw][tooth]
        across = (np.abs(place) - (ends - style.widths[jaw])[tooth]) / width  # 0 towards the middle .. 1 outwards
        inside = 2 * np.minimum(across, 1 - across)  # 0 at the sides .. 1 in the middle
        towards_gum = np.float32(1 if jaw == 0 else -1)
        gum_line = _GUM[jaw] + towards_gum * (
            style.recession - 0.022 * (1 - inside) ** 2 + 0.012 * np.isin(tooth, (0, 2))
        )
        covered = soft_step(towards_gum * (rest[:, 1] - gum_line), -0.006, 0.006)[:, None]
        near_edge = soft_step(towards_gum * (rest[:, 1] - _EDGE[jaw]), 0.06, 0.0)
        # the corners of teeth are round: the line between two of them opens towards the edge
        line = np.exp(-((np.minimum(across, 1 - across) * width / (0.0025 + 0.0035 * near_edge)) ** 2))
        shade = style.shades[jaw][np.where(place < 0, 6 - tooth, 7 + tooth)]
        neck = soft_step(np.abs(rest[:, 1] - gum_line), 0.05, 0.0)[:, None]  # dentine shines through near the gum
        enamel = style.enamel * shade[:, None] * (1 - neck * np.array([0.06, 0.14, 0.26], np.float32))
        enamel = enamel * (
            1 - np.array([0.30, 0.18, 0.10], np.float32) * 0.35 * near_edge[:, None]
        )  # the edge is glassy
        enamel = enamel * (1 - np.array([0.75, 0.9, 0.95], np.float32) * (style.gaps * line)[:, None])
        albedo = enamel * (1 - covered) + style.gum * covered
        bow = np.sign(place) * (across - 0.5) * 0.9 * (1 - 0.6 * covered[:, 0])
        bent = normal + (tangent @ self.head.T) * bow[:, None]
        bent /= np.linalg.norm(bent, axis=1, keepdims=True)
        return albedo, bent, (0.34 + 0.04 * covered[:, 0]).astype(np.float32)

    def _tongue(self, rest: Floats, normal: Floats, fade: np.float32) -> tuple[Floats, Floats, Floats]:
        bumps = sample_bilinear(_papillae(), (rest[:, [0, 2]] * 700).astype(np.float32), True) * fade
        groove = np.exp(-((rest[:, 0] / 0.018) ** 2))
        albedo = self.style.tongue * (1 + 0.09 * bumps[:, 2:3]) * (1 - 0.25 * groove[:, None])
        tilt = np.column_stack([bumps[:, 0], np.zeros(len(rest), np.float32), bumps[:, 1]])
        bent = normal - 0.10 * tilt @ self.head.T
        bent /= np.linalg.norm(bent, axis=1, keepdims=True)
        return albedo, bent, np.full(len(rest), 0.34, np.float32)


def mouth_part(assets: HeadAssets, vertices: Floats, head: Floats, style: MouthStyle) -> MouthPart:
    """Make teeth and tongue of a posed head.

    Args:
        assets: the head's mesh.
        vertices: (V, 3) all of the assets' vertices, posed, camera frame.
        head: (3, 3) rotation from the head frame into the camera frame.
        style: colours and widths.
    """
    groups = (Group.UPPER_TEETH, Group.LOWER_TEETH, Group.TONGUE)
    mine = np.isin(assets.group, groups)
    rows, inverse = np.unique(assets.triangles[mine], return_inverse=True)
    triangles = inverse.reshape(-1, 3).astype(np.int32)
    attributes = np.empty((len(rows), 4), np.float32)
    attributes[:, REST] = assets.vertices[rows]
    attributes[triangles.reshape(-1), JAW] = np.repeat(assets.group[mine] - Group.UPPER_TEETH, 3)
    posed = np.ascontiguousarray(vertices[rows], np.float32)
    return MouthPart(Mesh(posed, triangles, vertex_normals(posed, triangles), attributes), style, head)


def _along_arch(rest: Floats) -> tuple[Floats, Floats]:
    """Project points (N, 3) onto the dental arch.

    Returns:
        Arc length (N,) from the middle, positive to the subject's left, and direction (N, 3) of the arch.
    """
    half, depth, end = _ARCH
    angle = np.arctan2(rest[:, 0] / half, np.maximum(rest[:, 2] - end, 1e-3) / depth)
    steps = np.linspace(0, math.pi / 2, 65)
    pieces = np.hypot(half * np.cos(steps), depth * np.sin(steps))
    lengths = np.concatenate([[0], np.cumsum((pieces[1:] + pieces[:-1]) / 2) * (steps[1] - steps[0])])
    place = np.sign(angle) * np.interp(np.abs(angle), steps, lengths)
    tangent = np.column_stack([half * np.cos(angle), np.zeros(len(angle)), -depth * np.sin(angle)])
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return place.astype(np.float32), tangent.astype(np.float32)


@lru_cache(maxsize=1)
def _papillae() -> Floats:
    """Make slopes and height of the tongue's rough surface, (256, 256, 3), which repeat."""
    height = periodic_noise(np.random.default_rng(_SEED), (2.2, 2.2), (256, 256))
    across, down = np.roll(height, -1, 1) - np.roll(height, 1, 1), np.roll(height, -1, 0) - np.roll(height, 1, 0)
    return np.ascontiguousarray(np.stack([across, down, height], -1), np.float32)
