"""Memory of this process, as the operating system reports it."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

from runtime.errors import DeviceError


def peak_memory() -> int:
    """Return the peak resident size of this process in bytes.

    Raises:
        DeviceError: the operating system does not report it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        # not ru_maxrss, which a child process inherits from its parent on Linux
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        if "VmHWM" in lines:
            return int(lines["VmHWM"].split()[0]) * 1024
    if sys.platform == "win32":
        return _windows_peak()
    try:
        import resource
    except ImportError as error:
        raise DeviceError(f"{sys.platform} does not report how much memory a process takes") from error
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of the Windows API."""

    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("PageFaultCount", ctypes.c_uint32),
        *(
            (name, ctypes.c_size_t)
            for name in (
                "PeakWorkingSetSize",
                "WorkingSetSize",
                "QuotaPeakPagedPoolUsage",
                "QuotaPagedPoolUsage",
                "QuotaPeakNonPagedPoolUsage",
                "QuotaNonPagedPoolUsage",
                "PagefileUsage",
                "PeakPagefileUsage",
            )
        ),
    )


def _windows_peak() -> int:
    api: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    api.GetCurrentProcess.restype = ctypes.c_void_p
    api.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    counters = _Counters(cb=ctypes.sizeof(_Counters))
    if not api.K32GetProcessMemoryInfo(api.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        raise DeviceError("Windows does not report how much memory this process takes")
    return int(counters.PeakWorkingSetSize)
