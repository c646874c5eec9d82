"""The study's tables: rows are read, run once each, and reported beside its numbers."""

from __future__ import annotations

import csv
import json
import logging
import shutil

import numpy as np
import pytest

from export.evaluation.metrics import Errors, join_errors
from export.experiments.results import (
    FINDINGS,
    TARGETS,
    ExperimentRuns,
    collect_results,
    difference,
    numbers,
    report_text,
    write_report,
)
from export.experiments.rows import ROWS, read_rows
from export.experiments.running import RESULT, TESTS, check_config, run_folder, run_rows
from tests.export.quick import InProcessExecutor

pytestmark = pytest.mark.usefixtures("process_settings")

COMMON = 'network = "trimmed"\ninit = "scratch"\nbatch_norm = "batch"\ncrops = 4\nbatch = 2\n'


# -- the rows


def test_rows_differ_in_what_their_name_says_only():
    rows = read_rows()
    assert [row.name for row in rows] == list(ROWS)
    assert {row.training.init for row in rows} == {"scratch"}
    for shared in (
        "crops",
        "batch",
        "learning_rate",
        "degradation_probability",
        "negative_probability",
        "teacher",
        "batch_norm",
    ):
        assert len({getattr(row.training, shared) for row in rows}) == 1, shared


def test_rows_of_a_table_have_equal_budgets_of_images():
    for row in read_rows():
        counts = [item.count for item in row.training.sets]
        assert sum(counts) == (0 if row.name.endswith("-all") else 800)


@pytest.mark.parametrize("row", read_rows(), ids=ROWS)
def test_shares_of_crops_are_those_of_the_images(row):
    total = sum(item.weight for item in row.training.sets)
    assert total == pytest.approx(1)
    for item in row.training.sets:
        if item.count:
            assert item.weight == pytest.approx(item.count / 800, abs=0.001)


def test_findings_and_targets_are_about_rows_that_exist():
    named = {finding.better for finding in FINDINGS} | {finding.worse for finding in FINDINGS} | set(TARGETS)
    assert named <= set(ROWS)


def test_study_and_its_findings_agree():
    rows = {row.name: row for row in read_rows()}
    for finding in FINDINGS:
        better, worse = (rows[name].study for name in (finding.better, finding.worse))
        assert better[finding.test].me < worse[finding.test].me


def test_budget_and_folder_can_be_chosen(tmp_path):
    row, photographs = read_rows(["mixture-60", "real"], crops=99, synthetic=tmp_path)
    assert row.training.crops == photographs.training.crops == 99
    assert [item.path for item in row.training.sets] == [str(tmp_path), "", ""]
    assert {item.path for item in photographs.training.sets} == {""}


@pytest.mark.parametrize("name", ["huge", "common"])
def test_unknown_row_is_an_error(name):
    with pytest.raises(ValueError, match=f"no row '{name}'; there are mixture-60"):
        read_rows([name])


def test_unknown_key_of_a_row_is_an_error(tmp_path):
    (tmp_path / "common.toml").write_text(COMMON)
    (tmp_path / "row.toml").write_text('titel = "typo"\n')
    with pytest.raises(ValueError, match=r"row\.toml: unknown titel"):
        read_rows(["row"], folder=tmp_path)


# -- the runs


@pytest.fixture
def tiny(tmp_path, synthetic_folder, data_folder):
    """A row with two steps, its test faces, and a folder for runs."""
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "common.toml").write_text(COMMON)
    (rows / "tiny.toml").write_text(
        f'[training]\nsets = [{{ name = "synthetic", weight = 1.0, path = "{synthetic_folder}", count = 10 }}]\n'
    )
    rendered = tmp_path / "face-synthetics" / "test"
    shutil.copytree(data_folder / "helen" / "test", rendered)
    return read_rows(["tiny"], folder=rows), tmp_path / "runs"


@pytest.fixture
def other_faces(synthetic_folder, tmp_path):
    """The same pictures, said to be of another seed."""
    folder = shutil.copytree(synthetic_folder, tmp_path / "test-faces")
    settings = json.loads((folder / "settings.json").read_text())
    (folder / "settings.json").write_text(json.dumps(settings | {"seed": settings["seed"] + 1}))
    return folder


def test_faces_of_a_seed_that_was_trained_on_are_refused(tiny, synthetic_folder):
    rows, runs = tiny
    with pytest.raises(ValueError, match="tiny was trained on faces of this seed, 3"):
        run_rows(rows, [0], runs, synthetic_folder)
    assert not runs.exists()


@pytest.fixture
def in_process(monkeypatch, quick_training):
    """Runs are trained here; the log that they set up for their process goes away with the test."""
    monkeypatch.setattr("export.experiments.running.ProcessPoolExecutor", InProcessExecutor)
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)


def test_row_is_trained_measured_once_and_reported(tiny, other_faces, tmp_path, in_process):
    rows, runs = tiny
    run_rows(rows, [0], runs, other_faces, precision="float32")
    result = runs / "tiny-0" / RESULT
    [outcome] = collect_results(rows, [0, 1], runs)
    assert outcome.images == 10
    assert {test: len(errors.me) for test, errors in outcome.errors[0].items()} == {
        "synthetic": 12,
        "real": 4,
        "face-synthetics": 2,
    }
    assert (runs / "tiny-0" / "log.txt").exists()
    before = result.stat().st_mtime_ns
    run_rows(rows, [0], runs, other_faces, precision="float32")
    assert result.stat().st_mtime_ns == before
    write_report([outcome], tmp_path / "report")
    records = list(csv.DictReader((tmp_path / "report" / "results.csv").open()))
    assert [record["test"] for record in records] == list(TESTS)
    assert len(json.loads((tmp_path / "report" / "results.json").read_text())) == len(records)
    assert {path.name for path in (tmp_path / "report").iterdir()} == {
        "report.md",
        "results.csv",
        "results.json",
        "losses.png",
        *(f"{kind}-{test}.png" for kind in ("ced", "regions") for test in TESTS),
    }
    text = (tmp_path / "report" / "report.md").read_text()
    assert all(f"]({path.name})" in text for path in (tmp_path / "report").glob("*.png"))


def test_run_of_another_budget_is_not_mixed_in(tmp_path):
    [row] = read_rows(["real"])
    (tmp_path / "config.json").write_text(row.training.model_dump_json())
    check_config(row.training, tmp_path)
    with pytest.raises(ValueError, match="trained with another crops, seed; delete it"):
        check_config(row.training.model_copy(update={"crops": 5, "seed": 1}), tmp_path)


def test_missing_test_faces_are_noticed_before_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="synthesize"):
        run_rows(read_rows(["real"]), [0], tmp_path / "runs", tmp_path / "nowhere")
    assert not (tmp_path / "runs").exists()


def test_nothing_finished_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no finished run"):
        collect_results(read_rows(), [0], tmp_path)


# -- the report


def errors_around(me, faces=50):
    """Faces whose mean error is about ``me`` pixels."""
    spread = np.linspace(0.9, 1.1, faces)[:, None]
    return Errors(np.full((faces, 68), float(me)) * spread, np.full(faces, 60.0))


@pytest.fixture
def finished(tmp_path):
    """Finished runs of three rows, two seeds each, with errors made up."""
    rows = read_rows(["synthetic-wing", "mixture-60", "mixture-90"])
    for row, me in zip(rows, (7, 4, 6), strict=True):
        for seed in (0, 1):
            run = run_folder(tmp_path, row.name, seed)
            run.mkdir()
            (run / "curve.csv").write_text("step,seconds,points\n1,1,3.5\n2,2,2.5\n")
            arrays = {"images": np.array(800), "version": np.array("3")}
            for test in TESTS:
                errors = errors_around(me + seed)
                arrays[f"{test}/pixels"], arrays[f"{test}/eye_distance"] = errors.pixels, errors.eye_distance
            np.savez(run / RESULT, **arrays)
    return rows, tmp_path


def test_report_has_our_numbers_beside_the_studys(finished):
    rows, runs = finished
    text = report_text(collect_results(rows, [0, 1], runs))
    [line] = [line for line in text.split("## Tested on helen")[1].split("\n") if "| 60 % synthetic" in line][:1]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1] == "800" and cells[2].startswith("4.50 +- ") and cells[3] == "4.00, 5.00"
    assert cells[-2:] == ["18.64 +- 7.88", "0.60"]
    assert "generator version 3." in text


def test_report_says_which_findings_hold(finished):
    rows, runs = finished
    text = report_text(collect_results(rows, [0, 1], runs))
    findings = {tuple(line.split(" | ")[:2]): line for line in text.split("\n") if "verdict" in line or "real" in line}
    helped = findings[("| 40 % real faces are better than none", "real")]
    assert "+5.05" in helped and "+3.00" in helped and helped.endswith("holds |")
    assert findings[("| 10 % real faces are worse than none", "real")].endswith("the opposite |")
    assert "MSE" not in "".join(key[0] for key in findings)  # a row is missing


def test_report_says_which_targets_are_met(finished):
    rows, runs = finished
    text = report_text(collect_results(rows, [0], runs)).split("## Targets")[1]
    assert "| 100 % synthetic, wing | ME <= 8.0, SR >= 0.97 | ME 7.00, SR 1.000 | yes |" in text


def test_trimmed_network_is_held_against_the_full_one(finished):
    rows, runs = finished
    [trimmed] = read_rows(["trimmed-mixture-60"])
    outcomes = collect_results(rows, [0], runs)
    failing = errors_around(30)
    errors = {test: join_errors([errors_around(4, faces=950), failing]) for test in TESTS}
    text = report_text([*outcomes, ExperimentRuns(trimmed, 800, outcomes[0].version, {}, {0: errors})])
    assert "| loses at most 2% of the full network's SR | loses 5.0% | no |" in text


def test_numbers_are_one_record_a_row_seed_and_test(finished):
    rows, runs = finished
    records = numbers(collect_results(rows, [0, 1], runs))
    assert len(records) == 3 * 2 * 3
    assert (records[0]["row"], records[0]["seed"], records[0]["test"]) == ("synthetic-wing", 0, "synthetic")
    assert (records[0]["ME"], records[0]["SR"], records[0]["NME"]) == (7, 1, pytest.approx(7 / 60 * 100, abs=1e-3))


def test_difference_of_equal_rows_spans_zero():
    rng = np.random.default_rng(0)
    eyes = np.full(200, 60.0)
    first, second = (Errors(rng.uniform(3, 5, (200, 68)), eyes) for _ in range(2))
    middle, low, high = difference([first], [second])
    assert low < 0 < high and low < middle < high
    assert difference([first], [Errors(first.pixels + 1, eyes)]) == pytest.approx((1, 1, 1))


def test_seeds_are_averaged_before_faces_are_drawn():
    eyes = np.full(50, 60.0)
    none, two = (Errors(np.full((50, 68), value), eyes) for value in (0.0, 2.0))
    assert difference([none], [none, two]) == pytest.approx((1, 1, 1))
