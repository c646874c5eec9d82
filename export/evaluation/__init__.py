"""Accuracy on annotated and on synthetic faces, with intervals, tables and figures."""

from export.evaluation.accuracy import TEST_SETS, Accuracy, measure_accuracy, read_test_photographs
from export.evaluation.end_to_end import end_to_end_table
from export.evaluation.figures import draw_error_curves, draw_losses, draw_parts, draw_training
from export.evaluation.float16_error import Rounding, compare_points, measure_rounding
from export.evaluation.intervals import bootstrap_mean
from export.evaluation.metrics import (
    Errors,
    annotation_crops,
    errors_of,
    join_errors,
    nearest_face,
    onnx_predict,
    torch_predict,
)
from export.evaluation.recall import CONDITIONS, Condition, RecallResult, is_match, measure_recall, size_table
from export.evaluation.report import evaluate, records_table
from export.evaluation.rotation import (
    draw_rotation,
    measure_rotation,
    measure_upright_cost,
    open_networks,
    rotation_report,
    turn_picture,
)
from export.evaluation.synthetic_report import measure_synthetic

__all__ = [
    "CONDITIONS",
    "TEST_SETS",
    "Accuracy",
    "Condition",
    "Errors",
    "RecallResult",
    "Rounding",
    "annotation_crops",
    "bootstrap_mean",
    "compare_points",
    "draw_error_curves",
    "draw_losses",
    "draw_parts",
    "draw_rotation",
    "draw_training",
    "end_to_end_table",
    "errors_of",
    "evaluate",
    "is_match",
    "join_errors",
    "measure_accuracy",
    "measure_recall",
    "measure_rotation",
    "measure_rounding",
    "measure_synthetic",
    "measure_upright_cost",
    "nearest_face",
    "onnx_predict",
    "open_networks",
    "read_test_photographs",
    "records_table",
    "rotation_report",
    "size_table",
    "torch_predict",
    "turn_picture",
]
