"""Annotated faces on disk: photographs with 68 points, and rendered faces with exact labels."""

from export.annotations.samples import (
    MIRROR,
    OFFSET,
    PICTURES,
    Sample,
    annotated_folder,
    data_root,
    evenly_spread,
    format_pts,
    list_samples,
    read_pts,
)
from export.annotations.synthetic import SyntheticFace, load_synthetic, read_labels, split_synthetic

__all__ = [
    "MIRROR",
    "OFFSET",
    "PICTURES",
    "Sample",
    "SyntheticFace",
    "annotated_folder",
    "data_root",
    "evenly_spread",
    "format_pts",
    "list_samples",
    "load_synthetic",
    "read_labels",
    "read_pts",
    "split_synthetic",
]
