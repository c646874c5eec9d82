"""MPEG transport streams (ISO/IEC 13818-1): whether packets are missing."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

PACKET, SYNC = 188, 0x47
AT_ONCE = 50_000
"""Packets that are read together: 9 MB."""


def is_transport_stream(head: bytes) -> bool:
    """Return whether a file with this beginning is a transport stream."""
    return len(head) > 2 * PACKET and head[0] == head[PACKET] == head[2 * PACKET] == SYNC


def is_intact(file: BinaryIO) -> bool:
    """Return whether every packet begins where it should, and the packet counters of each stream have no gap."""
    file.seek(0)
    last: dict[int, int] = {}
    while len(data := file.read(PACKET * AT_ONCE)) >= PACKET:
        packets = np.frombuffer(data[: len(data) // PACKET * PACKET], np.uint8).reshape(-1, PACKET)
        if (packets[:, 0] != SYNC).any() or (packets[:, 1] & 0x80).any():
            return False
        packets = packets[(packets[:, 3] & 0x10) > 0]  # those with content are counted
        streams = (packets[:, 1].astype(int) & 0x1F) << 8 | packets[:, 2]
        for stream in np.unique(streams[streams != 0x1FFF]):
            counters = packets[streams == stream, 3].astype(int) & 0x0F
            steps = np.diff(counters, prepend=last.get(int(stream), counters[0] - 1)) & 0x0F
            if (steps > 1).any():
                return False
            last[int(stream)] = int(counters[-1])
    return True
