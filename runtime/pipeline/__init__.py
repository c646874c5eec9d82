"""The pipeline of one frame: detect, cut regions, find landmarks, select faces; and how it is loaded and tuned."""

from runtime.pipeline.autotune import Memory, Tuning, measure
from runtime.pipeline.frame_pipeline import FoundFace, FramePipeline, Networks
from runtime.pipeline.frame_result import FrameResult, StageTimes
from runtime.pipeline.iris_stage import with_irises
from runtime.pipeline.loading import Report, combine, open_detector, open_iris_finder, open_landmarker, warm_up
from runtime.pipeline.orientation import Fit, is_likely, needs_turning, refine, settle
from runtime.pipeline.refinement import Refinement
from runtime.pipeline.selection import CERTAIN, DEFAULT_ORDER, MIN_CONFIDENCE, ORDERS, Order, Selection, side
from runtime.pipeline.single_images import UntrackedStream, find_faces
from runtime.pipeline.single_stages import detect, locate

__all__ = [
    "CERTAIN",
    "DEFAULT_ORDER",
    "MIN_CONFIDENCE",
    "ORDERS",
    "Fit",
    "FoundFace",
    "FramePipeline",
    "FrameResult",
    "Memory",
    "Networks",
    "Order",
    "Refinement",
    "Report",
    "Selection",
    "StageTimes",
    "Tuning",
    "UntrackedStream",
    "combine",
    "detect",
    "find_faces",
    "is_likely",
    "locate",
    "measure",
    "needs_turning",
    "open_detector",
    "open_iris_finder",
    "open_landmarker",
    "refine",
    "settle",
    "side",
    "warm_up",
    "with_irises",
]
