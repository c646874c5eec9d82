"""How a subject's style colours each region of the face."""

from __future__ import annotations

import numpy as np

from export.synthesis.mesh import Floats
from export.synthesis.skin.regions import REGIONS
from export.synthesis.skin.style import SkinStyle


def region_pigments(rng: np.random.Generator, style: SkinStyle) -> Floats:
    """What each region adds (R, 4): melanin, haemoglobin (both on the table's axes 0..1), roughness, carotene."""
    flush, shade = style.flush, style.shadows
    even = 1 - 0.7 * style.foundation
    lips = style.lip_depth
    dark = style.melanin
    table: dict[str, tuple[float, float, float, float]] = {
        "nose": (0.0, 0.11 * flush, 0.0, 0.0),
        "wings": (0.02, 0.14 * flush, 0.0, 0.0),
        "cheeks": (-0.01, 0.13 * flush * float(rng.uniform(0.4, 1.3)), 0.02, -0.01),
        "ears": (0.0, 0.16 * flush, 0.0, 0.0),
        "lids": (0.05 * shade, 0.06 + 0.08 * shade, 0.03, 0.0),
        "rims": (-0.02, 0.14, -0.16, 0.0),
        "bags": (0.05 * shade, 0.10 * shade, 0.0, 0.01),
        "sockets": (0.09 * shade, 0.08 * shade, 0.0, 0.0),
        "forehead": (0.01, -0.03, 0.0, 0.03),
        "perioral": (0.03 * dark + 0.01, -0.03, 0.02, 0.02),
        "chin": (0.0, 0.05 * flush, 0.0, 0.0),
        "neck": (0.02, -0.01, 0.03, 0.01),
        "zone": (0.0, 0.0, -0.11 * style.oil, 0.0),
        "lips": (0.13 * lips * (1 - dark) - 0.02 * dark, 0.20 * lips + 0.06, -0.10 - 0.16 * style.lip_gloss, -0.04),
        "beard": (0.0, 0.02, 0.02, 0.0),
    }
    result = np.zeros((len(REGIONS), 4), np.float32)
    for name, values in table.items():
        scale = 1.0 if name in ("lips", "rims") else even
        result[REGIONS.index(name)] = (values[0] * scale, values[1] * scale, values[2], values[3])
    return result


def region_paints(style: SkinStyle) -> Floats:
    """Colours laid over regions (K, 5): index of the region, colour (3), opacity; the bottom one first."""
    layers = [
        ("cheeks", style.blush),
        ("crease", style.shadow),
        ("lids", style.shadow),
        ("beard", style.stubble),
        ("brows", style.brows),
        ("lips", style.lipstick),
        ("liner", style.liner),
    ]
    rows = [[REGIONS.index(name), *paint.colour, paint.opacity] for name, paint in layers if paint.opacity > 0]
    return np.array(rows, np.float32).reshape(-1, 5)
