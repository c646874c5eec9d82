"""``python -m export evaluate``: every number in the table and in the JSON file."""

from __future__ import annotations

import json

from export.evaluation.report import evaluate


def test_photographs_and_synthetic_faces(data_folder, synthetic_folder, tmp_path):
    text = evaluate(["trimmed"], None, tmp_path / "numbers.json", synthetic_folder)
    known = json.loads((tmp_path / "numbers.json").read_text())
    assert [(row["model"], row["set"], row["faces"]) for row in known["photographs"]] == [
        ("trimmed", "helen/test", 2),
        ("trimmed", "afw/test", 2),
    ]
    rendered = known["synthetic"]["trimmed"]
    assert rendered["faces"] == 12 and set(rendered) == {"faces", "depth", "pose", "groups"}
    depth = rendered["depth"][0]
    assert depth["group"] == "all points" and 0 < depth["network"]["value"] < depth["flat face"]["value"]
    # the astronaut of the test faces is a woman of 35 with light skin
    counts = {row["group"]: row["faces"] for row in rendered["groups"]}
    assert (counts["sex: female"], counts["sex: male"], counts["age: 35 to 60"], counts["skin: palest"]) == (
        *(12, 0),
        *(12, 12),
    )
    assert "## trimmed: synthetic faces" in text and "| sex: male | 0 | - | - |" in text
    assert f"| all points | 12 | {depth['network']['value']:.2f} [" in text


def test_without_synthetic_faces_all_shipped_networks_are_measured_on_photographs(data_folder, tmp_path):
    text = evaluate(numbers=tmp_path / "numbers.json")
    known = json.loads((tmp_path / "numbers.json").read_text())
    assert {row["model"] for row in known["photographs"]} >= {"full", "trimmed"}
    assert known["synthetic"] == {} and "synthetic" not in text


def test_any_folder_of_annotated_pictures_is_measured(data_folder, tmp_path):
    """As it is, or inside the folder of the data."""
    folders = [str(data_folder / "helen" / "test"), "youtube/train"]
    evaluate(["trimmed"], None, tmp_path / "numbers.json", folders=folders)
    rows = json.loads((tmp_path / "numbers.json").read_text())["photographs"]
    counts = [len(list((data_folder / folder).glob("*.pts"))) for folder in folders]
    assert [(row["set"], row["faces"]) for row in rows] == list(zip(folders, counts, strict=True))
