"""Exact rewrites of ONNX graphs, for speed: the same numbers, by operators that onnxruntime runs faster.

onnxruntime's CPU kernels keep activations in blocks of 16 channels, with AVX2 of 8 (NCHWc, after Georganas et al.,
"Anatomy of High-Performance Deep Learning Convolutions on SIMD Architectures", 2018, arXiv:1808.05567). Pad and PRelu
are not among the operators that can, nor are convolutions of 24 channels in blocks of 16; each one costs a reorder
there and back. The passes express what is slow by what stays in that layout:

======================  ============================================  =========================================
pass                    before                                        after
======================  ============================================  =========================================
:func:`fold_pads`       Pad of height and width before convolutions   ``pads`` of the convolutions
:func:`align_channels`  channel counts that fill no block             channels more that are always zero
:func:`grow_channels`   Add(Pad of channels, Conv)                    two halves of the Conv, Add, Concat
:func:`replace_prelu`   PRelu                                         two depthwise convolutions, Relu and Add fused
:func:`fold_transpose`  Transpose of the image before the first Conv  a Conv of the rows of pixels as they lie
:func:`scrub_denormals` weights too small for a normal float32        zeros
======================  ============================================  =========================================

A pass edits the model in place, leaves alone what it cannot prove equal, and returns how many places it
changed. ``python -m benchmarks.studies.graphs`` measures what each one gains. :func:`store_half` is no such pass: it
rounds weights to float16 in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import onnx
from onnx import ModelProto

from export.onnx_graph.channels import align_channels, grow_channels
from export.onnx_graph.costs import GraphCost, graph_cost
from export.onnx_graph.images import fold_transpose
from export.onnx_graph.numbers import scrub_denormals, store_half
from export.onnx_graph.pads import fold_pads
from export.onnx_graph.slopes import replace_prelu

__all__ = [
    "PASSES",
    "GraphCost",
    "Pass",
    "align_channels",
    "fold_pads",
    "fold_transpose",
    "graph_cost",
    "grow_channels",
    "optimise",
    "passes_for",
    "replace_prelu",
    "scrub_denormals",
    "store_half",
]

Pass = Callable[[ModelProto], int]

PASSES: tuple[Pass, ...] = (
    fold_pads,
    align_channels,  # before the growth: channels that were padded on may be there already
    grow_channels,
    replace_prelu,
    fold_transpose,
    scrub_denormals,
)


def passes_for(block: int) -> tuple[Pass, ...]:
    """Return the passes for processors with this channel block."""

    def align_to_block(model: ModelProto) -> int:
        return align_channels(model, block)

    align_to_block.__name__ = align_channels.__name__
    return tuple(align_to_block if step is align_channels else step for step in PASSES)


def optimise(model: ModelProto, passes: Sequence[Pass] = PASSES) -> dict[str, int]:
    """Run passes in order; gives the number of places each one changed.

    Raises:
        onnx.checker.ValidationError: a pass left a graph that is none.
    """
    changed = {step.__name__: step(model) for step in passes}
    onnx.checker.check_model(model, full_check=True)
    return changed
