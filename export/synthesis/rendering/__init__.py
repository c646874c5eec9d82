"""The renderer: camera, shading, shadows, strands and the photographic process."""
