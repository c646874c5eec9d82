"""Keys, and what they switch."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.live.state.controls import BOTH, Controls, switched
from runtime.live.state.keys import BINDINGS, ESCAPE, Action, action_for, help_text
from runtime.live.state.networks import DETECTORS

ALL = [binding for _, group in BINDINGS for binding in group]
SWITCHES = [a for a in Action if a not in (Action.RECORD, Action.SCREENSHOT, Action.QUIT, Action.FULL_SCREEN)]


def pressed(*actions, start=None):
    controls = start or Controls()
    for action in actions:
        controls, _ = switched(controls, action)
    return controls


def test_every_action_has_a_key_and_no_key_has_two():
    assert {binding.action for binding in ALL} == set(Action)
    assert max(Counter(key for binding in ALL for key in binding.keys).values()) == 1


@pytest.mark.parametrize("binding", ALL, ids=lambda binding: binding.action.name)
def test_upper_and_lower_case_and_locks_make_no_difference(binding):
    for key in binding.keys:
        for code in (ord(key.lower()), ord(key.upper()), ord(key) | 0x100000):
            assert action_for(code) is binding.action


@pytest.mark.parametrize("code", [-1, 0, ord("z"), 0xFFE1, 0x10FFE1, 0x270000])
def test_other_keys_do_nothing(code):
    assert action_for(code) is None


def test_escape_quits():
    assert action_for(ESCAPE) is Action.QUIT


def test_help_names_every_key():
    assert all(binding.label in help_text() and binding.text in help_text() for binding in ALL)


def test_network_goes_from_one_to_the_other_to_both_and_round():
    chosen = [pressed(*[Action.NETWORK] * times).chosen for times in range(4)]
    assert chosen == [("full",), ("trimmed",), ("full", "trimmed"), ("full",)]
    assert pressed(Action.NETWORK, Action.NETWORK).choice == BOTH


def test_detector_goes_round_and_starts_anywhere():
    assert pressed(Action.DETECTOR).detector == DETECTORS[1]
    assert pressed(*[Action.DETECTOR] * len(DETECTORS)).detector == DETECTORS[0]
    assert pressed(Action.DETECTOR, start=Controls(detector="mine.onnx")).detector == DETECTORS[0]


def test_smoothing_without_tracking_is_refused_with_the_reason():
    without = pressed(Action.TRACKING)
    after, text = switched(without, Action.SMOOTHING)
    assert after == without
    assert "tracked" in text


@given(st.lists(st.sampled_from(SWITCHES), max_size=12), st.sampled_from(SWITCHES))
def test_a_switch_comes_back_to_where_it_was(before, action):
    """After as many presses as it has positions."""
    controls = pressed(*before)
    assert pressed(*[action] * 6, start=controls) == controls


@given(st.sampled_from(SWITCHES))
def test_networks_restart_only_when_they_have_to(action):
    anew = pressed(action).lanes != Controls().lanes
    assert anew == (action in (Action.NETWORK, Action.DETECTOR, Action.TRACKING, Action.SMOOTHING))
