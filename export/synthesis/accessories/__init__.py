"""Glasses and masks."""
