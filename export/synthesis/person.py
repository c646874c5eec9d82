"""One random person with everything grown on and worn, ready to be posed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from export.synthesis.accessories import Glasses, Mask, build_glasses, build_mask, sample_glasses, sample_mask
from export.synthesis.clothing import Outfit, build_clothes, sample_outfit
from export.synthesis.features import EyeStyle, MouthStyle, eyes_part, mouth_part, sample_eyes, sample_mouth
from export.synthesis.hair import Follicles, LashCards, grow_facial_hair, grow_hair, sample_facial_hair, sample_hair
from export.synthesis.head import (
    Expression,
    Head,
    Posing,
    build_head,
    load_assets,
    load_hand,
    sample_expression,
    sample_identity,
)
from export.synthesis.headwear import Headwear, build_headwear, sample_headwear
from export.synthesis.landmarks import mesh_points
from export.synthesis.mesh import Floats, Lens, Part, Strands
from export.synthesis.occluders import Occluder, build_occluder, sample_occluder
from export.synthesis.skin import SkinMaps, SkinPainter, SkinPart, sample_skin, skin_mesh


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, not posed.

    Attributes:
        head: shape and expression.
        strands: brows, lashes, hair, beard; points in the head frame.
        skin: painted maps.
        roots: (V,) how much hair darkens the skin at a vertex, and ``hair`` (3,) its colour, linear RGB.
        haircut: name of the style.
        bearded: there is a beard.
        eyes, mouth, outfit, glasses, headwear, mask, occluder: looks; None where there is nothing.
    """

    head: Head
    strands: tuple[Strands, ...]
    skin: SkinMaps
    roots: Floats
    hair: Floats
    haircut: str
    bearded: bool
    eyes: EyeStyle
    mouth: MouthStyle
    outfit: Outfit
    glasses: Glasses | None
    headwear: Headwear | None
    mask: Mask | None
    occluder: Occluder | None


@dataclass(frozen=True, slots=True)
class Posed:
    """A person in the camera frame: what the renderer draws, and all of the mesh's vertices (V, 3)."""

    vertices: Floats
    parts: list[Part]
    strands: list[Strands]
    lenses: list[Lens]


class Casting:
    """Finds people, and poses them; holds what all of them share."""

    def __init__(self) -> None:
        """Raises FileNotFoundError if the head's data are not installed."""
        self.assets = load_assets()
        self._hand = load_hand()
        self._painter = SkinPainter(self.assets, mesh_points(self.assets, self.assets.vertices))
        self._follicles = Follicles.of(self.assets)
        self._cards = LashCards.of(self.assets)

    def sample(self, rng: np.random.Generator, expression: Expression | None = None) -> Person:
        """Somebody; with ``expression`` instead of a random one, if given."""
        identity = sample_identity(rng, self.assets)
        sampled = sample_expression(rng)
        head = build_head(self.assets, identity, expression or sampled)
        bare = without_habit(head)
        style = sample_hair(rng, identity)
        hair = grow_hair(rng, bare, style, self._follicles)
        facial = grow_facial_hair(rng, bare, sample_facial_hair(rng, identity, style), self._follicles, self._cards)
        skin = self._painter.paint(rng, sample_skin(rng, identity.sex, identity.age, identity.melanin, hair.colour))
        mask = sample_mask(rng)
        strands = [item for item in facial.strands if item.name != "beard" or mask is None]
        if hair.strands is not None:
            strands.append(hair.strands)
        return Person(
            head,
            tuple(strands),
            skin,
            np.maximum(hair.scalp, facial.shadow),
            hair.colour,
            style.name,
            any(item.name == "beard" for item in facial.strands),
            sample_eyes(rng, identity.ancestry, identity.age),
            sample_mouth(rng, identity.age, identity.melanin),
            sample_outfit(rng, identity),
            sample_glasses(rng, identity),
            sample_headwear(rng, identity),
            mask,
            sample_occluder(rng),
        )

    def pose(self, person: Person, posing: Posing) -> Posed:
        """The person turned and dressed, with what is in front of the face."""
        head = without_habit(person.head)
        vertices = posing.apply(head.vertices, self.assets.vertices).astype(np.float32)
        parts: list[Part] = [
            SkinPart(skin_mesh(self.assets, vertices, person.roots), person.skin, posing.head, person.hair),
            eyes_part(head, posing, person.eyes),
            mouth_part(self.assets, vertices, posing.head, person.mouth),
            *build_clothes(person.outfit, head, posing),
        ]
        lenses: list[Lens] = []
        strands = list(person.strands)
        if person.glasses:
            frame, lenses = build_glasses(person.glasses, head, posing)
            parts += frame
        if person.headwear:
            worn = build_headwear(person.headwear, head, posing)
            parts += worn.parts
            strands = [
                _uncovered(item, worn.covers(item.points.reshape(-1, 3)).reshape(item.points.shape[:2]))
                if item.name == "hair"
                else item
                for item in strands
            ]
        if person.mask:
            parts += build_mask(person.mask, head, posing)
        if person.occluder:
            parts += build_occluder(person.occluder, head, posing, self._hand)
        strands = [replace(item, points=posing.rigid(item.points).astype(np.float32)) for item in strands]
        return Posed(vertices, parts, strands, lenses)


def without_habit(head: Head) -> Head:
    """The head with points exactly on its mesh: what is drawn must not move with what annotators call it."""
    return replace(head, landmarks=head.landmarks - head.habit, habit=np.zeros_like(head.habit))


def _uncovered(hair: Strands, covered: np.ndarray) -> Strands:
    """Hairs from where they come out of a hat; those wholly below it are left out."""
    keep = ~covered[:, -1]
    points, covered = hair.points[keep].copy(), covered[keep]
    # the last covered point and all before it move to the first free one
    last = np.where(covered.any(axis=1), covered.shape[1] - 1 - covered[:, ::-1].argmax(axis=1), -1)
    free = np.minimum(last + 1, points.shape[1] - 1)
    below = np.arange(points.shape[1])[None] <= last[:, None]
    points = np.where(below[..., None], points[np.arange(len(points)), free][:, None], points)
    return replace(hair, points=points, width=hair.width[keep], colour=hair.colour[keep], opacity=hair.opacity[keep])
