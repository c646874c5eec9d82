"""Counted costs: the layout's rules, and that the file for a processor is the cheapest there is for it."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.studies.graphs import BLOCKS, cost_table
from benchmarks.studies.plain_graphs import plain_detector_graph, plain_landmark_graph
from export.networks import CONFIGS
from export.onnx_graph import graph_cost, optimise, passes_for
from export.pretrained import DETECTORS
from runtime.engine import NARROW_BLOCK, WIDE_BLOCK


def chain(*channels, depthwise=False):
    """1x1 convolutions from 3 channels on, on 4x4 pixels, each followed by a Relu; the last may be depthwise."""
    nodes, weights, name, inputs = [], [], "planes", 3
    nodes.append(helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]))
    for index, outputs in enumerate(channels):
        single = depthwise and index == len(channels) - 1
        kernel = np.ones((outputs, 1 if single else inputs, 1, 1), np.float32)
        weights.append(numpy_helper.from_array(kernel, f"w{index}"))
        group = {"group": outputs} if single else {}
        nodes.append(helper.make_node("Conv", [name, f"w{index}"], [f"c{index}"], **group))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        name, inputs = f"r{index}", outputs
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 4, 4, 3])
    result = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, inputs, 4, 4])
    graph = helper.make_graph(nodes, "chain", [image], [result], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def test_output_channels_are_rounded_up_to_blocks():
    cost = graph_cost(chain(24), 16)
    assert (cost.multiply_adds, cost.padded, cost.outside) == (16 * 3 * 24, 16 * 3 * 32, 0)


def test_input_channels_that_fill_no_block_leave_the_layout():
    wide, narrow = graph_cost(chain(24, 16), 16), graph_cost(chain(24, 16), 8)
    assert (wide.outside, narrow.outside) == (1, 0)
    assert wide.reorders > narrow.reorders


@pytest.mark.parametrize(("channels", "outside"), [(32, 0), (24, 1)])
def test_depthwise_channels_fill_blocks(channels, outside):
    assert graph_cost(chain(channels, channels, depthwise=True), 16).outside == outside


@pytest.mark.parametrize("name", [*CONFIGS, *DETECTORS])
def test_no_file_is_dearer_than_its_plain_export_on_any_processor(name):
    """Of what is shipped, the file that the runtime takes on a processor is all in its layout."""
    plain = (plain_landmark_graph(name) if name in CONFIGS else plain_detector_graph(name)).model
    for block in (NARROW_BLOCK, WIDE_BLOCK):
        shipped = onnx.ModelProto()
        shipped.CopyFrom(plain)
        own = name in DETECTORS and DETECTORS[name].narrow
        optimise(shipped, passes_for(block if own else WIDE_BLOCK))
        before, after = graph_cost(plain, block), graph_cost(shipped, block)
        assert after.outside == 0
        assert after.reorders <= min(4, before.reorders)
        # channels are added only where convolutions were outside the layout, or to keep features inside (PReLU)
        assert after.padded <= before.padded * (1.06 if before.outside == 0 else 1.5)


def test_table_has_both_processors():
    table = cost_table({"blazeface-short": plain_detector_graph("blazeface-short").model})
    assert all(processors in table for processors in BLOCKS.values())
    assert len(table.splitlines()) == 2 + 3 * len(BLOCKS)
