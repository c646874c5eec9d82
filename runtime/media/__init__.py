"""Pictures and videos in and out, result files, drawing and progress."""
