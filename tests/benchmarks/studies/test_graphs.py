"""The tables of rewrites and of number formats compare what they say they compare."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from benchmarks.studies import ceiling, sessions
from benchmarks.studies.graphs import measure, variants
from benchmarks.studies.plain_graphs import plain_detector_graph, plain_landmark_graph
from benchmarks.studies.precision import astronaut_crops, formats
from runtime.bench.resources import fresh_process
from runtime.bench.timing import Samples


@pytest.fixture(scope="module")
def trimmed():
    return plain_landmark_graph("trimmed")


@pytest.fixture
def exported_once(trimmed, monkeypatch):
    """The plain export of ``trimmed`` for the study that needs it, too."""
    others = ceiling.plain_landmark_graph
    monkeypatch.setattr(ceiling, "plain_landmark_graph", lambda name: trimmed if name == "trimmed" else others(name))


def kinds(model):
    return {node.op_type for node in model.graph.node}


def test_passes_are_added_one_by_one_and_left_out_one_by_one(trimmed):
    models = variants(trimmed.model, exact=False)
    steps = ["fold_pads", "grow_channels", "replace_prelu", "fold_transpose"]
    assert list(models) == [
        "plain export",
        *(f"+ {step}" for step in steps),
        "float16 storage",
        *(f"all but {step}" for step in steps),
    ]
    assert "PRelu" in kinds(models["+ grow_channels"]) and "PRelu" not in kinds(models["+ replace_prelu"])
    assert "PRelu" in kinds(models["all but replace_prelu"])
    assert "Transpose" not in kinds(models["all but replace_prelu"])


def test_every_variant_computes_the_same(trimmed):
    models = variants(trimmed.model, exact=False)
    expected = trimmed.run(trimmed.open(models.pop("plain export")))
    for name, model in models.items():
        tolerance = 0.2 if name == "float16 storage" else 1e-3
        for new, old in zip(trimmed.run(trimmed.open(model)), expected, strict=True):
            np.testing.assert_allclose(new, old, rtol=0, atol=tolerance, err_msg=name)


def test_table_has_a_row_for_every_variant():
    workload = plain_detector_graph("blazeface-short")
    table = measure(workload, rounds=2, warm_up=1)
    for name in variants(workload.model, exact=True):
        assert f"| {name} " in table


def test_formats_are_what_they_are_called(trimmed):
    calibration, crops, truth = astronaut_crops()
    models = formats(trimmed.model, calibration[:2])
    assert truth is None and crops.shape[1:] == (192, 192, 3)
    storage = {
        name: {onnx.TensorProto.DataType.Name(item.data_type) for item in model.graph.initializer}
        for name, model in models.items()
    }
    assert "FLOAT16" in storage["float16 storage (shipped)"] and "FLOAT16" not in storage["float32"]
    assert "FLOAT" not in storage["float16 arithmetic"]
    assert "INT8" in storage["int8 static (QDQ)"] and "QuantizeLinear" in kinds(models["int8 static (QDQ)"])
    assert "ConvInteger" in kinds(models["int8 dynamic"])
    exact = trimmed.run(trimmed.open(models["float32"]))[0]
    for name, model in models.items():
        assert np.abs(trimmed.run(unoptimised(model))[0] - exact).mean() < 1, name


def unoptimised(model):
    """Quantised values in float arithmetic: int8 kernels saturate on processors without VNNI."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


@pytest.mark.usefixtures("exported_once")
def test_floor_is_the_time_of_the_multiply_adds_at_the_rate_of_the_ceiling(monkeypatch):
    """Networks and ceiling really run; their times are made up."""

    def time_calls(calls, rounds):
        for call in calls.values():
            call()
        seconds = {name: np.full(rounds, 0.0005 if name == "ceiling" else 0.004) for name in calls}
        return {name: Samples(each, each) for name, each in seconds.items()}

    monkeypatch.setattr(ceiling, "time_calls", time_calls)
    rate = ceiling.LAYERS * ceiling.CHANNELS**2 * ceiling.SIDE**2 / 0.5 / 1e6  # billion a second
    lines = ceiling.measure(rounds=5).splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:6]]
    assert [row[0] for row in rows] == ["full", "trimmed", "blazeface-back", "blazeface-short"]
    for _, asked, done, milliseconds, _, floor, share in rows:
        assert 0 < float(asked) <= float(done)
        assert float(milliseconds) == 4
        assert float(floor) == pytest.approx(float(done) / rate, abs=1e-3)
        assert float(share.rstrip("%")) == pytest.approx(100 * float(floor) / 4, abs=0.6)
    assert lines[-1] == f"The ceiling: {rate:.0f} billion multiply-adds a second."


def test_settings_of_sessions_change_no_point(trimmed):
    expected, *others = (trimmed.run(sessions.open_variant("trimmed", variant))[0] for variant in sessions.VARIANTS)
    for points in others:
        np.testing.assert_allclose(points, expected, atol=0.01)


def test_memory_of_a_session_is_that_of_a_fresh_process():
    assert 0 < fresh_process(sessions._MEMORY, "trimmed", "0") < 1e9


def test_tables_of_sessions_have_a_row_for_each_variant(monkeypatch):
    monkeypatch.setattr(sessions, "fresh_process", lambda code, name, index: 1_000_000 * (1 + int(index)))
    times = sessions.measure("trimmed", rounds=1, seconds=0.1, warm_up=1).splitlines()
    memory = sessions.measure_memory(["trimmed", "full"]).splitlines()
    assert [line.split("|")[-2].strip() for line in memory[2:]] == [f"{n}.0" for n in range(1, 8)], "megabytes"
    for lines in (times, memory):
        assert [line.split("|")[1].strip() for line in lines[2:]] == [variant.name for variant in sessions.VARIANTS]


def test_memory_is_measured_without_torch():
    assert fresh_process("import sys, benchmarks.studies.sessions\nprint(int('torch' in sys.modules))") == 0
