"""Folders of synthetic faces on disk, and contact sheets of them."""

from export.synthesis.dataset.contact_sheet import TILES, read_faces, sample_faces, write_sheet
from export.synthesis.dataset.dataset import read_settings, write_dataset
from export.synthesis.dataset.files import encode, write_npz

__all__ = [
    "TILES",
    "encode",
    "read_faces",
    "read_settings",
    "sample_faces",
    "write_dataset",
    "write_npz",
    "write_sheet",
]
