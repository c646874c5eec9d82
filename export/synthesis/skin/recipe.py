"""How a subject's style colours each region of the face."""

from __future__ import annotations

import numpy as np

from export.synthesis.mesh import Floats
from export.synthesis.skin.regions import Region
from export.synthesis.skin.style import SkinStyle


def region_pigments(rng: np.random.Generator, style: SkinStyle) -> Floats:
    """Compute what each region adds to the pigments of the whole skin.

    Args:
        rng: random numbers.
        style: what the skin is like.

    Returns:
        (R, 4) float32: melanin, haemoglobin (both on the table's axes 0..1), roughness, carotene.
    """
    flush, shade = style.flush, style.shadows
    even = 1 - 0.7 * style.foundation
    lips = style.lip_depth
    dark = style.melanin
    table: dict[Region, tuple[float, float, float, float]] = {
        Region.NOSE: (0.0, 0.11 * flush, 0.0, 0.0),
        Region.WINGS: (0.02, 0.14 * flush, 0.0, 0.0),
        Region.CHEEKS: (-0.01, 0.13 * flush * float(rng.uniform(0.4, 1.3)), 0.02, -0.01),
        Region.EARS: (0.0, 0.16 * flush, 0.0, 0.0),
        Region.LIDS: (0.05 * shade, 0.06 + 0.08 * shade, 0.03, 0.0),
        Region.RIMS: (-0.02, 0.14, -0.16, 0.0),
        Region.BAGS: (0.05 * shade, 0.10 * shade, 0.0, 0.01),
        Region.SOCKETS: (0.09 * shade, 0.08 * shade, 0.0, 0.0),
        Region.FOREHEAD: (0.01, -0.03, 0.0, 0.03),
        Region.PERIORAL: (0.03 * dark + 0.01, -0.03, 0.02, 0.02),
        Region.CHIN: (0.0, 0.05 * flush, 0.0, 0.0),
        Region.NECK: (0.02, -0.01, 0.03, 0.01),
        Region.ZONE: (0.0, 0.0, -0.11 * style.oil, 0.0),
        Region.LIPS: (
            0.13 * lips * (1 - dark) - 0.02 * dark,
            0.20 * lips + 0.06,
            -0.10 - 0.16 * style.lip_gloss,
            -0.04,
        ),
        Region.BEARD: (0.0, 0.02, 0.02, 0.0),
    }
    result = np.zeros((len(Region), 4), np.float32)
    for region, values in table.items():
        scale = 1.0 if region in (Region.LIPS, Region.RIMS) else even
        result[region] = (values[0] * scale, values[1] * scale, values[2], values[3])
    return result


def region_paints(style: SkinStyle) -> Floats:
    """List the colours that are laid over regions, the bottom one first.

    Args:
        style: what the skin is like.

    Returns:
        (K, 5) float32: index of the region, colour (3) in linear RGB, opacity.
    """
    layers = [
        (Region.CHEEKS, style.blush),
        (Region.CREASE, style.shadow),
        (Region.LIDS, style.shadow),
        (Region.BEARD, style.stubble),
        (Region.BROWS, style.brows),
        (Region.LIPS, style.lipstick),
        (Region.LINER, style.liner),
    ]
    rows = [[region, *paint.colour, paint.opacity] for region, paint in layers if paint.opacity > 0]
    return np.array(rows, np.float32).reshape(-1, 5)
