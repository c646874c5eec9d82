"""All passes on one graph."""

from __future__ import annotations

import numpy as np
from onnx import helper

from export.onnx_graph import PASSES, optimise
from tests.export.onnx_graph.graphs import amounts, kinds, model, run, weights


def test_passes_work_together():
    nodes = [
        helper.make_node("Pad", ["x", "a"], ["p"]),
        helper.make_node("Conv", ["p", "w"], ["h"], strides=[2, 2]),
        helper.make_node("PRelu", ["h", "s"], ["g"]),
        helper.make_node("Pad", ["g", "grow"], ["q"]),
        helper.make_node("Conv", ["g", "v", "b"], ["k"]),
        helper.make_node("Add", ["q", "k"], ["m"]),
        helper.make_node("PRelu", ["m", "t"], ["o"]),
        helper.make_node("Conv", ["o", "u"], ["y"]),
    ]
    constants = {
        "a": amounts(0, 0, 1, 1),
        "w": weights(24),
        "s": np.full((24, 1, 1), 0.3, np.float32),
        "grow": amounts(channels=24),
        "v": weights(48, 24, 1),
        "b": np.linspace(-1, 1, 48, dtype=np.float32),
        "t": np.full((48, 1, 1), -0.2, np.float32),
        "u": np.where(weights(5, 48, 1) > 2, np.float32(1e-40), weights(5, 48, 1)),
    }
    built = model(nodes, constants)
    before = run(built)
    changed = optimise(built)
    assert all(changed[name] for name in ("fold_pads", "align_channels", "grow_channels", "scrub_denormals"))
    assert changed["replace_prelu"] == 2
    np.testing.assert_allclose(run(built)[0], before[0], rtol=1e-5, atol=1e-4)
    assert not {"Pad", "PRelu"} & set(kinds(built))
    assert optimise(built) == dict.fromkeys((step.__name__ for step in PASSES), 0)
