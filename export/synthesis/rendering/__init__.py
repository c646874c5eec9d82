"""The renderer: camera, shading, shadows, strands and the photographic process."""

from export.synthesis.rendering.camera import Camera
from export.synthesis.rendering.photography import photograph
from export.synthesis.rendering.renderer import SUPERSAMPLING, Rendering, Scene, render

__all__ = ["SUPERSAMPLING", "Camera", "Rendering", "Scene", "photograph", "render"]
