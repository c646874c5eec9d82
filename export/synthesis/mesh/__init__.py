"""Triangle meshes: MakeHuman's head, subdivision, baking, rasterisation and solid shapes."""
