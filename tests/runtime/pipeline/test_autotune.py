"""Threads and batches: measured once on a machine, remembered, the same from then on."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from runtime import OptionError, Predictor
from runtime.engine import sessions
from runtime.engine.model_registry import load_model
from runtime.engine.user_cache import VARIABLE, Cache
from runtime.pipeline import autotune
from runtime.pipeline.autotune import Memory, Tuning, measure


@pytest.fixture(autouse=True)
def short_measurement(monkeypatch):
    """Measure one round only, as on a machine of one core: the times do not matter here."""
    monkeypatch.setattr(autotune, "ROUNDS", 1)
    pretend_cores(monkeypatch, 1)


def pretend_cores(monkeypatch, count):
    monkeypatch.setattr(autotune.os, "sched_getaffinity", lambda _: set(range(count)), raising=False)


@pytest.fixture(scope="module")
def tuned_folder(tmp_path_factory):
    """A cache in which the default networks are tuned."""
    folder = tmp_path_factory.mktemp("tuned")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(autotune, "ROUNDS", 1)
        pretend_cores(monkeypatch, 1)
        Predictor.autotune(cache=folder).close()
    return folder


@pytest.fixture
def tuned(tuned_folder, tmp_path):
    """The same, to write to."""
    return shutil.copytree(tuned_folder, tmp_path / "tuned")


@pytest.fixture
def times(monkeypatch, predictor):
    """Measured times, made up: milliseconds by the name of the way."""

    def pretend(cores=4, **milliseconds):
        pretend_cores(monkeypatch, cores)

        def shortest(ways):
            return {name: milliseconds.get(name.replace(",", "").replace(" ", "_"), 1.0) for name in ways}

        monkeypatch.setattr(autotune, "_shortest", shortest)
        return measure(lambda _: networks.landmarker, lambda _: networks.detector)

    networks = predictor._networks()
    return pretend


class TestChoice:
    def test_threads_that_gain_little_are_left_to_others(self, times):
        assert times(one_crop_1_threads=1.0, one_crop_2_threads=0.85).landmark_threads == 1

    def test_threads_that_gain_much_are_taken(self, times):
        found = times(one_crop_1_threads=1.0, one_crop_2_threads=0.55, one_crop_4_threads=0.5)
        assert (found.landmark_threads, found.detector_threads) == (2, 1)

    def test_each_network_has_its_own(self, times):
        found = times(detector_1_threads=4.0, detector_2_threads=2.2, detector_4_threads=1.2)
        assert (found.landmark_threads, found.detector_threads) == (1, 4)

    def test_no_more_threads_than_processors(self, times):
        found = times(cores=2, detector_1_threads=4.0, detector_2_threads=2.0, detector_4_threads=1.0)
        assert found.detector_threads == 2 and "detector, 4 threads" not in found.milliseconds

    def test_crops_go_one_by_one_where_that_is_faster(self, times):
        assert times(**{"5_crops_together_1_threads": 5.0, "5_crops_one_by_one_1_threads": 4.0}).crops_per_call == 1
        assert times(**{"5_crops_together_1_threads": 4.0, "5_crops_one_by_one_1_threads": 5.0}).crops_per_call > 1


class TestMemory:
    def test_second_start_remembers(self, tmp_path, monkeypatch):
        pretend_cores(monkeypatch, 2)
        with Predictor.autotune(cache=tmp_path) as first, Predictor.autotune(cache=tmp_path) as second:
            measured, remembered = first.report().tuning, second.report().tuning
        assert (measured.origin, remembered.origin) == ("measured", "remembered")
        assert remembered.milliseconds == measured.milliseconds
        assert remembered.landmark_threads == measured.landmark_threads

    def test_again_measures_again(self, tuned):
        with Predictor.autotune(cache=tuned) as predictor:
            assert predictor.report().tuning.origin == "remembered"
        with Predictor.autotune(cache=tuned, again=True) as predictor:
            assert predictor.report().tuning.origin == "measured"

    @pytest.mark.parametrize("options", [{"model": "trimmed"}, {"detector": "blazeface-short"}, {"detector_size": 192}])
    def test_other_networks_are_measured_on_their_own(self, tuned, options):
        with Predictor.autotune(cache=tuned, **options) as predictor:
            assert predictor.report().tuning.origin == "measured"

    def test_networks_are_measured_with_the_providers_that_were_asked_for(self, tmp_path, monkeypatch):
        seen = []
        opened = sessions.start
        monkeypatch.setattr(sessions, "start", lambda *given: (seen.append(list(given[2])), opened(*given))[1])
        providers = [("CPUExecutionProvider", {"use_arena": "0"})]
        Predictor.autotune(cache=False, providers=providers).close()
        assert seen and all(given == providers for given in seen)

    @pytest.mark.parametrize("providers", [["CPUExecutionProvider"], [("CPUExecutionProvider", {"use_arena": "0"})]])
    def test_other_providers_are_measured_on_their_own(self, tuned, providers):
        for origin in ("measured", "remembered"):
            with Predictor.autotune(cache=tuned, providers=providers) as predictor:
                assert predictor.report().tuning.origin == origin

    def test_order_of_a_providers_options_does_not_matter(self, tmp_path):
        options = {"use_arena": "0", "other": "1"}
        networks = load_model("trimmed", "landmarks"), load_model("blazeface-short", "detector")
        one, other = (
            Memory(Cache(tmp_path), *networks, "auto", None, [("CPUExecutionProvider", dict(items))])
            for items in (options.items(), reversed(options.items()))
        )
        one.remember(Tuning(1, 1, 8))
        assert other.recall().origin == "remembered"

    def test_tuning_of_another_version_is_measured_again(self, tuned, monkeypatch):
        monkeypatch.setattr(autotune, "FORMAT", autotune.FORMAT + 1)
        with Predictor.autotune(cache=tuned) as predictor:
            assert predictor.report().tuning.origin == "measured"

    @pytest.mark.parametrize("content", [b"{}", b"[1]", b"no JSON", b'{"landmark_threads": 1, "unknown": 2}'])
    def test_entry_that_is_no_tuning_counts_as_absent(self, tmp_path, content):
        networks = load_model("trimmed", "landmarks"), load_model("blazeface-short", "detector")
        memory = Memory(Cache(tmp_path), *networks, "auto", None)
        memory.cache.write("tuning", memory._key(), content)
        assert memory.recall() is None

    def test_by_default_the_tuning_alone_is_written_to_the_users_cache_directory(self, tmp_path, monkeypatch):
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr("runtime.engine.user_cache.user_directory", lambda: tmp_path / "kept")
        Predictor.autotune().close()
        assert [path.name.partition("-")[0] for path in (tmp_path / "kept").iterdir()] == ["tuning"]

    def test_cache_that_was_asked_for_keeps_the_graphs_too(self, tuned_folder):
        assert {path.name.rpartition("-")[0] for path in tuned_folder.iterdir()} == {"tuning", "full", "blazeface-back"}

    def test_environment_can_forbid_remembering(self, tmp_path, monkeypatch):
        monkeypatch.setenv(VARIABLE, "0")
        monkeypatch.setattr("runtime.engine.user_cache.user_directory", lambda: tmp_path)
        Predictor.autotune().close()
        assert list(tmp_path.iterdir()) == []

    def test_nothing_is_kept_without_a_cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
        with Predictor.autotune(cache=False) as predictor:
            assert predictor.report().tuning.origin == "measured"
        assert list(tmp_path.iterdir()) == []

    def test_place_that_cannot_be_written_to_is_said(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        with Predictor.autotune(cache=tmp_path / "file" / "kept") as predictor:
            assert predictor.report().tuning.origin.startswith("not remembered: ")


class TestPredictor:
    def test_runs_as_it_was_tuned(self, astronaut, predictor):
        found = Tuning(landmark_threads=2, detector_threads=1, crops_per_call=1)
        with Predictor(tuning=found) as tuned:
            report = tuned.report()
            [face], [reference] = tuned(astronaut), predictor(astronaut)
        assert (report.landmarks.threads, report.detector.threads, report.tuning) == (2, 1, found)
        np.testing.assert_allclose(face.landmarks, reference.landmarks, atol=0.01)

    def test_crops_one_by_one_give_what_they_give_together(self, astronaut, predictor):
        crowd = np.hstack([astronaut] * 3)
        with Predictor(tuning=Tuning(1, 1, crops_per_call=1)) as apart:
            pairs = list(zip(apart(crowd), predictor(crowd), strict=True))
        assert len(pairs) == 3
        for face, reference in pairs:
            np.testing.assert_allclose(face.landmarks, reference.landmarks, atol=0.01)

    def test_takes_the_other_options(self, tmp_path):
        with Predictor.autotune("trimmed", cache=tmp_path, max_faces=1, min_score=0.6) as predictor:
            assert predictor.report().landmarks.model == "trimmed"

    @pytest.mark.parametrize("options", [{"threads": 2}, {"tuning": Tuning(1, 1, 8)}])
    def test_finds_the_threads_itself(self, options):
        with pytest.raises(OptionError, match=f"leave out {next(iter(options))}"):
            Predictor.autotune(cache=False, **options)

    def test_report_goes_through_json(self):
        with Predictor(tuning=Tuning(1, 1, 8, {"one crop": 0.5})) as predictor:
            report = json.loads(json.dumps(predictor.report().to_dict()))
        assert report["tuning"]["milliseconds"] == {"one crop": 0.5}
