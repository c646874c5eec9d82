"""Triangle meshes: shapes and their operations, subdivision, rasterisation, and the renderer's input types."""

from export.synthesis.mesh.ambient_occlusion import vertex_occlusion
from export.synthesis.mesh.cutting import clip
from export.synthesis.mesh.primitives import ellipsoid, loft, tube
from export.synthesis.mesh.raster import NEAR, interpolate, rasterize, vertex_normals
from export.synthesis.mesh.shapes import (
    Reals,
    Shape,
    Solid,
    border_edges,
    compact,
    extrude,
    merge,
    posed_mesh,
    smooth,
    thicken,
)
from export.synthesis.mesh.subdivision import catmull_clark, subdivide_corners
from export.synthesis.mesh.surface import Floats, Fragments, Lens, Material, Mesh, Part, StrandKind, Strands

__all__ = [
    "NEAR",
    "Floats",
    "Fragments",
    "Lens",
    "Material",
    "Mesh",
    "Part",
    "Reals",
    "Shape",
    "Solid",
    "StrandKind",
    "Strands",
    "border_edges",
    "catmull_clark",
    "clip",
    "compact",
    "ellipsoid",
    "extrude",
    "interpolate",
    "loft",
    "merge",
    "posed_mesh",
    "rasterize",
    "smooth",
    "subdivide_corners",
    "thicken",
    "tube",
    "vertex_normals",
    "vertex_occlusion",
]
