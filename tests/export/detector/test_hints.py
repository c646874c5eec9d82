"""Feature hints: which cells count, and that the network comes nearer to the teacher's features."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from export.detector.configuration import DetectorConfig
from export.detector.data.composite_config import CompositeConfig
from export.detector.data.composites import Composer
from export.detector.data.labels import FaceLabels
from export.detector.hints import FEATURES, TeacherFeatures, agreeing_cells
from export.detector.losses import LossWeights
from export.detector.model.network import STRIDES, cell_grid
from export.detector.targets import FaceBatch
from export.detector.trainer import DetectorTrainer
from tests.export.detector.pictures_of_faces import SMALL, face, few_sources

CONFIG = DetectorConfig(
    network=SMALL,
    composites=CompositeConfig(size=64, largest=60),
    losses=LossWeights(hints=2.0),
    pictures=8 * 40,
    batch=8,
    learning_rate=1e-2,
)


def teacher_file(path, activation="Relu"):
    """Write a network with YuNet's outputs: random features of each stride, and heads on them."""
    random = np.random.default_rng(0)
    nodes, outputs, constants = [], [], [numpy_helper.from_array(np.array([0, -1, 1]), "shape")]
    for stride in STRIDES:
        kernel = random.normal(0, 0.02 / stride, (FEATURES, 3, stride, stride)).astype(np.float32)
        constants.append(numpy_helper.from_array(kernel, f"kernel_{stride}"))
        nodes.append(
            helper.make_node("Conv", ["input", f"kernel_{stride}"], [f"sum_{stride}"], strides=[stride, stride])
        )
        nodes.append(helper.make_node(activation, [f"sum_{stride}"], [f"features_{stride}"]))
        for kind in ("cls", "obj"):
            weights = random.normal(0, 0.1, (1, FEATURES, 1, 1)).astype(np.float32)
            name = f"{kind}_{stride}"
            constants.append(numpy_helper.from_array(weights, f"{name}_weights"))
            nodes += [
                helper.make_node("Conv", [f"features_{stride}", f"{name}_weights"], [f"{name}_map"]),
                helper.make_node("Reshape", [f"{name}_map", "shape"], [f"{name}_rows"]),
                helper.make_node("Sigmoid", [f"{name}_rows"], [name]),
            ]
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "cells", 1]))
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    graph = helper.make_graph(nodes, "teacher", [image], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_features_and_scores_of_every_cell(tmp_path):
    teacher = TeacherFeatures(teacher_file(tmp_path / "teacher.onnx"))
    features, scores = teacher(np.zeros((2, 64, 96, 3), np.uint8))
    assert [tuple(each.shape) for each in features] == [(2, FEATURES, 64 // step, 96 // step) for step in STRIDES]
    assert scores.shape == (2, len(cell_grid(64, 96)[0]))
    # black pixels give features of 0, so that every head says one half
    assert scores.numpy() == pytest.approx(0.5)


def test_a_file_without_activations_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no activation"):
        TeacherFeatures(teacher_file(tmp_path / "teacher.onnx", "Identity"))


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match="without hints"):
        TeacherFeatures(tmp_path / "none.onnx")


def test_cells_count_where_teacher_and_labels_agree():
    centres, _ = cell_grid(64, 64)
    faces = FaceLabels.join([face(0, 0, 16, 16), face(32, 0, 16, 16), face(0, 32, 16, 16, certain=False)])
    scores = torch.zeros(1, len(centres))
    scores[0, 0] = 0.9  # the first face, at 4, 4
    scores[0, 63] = 0.9  # the picture's last corner, at 60, 60, where no face is labelled
    inside, background = agreeing_cells(scores, FaceBatch.of([faces]), centres)
    at = {tuple(centre): index for index, centre in reversed(list(enumerate(centres.tolist())))}
    assert inside[0, at[12, 12]] and not background[0, at[12, 12]]
    assert not inside[0, at[36, 4]] and not background[0, at[36, 4]], "the teacher missed the second face"
    assert not background[0, at[4, 36]], "a doubtful place"
    assert not inside[0, at[60, 60]] and not background[0, at[60, 60]], "only the teacher sees a face"
    assert background[0, at[52, 52]]


def test_training_comes_nearer_to_the_features(tmp_path):
    composer = Composer(few_sources(), CONFIG.composites)
    random = np.random.default_rng(0)
    composed = [composer.close(random) for _ in range(8)]
    images, labels = np.stack([image for image, _ in composed]), [faces for _, faces in composed]
    trainer = DetectorTrainer(CONFIG, yunet=teacher_file(tmp_path / "teacher.onnx"))
    hints = [trainer.train_step(images, labels)["hints"] for _ in range(40)]
    assert np.mean(hints[-5:]) < 0.7 * np.mean(hints[:5])


def test_a_recipe_with_hints_asks_for_the_file():
    with pytest.raises(ValueError, match="--yunet"):
        DetectorTrainer(CONFIG)
