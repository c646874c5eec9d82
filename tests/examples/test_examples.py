"""The examples for applications run as they are written."""

from __future__ import annotations

import asyncio
import runpy
import sys
import types
from pathlib import Path

import cv2
import pytest

from runtime import Predictor

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def photo(tmp_path, monkeypatch, astronaut):
    """A photograph in the working folder."""
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", astronaut)
    return "photo.png"


def run(name, *arguments):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"](arguments)


@pytest.mark.parametrize("arguments", [[], ["--box", "175", "50", "275", "185"]], ids=["detector", "box"])
def test_known_faces(photo, capsys, arguments):
    run("known_faces", photo, *arguments)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("confidence 1.00, nose tip at 22")


def test_aligned_crops(photo, tmp_path, capsys):
    run("aligned_crops", photo, "--out", "crops")
    sizes = {path.name: cv2.imread(str(path)).shape[0] for path in (tmp_path / "crops").iterdir()}
    assert sizes == {
        "face0-arcface.png": 112, "face0-ffhq.png": 256, "face0-left-eye.png": 64, "face0-mouth.png": 96,
        "face0-skin.png": 112,
    }  # fmt: skip
    assert capsys.readouterr().out.startswith("face 0: nose tip at 12")


def test_pose_in_camera(photo, tmp_path, capsys, astronaut):
    run("pose_in_camera", photo, "--focal", "1024")
    far = capsys.readouterr().out
    run("pose_in_camera", photo)
    near = capsys.readouterr().out
    away = [float(text.split(" mm away")[0].split()[-1]) for text in (far, near)]
    assert away[0] == pytest.approx(2 * away[1], rel=0.1)
    assert (cv2.imread(str(tmp_path / "axes.png")) != astronaut).any()


def test_gaze_and_distance(photo, tmp_path, capsys, astronaut):
    run("gaze_and_distance", photo, "marked.png", "--focal", "1024")
    line = capsys.readouterr().out
    assert line.startswith("face 0: gaze -") and "iris 7." in line and line.endswith(" cm away\n")
    assert (cv2.imread(str(tmp_path / "marked.png")) != astronaut).any()


def test_expression_measures(photo, capsys):
    run("expression_measures", photo)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8 and lines[0].startswith("face 0: eye_opening_right 0.2") and lines[-1] == "face 0: smiles"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_tables_of_faces(photo, tmp_path, capsys, ending):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    run("tables_of_faces", photo, "--table", f"faces.{ending}")
    assert capsys.readouterr().out == "photo.png: largest face looks +1 degrees to the side\n"
    assert (tmp_path / f"faces.{ending}").is_file() and (tmp_path / "photo-marked.png").is_file()


def test_async_service(photo, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    run("async_service", photo, "text.jpg", photo)
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == third == "photo.png: 1 faces"
    assert second.startswith("text.jpg: <10 bytes>: not a picture")


def test_async_service_leaves_the_event_loop_free(astronaut):
    """Others take their turns while the networks run."""
    example = runpy.run_path(str(EXAMPLES / "async_service.py"))
    content = cv2.imencode(".png", astronaut)[1].tobytes()

    async def serve():
        turns = 0
        with Predictor() as predictor:
            service = example["FaceService"](predictor)
            work = asyncio.gather(*(service.faces(content) for _ in range(4)))
            while not work.done():
                turns += 1
                await asyncio.sleep(0)
            return turns, await work

    turns, found = asyncio.run(serve())
    assert turns > 10 and [len(faces) for faces in found] == [1] * 4


def test_notebook_cells(photo, tmp_path, monkeypatch, astronaut):
    cv2.imwrite("photo.jpg", astronaut)
    shown = []
    display = types.SimpleNamespace(display=shown.append)
    notebook = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=object()), display=display)
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    names = runpy.run_path(str(EXAMPLES / "notebook_cells.py"))
    assert len(names["faces"]) == 1 and shown[0]._repr_png_().startswith(b"\x89PNG")


def test_other_libraries(photo, tmp_path, capsys, astronaut):
    pytest.importorskip("supervision")
    pytest.importorskip("pandas")
    run("other_libraries", photo)
    assert capsys.readouterr().out.startswith("{'confidence': 1.0, 'yaw': 1")
    assert (cv2.imread(str(tmp_path / "drawn.png")) != astronaut).any()
