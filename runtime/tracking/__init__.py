"""Faces followed through a stream: tracker, tracks, shot cuts and One Euro smoothing."""

from runtime.tracking.config import TrackingConfig
from runtime.tracking.smoothing import OneEuroFilter, SmoothingConfig
from runtime.tracking.tracker import Tracker

__all__ = ["OneEuroFilter", "SmoothingConfig", "Tracker", "TrackingConfig"]
