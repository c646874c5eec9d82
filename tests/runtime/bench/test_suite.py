"""Measuring: what the figures are of, how they are summed up, and the files they end in."""

from __future__ import annotations

import csv
import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bench import suite, timing
from runtime.bench.agreement import TILE, draw_disagreement, pair, spreads
from runtime.bench.charts import Bar, BarGroup, ChartPanel, bar_chart
from runtime.bench.machine import slug, this_machine
from runtime.bench.markdown import markdown_table
from runtime.bench.pipeline import STAGES, TrackedStream, network_computations, stage_computations
from runtime.bench.resources import fresh_process, paced, start_up
from runtime.bench.results import Results, Row, file_stem
from runtime.bench.rows import timed_rows
from runtime.bench.scenes import FRAME_SIZES, frame_with_faces
from runtime.bench.suite import Suite, SuiteOptions, shipped
from runtime.bench.tables import conditions, summary
from runtime.bench.timing import WARM_UP_CALLS, latency, time_calls
from runtime.errors import ImageError, LandmarksError, OptionError
from runtime.face_parts import OUTER_EYE_CORNERS
from runtime.faces import Face, Pose
from runtime.media.images.image_io import write_picture

SMALL = {"models": ("trimmed",), "detectors": ("blazeface-short",), "faces": (1,), "sizes": ((640, 480),)}
"""Of a suite that is done in a moment."""


class SmallSuite:
    """A suite of few calls that has run.

    Attributes:
        suite: itself.
        done: what it told of its steps.
        started: what its fresh processes measured.
        results: what it found.
    """

    def __init__(self, monkeypatch):
        self.done, self.started = [], []

        def recorded(*given, **options):
            self.started.append(start_up(*given, **options))
            return self.started[-1]

        monkeypatch.setattr(suite, "start_up", recorded)
        few = {"rounds": 2, "warm_up": 1, "fresh": 1, "fresh_frames": 1, "paced_seconds": 0.1}
        self.suite = Suite(SuiteOptions(**SMALL, **few, device="cpu", crops=(1, 2)))
        self.results = self.suite.run(self.done.append)


@pytest.fixture(scope="module")
def small_suite():
    with pytest.MonkeyPatch.context() as monkeypatch:
        return SmallSuite(monkeypatch)


def results(rows=(), **changes):
    given = {"device": "cpu", "threads": 1, "precision": "float32", "load": 0.0} | changes
    return Results(machine=this_machine(), rows=tuple(rows), **given)


@pytest.mark.parametrize("faces", [0, 1, 2, 5])
def test_frames_hold_the_faces_that_they_promise(predictor, faces):
    for width, height in FRAME_SIZES:
        frame = frame_with_faces(faces, width, height)
        assert frame.shape == (height, width, 3)
        assert len(predictor(frame)) == faces


def test_computations_take_turns_and_each_runs_once_a_round():
    calls, rounds = [], []
    computations = {name: lambda name=name: calls.append(name) for name in "abc"}
    samples = time_calls(computations, rounds=20, advance=rounds.append)
    timed = calls[3 * WARM_UP_CALLS :]
    turns = [tuple(timed[start : start + 3]) for start in range(0, 60, 3)]
    assert all(set(turn) == set("abc") for turn in turns) and len(set(turns)) > 1
    assert rounds == [3] * 20
    assert {name: len(each.wall) for name, each in samples.items()} == dict.fromkeys("abc", 20)


def test_cpu_time_is_read_before_and_after_each_call(monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(timing, "CPU_CLOCK", lambda: float(next(ticks)))
    assert time_calls({"a": lambda: None}, rounds=1)["a"].cpu.tolist() == [1.0]


def test_ratios_are_of_medians():
    assert latency([0.001, 0.002, 0.009]).ratio_to(latency([0.004, 0.004, 0.001])) == pytest.approx(0.5)


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=50), st.integers(1, 60))
def test_latency_lies_between_the_fastest_and_the_slowest_call(seconds, period):
    found = latency(seconds, period)
    low, high = min(seconds) * 1000 * (1 - 1e-9), max(seconds) * 1000 * (1 + 1e-9)
    assert found.rounds == len(seconds)
    assert low <= found.best <= found.p50 <= found.p95 <= high
    assert low <= found.period <= high


def test_rate_counts_the_detector_of_one_frame_in_five():
    found = latency([0.005, 0.001, 0.001, 0.001, 0.001] * 6, period=5)
    assert found.p50 == pytest.approx(1.0)
    assert found.per_second == pytest.approx(5 / 0.009)


def test_stages_are_those_of_the_pipeline():
    stages = stage_computations(frame_with_faces(2, 640, 480), device="cpu")
    assert tuple(stages) == STAGES
    points, _ = stages["landmark network"]()
    assert points.shape == (2, 68, 3)
    assert len(stages["decode and NMS"]()) == len(stages["un-warp"]()) == len(stages["smoothing"]()) == 2


def test_stages_need_a_face():
    with pytest.raises(ImageError, match="no face"):
        stage_computations(frame_with_faces(0, 640, 480), device="cpu")


def test_networks_are_measured_on_batches():
    points, confidence = network_computations(["trimmed"], [3], device="cpu")["trimmed", 3]()
    assert points.shape == (3, 68, 3) and confidence.shape == (3,)


def test_stream_runs_the_detector_once_a_period(predictor):
    stream = TrackedStream(predictor, frame_with_faces(1, 640, 480))
    detections = [stream().detected for _ in range(3 * stream.period)]
    assert sum(detections) == 3


def test_share_of_a_sleeper_is_small_and_no_frame_is_late():
    found = paced(lambda: None, seconds=0.3, fps=20)
    assert 0 <= found.cpu_share < 0.5


def test_slow_work_is_late():
    assert paced(lambda: time.sleep(0.03), seconds=0.2, fps=50).late == 1.0


def test_start_up_is_that_of_a_fresh_process(small_suite):
    for found in small_suite.started:
        assert min(found.importing, found.constructing, found.first_call, found.cpu) > 0
        assert found.peak_bytes > 30e6


def test_peak_memory_counts_what_was_taken():
    code = """
import json, numpy
from runtime.bench.memory import peak_memory
before = peak_memory()
block = numpy.ones(before // 8 + 8_000_000)  # more than ever before
print(json.dumps([before, block.nbytes, peak_memory()]))
"""
    before, taken, peak = fresh_process(code)
    assert peak > before + taken // 4 > before


def test_failure_of_a_fresh_process_is_told():
    with pytest.raises(LandmarksError, match="ZeroDivisionError"):
        fresh_process("1 / 0")


@pytest.mark.parametrize(
    ("text", "expected"), [("Intel Core i7-1165G7", "intel-core-i7-1165g7"), ("Apple M2", "apple-m2"), ("ü", "unknown")]
)
def test_names_are_fit_for_files(text, expected):
    assert slug(text) == expected


def test_file_name_says_device_threads_precision_and_version():
    machine = this_machine()
    stem = file_stem(machine, "cpu", 2, "float32")
    assert stem == f"{machine.slug}_cpu_2threads_float32_onnxruntime-{machine.onnxruntime}"


def test_results_come_back_as_they_were_written(tmp_path):
    row = Row("stage", "warp", "full", 1, 640, 480, 1).with_latency(latency([0.001, 0.002]))
    whole, table = (written := results([row])).write(tmp_path)
    assert Results.read(whole) == written
    with table.open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["name"] == "warp" and float(line["value"]) == row.value
    assert {path.name for path in tmp_path.iterdir()} == {whole.name, table.name}


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"rows": []}'])
def test_file_that_holds_no_results_is_named(tmp_path, content):
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(OptionError, match=r"odd\.json"):
        Results.read(tmp_path / "odd.json")


def test_busy_machine_is_told():
    assert "busy" in conditions(results(load=2.0))
    assert "busy" not in conditions(results(load=0.1))


def test_suite_measures_every_group_and_counts_its_steps(small_suite):
    found = small_suite.results
    assert sum(small_suite.done) == small_suite.suite.steps
    groups = {row.group for row in found.rows}
    assert groups == {
        *("stage", "landmark network", "detector", "every frame", "tracking"),
        *("start-up", "memory", "CPU share", "size"),
    }
    assert all(row.value > 0 for row in found.rows)
    assert [row.name for row in found.find("stage")] == list(STAGES)
    text = summary(found)
    assert all(name in text for name in (*STAGES, "trimmed", "blazeface-short", "640x480"))


@pytest.mark.parametrize("wrong", [{"models": ()}, {"rounds": 0}, {"fresh": 0}])
def test_suite_with_nothing_to_measure_is_refused(wrong):
    with pytest.raises(OptionError):
        SuiteOptions(**wrong)


def test_shipped_networks_are_those_of_the_manifest():
    assert {"full", "trimmed", "full-research", "trimmed-research"} <= set(shipped("landmarks"))


def test_rows_keep_the_order_they_were_given_in():
    rows = [Row("stage", name) for name in "cab"]
    timed = timed_rows({row: lambda: None for row in rows}, 3, lambda count: None)
    assert [(row.name, row.rounds) for row in timed] == [("c", 3), ("a", 3), ("b", 3)]


def test_tables_are_aligned():
    lines = markdown_table(("a", "long"), [("bbbb", 1)]).splitlines()
    assert lines == ["| a    | long |", "|------|-----:|", "| bbbb |    1 |"]


def test_tables_without_alignment_are_as_narrow_as_their_cells():
    lines = markdown_table(("a", "long"), [("bbbb", ""), ("c", 1)], aligned=False).splitlines()
    assert lines == ["| a | long |", "|---|---|", "| bbbb | |", "| c | 1 |"]


def face(points):
    landmarks = np.zeros((68, 3), np.float32)
    landmarks[:, :2] = points
    return Face(landmarks, np.array([0, 0, 9, 9], np.float32), 1.0, 1.0, Pose(0.0, 0.0, 0.0))


@pytest.fixture
def two_faces():
    """Points of one face, and the same moved right by a tenth of the eyes' distance."""
    points = np.random.default_rng(0).uniform(100, 200, (68, 2))
    points[OUTER_EYE_CORNERS[0]], points[OUTER_EYE_CORNERS[1]] = (120, 150), (180, 150)
    return face(points), face(points + (6, 0))


def test_distance_is_in_percent_of_the_eyes(two_faces, astronaut):
    found = pair("a.png", astronaut, *two_faces)
    np.testing.assert_allclose(found.distances, 10, rtol=1e-4)
    assert [spread.mean for spread in spreads([found])] == [10.0] * 6


def test_points_lie_inside_of_the_portrait(two_faces, astronaut):
    found = pair("a.png", astronaut, *two_faces)
    both = np.concatenate([found.first, found.second])
    assert found.portrait.shape == (TILE, TILE, 3)
    assert both.min() >= 0 and both.max() <= TILE - 1


def test_disagreement_shows_the_worst_faces_first(two_faces, astronaut):
    first, second = two_faces
    same, apart = pair("same.png", astronaut, first, first), pair("apart.png", astronaut, first, second)
    one = draw_disagreement([same, apart], ("full", "trimmed"), most=1)
    np.testing.assert_array_equal(one, draw_disagreement([apart], ("full", "trimmed")))
    assert draw_disagreement([same, apart] * 3, ("full", "trimmed")).shape[1] > 2 * TILE


def test_agreement_needs_a_face():
    with pytest.raises(ImageError, match="no face"):
        spreads([])


def test_bars_are_as_long_as_their_values():
    panel = ChartPanel("ms", (BarGroup("a", (Bar(0, 1.0, "1"),)), BarGroup("b", (Bar(0, 2.0, "2"),))))
    chart = bar_chart("title", "where", ("full",), [panel])
    blue = (chart == (168, 112, 46)).all(axis=2).sum(axis=1)
    short, long = sorted(set(blue[blue > 20].tolist()))
    assert long == pytest.approx(2 * short, abs=2)


def test_chart_of_nothing_is_refused():
    with pytest.raises(OptionError, match="nothing was measured"):
        bar_chart("title", "where", ("full",), [])


def test_picture_of_unknown_kind_is_refused(tmp_path):
    with pytest.raises(OptionError, match="xyz"):
        write_picture(tmp_path / "chart.xyz", np.zeros((4, 4, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_results_are_plain_json(tmp_path):
    whole, _ = results([Row("size", "file", "full", unit="MB", value=1.0)]).write(tmp_path, "compare_")
    assert whole.name.startswith("compare_")
    assert json.loads(whole.read_text())["rows"][0]["unit"] == "MB"
