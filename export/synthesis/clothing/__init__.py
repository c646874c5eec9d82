"""Clothes around neck, shoulders and chest, and the fabrics they are made of."""
