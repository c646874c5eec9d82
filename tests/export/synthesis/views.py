"""Front views of a head and of what it wears."""

from __future__ import annotations

import numpy as np

from export.synthesis.mesh.raster import rasterize, vertex_normals
from export.synthesis.mesh.surface import Fragments, Mesh
from export.synthesis.rendering.camera import Camera

SIZE = 160


def skin_mesh(head, pose):
    """The bare head, posed."""
    vertices = pose.apply(head.vertices, head.assets.vertices).astype(np.float32)
    triangles = head.assets.triangles
    return Mesh(vertices, triangles, vertex_normals(vertices, triangles), np.zeros((len(vertices), 1), np.float32))


def camera_for(head, pose, extent=3.6):
    """Looks at the middle of the face from two metres away."""
    target = pose.rigid(head.landmarks).mean(axis=0) - np.array([0, 0.4, 0])
    return Camera.looking_at(SIZE, 10.0, target.astype(np.float32), np.full(2, SIZE / 2, np.float32), extent)


def seen(head, pose, meshes, extent=3.6):
    """(SIZE, SIZE) int: 0 skin, 1.. the meshes, -1 background; and the depth."""
    everything = [skin_mesh(head, pose), *meshes]
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in everything])
    vertices = np.concatenate([mesh.vertices for mesh in everything])
    triangles = np.concatenate([m.triangles + s for m, s in zip(everything, starts[:-1], strict=True)]).astype(np.int32)
    pixels, depth = camera_for(head, pose, extent).project(vertices)
    nearest, _, buffer = rasterize(pixels, depth, triangles, SIZE, SIZE)
    ends = np.cumsum([len(mesh.triangles) for mesh in everything])
    return np.where(nearest < 0, -1, np.searchsorted(ends, nearest, side="right")), buffer


def hidden_points(head, pose, meshes):
    """(68,) bool: the points that a mesh covers."""
    owner, _ = seen(head, pose, meshes)
    pixels, _ = camera_for(head, pose).project(pose.rigid(head.landmarks).astype(np.float32))
    x, y = np.clip(np.rint(pixels).astype(int), 0, SIZE - 1).T
    return owner[y, x] > 0


def fragments_of(part, count=500):
    """Fragments at the middles of a part's first triangles."""
    mesh = part.mesh
    rows = np.linspace(0, len(mesh.triangles) - 1, min(count, len(mesh.triangles))).astype(int)
    corners = mesh.triangles[rows]
    normal = mesh.normals[corners].mean(axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-6
    return Fragments(
        np.arange(len(rows)),
        mesh.vertices[corners].mean(axis=1),
        normal,
        rows.astype(np.int32),
        mesh.attributes[corners].mean(axis=1),
        0.01,
    )


def draw_until(sample, wanted, *arguments):
    """The first sample for which ``wanted`` is true, over seeds."""
    for seed in range(20000):
        found = sample(np.random.default_rng(seed), *arguments)
        if found is not None and wanted(found):
            return found
    raise AssertionError("no such sample in 20000 seeds")


def check_material(part):
    """The material is one that can be rendered."""
    material = part.material(fragments_of(part))
    assert (material.albedo >= 0).all() and (material.albedo <= 1).all()
    assert np.allclose(np.linalg.norm(material.normal, axis=1), 1, atol=0.01)
    assert (material.roughness >= 0.03).all() and (material.roughness <= 1).all()
    assert (material.occlusion >= 0).all() and (material.occlusion <= 1).all()
    return material
