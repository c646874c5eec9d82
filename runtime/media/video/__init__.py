"""Reading and writing of videos, with the times of their frames."""

from runtime.media.video.key_frames import key_frames_near
from runtime.media.video.video_sink import CODECS, VideoSink, steady_rate
from runtime.media.video.video_source import DEFAULT_FPS, CameraFormat, Frame, Source, VideoSource, open_source

__all__ = [
    "CODECS",
    "DEFAULT_FPS",
    "CameraFormat",
    "Frame",
    "Source",
    "VideoSink",
    "VideoSource",
    "key_frames_near",
    "open_source",
    "steady_rate",
]
