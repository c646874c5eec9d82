"""Training, synthesis and export of the networks. Never imported by ``runtime``."""
