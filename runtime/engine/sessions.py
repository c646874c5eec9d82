"""onnxruntime sessions: from a device's name to execution providers, strictly and with a report."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidGraph, InvalidProtobuf

from runtime.engine.fixed_size import Network
from runtime.engine.fork_safety import ForkSafeSession
from runtime.engine.graph_cache import Provider, open_kept, start
from runtime.engine.model_registry import ModelFile
from runtime.engine.user_cache import Cache
from runtime.errors import DeviceError, LandmarksError, ModelError, OptionError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """Execution providers of a device, in order of preference, and the package that has the first.

    ``strict`` devices run every node themselves; the others leave to the CPU, by design, what they cannot run.
    ``unit`` is the provider option that chooses among several of the kind, as in ``"cuda:1"``; None where there is one.
    ``threads`` is the provider option for the CPU threads inside one operator, where it has a pool of its own.
    """

    providers: tuple[str, ...]
    package: str
    strict: bool = False
    unit: str | None = None
    threads: str | None = None


DEVICES: dict[str, Device] = {
    "cpu": Device(("CPUExecutionProvider",), "onnxruntime"),
    "cuda": Device(("CUDAExecutionProvider",), "onnxruntime-gpu", strict=True, unit="device_id"),
    "tensorrt": Device(
        ("TensorrtExecutionProvider", "CUDAExecutionProvider"), "onnxruntime-gpu", strict=True, unit="device_id"
    ),
    "openvino": Device(
        ("OpenVINOExecutionProvider", "CPUExecutionProvider"),
        "onnxruntime-openvino",
        unit="device_type",
        threads="num_of_threads",
    ),
    "coreml": Device(("CoreMLExecutionProvider", "CPUExecutionProvider"), "onnxruntime (macOS)"),
    "directml": Device(
        ("DmlExecutionProvider", "CPUExecutionProvider"), "onnxruntime-directml (Windows)", unit="device_id"
    ),
}
OPENVINO_UNIT = re.compile(r"(CPU|NPU|GPU(\.\d+)?)|(AUTO|HETERO|MULTI):\w[\w.,]*")
"""OpenVINO's names of its devices."""

MAX_THREADS = 256
"""onnxruntime would try to start any number of threads, until the memory is gone."""

AUTO_ORDER = ("cuda", "directml", "cpu")
"""What ``auto`` tries. OpenVINO, CoreML and TensorRT must be asked for: they compile for seconds at the start."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """Report of a session: file, providers in force, threads, and seconds for loading it.

    ``graph`` says where the optimised graph comes from: ``"optimised"`` at this start; ``"kept"``, the same and kept
    for the next start; ``"from cache"``; or ``"not kept: "`` and why.
    """

    model: str
    file: str
    device: str
    providers: tuple[str, ...]
    threads: int
    load_seconds: float
    graph: str = "optimised"


@dataclass(frozen=True, slots=True)
class Session:
    """An onnxruntime session and how it came to be."""

    onnx: ForkSafeSession
    report: SessionReport


def available_devices() -> list[str]:
    """Return the names of devices whose provider this onnxruntime was built with; the hardware may still be missing."""
    present = set(onnxruntime.get_available_providers())
    return [name for name, device in DEVICES.items() if device.providers[0] in present]


def open_session(
    model: ModelFile,
    device: str = "auto",
    threads: int = 1,
    providers: Sequence[Provider] | None = None,
    cache: Cache | None = None,
    fixed: Mapping[str, int] | None = None,
) -> Session:
    """Load a model.

    Args:
        model: the file, already verified.
        device: a key of :data:`DEVICES`, where there are several of the kind with a number (``"cuda:1"``) or OpenVINO's
            own name (``"openvino:GPU"``); or ``"auto"``: the first of :data:`AUTO_ORDER` that works.
        threads: threads inside one operator, 1 to :data:`MAX_THREADS`. They do not spin between calls.
        providers: onnxruntime's own provider list (names, or pairs of name and options) instead of ``device``;
            onnxruntime leaves to the CPU what they cannot run.
        cache: where the optimised graph is kept for the next start; for the CPU alone.
        fixed: lengths of symbolic dimensions, by name; the session takes no other.

    Raises:
        OptionError: an unknown device, a number of threads out of range, or a malformed list of providers.
        DeviceError: the device or a provider asked for is not available; ``auto`` always ends at the CPU.
        ModelError: onnxruntime cannot read the file.
    """
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= MAX_THREADS:
        raise OptionError(f"threads={threads!r}: a whole number from 1 to {MAX_THREADS} is needed")
    if not isinstance(device, str):
        raise OptionError(f"device={device!r}: a name is needed, such as 'cpu' or 'cuda:1'")
    if providers is not None:
        if device != "auto":
            raise OptionError(f"device={device!r} and providers= exclude each other; give one of them")
        _check_providers(providers)
        return _open(model, "custom", list(providers), SessionSettings(threads, False, fixed or {}), cache)
    if device == "auto":
        for name in AUTO_ORDER[:-1]:
            if name in available_devices():
                try:
                    return _open_device(model, name, threads, cache, fixed or {})
                except DeviceError as error:
                    log.info("auto passes over %s: %s", name, error)
        return _open_device(model, AUTO_ORDER[-1], threads, cache, fixed or {})
    return _open_device(model, device, threads, cache, fixed or {})


def _open_device(model: ModelFile, name: str, threads: int, cache: Cache | None, fixed: Mapping[str, int]) -> Session:
    device, chosen = _device(name)
    if device.threads is not None and chosen.get(device.unit or "", "CPU") == "CPU":
        chosen[device.threads] = str(threads)
    present = onnxruntime.get_available_providers()
    if device.providers[0] not in present:
        raise DeviceError(f"device {name!r} needs {_absent(device.providers[0])}")
    usable: list[Provider] = [
        (item, dict(chosen)) if chosen and item != "CPUExecutionProvider" else item
        for item in device.providers
        if item in present
    ]
    return _open(model, name, usable, SessionSettings(threads, device.strict, fixed), cache)


def _device(name: str) -> tuple[Device, dict[str, str]]:
    """Return the device of a name such as ``"cuda:1"``, and the provider options that choose the unit."""
    kind, colon, unit = name.partition(":")
    device = DEVICES.get(kind)
    if device is None:
        raise OptionError(f"no device {name!r}; there are auto, {', '.join(DEVICES)}")
    if not colon:
        return device, {}
    if device.unit is None:
        raise OptionError(f"device={name!r}: of {kind!r} there is one; leave out {':' + unit!r}")
    if device.unit == "device_type":
        if not OPENVINO_UNIT.fullmatch(unit):
            raise OptionError(f"device={name!r}: OpenVINO's devices are CPU, GPU, GPU.1, NPU, as in 'openvino:GPU'")
    elif not re.fullmatch(r"[0-9]{1,4}", unit):
        raise OptionError(f"device={name!r}: a number from 0 is needed after the colon, as in '{kind}:1'")
    return device, {device.unit: unit}


def _check_providers(providers: Sequence[Provider]) -> None:
    """Refuse providers that onnxruntime lacks; it would skip them with no more than a warning."""
    if isinstance(providers, (str, bytes)) or not isinstance(providers, Sequence) or not providers:
        raise OptionError(f"providers={providers!r}: a list is needed, such as ['CPUExecutionProvider']")
    for item in providers:
        pair = isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], dict)
        name = item[0] if pair else item
        if not isinstance(name, str):
            raise OptionError(f"providers= holds {item!r}; a name or a pair (name, options) is needed")
        if name not in onnxruntime.get_available_providers():
            raise DeviceError(f"providers= asks for {_absent(name)}")


def _absent(provider: str) -> str:
    """Return a message for a provider that this onnxruntime was built without, and where to get it."""
    packages = [device.package for device in DEVICES.values() if device.providers[0] == provider]
    remedy = (
        f"pip uninstall onnxruntime, then pip install {packages[0]}"
        if packages
        else "check its name, or install the onnxruntime package that has it"
    )
    present = ", ".join(onnxruntime.get_available_providers())
    return f"{provider}, which this onnxruntime {onnxruntime.__version__} has not (it has {present}): {remedy}"


def _open(
    model: ModelFile, device: str, providers: list[Provider], settings: SessionSettings, cache: Cache | None
) -> Session:
    names = [item if isinstance(item, str) else item[0] for item in providers]
    started = time.perf_counter()
    try:
        if cache is not None and names == ["CPUExecutionProvider"]:
            session, graph = open_kept(model, cache, settings.options, providers, settings.fixed)
        else:
            session, graph = start(model.content, settings.options(), providers), "optimised"
        _read_texts(session)
    except ModelError as error:
        raise ModelError(f"{model.path}: {error}") from error
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        if names[0] == "CPUExecutionProvider" or isinstance(error, (InvalidProtobuf, InvalidGraph)):
            raise ModelError(f"{model.path}: onnxruntime cannot load it: {_first_line(error)}") from error
        raise DeviceError(f"{names[0]} does not start: {_first_line(error)}; device='cpu' always works") from error
    seconds = time.perf_counter() - started
    active = tuple(session.get_providers())
    if missing := [name for name in names if name not in active]:
        raise DeviceError(
            f"{missing[0]} was asked for but onnxruntime fell back to {', '.join(active)}: its driver or libraries are "
            "missing (for CUDA: the NVIDIA driver, CUDA and cuDNN of the release onnxruntime-gpu was built for)"
        )
    report = SessionReport(model.name, str(model.path), device, active, settings.threads, seconds, graph)
    return Session(session, report)


def _read_texts(session: ForkSafeSession) -> None:
    """Read names and metadata once: what is not UTF-8 in them is an error here, not later.

    Raises:
        UnicodeDecodeError: a text is not UTF-8.
    """
    _ = session.get_modelmeta().custom_metadata_map
    _ = [each.name for each in (*session.get_inputs(), *session.get_outputs())]


def run_network(network: Network, outputs: Sequence[str], name: str, pixels: NDArray[Any]) -> Sequence[Any]:
    """Run a network on its one input.

    Args:
        network: the session.
        outputs: names of the outputs, in the order in which they are given.
        name: of the input.
        pixels: the input.

    Raises:
        ModelError: onnxruntime cannot run it: the graph does not fit the input, or memory is short.
    """
    try:
        return network.run(outputs, {name: pixels})
    except (LandmarksError, MemoryError):
        raise
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise ModelError(
            f"the network does not run on an input of shape {pixels.shape}: {_first_line(error)}; "
            "compare with device='cpu', or export it again"
        ) from error


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Settings of a session, chosen with ``python -m benchmarks.studies.sessions``.

    Attributes:
        threads: inside one operator.
        strict: nothing may be left to the CPU.
        fixed: lengths of symbolic dimensions, by name.
    """

    threads: int = 1
    strict: bool = False
    fixed: Mapping[str, int] = field(default_factory=dict)

    def options(self) -> onnxruntime.SessionOptions:
        """Return the settings as onnxruntime's options; each session needs its own."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # onnxruntime keeps a memory plan for each input shape that it has run, and never frees it
        options.enable_mem_pattern = False
        # a spinning pool burns a core between the frames of a camera
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # onnxruntime's own format, which it would know by the content, is not checked for weights in another file
        options.add_session_config_entry("session.load_model_format", "ONNX")
        if self.strict:
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        for name, length in self.fixed.items():
            options.add_free_dimension_override_by_name(name, length)
        return options


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
