"""The progress bar: quick to read, quiet in logs, gone at the end."""

from __future__ import annotations

import io
import re

import pytest

from runtime.media.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that only moves when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def screen(stream: io.StringIO) -> str:
    """Return the terminal's last line, with erasing taken into account."""
    return re.split(r"\r\x1b\[K", stream.getvalue())[-1]


def run(progress, clock, steps, seconds):
    for _ in range(steps):
        clock.now += seconds / steps
        progress.advance()


def test_bar_shows_count_rate_and_remaining_time(clock):
    stream = Terminal()
    run(Progress(200, "images", stream=stream, clock=clock), clock, 50, 10.0)
    assert "50/200 images, 5.0/s, 0:30 left" in screen(stream)
    assert screen(stream).count("#") == pytest.approx(screen(stream).count("-") / 3, abs=1)


def test_without_a_total_there_is_count_and_rate(clock):
    stream = Terminal()
    run(Progress(None, "frames", stream=stream, clock=clock), clock, 64, 8.0)
    assert screen(stream) == "64 frames, 8.0/s"


def test_hours_are_shown_as_such(clock):
    stream = Terminal()
    run(Progress(7300, "images", stream=stream, clock=clock), clock, 100, 100.0)
    assert "2:00:00 left" in screen(stream)


def test_terminal_is_redrawn_ten_times_a_second_at_most(clock):
    stream = Terminal()
    run(Progress(10_000, stream=stream, clock=clock), clock, 10_000, 5.0)
    assert 45 <= stream.getvalue().count("\r") <= 51


def test_bar_is_erased_at_the_end(clock):
    stream = Terminal()
    with Progress(10, stream=stream, clock=clock) as progress:
        run(progress, clock, 10, 1.0)
        assert screen(stream) != ""
    progress.close()
    assert screen(stream) == ""
    assert "\n" not in stream.getvalue()


@pytest.mark.parametrize("columns", ["12", "30", "80", "300"])
def test_bar_fits_the_terminal(clock, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    stream = Terminal()
    run(Progress(2000, stream=stream, clock=clock), clock, 100, 10.0)
    assert 0 < len(screen(stream)) < int(columns)


def test_printed_line_stands_above_the_bar(clock):
    stream = Terminal()
    progress = Progress(10, stream=stream, clock=clock)
    run(progress, clock, 1, 1.0)
    before = screen(stream)
    progress.print("a.jpg: 1 face", stream)
    assert screen(stream) == "a.jpg: 1 face\n" + before


def test_log_file_gets_a_plain_line_every_ten_seconds(clock):
    stream = io.StringIO()
    with Progress(1000, stream=stream, clock=clock) as progress:
        run(progress, clock, 280, 35.0)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0] == "80/1000 images, 8.0/s, 1:55 left"
    assert "\r" not in stream.getvalue()


def test_short_run_says_nothing_in_a_log_file(clock):
    stream = io.StringIO()
    with Progress(10, stream=stream, clock=clock) as progress:
        run(progress, clock, 10, 9.0)
    assert stream.getvalue() == ""


def test_more_than_announced_does_not_break_the_bar(clock):
    stream = Terminal()
    run(Progress(10, stream=stream, clock=clock), clock, 15, 3.0)
    assert "15/10" in screen(stream)


def test_nothing_to_do_does_not_break_the_bar(clock):
    stream = Terminal()
    Progress(0, stream=stream, clock=clock).advance(0)
    assert "0/0" in screen(stream)
