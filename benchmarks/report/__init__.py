"""``python -m benchmarks.report``: results of all machines as Markdown and plots."""
