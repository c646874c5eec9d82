"""Pictures of the window and of the page for the documents."""

from __future__ import annotations

import pytest

from export.release import screenshots
from runtime import LandmarksError, Predictor, read_image


def test_window_shows_both_networks_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setattr(screenshots, "SECONDS", 1)
    screenshots.draw_window(tmp_path / "live.jpg")
    picture = read_image(tmp_path / "live.jpg")
    height, width = picture.shape[:2]
    assert height == 480 and width > 2 * 640
    halves = picture[:, : width // 2], picture[:, width // 2 :]
    assert [len(Predictor()(half)) for half in halves] == [1, 1]


def test_page_without_a_browser_is_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LandmarksError, match="needs node and Chromium"):
        screenshots.draw_page(tmp_path / "web.jpg")
    assert not (tmp_path / "web.jpg").exists()
