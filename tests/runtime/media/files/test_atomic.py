"""A file's name always stands for a whole file: the old one or the new one."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from runtime.media.files.atomic import (
    create_part,
    fit_name,
    is_stream,
    put_in_place,
    replacing,
    write_bytes,
    write_text,
)

LONGEST = "n" * 251 + ".txt"


def test_new_file_has_the_content_and_the_usual_permissions(tmp_path):
    write_text(tmp_path / "a.txt", "first\n")
    (tmp_path / "usual").touch()
    assert (tmp_path / "a.txt").read_bytes() == b"first\n"
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_of_the_old_file_are_kept(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(0o640)
    write_text(tmp_path / "a.txt", "new")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_block_that_raises_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "a.txt") as part:
        part.write_text("half of the n")
        raise ZeroDivisionError
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old"}


def test_temporary_name_has_the_extension_and_is_in_the_same_folder(tmp_path):
    with replacing(tmp_path / "chart.png") as part:
        assert (part.parent, part.suffix) == (tmp_path, ".png")
        part.write_bytes(b"png")


def test_symbolic_link_is_replaced_and_what_it_leads_to_stays(tmp_path):
    (tmp_path / "original.txt").write_text("precious")
    (tmp_path / "link.txt").symlink_to("original.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "original.txt").read_text() == "precious"
    assert (tmp_path / "link.txt").read_text() == "new" and not (tmp_path / "link.txt").is_symlink()


def test_other_name_of_a_hard_link_keeps_its_content(tmp_path):
    (tmp_path / "original.txt").write_text("precious")
    os.link(tmp_path / "original.txt", tmp_path / "link.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "original.txt").read_text() == "precious"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_write_protected_file_is_not_replaced(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_longest_name_that_the_file_system_has_will_do(tmp_path):
    write_text(tmp_path / LONGEST, "text")
    assert [path.name for path in tmp_path.iterdir()] == [LONGEST]


def test_name_that_is_too_long_is_refused_before_the_work(tmp_path):
    with pytest.raises(OSError, match="too long"), replacing(tmp_path / f"n{LONGEST}"):
        pytest.fail("the block must not run")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("path", "error"), [("nowhere/a.txt", FileNotFoundError), ("folder", IsADirectoryError)])
def test_error_names_the_file_that_was_wanted(tmp_path, path, error):
    (tmp_path / "folder").mkdir()
    with pytest.raises(error) as raised:
        write_text(tmp_path / path, "text")
    assert raised.value.filename == str(tmp_path / path)


def test_two_writers_at_once_leave_the_whole_file_of_one(tmp_path):
    contents = [bytes([65 + writer]) * 200_000 for writer in range(8)]
    barrier = threading.Barrier(len(contents))

    def write(content):
        barrier.wait()
        for _ in range(5):
            write_bytes(tmp_path / "a.bin", content, sync=False)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "a.bin").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_part_may_be_put_in_place_later(tmp_path):
    part = create_part(tmp_path / "video.mp4")
    assert part.stat().st_size == 0
    part.write_bytes(b"video")
    put_in_place(part, tmp_path / "video.mp4")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"video.mp4": b"video"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_pipe_and_device_are_written_to_and_stay(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through")
    reader.join()
    assert received == ["through"] and stat.S_ISFIFO(pipe.stat().st_mode)
    write_text(os.devnull, "gone")
    assert is_stream(os.devnull) and not Path(os.devnull).is_file()


def test_text_that_is_not_unicode_is_escaped(tmp_path):
    write_text(tmp_path / "a.txt", "grüße " + os.fsdecode(b"\xe9") + "\n")
    assert (tmp_path / "a.txt").read_bytes() == "grüße \\udce9\n".encode()


@pytest.mark.parametrize(("stem", "ending"), [("short", ".png"), ("n" * 300, "-2.png"), ("妈" * 100, ".png")])
def test_name_is_cut_to_what_the_file_system_takes(tmp_path, stem, ending):
    name = fit_name(tmp_path, stem, ending)
    (tmp_path / name).touch()
    assert name.endswith(ending) and stem.startswith(name.removesuffix(ending))
    assert name == stem + ending or len(os.fsencode(name)) > 250
