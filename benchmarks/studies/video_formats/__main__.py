"""``python -m benchmarks.studies.video_formats``."""

from benchmarks.studies.video_formats.study import main

main()
