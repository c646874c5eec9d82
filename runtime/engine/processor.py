"""The processor's vector instructions, and the channel blocks that onnxruntime's kernels work in on it."""

from __future__ import annotations

import cv2

INSTRUCTIONS = (("avx512", 13), ("avx2", 11), ("neon", 100))
"""Vector instructions, widest first, with OpenCV's constants (``CV_CPU_AVX_512F`` and so on)."""

WIDE_BLOCK, NARROW_BLOCK = 16, 8
"""Channels in a block of onnxruntime's NCHWc layout: with AVX-512 and on ARM64, and with AVX2. WebAssembly has no such
layout, so channels that only fill a wide block cost it time."""


def instruction_set() -> str:
    """Return the widest vector instructions: ``"avx512"``, ``"avx2"``, ``"neon"``, or ``"scalar"``."""
    return next((name for name, number in INSTRUCTIONS if cv2.checkHardwareSupport(number)), "scalar")


def channel_block() -> int:
    """Return the channels in a block of onnxruntime's layout on this processor."""
    return WIDE_BLOCK if instruction_set() in ("avx512", "neon") else NARROW_BLOCK
