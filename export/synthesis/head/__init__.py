"""Identity, expression and pose of one head."""
