"""The colour of skin from its two pigments: melanin in the epidermis over haemoglobin in the dermis.

Spectra after S. Jacques, "Optical properties of biological tissues: a review" (Phys. Med. Biol. 2013) and S. Prahl's
haemoglobin tables; two layers as in Donner & Jensen, "A spectral BSSRDF for shading human skin" (2006); colour matching
after Wyman et al., "Simple analytic approximations to the CIE XYZ color matching functions" (2013).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from export.synthesis.mesh import Floats

MELANIN = (0.008, 0.42)  # volume fraction of melanosomes in the epidermis: the palest and the darkest skin
HAEMOGLOBIN = (0.0005, 0.12)  # volume fraction of blood in the dermis: pressed pale .. lips
RESOLUTION = 64
EPIDERMIS = 0.0065  # cm of pigmented epidermis that diffuse light crosses, one way
MELANIN_SLOPE = -1.6  # power of the wavelength; flatter than a solution of melanin, as granules shade each other
GRANULES = 0.012  # share of light that the epidermis itself throws back
SATURATION = 0.72  # share of the blood that carries oxygen

# molar extinction of oxygenated and deoxygenated haemoglobin, 1 / (cm M), 400 .. 700 nm every 10 nm
_OXY = np.fromstring(
    "266232 466840 480360 246072 102580 62816 44480 33209 26629 23684 20932 20035 24202 39957 53236 43016 32613 44496 "
    "50104 14401 3200 1506 942 610 442 368 320 294 277 276 290",
    sep=" ",
)
_DEOXY = np.fromstring(
    "223296 303956 407560 528600 413280 103292 23389 16156 14550 16684 20862 25774 31590 39037 46592 53412 53788 45072 "
    "37020 28325 14677 9444 6510 5149 4345 3750 3227 2795 2408 2052 1794",
    sep=" ",
)
_WAVELENGTHS = np.arange(400.0, 701.0, 10.0)
_XYZ_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])


def reflectance_table() -> Floats:
    """Compute the diffuse albedo of skin over both pigments, without the reflection of the surface.

    Returns:
        (RESOLUTION, RESOLUTION, 3) float32 linear RGB over melanin (rows) and haemoglobin (columns); both axes are even
        in the logarithm of the volume fraction, over the ranges ``MELANIN`` and ``HAEMOGLOBIN``.
    """
    melanin = np.geomspace(*MELANIN, RESOLUTION)[:, None, None]
    blood = np.geomspace(*HAEMOGLOBIN, RESOLUTION)[None, :, None]
    baseline = 0.244 + 85.3 * np.exp(-(_WAVELENGTHS - 154) / 66.2)
    epidermis = melanin * 480.0 * (_WAVELENGTHS / 550) ** MELANIN_SLOPE + (1 - melanin) * baseline
    haemoglobin = 2.303 * 150 / 64500 * (SATURATION * _OXY + (1 - SATURATION) * _DEOXY)  # 1 / cm of whole blood
    dermis = blood * haemoglobin + (1 - blood) * baseline
    scattering = 95.0 * (_WAVELENGTHS / 500) ** -1.0
    through = np.exp(-2 * epidermis * EPIDERMIS) * _half_space(scattering, dermis)
    spectrum = GRANULES + (1 - GRANULES) * through
    return np.clip(spectrum @ _sensor(), 0.0, 1.0).astype(np.float32)


def _half_space(scattering: NDArray[np.float64], absorption: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the reflectance of a deep turbid layer with internal reflection at its surface.

    Source: Jensen et al. 2001, eq. 15.
    """
    albedo = scattering / (scattering + absorption)
    inner = (1 + 0.47) / (1 - 0.47)  # internal diffuse reflection of skin against air, n = 1.4
    depth = np.sqrt(3 * (1 - albedo))
    return albedo / 2 * (1 + np.exp(-4 / 3 * inner * depth)) * np.exp(-depth)


def _sensor() -> NDArray[np.float64]:
    """Compute weights (31, 3) that turn a reflectance spectrum into linear RGB; a white spectrum gives 1, 1, 1."""

    def lobe(centre: float, left: float, right: float) -> NDArray[np.float64]:
        slope = np.where(centre > _WAVELENGTHS, left, right)
        return np.exp(-0.5 * ((_WAVELENGTHS - centre) * slope) ** 2)

    x = 0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323) - 0.065 * lobe(501.1, 0.0490, 0.0382)
    y = 0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322)
    z = 1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725)
    rgb = np.stack([x, y, z], axis=1) @ _XYZ_TO_RGB.T
    return np.asarray(rgb / rgb.sum(axis=0))
