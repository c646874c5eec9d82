"""Cameras and videos that are read in a thread of their own."""
