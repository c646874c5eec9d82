"""Training crops of photographs: reading, splitting, cropping, augmenting, pseudo-labels."""

from export.data.augmentation import Jitter, jitter_region
from export.data.crops import (
    Batch,
    Crop,
    CropConfig,
    CropStream,
    FacePicture,
    collate,
    face_crop,
    mirror_crop,
    mirror_points,
    negative_crop,
    points_in_crop,
)
from export.data.facemesh_depth import TABLE, format_shifts, measure_shifts
from export.data.mesh_labels import add_pseudo_labels
from export.data.photographs import (
    Photograph,
    holds_photographs,
    list_frames,
    load_photographs,
    read_image,
    split_folder,
    split_set,
)
from export.data.scenery import load_scenery

__all__ = [
    "TABLE",
    "Batch",
    "Crop",
    "CropConfig",
    "CropStream",
    "FacePicture",
    "Jitter",
    "Photograph",
    "add_pseudo_labels",
    "collate",
    "face_crop",
    "format_shifts",
    "holds_photographs",
    "jitter_region",
    "list_frames",
    "load_photographs",
    "load_scenery",
    "measure_shifts",
    "mirror_crop",
    "mirror_points",
    "negative_crop",
    "points_in_crop",
    "read_image",
    "split_folder",
    "split_set",
]
