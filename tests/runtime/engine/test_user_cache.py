"""Files kept from one start to the next: found again, never damaged, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.engine.user_cache import VARIABLE, Cache, find_cache, machine, user_directory
from runtime.errors import OptionError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "kept")


def only_file(cache):
    [file] = cache.directory.iterdir()
    return file


class TestEntries:
    def test_content_comes_back(self, cache):
        cache.write("graph", b"key", b"content")
        assert cache.read("graph", b"key") == b"content"

    def test_what_was_never_written_is_absent(self, cache):
        assert cache.read("graph", b"key") is None

    @pytest.mark.parametrize(("name", "key"), [("graph", b"other"), ("other", b"key")])
    def test_another_key_or_name_is_another_entry(self, cache, name, key):
        cache.write("graph", b"key", b"content")
        assert cache.read(name, key) is None

    def test_entry_of_another_key_under_this_name_counts_as_absent(self, cache):
        cache.write("graph", b"other", b"content")
        file = only_file(cache)
        cache.write("graph", b"key", b"mine")
        [mine] = set(cache.directory.iterdir()) - {file}
        file.replace(mine)
        assert cache.read("graph", b"key") is None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(place=st.integers(0, 39), flip=st.integers(1, 255))
    def test_any_changed_byte_makes_it_absent(self, cache, place, flip):
        cache.write("graph", b"key", b"8 bytes!")
        file = only_file(cache)
        entry = bytearray(file.read_bytes())
        entry[place] ^= flip
        file.write_bytes(entry)
        assert cache.read("graph", b"key") is None

    @pytest.mark.parametrize("left", [0, 1, 31, 32, 39])
    def test_cut_entry_is_absent_and_can_be_written_again(self, cache, left):
        cache.write("graph", b"key", b"8 bytes!")
        file = only_file(cache)
        file.write_bytes(file.read_bytes()[:left])
        assert cache.read("graph", b"key") is None
        cache.write("graph", b"key", b"8 bytes!")
        assert cache.read("graph", b"key") == b"8 bytes!"

    def test_many_writers_leave_one_whole_entry(self, cache):
        contents = [bytes([number]) * 200_000 for number in range(16)]
        with ThreadPoolExecutor(8) as pool:
            seen = list(
                pool.map(lambda each: (cache.write("graph", b"key", each), cache.read("graph", b"key")), contents)
            )
        assert all(content in contents for _, content in seen)
        assert cache.read("graph", b"key") in contents
        assert len(list(cache.directory.iterdir())) == 1

    def test_processes_do_not_disturb_each_other(self, cache):
        code = (
            "import sys, pathlib\n"
            "from runtime.engine.user_cache import Cache; cache = Cache(pathlib.Path(sys.argv[1]))\n"
            "for _ in range(50):\n"
            "    cache.write('graph', b'key', sys.argv[2].encode() * 50_000)\n"
            "    assert set(cache.read('graph', b'key')) in ({97}, {98})"
        )
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", code, str(cache.directory)]
        running = [subprocess.Popen([*command, letter], env=environment) for letter in "ab"]
        assert [each.wait() for each in running] == [0, 0]

    def test_directory_that_cannot_be_made_is_an_os_error(self, tmp_path):
        (tmp_path / "file").write_text("in the way")
        cache = Cache(tmp_path / "file" / "kept")
        assert cache.read("graph", b"key") is None
        with pytest.raises(OSError, match="kept"):
            cache.write("graph", b"key", b"content")


class TestPlace:
    def test_nowhere_by_default(self, monkeypatch):
        monkeypatch.delenv(VARIABLE, raising=False)
        assert find_cache(None) is None

    @pytest.mark.parametrize(
        ("value", "expected"), [("", None), ("0", None), ("some/place", Cache(Path("some/place")))]
    )
    def test_environment_decides_where_nothing_is_said(self, monkeypatch, value, expected):
        monkeypatch.setenv(VARIABLE, value)
        assert find_cache(None) == expected

    def test_environment_can_ask_for_the_users_directory(self, monkeypatch):
        monkeypatch.setenv(VARIABLE, "1")
        assert find_cache(None) == Cache(user_directory())

    def test_argument_wins(self, monkeypatch, tmp_path):
        monkeypatch.setenv(VARIABLE, "elsewhere")
        assert find_cache(False) is None
        assert find_cache(True) == Cache(user_directory())
        assert find_cache(tmp_path) == find_cache(str(tmp_path)) == Cache(tmp_path)

    @pytest.mark.parametrize(
        ("system", "variable"), [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")], ids=["linux", "windows"]
    )
    def test_users_directory_is_where_the_system_says(self, monkeypatch, tmp_path, system, variable):
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setenv(variable, str(tmp_path))
        assert user_directory() == tmp_path / "edge-landmarks"
        monkeypatch.delenv(variable)
        assert user_directory().is_relative_to(Path.home())

    @pytest.mark.parametrize("wanted", [5, "", b"place", 1.0])
    def test_what_is_no_place_is_refused(self, wanted):
        with pytest.raises(OptionError, match="cache="):
            find_cache(wanted)

    def test_machine_is_the_same_each_time_and_names_the_processor(self):
        assert machine() == machine() and len(machine().splitlines()) >= 3
