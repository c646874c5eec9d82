"""Losses against their formulas."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from export.training.losses import adaptive_wing, mse, wing


def paper(error, width, curvature):
    """Feng et al. 2018, equation 5."""
    constant = width - width * math.log(1 + width / curvature)
    size = abs(error)
    return width * math.log(1 + size / curvature) if size < width else size - constant


@given(
    st.floats(-300, 300, width=32).filter(lambda value: value == 0 or abs(value) > 1e-3),
    st.floats(1, 20),
    st.floats(0.5, 5),
)
def test_wing_is_the_papers(error, width, curvature):
    value = float(wing(torch.tensor([error], dtype=torch.float64), width, curvature))
    assert value == pytest.approx(paper(error, width, curvature), rel=1e-9, abs=1e-12)


def test_wing_is_continuous_at_its_width():
    below, above = (float(wing(torch.tensor([size], dtype=torch.float64))) for size in (10 - 1e-9, 10 + 1e-9))
    assert below == pytest.approx(above, abs=1e-6)


@pytest.mark.parametrize(("error", "slope"), [(0.5, 4.0), (-3.0, -2.0), (40.0, 1.0), (-40.0, -1.0)])
def test_wing_pulls_harder_on_small_errors(error, slope):
    value = torch.tensor(error, requires_grad=True)
    wing(value).backward()
    assert float(value.grad) == pytest.approx(slope)


def slope_of(error, **options):
    value = torch.tensor(error, dtype=torch.float64, requires_grad=True)
    adaptive_wing(value, **options).backward()
    return float(value.grad)


@given(st.floats(-300, 300), st.floats(1, 20), st.floats(0.5, 5), st.floats(1.1, 2.5))
def test_adaptive_wing_slope_is_that_of_its_values(error, width, curvature, exponent):
    assume(abs(error) > 1e-3)  # nearer to 0 the slope turns within a step
    options = {"width": width, "curvature": curvature, "exponent": exponent}
    step = 1e-6
    low, high = (
        float(adaptive_wing(torch.tensor(error + sign * step, dtype=torch.float64), **options)) for sign in (-1, 1)
    )
    assert slope_of(error, **options) == pytest.approx((high - low) / 2 / step, rel=1e-3, abs=2e-2)


@given(st.floats(1, 20), st.floats(0.5, 5), st.floats(1.1, 2.5))
def test_adaptive_wing_has_no_kink_at_its_width(width, curvature, exponent):
    options = {"width": width, "curvature": curvature, "exponent": exponent}
    below, above = slope_of(width - 1e-9, **options), slope_of(width + 1e-9, **options)
    assert below == pytest.approx(above, rel=1e-6)


def test_adaptive_wing_leaves_points_that_are_right_alone():
    assert slope_of(0.0) == 0
    assert abs(slope_of(1e-4)) < 0.1
    assert slope_of(2.0) > slope_of(300.0) == slope_of(1e6) > 0


def test_means_are_over_all_values():
    errors = torch.tensor([[1.0, -2.0], [0.0, 20.0]])
    assert float(mse(errors)) == pytest.approx(405 / 4)
    assert float(wing(errors)) == pytest.approx(sum(paper(float(value), 10, 2) for value in errors.flatten()) / 4)
