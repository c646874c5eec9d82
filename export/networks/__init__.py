"""The two landmark networks and the layers that they train with."""
