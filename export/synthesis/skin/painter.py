"""Painting of one subject's skin on the chart: albedo, gloss, scattering and relief."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from export.synthesis.head import HeadAssets
from export.synthesis.mesh import Floats
from export.synthesis.skin.chart import HEIGHT, TEXELS, WIDTH, locate
from export.synthesis.skin.pigments import reflectance_table
from export.synthesis.skin.recipe import region_paints, region_pigments
from export.synthesis.skin.regions import SkinRegion, region_masks
from export.synthesis.skin.style import SkinStyle
from export.synthesis.skin.texture import periodic_noise
from export.synthesis.skin.wrinkles import wrinkle_map

_SEED = 20060712  # of the noise that all skins share
_NOISES = {  # size of the grains down and across, decimetres
    "blotch": (0.16, 0.16),
    "mottle": (0.055, 0.055),
    "fine": (0.020, 0.020),
    "grain": (0.008, 0.008),
    "creases": (0.060, 0.009),  # of the lips
    "hairs": (0.011, 0.006),
}


@dataclass(frozen=True, slots=True)
class SkinMaps:
    """A painted skin, which any number of pictures can share.

    Attributes:
        chart: (HEIGHT, WIDTH, 8) float32: albedo (3, linear RGB), roughness, scattering, specular reflectance, and the
            slopes of the relief across and down, decimetres per texel.
        relief: strength of the pores.
        sweat: 0 dry .. 1 wet.
    """

    chart: Floats
    relief: float
    sweat: float


class SkinPainter:
    """A painter of skins; data that all skins share are computed once."""

    def __init__(self, assets: HeadAssets, landmarks: Floats) -> None:
        """Compute masks of the face's regions, the table of pigments and the noise.

        Args:
            assets: the head's mesh.
            landmarks: (68, 3) points on the rest head, ``assets.vertices``.
        """
        self._points = locate(landmarks.astype(np.float32))[0]
        self._regions = region_masks(assets, landmarks)
        self._table = reflectance_table()
        rng = np.random.default_rng(_SEED)
        fields = [
            periodic_noise(rng, (down * TEXELS, across * TEXELS), (HEIGHT, WIDTH)) for down, across in _NOISES.values()
        ]
        self._noise = np.ascontiguousarray(np.stack(fields, axis=-1))

    def paint(self, rng: np.random.Generator, style: SkinStyle) -> SkinMaps:
        """Paint a new skin.

        Args:
            rng: random numbers.
            style: style of the skin.
        """
        creases, relief = wrinkle_map(rng, self._points, style.wrinkles)
        spots = self._spots(rng, style)
        start = np.array([rng.integers(HEIGHT), rng.integers(WIDTH)])
        chart, height = _paint(
            self._regions,
            self._noise,
            self._table,
            region_pigments(rng, style),
            region_paints(style),
            creases,
            relief,
            spots,
            np.array(
                [
                    style.melanin,
                    style.blood,
                    style.mottle * (1 - 0.6 * style.foundation),
                    style.freckles,
                    style.spots,
                    style.relief,
                    style.lip_gloss,
                    style.foundation,
                    style.carotene,
                ],
                np.float32,
            ),
            start,
        )
        _slopes(height, chart)
        return SkinMaps(chart, style.relief, style.sweat)

    def _spots(self, rng: np.random.Generator, style: SkinStyle) -> NDArray[np.uint8]:
        """Draw moles and pimples, (HEIGHT, WIDTH, 2) uint8."""
        spots = np.zeros((HEIGHT, WIDTH, 2), np.uint8)
        low, high = self._points[:, 0].min(), self._points[:, 0].max()
        for channel, count, smallest, largest in ((0, style.moles, 0.006, 0.022), (1, style.blemishes, 0.012, 0.026)):
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            for _ in range(count):
                place = rng.uniform([low - 60, 120], [high + 60, HEIGHT - 60])
                axes = rng.uniform(smallest, largest) * TEXELS * 8 * rng.uniform(0.75, 1.25, 2)
                colour = int(rng.uniform(90, 255))
                cv2.ellipse(
                    mask,
                    np.round(place * 8).astype(int).tolist(),
                    np.round(axes).astype(int).tolist(),
                    float(rng.uniform(0, 180)),
                    0,
                    360,
                    colour,
                    -1,
                    cv2.LINE_AA,
                    3,
                )
            if count:
                spots[..., channel] = cv2.GaussianBlur(mask, (0, 0), 0.004 * TEXELS * (1 + 2 * channel))
        return spots


# plain numbers, for numba
_LIPS, _FACE, _BEARD, _BROWS = int(SkinRegion.LIPS), int(SkinRegion.FACE), int(SkinRegion.BEARD), int(SkinRegion.BROWS)
_NOSE, _CHEEKS = int(SkinRegion.NOSE), int(SkinRegion.CHEEKS)


@njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _paint(
    regions: NDArray[np.uint8],
    noise: Floats,
    table: Floats,
    coefficients: Floats,
    paints: Floats,
    creases: Floats,
    relief: Floats,
    spots: NDArray[np.uint8],
    style: Floats,
    start: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Paint all texels in one pass.

    Args:
        regions: (H, W, R) uint8 masks.
        noise: (H, W, 6) tiling noise.
        table: (64, 64, 3) albedo over melanin and haemoglobin.
        coefficients: (R, 4) what each region adds.
        paints: (K, 5) colours laid over regions.
        creases: (H, W) 0..1.
        relief: (H, W) decimetres.
        spots: (H, W, 2) moles and pimples.
        style: (9,) numbers of the style.
        start: (2,) shift of the noise.

    Returns:
        The chart (H, W, 8), slopes still zero, and the height (H, W) in decimetres.
    """
    height, width, count = regions.shape
    chart = np.zeros((height, width, 8), np.float32)
    bumps = np.empty((height, width), np.float32)
    last = table.shape[0] - 1
    melanin0, blood0, mottle, freckles, age_spots, rough, lip_gloss, foundation, carotene = style
    even = 1 / (1 + 1.6 * melanin0)  # the same share of pigment is more visible in dark skin
    for y in range(height):
        for x in range(width):
            n = noise[(y + start[0]) % height, (x + start[1]) % width]
            m, h, r, c = melanin0, blood0, np.float32(0.545), carotene
            for k in range(count):
                if regions[y, x, k]:
                    w = regions[y, x, k] * np.float32(1 / 255)
                    m += w * coefficients[k, 0]
                    h += w * coefficients[k, 1]
                    r += w * coefficients[k, 2]
                    c += w * coefficients[k, 3]
            lips, face = regions[y, x, _LIPS] * np.float32(1 / 255), regions[y, x, _FACE] * np.float32(1 / 255)
            skin = 1 - lips
            m += mottle * even * skin * (0.018 * n[0] + 0.012 * n[1] + 0.013 * n[2] + 0.010 * n[3])
            h += mottle * even * (0.030 * n[0] + skin * (0.028 * n[1] + 0.022 * n[2]) + 0.022 * n[3])
            if freckles > 0:
                where = 0.35 * face + (regions[y, x, _NOSE] + regions[y, x, _CHEEKS]) * np.float32(0.7 / 255)
                dots = min(max((n[3] + 0.8 * n[2] + 0.3 * n[0] - 1.6) * 1.1, 0.0), 1.0)
                m += 0.32 * even * min(where, 1.0) * freckles * dots * skin
            if age_spots > 0:
                m += 0.12 * even * age_spots * min(max((n[1] + 0.5 * n[0] - 1.9) * 1.5, 0.0), 1.0) * skin
            crease = creases[y, x]
            mole, pimple = spots[y, x, 0] * np.float32(1 / 255) * skin, spots[y, x, 1] * np.float32(1 / 255) * skin
            m += even * (0.09 * crease + mole * 0.45)
            h += 0.08 * crease + pimple * 0.13 + 0.03 * lips * n[4]
            a, b = min(max(m, 0.0), 1.0) * last, min(max(h, 0.0), 1.0) * last
            i, j = min(int(a), last - 1), min(int(b), last - 1)
            a -= i
            b -= j
            for k in range(3):
                value = (table[i, j, k] * (1 - b) + table[i, j + 1, k] * b) * (1 - a)
                chart[y, x, k] = value + (table[i + 1, j, k] * (1 - b) + table[i + 1, j + 1, k] * b) * a
            chart[y, x, 1] *= 1 - np.float32(0.12) * c
            chart[y, x, 2] *= 1 - c
            hidden = np.float32(0.0)
            for p in range(paints.shape[0]):
                region = int(paints[p, 0])
                w = regions[y, x, region] * np.float32(1 / 255) * paints[p, 4]
                if w == 0:
                    continue
                if region == _BEARD:
                    w *= min(max(0.75 + 0.32 * n[5] + 0.15 * n[1], 0.0), 1.2)
                if region in (_BEARD, _BROWS):
                    hidden += w
                w = min(w, 0.97)
                for k in range(3):
                    laid = paints[p, 1 + k]
                    if region in (_BEARD, _BROWS):
                        laid = min(laid, 0.8 * chart[y, x, k])  # hairs shade skin that is darker than they are
                    chart[y, x, k] += (laid - chart[y, x, k]) * w
            chart[y, x, 3] = min(max(r + 0.03 * n[1] + 0.03 * n[2] + 0.08 * foundation * skin, 0.12), 0.9)
            chart[y, x, 4] = max(1 - 0.6 * hidden - 0.25 * lips, 0.2)
            chart[y, x, 5] = 0.028 + 0.014 * lips * lip_gloss
            wave = skin * (0.0012 * n[1] + 0.0009 * n[2] + 0.00026 * n[3]) - lips * 0.0022 * max(n[4] - 0.2, 0.0)
            bumps[y, x] = rough * wave + relief[y, x] + 0.008 * mole + 0.006 * pimple
    return chart, bumps


@njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]
def _slopes(bumps: Floats, chart: Floats) -> None:
    """Write central differences of the height into the chart's last two channels."""
    height, width = bumps.shape
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            chart[y, x, 6] = (bumps[y, (x + 1) % width] - bumps[y, x - 1]) * np.float32(0.5)
            chart[y, x, 7] = (bumps[below, x] - bumps[above, x]) * np.float32(0.5)
