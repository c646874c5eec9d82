"""Photographs with 68 points: reading, splitting, cropping, augmenting."""
