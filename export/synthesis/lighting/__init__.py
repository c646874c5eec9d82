"""Light and surroundings: environment maps, lamps, backgrounds."""
