"""Triangle meshes: MakeHuman's head, subdivision, baking, rasterisation and solid shapes."""

from export.synthesis.mesh.ambient_occlusion import vertex_occlusion
from export.synthesis.mesh.raster import NEAR, interpolate, rasterize, vertex_normals
from export.synthesis.mesh.solids import (
    Reals,
    Shape,
    Solid,
    border_edges,
    clip,
    compact,
    ellipsoid,
    extrude,
    loft,
    merge,
    posed_mesh,
    smooth,
    thicken,
    tube,
)
from export.synthesis.mesh.subdivision import catmull_clark, subdivide_corners
from export.synthesis.mesh.surface import Floats, Fragments, Lens, Material, Mesh, Part, Strands

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
