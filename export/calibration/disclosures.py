"""Numbers that were chosen with annotated photographs although no network has learnt them; model cards list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """One group of such numbers.

    Attributes:
        file: where they are, from the root of the repository.
        names: constants of that module; empty for a table.
        what: what they decide.
        how: what they were measured with.
    """

    file: str
    names: tuple[str, ...]
    what: str
    how: str

    def describe(self) -> str:
        """Describe the calibration for cards, as one sentence without its full stop."""
        names = f", {', '.join(self.names)}" if self.names else ""
        return f"{self.what} ({self.file}{names}), {self.how}"


SYNTHETIC_POINTS = (
    Calibration(
        "export/synthesis/landmarks/offsets.csv",
        (),
        "68 mean offsets from the mesh to the points",
        "measured with a network that had learnt 300-W annotations, and with annotated training photographs",
    ),
    Calibration(
        "export/synthesis/landmarks/contour.py",
        ("LAST_STEP", "START", "LATEST_START"),
        "the rule by which the jaw's points divide the visible outline",
        "chosen to be closest to the annotations of training photographs",
    ),
)
"""They decide where the points of synthetic faces lie, so a network trained on these has learnt them."""

PIPELINE = (
    Calibration(
        "runtime/detection/detection.py",
        ("BLAZEFACE_GEOMETRY", "WIDER_FACE_GEOMETRY"),
        "size and place of the crop against the detector's box",
        "measured on annotated HELEN and AFW photographs",
    ),
    Calibration(
        "runtime/pipeline/selection.py",
        ("MIN_CONFIDENCE",),
        "the confidence below which a detection is no face",
        "chosen on annotated training photographs (`python -m export confidence`)",
    ),
)
"""They are in the code around the networks, whichever is used."""


def list_calibrations(calibrations: Sequence[Calibration]) -> str:
    """Return a Markdown list for cards, a line each."""
    return "\n".join(f"- {item.describe()}." for item in calibrations)


def describe_calibrations(calibrations: Sequence[Calibration]) -> str:
    """Describe several calibrations in one sentence."""
    return ", and ".join(item.describe() for item in calibrations)
