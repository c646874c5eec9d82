"""Skin: pigments, wrinkles, make-up and relief, painted on a chart of the head."""

from export.synthesis.skin.painter import SkinMaps, SkinPainter
from export.synthesis.skin.pigments import reflectance_table
from export.synthesis.skin.skin import SkinPart, mouth_light, skin_mesh
from export.synthesis.skin.style import sample_skin
from export.synthesis.skin.texture import periodic_noise, sample_bilinear, soft_step

__all__ = [
    "SkinMaps",
    "SkinPainter",
    "SkinPart",
    "mouth_light",
    "periodic_noise",
    "reflectance_table",
    "sample_bilinear",
    "sample_skin",
    "skin_mesh",
    "soft_step",
]
