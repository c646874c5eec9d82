"""Recall by age and origin, from FairFace's labels."""

from __future__ import annotations

import numpy as np
import pytest

from export.detector.group_recall import Demographics, group_tables, read_people

HEAD = "file,age,gender,race,service_test\n"


def test_labels_by_the_names_of_the_pictures(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(
        HEAD + "val/1.jpg,30-39,Male,East Asian,False\nval/2.jpg,more than 70,Female,Latino_Hispanic,True\n"
    )
    assert read_people(path) == {
        "val_1": Demographics("30-39", "East Asian"),
        "val_2": Demographics("more than 70", "Latino Hispanic"),
    }


def test_ages_that_a_spreadsheet_took_for_dates(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(HEAD + "val/1.jpg,03-Sep,Male,White,False\nval/2.jpg,Oct-19,Female,Black,False\n")
    assert [person.age for person in read_people(path).values()] == ["3-9", "10-19"]


@pytest.mark.parametrize(
    ("content", "told"),
    [("name,age\nx,3\n", "no column file, race"), (HEAD + "val/1.jpg,old,Male,White,False\n", "'old'")],
)
def test_other_files_are_refused(tmp_path, content, told):
    path = tmp_path / "labels.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=told):
        read_people(path)


def test_shares_of_each_group():
    people = [
        Demographics("3-9", "White"),
        Demographics("3-9", "Black"),
        Demographics("20-29", "White"),
        Demographics("20-29", "White"),
    ]
    origins, ages = group_tables({"edge": np.array([True, False, True, False])}, people).split("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in origins.splitlines()]
    assert rows[0] == ["recall by origin", "Black", "White"]
    assert rows[2:] == [["edge", "0.0%", "66.7%"], ["portraits", "1", "3"]]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in ages.splitlines()]
    assert rows[0] == ["recall by age", "3-9", "20-29"], "groups without a portrait are left out, the young come first"
    assert rows[2:] == [["edge", "50.0%", "50.0%"], ["portraits", "2", "2"]]
