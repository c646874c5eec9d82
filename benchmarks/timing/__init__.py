"""Timing of computations that take turns on a noisy machine."""
