"""Which format a detector's network has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.detection.anchor_free import AnchorFreeFormat
from runtime.detection.blazeface import BlazeFaceFormat
from runtime.detection.output_format import DetectorFormat
from runtime.detection.yunet import YuNetFormat
from runtime.errors import ModelError

FORMATS: tuple[type[DetectorFormat], ...] = (BlazeFaceFormat, AnchorFreeFormat, YuNetFormat)


def detector_format(inputs: Sequence[str], outputs: Sequence[str], metadata: Mapping[str, str]) -> DetectorFormat:
    """Return the format of a network.

    Args:
        inputs: names.
        outputs: names.
        metadata: of the file.

    Raises:
        ModelError: it is no face detector that is known, or its metadata is damaged.
    """
    for kind in FORMATS:
        if set(inputs) == {kind.INPUT} and set(outputs) == set(kind.OUTPUTS):
            return kind.from_metadata(metadata)
    raise ModelError(
        f"inputs {sorted(inputs)} and outputs {sorted(outputs)} are not a face detector's: BlazeFace has 'image' in, "
        "'regressions' and 'logits' out; this project's own has 'image' in, 'cells' out; YuNet has 'input' in, "
        "'cls_8' to 'kps_32' out"
    )
