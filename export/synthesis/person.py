"""Random persons with skin, hair, clothes and accessories, and their posing in front of a camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from export.synthesis.accessories import Glasses, Mask, build_glasses, build_mask, sample_glasses, sample_mask
from export.synthesis.clothing import Outfit, build_clothes, sample_outfit
from export.synthesis.features import EyeStyle, MouthStyle, eyes_part, mouth_part, sample_eyes, sample_mouth
from export.synthesis.hair import (
    Follicles,
    Haircut,
    LashCards,
    grow_facial_hair,
    grow_hair,
    sample_facial_hair,
    sample_hair,
)
from export.synthesis.head import (
    Expression,
    Head,
    HeadPose,
    build_head,
    load_assets,
    load_hand,
    sample_expression,
    sample_identity,
)
from export.synthesis.headwear import Headwear, build_headwear, sample_headwear
from export.synthesis.landmarks import mesh_points
from export.synthesis.mesh import Floats, Lens, Part, StrandKind, Strands
from export.synthesis.occluders import Occluder, build_occluder, sample_occluder
from export.synthesis.sampling import Aspect, RandomStreams
from export.synthesis.skin import SkinMaps, SkinPainter, SkinPart, sample_skin, skin_mesh


@dataclass(frozen=True, slots=True)
class Person:
    """A person, not posed.

    Attributes:
        head: shape and expression.
        strands: brows, lashes, hair and beard; points in the head frame, decimetres.
        skin: painted maps.
        roots: (V,) float32 0..1, how much the roots of hairs darken the skin at each vertex.
        hair: (3,) colour of those roots, linear RGB.
        haircut: kind of haircut.
        bearded: whether there is a beard.
        eyes: style of the eyes.
        mouth: style of teeth and tongue.
        outfit: clothes.
        glasses: glasses; None without.
        headwear: headwear; None without.
        mask: mask; None without.
        occluder: occluder in front of the face; None without.
    """

    head: Head
    strands: tuple[Strands, ...]
    skin: SkinMaps
    roots: Floats
    hair: Floats
    haircut: Haircut
    bearded: bool
    eyes: EyeStyle
    mouth: MouthStyle
    outfit: Outfit
    glasses: Glasses | None
    headwear: Headwear | None
    mask: Mask | None
    occluder: Occluder | None


@dataclass(frozen=True, slots=True)
class PosedPerson:
    """A person in the camera frame, as the renderer draws it.

    Attributes:
        vertices: (V, 3) float32, all vertices of the head's mesh, decimetres.
        parts: opaque parts.
        strands: hairs.
        lenses: panes of glasses.
    """

    vertices: Floats
    parts: list[Part]
    strands: list[Strands]
    lenses: list[Lens]


class PersonFactory:
    """A factory that samples and poses people; holds the data that all of them share.

    Attributes:
        assets: the head's mesh.
    """

    def __init__(self) -> None:
        """Load the shared data.

        Raises:
            FileNotFoundError: the package with the head's data is not installed.
        """
        self.assets = load_assets()
        self._hand = load_hand()
        self._painter = SkinPainter(self.assets, mesh_points(self.assets, self.assets.vertices))
        self._follicles = Follicles.from_assets(self.assets)
        self._cards = LashCards.from_assets(self.assets)

    def sample(self, streams: RandomStreams, expression: Expression | None = None) -> Person:
        """Sample a person.

        Args:
            streams: random numbers; each aspect of the person has its own.
            expression: expression of the face; None for a random one.

        Returns:
            The person, not posed.
        """
        identity = sample_identity(streams[Aspect.IDENTITY], self.assets)
        head = build_head(self.assets, identity, expression or sample_expression(streams[Aspect.EXPRESSION]))
        bare = without_annotator_offsets(head)
        rng = streams[Aspect.HAIR]
        style = sample_hair(rng, identity)
        hair = grow_hair(rng, bare, style, self._follicles)
        rng = streams[Aspect.FACIAL_HAIR]
        facial = grow_facial_hair(rng, bare, sample_facial_hair(rng, identity, style), self._follicles, self._cards)
        rng = streams[Aspect.SKIN]
        skin = self._painter.paint(rng, sample_skin(rng, identity.sex, identity.age, identity.melanin, hair.colour))
        mask = sample_mask(streams[Aspect.MASK])
        strands = [item for item in facial.strands if item.kind != StrandKind.BEARD or mask is None]
        if hair.strands is not None:
            strands.append(hair.strands)
        return Person(
            head,
            tuple(strands),
            skin,
            np.maximum(hair.scalp, facial.shadow),
            hair.colour,
            style.name,
            any(item.kind == StrandKind.BEARD for item in facial.strands),
            sample_eyes(streams[Aspect.EYES], identity.ancestry, identity.age),
            sample_mouth(streams[Aspect.MOUTH], identity.age, identity.melanin),
            sample_outfit(streams[Aspect.CLOTHING], identity),
            sample_glasses(streams[Aspect.GLASSES], identity),
            sample_headwear(streams[Aspect.HEADWEAR], identity),
            mask,
            sample_occluder(streams[Aspect.OCCLUDER]),
        )

    def pose(self, person: Person, pose: HeadPose) -> PosedPerson:
        """Turn and dress a person, and put the occluder in front of the face.

        Args:
            person: a person of :meth:`sample`.
            pose: pose of the head.

        Returns:
            Everything to draw, in the camera frame.
        """
        head = without_annotator_offsets(person.head)
        vertices = pose.apply(head.vertices, self.assets.vertices).astype(np.float32)
        parts: list[Part] = [
            SkinPart(skin_mesh(self.assets, vertices, person.roots), person.skin, pose.head, person.hair),
            eyes_part(head, pose, person.eyes),
            mouth_part(self.assets, vertices, pose.head, person.mouth),
            *build_clothes(person.outfit, head, pose),
        ]
        lenses: list[Lens] = []
        strands = list(person.strands)
        if person.glasses:
            frame, lenses = build_glasses(person.glasses, head, pose)
            parts += frame
        if person.headwear:
            headwear = build_headwear(person.headwear, head, pose)
            parts += headwear.parts
            strands = [
                _uncovered(item, headwear.covers(item.points.reshape(-1, 3)).reshape(item.points.shape[:2]))
                if item.kind == StrandKind.HAIR
                else item
                for item in strands
            ]
        if person.mask:
            parts += build_mask(person.mask, head, pose)
        if person.occluder:
            parts += build_occluder(person.occluder, head, pose, self._hand)
        strands = [replace(item, points=pose.rigid(item.points).astype(np.float32)) for item in strands]
        return PosedPerson(vertices, parts, strands, lenses)


def without_annotator_offsets(head: Head) -> Head:
    """Return the head with landmarks exactly on its mesh, as pictures must not depend on the annotators' offsets."""
    offsets = head.annotator_offsets
    return replace(head, landmarks=head.landmarks - offsets, annotator_offsets=np.zeros_like(offsets))


def _uncovered(hair: Strands, covered: np.ndarray) -> Strands:
    """Cut hairs to the part outside a hat; completely covered ones are left out.

    Args:
        hair: N hairs of K points.
        covered: (N, K) bool, the points below the hat.

    Returns:
        The hairs that are seen; their covered points are moved to the first free one.
    """
    keep = ~covered[:, -1]
    points, covered = hair.points[keep].copy(), covered[keep]
    # the last covered point and all before it move to the first free one
    last = np.where(covered.any(axis=1), covered.shape[1] - 1 - covered[:, ::-1].argmax(axis=1), -1)
    free = np.minimum(last + 1, points.shape[1] - 1)
    below = np.arange(points.shape[1])[None] <= last[:, None]
    points = np.where(below[..., None], points[np.arange(len(points)), free][:, None], points)
    return replace(hair, points=points, width=hair.width[keep], colour=hair.colour[keep], opacity=hair.opacity[keep])
