"""The regression gate: it catches a doubled stage, and lets noise pass."""

from __future__ import annotations

import dataclasses
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.gate import __main__
from benchmarks.gate.comparison import Outcome, judge, latency_table, size_changes
from benchmarks.gate.ratios import Ratio, paired, ratio_of
from benchmarks.gate.reference import reference
from benchmarks.gate.reference_values import Baseline, measured_sizes, read_baseline, write_baseline, write_sizes
from runtime.bench.machine import this_machine
from runtime.bench.pipeline import STAGES, stage_computations
from runtime.bench.scenes import frame_with_faces

TRUE_RATIOS = dict(zip(STAGES, (0.2, 2.7, 0.2, 0.17, 1.0, 0.04, 0.12, 0.08), strict=True))
"""Times over the reference's, about those of the machine that the baseline is from."""

ROUNDS = (__main__.ROUNDS, __main__.ROUNDS * __main__.CLOSER)
"""Of the first measurement, and of the next ones."""


def noisy(draw, rounds, busy):
    """Factors on times (rounds,) of a machine that does other things: jitter, bursts and a slow drift."""
    jitter = np.exp(draw.normal(0, 0.05 + 0.1 * busy, rounds))
    bursts = np.where(draw.random(rounds) < 0.25 * busy, draw.uniform(1.5, 6, rounds), 1)
    drift = 1 + busy * np.sin(np.linspace(0, draw.uniform(1, 9), rounds) + draw.uniform(0, 6)) ** 2
    return jitter * bursts, drift


def simulated(seed, slower=None, busy=1.0, rounds=60):
    """Ratios as the gate would measure them; a stage's factor is how much slower it has become."""
    draw = np.random.default_rng(seed)
    ratios = {}
    for name, true in TRUE_RATIOS.items():
        own, drift = noisy(draw, rounds, busy)
        others, _ = noisy(draw, rounds, busy)
        milliseconds = true * (slower or {}).get(name, 1.0) * own * drift
        ratios[name] = ratio_of(milliseconds, others * drift)
    return ratios


def outcomes(verdicts):
    return {each.name: each.outcome for each in verdicts}


BASELINE = simulated(seed=1_000_000, busy=0.3, rounds=240)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), stage=st.sampled_from(STAGES), busy=st.floats(0, 1))
def test_doubled_stage_is_caught_and_no_other_is_blamed(seed, stage, busy):
    seeds = itertools.count(seed)

    def measure(names):
        ratios = simulated(next(seeds), {stage: 2.0}, busy, ROUNDS[names is not None])
        return {name: ratio for name, ratio in ratios.items() if names is None or name in names}

    found = outcomes(__main__.confirmed(measure, BASELINE))
    assert [name for name, outcome in found.items() if outcome is Outcome.SLOWER] == [stage]


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), busy=st.floats(0, 1))
def test_noise_passes(seed, busy):
    seeds = itertools.count(seed)

    def measure(names):
        ratios = simulated(next(seeds), None, busy, ROUNDS[names is not None])
        return {name: ratio for name, ratio in ratios.items() if names is None or name in names}

    assert not [each for each in __main__.confirmed(measure, BASELINE) if each.fails]


def test_machine_of_half_the_speed_changes_nothing():
    draw = np.random.default_rng(0)
    ours, theirs = draw.uniform(1, 1.1, 60), draw.uniform(0.5, 0.55, 60)
    assert ratio_of(2 * ours, 2 * theirs) == pytest.approx(ratio_of(ours, theirs))


def test_stage_that_really_does_its_work_twice_is_caught():
    """Real stages, really timed: whatever else this machine does, a stage that runs twice is slower than itself."""
    stages = stage_computations(
        frame_with_faces(1, 640, 480), model="trimmed", detector="blazeface-short", device="cpu"
    )
    watched = {name: stages[name] for name in ("landmark network", "warp")}
    doubled = watched | {"landmark network": lambda: (watched["landmark network"](), watched["landmark network"]())}
    standard = reference()

    def ratios(computations, rounds):
        return {name: times.ratio() for name, times in paired(computations, standard, rounds, warm_up=3).items()}

    def measure(names):
        suspects = {name: compute for name, compute in doubled.items() if names is None or name in names}
        return ratios(suspects, rounds=20 if names is None else 40)

    before = ratios(watched, rounds=40)

    found = outcomes(__main__.confirmed(measure, before))
    assert found["landmark network"] is Outcome.SLOWER


def test_suspect_is_measured_again_and_acquitted_by_one_good_measurement():
    base = {"warp": Ratio(1.0, 0.95, 1.05, 60), "pose": Ratio(1.0, 0.95, 1.05, 60)}
    asked = []

    def measure(names):
        asked.append(names)
        slow = Ratio(2.0, 1.9, 2.1, 60)
        return {"warp": slow, "pose": base["pose"]} if names is None else {"warp": base["warp"]}

    assert outcomes(__main__.confirmed(measure, base)) == {"warp": Outcome.SAME, "pose": Outcome.SAME}
    assert asked == [None, {"warp"}]


def test_what_one_measurement_leaves_unclear_is_measured_again():
    base = {"warp": Ratio(1.0, 0.95, 1.05, 60), "pose": Ratio(1.0, 0.95, 1.05, 60)}
    turns = iter([Ratio(1.9, 1.1, 2.6, 60), Ratio(2.0, 1.8, 2.2, 180), Ratio(2.0, 1.8, 2.2, 180)])
    asked = []

    def measure(names):
        asked.append(names)
        return {"warp": next(turns)} | ({"pose": base["pose"]} if names is None else {})

    assert outcomes(__main__.confirmed(measure, base)) == {"warp": Outcome.SLOWER, "pose": Outcome.SAME}
    assert asked == [None, {"warp"}, {"warp"}]


def test_interval_holds_the_median_and_widens_with_noise():
    draw = np.random.default_rng(0)
    quiet, loud = (ratio_of(np.exp(draw.normal(0, spread, 60)), np.ones(60)) for spread in (0.02, 0.5))
    assert quiet.low <= quiet.median <= quiet.high
    assert loud.high - loud.low > 5 * (quiet.high - quiet.low)


def test_benchmark_that_disappeared_fails_and_a_new_one_does_not():
    ratio = Ratio(1.0, 0.9, 1.1, 60)
    verdicts = judge({"new": ratio}, {"old": ratio})
    assert outcomes(verdicts) == {"new": Outcome.NEW, "old": Outcome.GONE}
    assert [each.name for each in verdicts if each.fails] == ["old"]


def test_table_says_what_got_slower_and_by_how_much():
    verdicts = judge({"warp": Ratio(2.0, 1.9, 2.1, 60)}, {"warp": Ratio(1.0, 0.95, 1.05, 60)})
    row = latency_table(verdicts).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["warp", "1.000 (0.950..1.050)", "2.000 (1.900..2.100)", "2.00", "SLOWER"]


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({"full: bytes": 10}, []),
        ({"full: bytes": 11}, [("full: bytes", "10", "11")]),
        ({"full: bytes": 9}, [("full: bytes", "10", "9")]),
        ({}, [("full: bytes", "10", "-")]),
        ({"full: bytes": 10, "tiny: bytes": 5}, [("tiny: bytes", "-", "5")]),
    ],
)
def test_sizes_must_be_exactly_those_of_the_baseline(now, changed):
    assert size_changes(now, {"full: bytes": 10}) == changed


@pytest.fixture
def folder(tmp_path):
    """A folder with this machine's baseline, and the true sizes."""
    write_sizes(measured_sizes(), tmp_path)
    write_baseline(Baseline(this_machine(), BASELINE), tmp_path)
    return tmp_path


def run(folder, monkeypatch, ratios):
    monkeypatch.setattr(__main__, "measure", lambda names, rounds, advance: ratios)
    return __main__.main(["--folder", str(folder)])


def test_command_passes_where_nothing_changed(folder, monkeypatch, capsys):
    assert run(folder, monkeypatch, BASELINE) == 0
    assert "Nothing got slower, no size changed." in capsys.readouterr().out


def test_command_fails_with_a_table_of_what_got_slower(folder, monkeypatch, capsys):
    assert run(folder, monkeypatch, simulated(7, {"smoothing": 2.0})) == 1
    told = capsys.readouterr().out.partition("1 slower or gone, 0 sizes changed.")[2]
    assert "| smoothing" in told and "SLOWER" in told and "warp" not in told


def test_command_fails_where_a_file_grew_by_one_byte(folder, monkeypatch, capsys):
    sizes = json.loads((folder / "sizes.json").read_text())
    sizes["full: bytes"] -= 1
    write_sizes(sizes, folder)
    assert run(folder, monkeypatch, BASELINE) == 1
    told = " ".join(capsys.readouterr().out.split())  # columns are as wide as their heads
    assert f"| full: bytes | {sizes['full: bytes']:,} | {sizes['full: bytes'] + 1:,} |" in told


def test_command_judges_no_latency_by_the_baseline_of_another_processor(tmp_path, monkeypatch, capsys):
    write_sizes(measured_sizes(), tmp_path)
    assert run(tmp_path, monkeypatch, BASELINE) == 0
    told = capsys.readouterr().out
    assert "No latency was judged" in told and "--update" in told


def test_baseline_is_of_the_processor_not_of_the_cpus_of_a_container(folder, tmp_path):
    machine = this_machine()
    assert read_baseline(dataclasses.replace(machine, cpus=machine.cpus + 3), folder) is not None
    assert read_baseline(dataclasses.replace(machine, instructions="sse9"), folder) is None
    assert read_baseline(dataclasses.replace(machine, onnxruntime="0.0.1"), folder) is None


def test_command_names_the_baselines_of_other_processors(tmp_path, monkeypatch, capsys):
    write_sizes(measured_sizes(), tmp_path)
    other = dataclasses.replace(this_machine(), processor="Zilog Z80", instructions="scalar")
    write_baseline(Baseline(other, BASELINE), tmp_path)
    assert run(tmp_path, monkeypatch, BASELINE) == 0
    assert f"(there is zilog-z80-scalar_onnxruntime-{other.onnxruntime})" in capsys.readouterr().out


def test_damaged_baseline_is_named(folder):
    path = next(folder.glob("*onnxruntime*.json"))
    path.write_text("{}")
    with pytest.raises(ValueError, match=path.name):
        read_baseline(this_machine(), folder)
