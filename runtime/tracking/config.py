"""Settings of the tracker."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from runtime.checks import is_number
from runtime.errors import OptionError
from runtime.tracking.smoothing import SmoothingConfig

_SECONDS = ("detect_every", "keep_lost", "search_every", "search_empty_every", "search_turned_every")
_SHARES = ("max_overlap", "cut", "same_appearance", "return_appearance")
_SIDES = ("max_jump", "return_distance")
_RATIOS = ("max_growth", "replace_growth")
_LOGITS = ("gate_logit", "gate_rise")


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """Settings of tracking, and of when the detector runs.

    Distances are in sides of a face's region of interest. An appearance is a small picture of the face
    (:func:`runtime.pipeline.appearance.appearance`); two are compared by their correlation.

    Attributes:
        detect_every: seconds between two runs of the detector; 0 runs it in every frame. It runs at once after a shot
            cut and when a face is lost. Where no face is tracked, the presence gate runs in every frame, the same
            network at half the input size, and calls the detector at the least sign of a face.
        keep_lost: seconds for which a lost face is searched for more often and may return with its number.
        max_overlap: two faces whose boxes have a higher intersection over union are one, 0..1.
        cut: share of a frame's pixels that change at once where another shot begins, 0..1.
        smoothing: of the points; None gives them as the network does.
        max_jump: distance between where a face was expected and where points were found; beyond it is another face.
        max_growth: ratio of a face's sizes in two frames; beyond it is another face.
        same_appearance: correlation of appearances in two successive frames; below it is another face. At 30 frames
            a second one face stays above 0.95; of pairs of different faces, 96 in 100 lie below the default.
        return_distance: distance from its predicted path within which a lost face may return.
        return_appearance: correlation with the appearance of a face lost in the same shot that makes a new face that
            one; lower than ``same_appearance``, because occluded and turned faces change. After a cut
            ``same_appearance`` counts.
        replace_growth: where ``max_faces`` are tracked, a new face takes the place of the smallest if it is larger by
            this factor; without a margin two people side by side would take turns.
        search_every: seconds between two runs of the detector while a face is lost.
        search_empty_every: the same while no face is tracked and the presence gate sees none.
        search_turned_every: the same for the frame turned by quarter turns, where nothing detected is likely to be a
            face; each costs three runs of the detector.
        gate_logit: logit of the presence gate from which the detector runs. The default, a score of 0.1, is reached
            on all photographs of HELEN and AFW in which the gate finds the face, down to a twentieth of the picture
            (``python -m benchmarks.studies.schedule``).
        gate_rise: by how much the logit must exceed that of the last false alarm.

    Raises:
        OptionError: a value is outside its range.
    """

    detect_every: float = 0.5
    keep_lost: float = 2.0
    max_overlap: float = 0.5
    cut: float = 0.5
    smoothing: SmoothingConfig | None = field(default_factory=SmoothingConfig)
    max_jump: float = 0.35
    max_growth: float = 1.5
    same_appearance: float = 0.65
    return_distance: float = 0.6
    return_appearance: float = 0.3
    replace_growth: float = 1.3
    search_every: float = 0.1
    search_empty_every: float = 0.2
    search_turned_every: float = 1.0
    gate_logit: float = -2.2
    gate_rise: float = 0.5

    def __post_init__(self) -> None:
        # comparisons are written so that NaN fails, too
        for name in (*_SECONDS, *_SIDES):
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value < math.inf):
                unit = "seconds" if name in _SECONDS else "sides of the region"
                raise OptionError(f"{name}={value!r}: a number of {unit} of at least 0 is needed")
        for name in _SHARES:
            value = getattr(self, name)
            if not (is_number(value) and 0 <= value <= 1):
                raise OptionError(f"{name}={value!r} is outside 0..1")
        for name in _RATIOS:
            value = getattr(self, name)
            if not (is_number(value) and 1 <= value < math.inf):
                raise OptionError(f"{name}={value!r}: a ratio of at least 1 is needed")
        for name in _LOGITS:
            value = getattr(self, name)
            if not (is_number(value) and math.isfinite(value)):
                raise OptionError(f"{name}={value!r}: a finite number is needed")
        if self.smoothing is not None and not isinstance(self.smoothing, SmoothingConfig):
            raise OptionError(f"smoothing={self.smoothing!r}: SmoothingConfig(...) is needed, or None for none")
