"""The scalp: hairline, combing directions and the point where hair is tied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.synthesis.hair.follicles import Roots
from export.synthesis.hair.hair_style import HairStyle
from export.synthesis.head import Head
from export.synthesis.mesh import Floats

# The hairline on the rest head: height (decimetres) over the angle from the front round the vertical axis at z = 0.45:
# forehead, corner, temple, sideburn, over the ear, behind it, nape.
_ANGLES = [0.0, 0.3, 0.55, 0.75, 0.9, 1.05, 1.2, 1.33, 1.45, 1.75, 1.95, 2.2, 2.6, 3.15]
_HEIGHTS = [7.91, 7.92, 7.88, 7.77, 7.62, 7.46, 7.30, 7.20, 7.42, 7.42, 7.12, 6.92, 6.72, 6.68]
_AXIS = 0.45
_CROWN = np.array([0.1, 8.3, -0.15], np.float32)  # the whorl that hair grows away from


def scalp_density(rest: Floats, style: HairStyle) -> Floats:
    """Compute how hairy the scalp is, not taking the ears into account.

    Args:
        rest: (N, 3) points of the rest head.
        style: shape of the hair.

    Returns:
        (N,) float32 0..1.
    """
    inside = np.clip(hairline_margin(rest, style) / 0.05, 0, 1)
    if style.baldness > 0:
        # from the front to the crown; what stays is a horseshoe
        distance = np.linalg.norm((rest - [0.0, 8.35, 0.5]) * [1.0, 0.6, 0.7], axis=1)
        inside = inside * np.clip((distance - 0.3 - 0.5 * style.baldness) / 0.25, 0.01, 1)
    return np.asarray(inside, np.float32)


def hairline_margin(rest: Floats, style: HairStyle) -> Floats:
    """Compute the height of points above the hairline.

    Args:
        rest: (N, 3) points of the rest head.
        style: shape of the hair.

    Returns:
        (N,) float32 decimetres, negative below the hairline.
    """
    angle = np.abs(np.arctan2(rest[:, 0], rest[:, 2] - _AXIS))
    line = np.interp(angle, _ANGLES, _HEIGHTS)
    # it recedes first at the corners of the forehead
    corner = np.exp(-(((angle - 0.6) / 0.35) ** 2))
    front = np.clip((0.8 - angle) / 0.4, 0, 1)
    line = line + front * style.hairline + style.recession * (0.24 * corner + 0.2 * front)
    line = line + np.where(angle > 1.0, style.nape, 0.0) * (angle > 2.0)
    # ragged: slow waves along the line
    return np.asarray(
        rest[:, 1] - line - 0.02 * np.sin(9 * angle + style.seed) - 0.012 * np.sin(23 * angle), np.float32
    )


def tie_point(head: Head, style: HairStyle) -> Floats:
    """Find where hair is tied (3,), a little behind the skin."""
    assert style.tie is not None
    near = ((head.assets.vertices - [0.0, style.tie, -0.6]) ** 2).sum(axis=1).argmin()
    return np.asarray(head.vertices[near] + 0.06 * head.normals[near], np.float32)


def comb(rng: np.random.Generator, roots: Roots, style: HairStyle, front: Floats, top: Floats) -> Floats:
    """Compute the combing directions of hairs along the skin.

    Args:
        rng: random numbers.
        roots: N roots.
        style: shape of the hair.
        front: (N,) 0..1, how far above the forehead a root is.
        top: (N,) 0..1, how far on top of the head a root is.

    Returns:
        (N, 3) float32 unit vectors.
    """
    rest = roots.rest
    away = rest - _CROWN
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-6
    away[:, 1] -= 0.4 * (1 - top)
    flow = away * style.radial
    flow[:, 2] += style.forward * top
    flow[:, 2] -= 0.35 * style.back_sweep * (1 - top)
    flow[:, 2] -= style.back_sweep * top
    flow[:, 1] -= 0.6 * (1 - top)
    if style.part is not None:
        flow[:, 2] -= 1.1 * front  # otherwise it would fall over the forehead
        side = np.tanh((rest[:, 0] - style.part) / 0.04)
        flow[:, 0] += side * style.lateral * np.clip(top + 0.3, 0, 1)
    if style.fringe is not None:
        flow += front[:, None] * (np.array([0.25 * style.fringe_side, -0.4, 1.6]) - 0.6 * flow)
    flow += _wander(rng, rest) * style.mess
    flow += rng.normal(0, 0.04 + 0.1 * style.mess, flow.shape)
    flow -= roots.normal * (flow * roots.normal).sum(axis=1, keepdims=True)
    return np.asarray(flow / (np.linalg.norm(flow, axis=1, keepdims=True) + 1e-6), np.float32)


def _wander(rng: np.random.Generator, rest: Floats) -> NDArray[np.float64]:
    """Make a smooth random direction (N, 3) that changes over some centimetres of the scalp."""
    waves = rng.normal(0, 1, (3, 4, 3)) * 5.0
    phase = rng.uniform(0, 2 * np.pi, (3, 4))
    return np.stack([np.sin(rest @ waves[c].T + phase[c]).sum(axis=1) * 0.5 for c in range(3)], axis=1)


def smooth_step(x: Floats, low: float, high: float) -> Floats:
    """Step smoothly from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
