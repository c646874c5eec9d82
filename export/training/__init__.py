"""The training loop, its configuration, losses and the lineage of checkpoints; ``recipes`` has a file per network."""
