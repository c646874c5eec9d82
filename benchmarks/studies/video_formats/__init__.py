"""Video formats that the readers of videos read correctly, and the videos that they are tried on."""

from benchmarks.studies.video_formats.cases import CASES, H264, VideoCase, make, shown, zeroed
from benchmarks.studies.video_formats.study import read_by_video_source, verdict

__all__ = ["CASES", "H264", "VideoCase", "make", "read_by_video_source", "shown", "verdict", "zeroed"]
