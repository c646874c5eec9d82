"""Colours of each region of the face from a subject's style."""

from __future__ import annotations

import numpy as np

from export.synthesis.mesh import Floats
from export.synthesis.skin.regions import SkinRegion
from export.synthesis.skin.style import SkinStyle


def region_pigments(rng: np.random.Generator, style: SkinStyle) -> Floats:
    """Compute the pigments that each region adds to those of the whole skin.

    Args:
        rng: random numbers.
        style: style of the skin.

    Returns:
        (R, 4) float32: melanin, haemoglobin (both on the table's axes 0..1), roughness, carotene.
    """
    flush, shade = style.flush, style.shadows
    even = 1 - 0.7 * style.foundation
    lips = style.lip_depth
    dark = style.melanin
    table: dict[SkinRegion, tuple[float, float, float, float]] = {
        SkinRegion.NOSE: (0.0, 0.11 * flush, 0.0, 0.0),
        SkinRegion.WINGS: (0.02, 0.14 * flush, 0.0, 0.0),
        SkinRegion.CHEEKS: (-0.01, 0.13 * flush * float(rng.uniform(0.4, 1.3)), 0.02, -0.01),
        SkinRegion.EARS: (0.0, 0.16 * flush, 0.0, 0.0),
        SkinRegion.LIDS: (0.05 * shade, 0.06 + 0.08 * shade, 0.03, 0.0),
        SkinRegion.RIMS: (-0.02, 0.14, -0.16, 0.0),
        SkinRegion.BAGS: (0.05 * shade, 0.10 * shade, 0.0, 0.01),
        SkinRegion.SOCKETS: (0.09 * shade, 0.08 * shade, 0.0, 0.0),
        SkinRegion.FOREHEAD: (0.01, -0.03, 0.0, 0.03),
        SkinRegion.PERIORAL: (0.03 * dark + 0.01, -0.03, 0.02, 0.02),
        SkinRegion.CHIN: (0.0, 0.05 * flush, 0.0, 0.0),
        SkinRegion.NECK: (0.02, -0.01, 0.03, 0.01),
        SkinRegion.ZONE: (0.0, 0.0, -0.11 * style.oil, 0.0),
        SkinRegion.LIPS: (
            0.13 * lips * (1 - dark) - 0.02 * dark,
            0.20 * lips + 0.06,
            -0.10 - 0.16 * style.lip_gloss,
            -0.04,
        ),
        SkinRegion.BEARD: (0.0, 0.02, 0.02, 0.0),
    }
    result = np.zeros((len(SkinRegion), 4), np.float32)
    for region, values in table.items():
        scale = 1.0 if region in (SkinRegion.LIPS, SkinRegion.RIMS) else even
        result[region] = (values[0] * scale, values[1] * scale, values[2], values[3])
    return result


def region_paints(style: SkinStyle) -> Floats:
    """List the colours that are laid over regions, the bottom one first.

    Args:
        style: style of the skin.

    Returns:
        (K, 5) float32: index of the region, colour (3) in linear RGB, opacity.
    """
    layers = [
        (SkinRegion.CHEEKS, style.blush),
        (SkinRegion.CREASE, style.shadow),
        (SkinRegion.LIDS, style.shadow),
        (SkinRegion.BEARD, style.stubble),
        (SkinRegion.BROWS, style.brows),
        (SkinRegion.LIPS, style.lipstick),
        (SkinRegion.LINER, style.liner),
    ]
    rows = [[region, *paint.colour, paint.opacity] for region, paint in layers if paint.opacity > 0]
    return np.array(rows, np.float32).reshape(-1, 5)
