"""The report is made of the results alone."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict

import pytest

from benchmarks.report import __main__
from runtime.bench.machine import this_machine
from runtime.bench.pipeline import STAGES
from runtime.bench.results import Results, Row
from runtime.bench.suite import sizes
from runtime.bench.timing import latency
from runtime.errors import OptionError


@pytest.fixture
def results():
    """Of one thread: all stages, one network, one scene."""
    spent = latency([0.00123])
    rows = [Row("stage", name, "full", 1, 640, 480, 1).with_latency(spent) for name in STAGES]
    rows.append(Row("landmark network", "network", "full", crops=1).with_latency(spent))
    rows += [
        Row(group, "whole pipeline", "full", 1, 640, 480).with_latency(spent) for group in ("every frame", "tracking")
    ]
    rows += sizes(("full", "blazeface-back"))
    return Results(this_machine(), "cpu", 1, "float32", 0.0, tuple(rows))


def test_command_writes_report_and_pictures(results, tmp_path, monkeypatch):
    results.write(tmp_path)
    contender = {"key": "dlib", "name": "dlib", "schedule": "every frame", "fps": 29.4, "p50_ms": 32.5, "nme": 2.9}
    contender |= {"networks": "HOG, regression trees", "note": "Trained on these photographs.", "seen": True}
    whole = {"machine": asdict(this_machine()), "rows": [contender]}
    (tmp_path / "baselines_x.json").write_text(json.dumps(whole))
    options = ["--results", str(tmp_path), "--docs", str(tmp_path / "docs")]
    monkeypatch.setattr("sys.argv", ["report", *options])
    __main__.main()
    text = (tmp_path / "docs" / "benchmarks.md").read_text()
    assert "| dlib " in text and "\n- dlib (HOG, regression trees): Trained on these photographs.\n" in text
    assert "1.230" in text and "`" not in text.splitlines()[0]
    assert {path.name for path in (tmp_path / "docs" / "images").iterdir()} == {"benchmarks.png", "baselines.png"}
    assert "`full`, one crop" in text and "1.23 ms" in text


def test_newest_results_of_the_fewest_threads_come_first(results, tmp_path):
    results.write(tmp_path)
    Results(results.machine, "cpu", 2, "float32", None, results.rows).write(tmp_path)
    assert [each.threads for each in __main__.read_results(tmp_path)] == [1, 2]


def test_a_shared_file_becomes_a_row_of_the_table_of_devices(results, tmp_path):
    spent = latency([0.004])
    rows = [
        Row(group, "whole pipeline", "full", faces, 640, 480).with_latency(spent)
        for group in ("every frame", "tracking")
        for faces in (1, 5)
    ]
    rows += [Row("landmark network", "network", each, crops=1).with_latency(spent) for each in ("full", "trimmed")]
    shared = dataclasses.replace(
        results, machine=dataclasses.replace(results.machine, processor="Zilog Z80"), rows=tuple(rows)
    )
    shared.write(tmp_path)
    results.write(tmp_path)  # it lacks the frame of five faces, and gets no row
    table = __main__.devices_table(__main__.read_results(tmp_path))
    assert [line.split("|")[1].split("(")[0].strip() for line in table.splitlines()[4:]] == ["Zilog Z80"]
    assert "250" in table and "4.00" in table


def test_folder_without_results_names_the_remedy(tmp_path):
    with pytest.raises(OptionError, match="landmarks bench --out"):
        __main__.read_results(tmp_path)
