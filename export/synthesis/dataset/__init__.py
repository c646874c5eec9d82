"""Folders of synthetic faces on disk, and contact sheets of them."""
