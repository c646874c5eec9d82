"""The page's constants are the runtime's."""

from __future__ import annotations

from runtime.web import constants


def test_committed_file_is_what_the_runtime_says():
    written = constants.FILE.read_text(encoding="utf-8")
    assert written == constants.javascript(), "run `python -m runtime.web.constants`"


def test_values_are_plain():
    assert all(value == value and value is not None for _, value in constants.constants().values())
