"""Print how open eyes and mouth are, how wide and lifted the mouth, how high the brows.

::

    python examples/expression_measures.py photo.jpg
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runtime import Predictor, face_measures, read_image


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each measure of each face."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("picture")
    options = parser.parse_args(arguments)
    image = read_image(options.picture)
    with Predictor() as predictor:
        for index, face in enumerate(predictor(image)):
            measures = face_measures(face)
            for name, value in measures.to_dict().items():
                print(f"face {index}: {name} {value:.3f}")
            smiles = measures.mouth_width > 0.7 and measures.mouth_corner_lift > 0.07
            print(f"face {index}: {'smiles' if smiles else 'does not smile'}")


if __name__ == "__main__":
    main()
