"""The landmark models that are released: name, network, licence, and who should take which."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Common properties of models that learnt from the same kind of faces.

    Attributes:
        people: photographs of people may have been trained on; where not, the release checks it.
        license: for the file's metadata and the card.
        short_license, trained_on: the same and the data in a few words, for tables.
        product: may it go into a product, in one word.
        limits: for the card, a sentence each.
    """

    people: bool
    license: str
    short_license: str
    trained_on: str
    product: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One released model.

    Attributes:
        name: of the file, and for ``Predictor(model=...)``; its run is the folder of the same name.
        network: architecture, a key of ``export.networks.landmark_network.CONFIGS``.
        family: where it learnt.
        use: who should take it.
    """

    name: str
    network: str
    family: Family
    use: str


RESEARCH = Family(
    people=True,
    license=(
        "Apache-2.0 for the code and the FaceMesh weights it started from; the training photographs are for research "
        "use only, so use these weights for research, not in a commercial product"
    ),
    short_license="research only: trained on photographs under research terms",
    trained_on="photographs for research use only",
    product="no",
    limits=(
        "z of photographs was taught by FaceMesh, not measured; what it is worth is measured on synthetic faces only.",
        "The training photographs do not represent ages, skin tones and settings evenly; errors by group are measured "
        "on synthetic faces only.",
    ),
)

OPEN = Family(
    people=False,
    license=(
        "Apache-2.0: started from FaceMesh (MediaPipe, Apache-2.0) and trained on synthetic faces (CC0) alone; free to "
        "ship in a product"
    ),
    short_license="Apache-2.0: trained on synthetic faces (CC0) alone",
    trained_on="synthetic faces alone, no person's photograph",
    product="yes",
    limits=(
        "It has learnt from renderings: what they lack it has never seen.",
        "z is exact in training, but that of rendered heads. The synthetic test faces come from the generator that "
        "made the training faces: on them the network looks better than on photographs.",
    ),
)

MODELS = {
    model.name: model
    for model in (
        Model("full", "full", OPEN, "products"),
        Model("trimmed", "trimmed", OPEN, "products on the slowest devices"),
        Model("full-research", "full", RESEARCH, "research and evaluation"),
        Model("trimmed-research", "trimmed", RESEARCH, "research and evaluation on the slowest devices"),
    )
}
