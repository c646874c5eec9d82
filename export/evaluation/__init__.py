"""Accuracy on annotated and on synthetic faces, with intervals, tables and figures."""
