"""Files that are written whole or not at all, result tables, and the guard against overwriting inputs."""
