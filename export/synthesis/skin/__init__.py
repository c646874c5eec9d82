"""Skin: pigments, wrinkles, make-up and relief, painted on a chart of the head."""
