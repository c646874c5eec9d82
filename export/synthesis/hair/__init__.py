"""Hair of the head, brows, lashes and beards."""

from export.synthesis.hair.facial_hair import grow_facial_hair, sample_facial_hair
from export.synthesis.hair.follicles import Follicles
from export.synthesis.hair.hair import grow_hair
from export.synthesis.hair.hair_style import Haircut
from export.synthesis.hair.lashes import LashCards
from export.synthesis.hair.style_odds import sample_hair

__all__ = ["Follicles", "Haircut", "LashCards", "grow_facial_hair", "grow_hair", "sample_facial_hair", "sample_hair"]
