"""Errors by group: everybody is in one group of each kind, and errors land in the right one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from export.evaluation.fairness import face_groups, group_rows
from tests.export.heads import perfect_test

COUNT = 12
POSES = np.column_stack([np.linspace(-70, 70, COUNT), np.zeros(COUNT), np.zeros(COUNT)])


def numbers(low, high):
    return arrays.arrays(np.float32, COUNT, elements=st.floats(low, high, width=32))


def words(*choices):
    return st.lists(st.sampled_from(choices), min_size=COUNT, max_size=COUNT).map(np.array)


@given(
    numbers(0, 1),
    numbers(5, 85),
    numbers(0, 1),
    words("none", "clear", "dark"),
    words("none", "ffp2"),
    numbers(-75, 75),
)
def test_everybody_is_in_one_group_of_each_kind(melanin, age, sex, glasses, mask, yaw):
    columns = {"melanin": melanin, "age": age, "sex": sex, "glasses": glasses, "mask": mask, "occluder": mask}
    groups = face_groups(columns, np.column_stack([yaw, yaw, yaw]).astype(np.float64))
    kinds = itertools.groupby(groups, key=lambda name: "yaw" if name.startswith("yaw") else name.partition(":")[0])
    for kind, names in kinds:
        assert (np.sum([groups[name] for name in names], axis=0) == 1).all(), kind


def test_bounds_of_the_groups():
    test = perfect_test(POSES)
    test.attributes["age"][:5] = (15.9, 16, 34.9, 35, 60)
    test.attributes["melanin"][:3] = (0.199, 0.2, 1.0)
    groups = face_groups(test.attributes, test.pose)
    names = ("age: under 16", "age: 16 to 35", "age: 16 to 35", "age: 35 to 60", "age: 60 and over")
    assert [bool(groups[name][index]) for index, name in enumerate(names)] == [True] * 5
    tones = ("skin: palest", "skin: light", "skin: darkest")
    assert [bool(groups[name][index]) for index, name in enumerate(tones)] == [True] * 3


def test_error_lands_in_its_group_in_percent_of_the_eyes_distance_in_space():
    test = perfect_test(POSES)
    glasses = test.attributes["glasses"].astype("U5")
    glasses[0] = "dark"  # of a face turned by 70 degrees, whose eyes are close together in the picture
    predicted, hidden = test.predicted.copy(), test.hidden.copy()
    predicted[0, :, :2] += (3, 4)
    predicted[0, 0, :2] += (3, 4)
    hidden[0, 0] = True
    attributes = {**test.attributes, "glasses": glasses}
    test = perfect_test(POSES, predicted=predicted, hidden=hidden, attributes=attributes)
    rows = {row.name: row for row in group_rows(test)}
    assert (rows["glasses: dark"].faces, rows["glasses: none"].faces) == (1, COUNT - 1)
    assert rows["glasses: dark"].means["NME"].value == pytest.approx(5 * 69 / 68 / 80 * 100)
    assert rows["glasses: dark"].means["NME of visible points"].value == pytest.approx(5 / 80 * 100)
    assert rows["glasses: none"].means["NME"].value == 0
    assert rows["all"].means["NME"].value == pytest.approx(5 * 69 / 68 / 80 * 100 / COUNT)


def test_folder_without_attributes_is_an_error():
    test = perfect_test(POSES)
    del test.attributes["melanin"], test.attributes["sex"]
    with pytest.raises(ValueError, match="no melanin, sex"):
        group_rows(test)
