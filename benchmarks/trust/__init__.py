"""Figures of docs/trust.md: stability of points, killed commands, random inputs, long runs."""
