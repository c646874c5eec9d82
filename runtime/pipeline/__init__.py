"""The pipeline of one frame: detect, cut regions, find landmarks, select faces; and how it is loaded and tuned."""
