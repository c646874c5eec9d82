"""The landmark network and what follows from its points: regions of interest, head pose, openings, blinks, PERCLOS."""
