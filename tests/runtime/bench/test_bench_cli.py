"""``landmarks bench`` and ``landmarks compare`` as their user meets them."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from runtime.bench import suite
from runtime.bench.comparison import ComparisonOptions
from runtime.bench.resources import StartUp
from runtime.bench.results import Results
from runtime.bench.suite import SuiteOptions
from runtime.cli import bench, compare, main
from runtime.errors import LandmarksError
from runtime.media.video.video_sink import VideoSink

QUICK = ["--rounds", "2", "--out", "out"]
BENCH = ["--detectors", "blazeface-short", "--faces", "1", *QUICK]


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """Every test works in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def few_calls(monkeypatch):
    """Figures need not be good: each computation is called a few times, and a tenth of a second at a camera's pace."""
    less = {"paced_seconds": 0.1, "warm_up": 1}

    def suite_options(**given):
        return SuiteOptions(**given | less | {"fresh": 1, "fresh_frames": 1})

    monkeypatch.setattr(bench, "SuiteOptions", suite_options)
    monkeypatch.setattr(compare, "ComparisonOptions", lambda **given: ComparisonOptions(**given | less))


@pytest.mark.usefixtures("few_calls")
def test_bench_prints_tables_and_leaves_three_files(workplace, capsys):
    assert main(["bench", "--models", "trimmed", *BENCH]) == 0
    told = capsys.readouterr().out
    assert told.startswith("trimmed follows one face at ")
    assert "By stage" in told and "The whole pipeline" in told and "1 thread" in told
    kinds = {path.suffix: path for path in (workplace / "out").iterdir()}
    assert set(kinds) == {".json", ".csv", ".png"}
    assert Results.read(kinds[".json"]).threads == 1
    assert cv2.imread(str(kinds[".png"])).shape[1] == 1200


def test_default_measures_less_of_everything_but_no_median_of_a_single_number(monkeypatch):
    asked = []

    def stop(options):
        asked.append(options)
        raise LandmarksError("enough")

    monkeypatch.setattr("runtime.cli.bench.Suite", stop)
    for arguments in (["--full"], []):
        assert main(["bench", *arguments]) == 1
    whole, quick = asked
    assert set(quick.models) < set(whole.models) and set(quick.sizes) < set(whole.sizes)
    assert quick.rounds < whole.rounds and quick.fresh == whole.fresh == 3


@pytest.mark.parametrize("command", ["bench", "compare"])
def test_help_teaches(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert f"landmarks {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "--models", "full", "full"],
        ["compare", "--frames", "0"],
        ["compare", "a.mp4", "b.mp4"],
        ["bench", "--rounds", "0"],
        ["bench", "--threads", "-1"],
    ],
)
def test_wrong_options_are_refused(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"landmarks {arguments[0]}: ")


@pytest.mark.usefixtures("few_calls")
def test_compare_without_a_picture_takes_the_one_that_is_shipped(workplace, capsys):
    assert main(["compare", *QUICK]) == 0
    told = capsys.readouterr().out
    assert told.startswith("on sample.jpg, the picture that is shipped")
    assert "trimmed" in told and "all points" in told and "over 1 face" in told
    assert sorted(path.suffix for path in (workplace / "out").iterdir()) == [".csv", ".json", ".png", ".png"]


@pytest.mark.usefixtures("few_calls")
def test_compare_measures_agreement_on_every_picture(workplace, astronaut, grace_hopper, capsys):
    cv2.imwrite("a.png", astronaut)
    cv2.imwrite("b.png", grace_hopper)
    cv2.imwrite("wall.png", np.full((64, 64, 3), 99, np.uint8))
    assert main(["compare", "a.png", "b.png", "wall.png", "--json", *QUICK]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    agreement = [row for row in rows if row["group"] == "agreement"]
    assert {row["rounds"] for row in agreement} == {2}
    assert [row["name"] for row in agreement] == ["all points", "jaw", "brows", "nose", "eyes", "mouth"]
    assert 0 < agreement[0]["value"] < 10
    scene = next(row for row in rows if row["group"] == "tracking")
    assert (scene["width"], scene["height"], scene["faces"]) == (512, 512, 1)


@pytest.mark.usefixtures("few_calls")
def test_compare_takes_a_video(astronaut, capsys):
    with VideoSink("pan.mp4", 20) as sink:
        for step in range(0, 40, 4):
            sink.write(np.ascontiguousarray(astronaut[0:240, 80 + step : 400 + step]))
    assert main(["compare", "pan.mp4", "--frames", "6", *QUICK]) == 0
    assert "over 6 faces" in capsys.readouterr().out


def test_compare_without_a_face_says_so(capsys):
    cv2.imwrite("wall.png", np.full((64, 64, 3), 99, np.uint8))
    assert main(["compare", "wall.png", *QUICK]) == 1
    assert "no face was found" in capsys.readouterr().err


@pytest.mark.usefixtures("few_calls")
def test_network_that_does_not_load_costs_itself_alone(workplace, monkeypatch, capsys):
    monkeypatch.setattr(suite, "start_up", lambda *given, **options: StartUp(0.1, 0.1, 0.1, 0.1, 0.2, 100_000_000))
    (workplace / "broken.onnx").write_bytes(b"no network")
    arguments = ["--json", *BENCH]
    assert main(["bench", "--models", "broken.onnx", "trimmed", *arguments]) == 1
    out, err = capsys.readouterr()
    assert {row["model"] for row in json.loads(out)["rows"] if row["group"] == "landmark network"} == {"trimmed"}
    assert err.count("broken.onnx") == 1
    assert main(["bench", "--models", "broken.onnx", *arguments]) == 1


@pytest.mark.usefixtures("few_calls")
def test_picture_that_cannot_be_read_costs_itself_alone(workplace, astronaut, capsys):
    cv2.imwrite("a.png", astronaut)
    assert main(["compare", "a.png", "nowhere.png", "--json", *QUICK]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["rows"] and "nowhere.png: no such file" in err
