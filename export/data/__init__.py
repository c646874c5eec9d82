"""Training crops of photographs: reading, splitting, cropping, augmenting, pseudo-labels."""

from export.data.augmentation import Jitter, jitter_region
from export.data.contact_sheets import contact_sheet
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
from export.data.face_teachers import OFFSETS as MESH_OFFSETS
from export.data.face_teachers import (
    FaceTeachers,
    TaughtFace,
    compare_teachers,
    format_mesh_offsets,
    measure_offsets,
    teacher_table,
)
from export.data.facemesh_depth import TABLE, format_shifts, measure_shifts
from export.data.labelled_faces import (
    OPEN_LICENSES,
    LabelledFace,
    LabelOrigin,
    LabelTable,
    draw_face_labels,
    held_out,
    load_labelled_faces,
    read_face_labels,
    write_face_labels,
)
from export.data.mesh_labels import add_pseudo_labels, attention_mesh
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
    "MESH_OFFSETS",
    "OPEN_LICENSES",
    "TABLE",
    "Batch",
    "Crop",
    "CropConfig",
    "CropStream",
    "FacePicture",
    "FaceTeachers",
    "Jitter",
    "LabelOrigin",
    "LabelTable",
    "LabelledFace",
    "Photograph",
    "TaughtFace",
    "add_pseudo_labels",
    "attention_mesh",
    "collate",
    "compare_teachers",
    "contact_sheet",
    "draw_face_labels",
    "face_crop",
    "format_mesh_offsets",
    "format_shifts",
    "held_out",
    "holds_photographs",
    "jitter_region",
    "list_frames",
    "load_labelled_faces",
    "load_photographs",
    "load_scenery",
    "measure_offsets",
    "measure_shifts",
    "mirror_crop",
    "mirror_points",
    "negative_crop",
    "points_in_crop",
    "read_face_labels",
    "read_image",
    "split_folder",
    "split_set",
    "teacher_table",
    "write_face_labels",
]
