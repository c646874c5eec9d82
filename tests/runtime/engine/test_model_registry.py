"""Shipped models are intact, and everything else is refused by name."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from runtime import ModelError, Predictor, list_models
from runtime.engine import NARROW_BLOCK, WIDE_BLOCK
from runtime.engine.model_registry import LANDMARK_CONTRACT, LandmarkSpec, load_model, weights_directory
from runtime.pipeline import open_detector

GOOD = LANDMARK_CONTRACT | {"input_size": "192", "crop_scale": "1.5"}


@pytest.fixture
def weights(tmp_path):
    """A copy of the shipped weights, to be spoilt."""
    return shutil.copytree(weights_directory(), tmp_path / "weights")


class TestShipped:
    @pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.name)
    def test_file_is_as_listed(self, entry):
        content = (weights_directory() / entry.file).read_bytes()
        assert len(content) == entry.bytes
        assert hashlib.sha256(content).hexdigest() == entry.sha256
        assert entry.parameters > 0 and entry.license

    def test_every_network_is_listed(self):
        listed = {each.file for entry in list_models() for each in (entry, *entry.variants)}
        assert listed == {path.name for path in weights_directory().glob("*.onnx")}

    @pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.name)
    def test_every_processor_has_a_file_as_listed(self, entry):
        for block in (NARROW_BLOCK, WIDE_BLOCK):
            variant = entry.variant(block)
            loaded = load_model(entry.name, entry.role, block=block)
            assert (loaded.name, loaded.path.name, len(loaded.content)) == (entry.name, variant.file, variant.bytes)
            assert hashlib.sha256(loaded.content).hexdigest() == variant.sha256

    @pytest.mark.parametrize(("instructions", "block"), [("avx512", 16), ("avx2", 8), ("neon", 16), ("scalar", 8)])
    def test_file_follows_the_processor(self, monkeypatch, instructions, block):
        monkeypatch.setattr("runtime.engine.processor.instruction_set", lambda: instructions)
        expected = load_model("blazeface-back", "detector", block=block)
        assert load_model("blazeface-back", "detector") == expected

    def test_files_of_a_network_give_the_same_faces(self, astronaut):
        found = []
        for block in (NARROW_BLOCK, WIDE_BLOCK):
            detector, _ = open_detector(load_model("blazeface-back", "detector", block=block), "cpu")
            found.append(detector(astronaut))
        [narrow], [wide] = found
        np.testing.assert_allclose(narrow.box, wide.box, atol=0.01)
        np.testing.assert_allclose(narrow.keypoints, wide.keypoints, atol=0.01)
        assert narrow.score == pytest.approx(wide.score, abs=1e-5)

    def test_roles(self):
        roles = {entry.name: entry.role for entry in list_models()}
        assert roles["full"] == "landmarks"
        assert roles["blazeface-back"] == roles["blazeface-short"] == "detector"

    def test_every_network_is_in_the_list_of_licences(self):
        text = (weights_directory() / "LICENSES.md").read_text(encoding="utf-8")
        files = [each.file for entry in list_models() for each in (entry, *entry.variants)]
        assert [file for file in files if f"`{file}`" not in text] == []

    def test_every_network_has_a_card(self):
        missing = [entry.name for entry in list_models() if not (weights_directory() / f"{entry.name}.md").is_file()]
        assert missing == []


class TestManifest:
    def test_missing(self, tmp_path):
        with pytest.raises(ModelError, match=r"manifest\.json: no readable list of models"):
            list_models(tmp_path)

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "null", "{}", '{"models": 5}', '{"models": [{}]}', '{"models": [{"name": "x"}]}', "\xff"],
    )
    def test_corrupt(self, tmp_path, text):
        (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(ModelError, match="install the package again"):
            list_models(tmp_path)

    def test_wrong_hash(self, weights):
        file = weights / "full.onnx"
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with pytest.raises(ModelError, match=r"SHA-256 .* install the package again") as caught:
            load_model("full", "landmarks", weights)
        assert str(file) in str(caught.value)

    def test_listed_file_is_missing(self, weights):
        (weights / "full.onnx").unlink()
        with pytest.raises(ModelError, match=r"full\.onnx: cannot be read \(No such file"):
            load_model("full", "landmarks", weights)

    def test_new_entry_is_loaded_by_its_name(self, weights):
        manifest = json.loads((weights / "manifest.json").read_text())
        entry = next(entry for entry in manifest["models"] if entry["name"] == "full")
        manifest["models"].append(entry | {"name": "mine"})
        (weights / "manifest.json").write_text(json.dumps(manifest))
        assert load_model("mine", "landmarks", weights).name == "mine"


class TestByPath:
    @pytest.mark.parametrize("kind", [str, Path])
    def test_copy_works_like_the_original(self, tmp_path, astronaut, predictor, kind):
        copy = shutil.copy(weights_directory() / "full.onnx", tmp_path / "eigenes Netz ü.onnx")
        with Predictor(kind(copy)) as other:
            [face] = other(astronaut)
            assert other.report().landmarks.file == str(copy)
            assert other.report().landmarks.model == "eigenes Netz ü"
        assert (face.landmarks == predictor(astronaut)[0].landmarks).all()

    @pytest.mark.parametrize("model", ["ful", "FULL", "../full", "a" * 5000])
    def test_unknown_name_lists_the_known(self, model):
        with pytest.raises(ModelError, match=r"there are full|cannot be read"):
            load_model(model, "landmarks")

    @pytest.mark.parametrize("model", ["missing.onnx", "a\0b.onnx", "", "/", "a" * 5000 + ".onnx"])
    def test_path_that_cannot_be_read(self, model):
        with pytest.raises(ModelError):
            load_model(model, "landmarks")

    @pytest.mark.parametrize("model", [None, 5, b"full.onnx", ["full"]])
    def test_neither_name_nor_path(self, model):
        with pytest.raises(ModelError, match=type(model).__name__):
            load_model(model, "landmarks")


class TestOfAnotherKind:
    def test_detector_as_landmark_network(self):
        file = weights_directory() / "blazeface-back.onnx"
        with pytest.raises(ModelError, match="kind is 'face-detector', this runtime needs 'face-landmarks'") as caught:
            Predictor(file)
        assert str(file) in str(caught.value)

    def test_landmark_network_as_detector(self):
        file = weights_directory() / "full.onnx"
        with pytest.raises(ModelError, match="are not a face detector's") as caught:
            Predictor(detector=file)
        assert str(file) in str(caught.value)

    def test_onnx_without_metadata(self, tmp_path):
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("image", "points")]
        graph = helper.make_graph([helper.make_node("Identity", ["image"], ["points"])], "g", values[:1], values[1:])
        file = tmp_path / "identity.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
        with pytest.raises(ModelError, match=r"metadata does not say 'kind'.*python -m export onnx"):
            Predictor(file)
        with pytest.raises(ModelError, match=r"identity\.onnx: .*'points'.* are not a face detector's: BlazeFace has"):
            Predictor(detector=file)

    @pytest.mark.parametrize("role", ["model", "detector"])
    def test_no_onnx_at_all(self, tmp_path, role):
        file = tmp_path / "text.onnx"
        file.write_text("not a network")
        with pytest.raises(ModelError, match=r"text\.onnx: onnxruntime cannot load it"):
            Predictor(**{role: file})


class TestContract:
    def test_is_read(self):
        spec = LandmarkSpec.from_metadata(GOOD | {"license": "MIT", "training_data": "none"}, "a.onnx")
        assert spec == LandmarkSpec(192, 1.5, "MIT", "none")

    @pytest.mark.parametrize("key", GOOD)
    def test_says_everything(self, key):
        with pytest.raises(ModelError, match=key):
            LandmarkSpec.from_metadata({name: value for name, value in GOOD.items() if name != key}, "a.onnx")

    @pytest.mark.parametrize("key", GOOD)
    def test_other_values_are_refused(self, key):
        with pytest.raises(ModelError, match=rf"a\.onnx: .*{key}"):
            LandmarkSpec.from_metadata(GOOD | {key: "other"}, "a.onnx")

    @pytest.mark.parametrize(("key", "value"), [("input_size", "0"), ("crop_scale", "0"), ("crop_scale", "inf")])
    def test_senseless_numbers_are_refused(self, key, value):
        with pytest.raises(ModelError, match="makes no sense"):
            LandmarkSpec.from_metadata(GOOD | {key: value}, "a.onnx")
