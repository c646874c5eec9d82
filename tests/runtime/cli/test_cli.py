"""The ``landmarks`` command as its user meets it."""

from __future__ import annotations

import csv
import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
import skimage.data

import runtime
from runtime import Predictor
from runtime.cli import main, predict
from runtime.media.video.video_sink import VideoSink
from runtime.media.video.video_source import VideoSource

ASTRONAUT = np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])
GRACE_HOPPER = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
NO_FACE = np.full((64, 64, 3), 128, np.uint8)


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """Every test works in an empty folder of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def photos(workplace):
    """A folder with two portraits."""
    folder = workplace / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "astronaut.png"), ASTRONAUT)
    shutil.copy(GRACE_HOPPER, folder / "hopper.jpg")
    return folder


@pytest.fixture
def clip(workplace):
    """Ten frames of a pan over the astronaut."""
    path = workplace / "pan.mp4"
    with VideoSink(path, 20) as sink:
        for step in range(0, 40, 4):
            sink.write(np.ascontiguousarray(ASTRONAUT[0:240, 80 + step : 400 + step]))
    return path


def save(path, image=ASTRONAUT):
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def environment():
    """Variables with which a process imports this package from any folder."""
    top = str(Path(runtime.__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [top, os.environ.get("PYTHONPATH")]))}


def start(*arguments):
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "runtime", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip


def test_predict_annotates_and_reports_a_photograph(photos, capsys):
    assert main(["predict", "photos/astronaut.png"]) == 0
    line, summary = capsys.readouterr().out.splitlines()
    assert line.startswith("photos/astronaut.png: 1 face, ")
    assert line.endswith("landmarks-out/astronaut.png")
    assert summary.startswith("1 image, 1 face, 0 failed")
    annotated = cv2.imread("landmarks-out/astronaut.png")
    touched = np.argwhere((annotated != ASTRONAUT).any(axis=2))
    # Her face, of about 100 pixels, is centred at (224, 126).
    np.testing.assert_allclose(touched.mean(axis=0), (126, 224), atol=25)


def test_json_and_csv_hold_what_the_predictor_finds(photos):
    main(["predict", "photos", "--no-picture", "--json", "faces.json", "--csv", "faces.csv"])
    with Predictor() as predictor:
        expected = [face.to_dict() for face in predictor(ASTRONAUT)]
    astronaut, hopper = json.loads(Path("faces.json").read_text())
    assert (astronaut["image"], hopper["image"]) == ("photos/astronaut.png", "photos/hopper.jpg")
    assert (hopper["width"], hopper["height"], hopper["error"]) == (512, 600, None)
    assert astronaut["faces"] == expected
    with open("faces.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image"] for row in rows] == ["photos/astronaut.png", "photos/hopper.jpg"]
    assert float(rows[0]["x30"]) == expected[0]["landmarks"][30][0]
    assert not Path("landmarks-out").exists()


@pytest.mark.parametrize(("given", "written"), [("a.jpg", "a.jpg"), ("a.JPEG", "a.jpg"), ("a.bmp", "a.png")])
def test_jpeg_stays_jpeg_and_the_rest_becomes_png(workplace, given, written):
    save(workplace / given)
    assert main(["predict", given, "--out", "marked"]) == 0
    assert files("marked") == [written]
    assert (Path("marked", written).read_bytes()[:3] == b"\xff\xd8\xff") == (written == "a.jpg")


def test_broken_image_is_reported_and_the_rest_goes_on(photos, capsys):
    (photos / "broken.jpg").write_bytes(GRACE_HOPPER.read_bytes()[:5000])
    assert main(["predict", "photos", "nowhere.jpg", "--json", "faces.json"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(": ")[1] for line in err.splitlines()] == ["photos/broken.jpg", "nowhere.jpg"]
    assert "Traceback" not in err
    assert "4 images, 2 faces, 2 failed" in out
    assert files("landmarks-out") == ["astronaut.png", "hopper.jpg"]
    results = {each["image"]: each["error"] for each in json.loads(Path("faces.json").read_text())}
    assert results["photos/astronaut.png"] is results["photos/hopper.jpg"] is None
    assert "broken.jpg" in results["photos/broken.jpg"]


def test_one_broken_picture_in_a_hundred_costs_only_itself(workplace, capsys):
    good = save(workplace / "good.jpg", cv2.resize(ASTRONAUT[40:200, 140:300], (64, 64), interpolation=cv2.INTER_AREA))
    content = good.read_bytes()
    folder = workplace / "many"
    folder.mkdir()
    for number in range(100):
        broken = number == 50
        (folder / f"{number:04}.jpg").write_bytes(content[: len(content) // 2] if broken else content)
    arguments = [
        "predict",
        "many",
        "--detector",
        "blazeface-short",
        "--json",
        "faces.json",
        "--csv",
        "faces.csv",
    ]
    assert main(arguments) == 1
    assert len(files("landmarks-out")) == 99
    assert "0050.jpg" not in files("landmarks-out")
    results = json.loads(Path("faces.json").read_text())
    assert [each["image"] for each in results if each["error"]] == ["many/0050.jpg"]
    assert sum(len(each["faces"]) == 1 for each in results) == 99
    assert len(Path("faces.csv").read_text().splitlines()) == 1 + 99
    assert capsys.readouterr().err.count("0050.jpg") == 1


def test_inputs_of_the_same_name_get_outputs_of_their_own(workplace):
    for number, name in enumerate(["a/x.jpg", "b/x.jpg", "c/X.JPG", "d/x.jpeg", "e/x-2.jpg"]):
        save(workplace / name, np.full((32, 32 + number, 3), 128, np.uint8))
    assert main(["predict", "a", "b", "c", "d", "e"]) == 0
    written = files("landmarks-out")
    assert len({name.casefold() for name in written}) == 5
    assert {cv2.imread(f"landmarks-out/{name}").shape[1] for name in written} == set(range(32, 37))


def test_image_named_twice_is_done_once(photos, capsys):
    assert main(["predict", "photos", "photos/astronaut.png", "./photos/hopper.jpg"]) == 0
    assert "2 images" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["with space.jpg", "grüße an 妈妈.png", "-starts-with-dash.jpg", "100%.jpg"])
def test_any_file_name_will_do(workplace, name):
    save(workplace / "phötos of us" / name, NO_FACE)
    assert main(["predict", "phötos of us", "--out", "märked here", "--json", "f.json"]) == 0
    assert files("märked here") == [name]
    assert json.loads(Path("f.json").read_text("utf-8"))[0]["image"] == f"phötos of us/{name}"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are not Unicode")
def test_file_name_that_is_not_unicode_will_do(workplace, capsys):
    name = os.fsdecode(b"caf\xe9.jpg")
    save(workplace / "photos" / "a.jpg", NO_FACE).rename(workplace / "photos" / name)
    assert main(["predict", "photos", "--json", "f.json", "--csv", "f.csv"]) == 0
    assert files("landmarks-out") == [name]
    assert "caf\\udce9.jpg: 0 faces" in capsys.readouterr().out


def test_folder_gives_its_images_only(workplace):
    for name in ("photos/a.JPG", "photos/.hidden.jpg", "photos/inner/b.png", "photos/.git/c.png"):
        save(workplace / name, NO_FACE)
    (workplace / "photos" / "notes.txt").write_text("no image")
    assert main(["predict", "photos"]) == 0
    assert files("landmarks-out") == ["a.jpg"]
    assert main(["predict", "photos", "--recursive"]) == 0
    assert files("landmarks-out") == ["a.jpg", "b.png"]


def test_file_given_by_name_is_tried_whatever_its_suffix(workplace):
    save(workplace / "photo.jpg", NO_FACE).rename(workplace / "download.tmp")
    assert main(["predict", "download.tmp"]) == 0
    assert files("landmarks-out") == ["download.png"]


def test_second_run_does_not_take_its_own_output_for_input(workplace):
    save(workplace / "photos" / "a.jpg", NO_FACE)
    arguments = ["predict", ".", "--recursive"]
    assert main(arguments) == main(arguments) == 0
    assert files("landmarks-out") == ["a.jpg"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["photos", "--out", "photos"],
        ["photos/astronaut.png", "--out", "photos/../photos"],
        ["photos", "--json", "photos/hopper.jpg"],
        ["photos", "--csv", "photos/astronaut.png"],
        ["photos", "--csv", "same", "--json", "same"],
    ],
)
def test_no_input_is_ever_overwritten(photos, capsys, arguments):
    before = {name: (photos / name).read_bytes() for name in files(photos)}
    assert main(["predict", *arguments]) == 2
    assert {name: (photos / name).read_bytes() for name in files(photos)} == before
    assert "choose another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "empty"], "no images in empty"),
        (["predict", "photos", "--min-score", "1.5"], "min_score"),
        (["predict", "photos", "--max-faces", "0"], "max_faces"),
        (["predict", "photos", "--out", "photos/hopper.jpg"], "hopper.jpg"),
        (["video", "pan.mp4", "out.gif"], ".mp4"),
        (["video", "pan.mp4", "pan.mp4"], "choose another"),
        (["video", "pan.mp4", "out.mp4", "--detect-every", "-1"], "detect_every"),
    ],
)
def test_wrong_usage_is_explained_in_a_line(photos, clip, workplace, capsys, arguments, message):
    (workplace / "empty").mkdir()
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert len(err.splitlines()) == 1
    assert not out


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict"], ["predict", "a.jpg", "--colour"], ["predict", "a.jpg", "--threads", "many"], ["fly"]],
)
def test_command_line_that_cannot_be_parsed_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert "usage: landmarks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "photos", "--model", "no-such-model"], "no-such-model"),
        (["predict", "photos", "--model", "photos/hopper.jpg"], "hopper.jpg"),
        (["predict", "photos", "--device", "cuda"], "onnxruntime-gpu"),
        (["predict", "photos", "--json", "nowhere/faces.json"], "nowhere"),
        (["video", "nowhere.mp4", "out.mp4"], "nowhere.mp4"),
    ],
)
def test_what_cannot_work_is_explained_in_a_line(photos, clip, capsys, arguments, message):
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1


def test_results_of_an_earlier_run_survive_a_model_that_does_not_load(photos):
    Path("faces.json").write_text("from an earlier run")
    main(["predict", "photos", "--model", "no-such-model", "--json", "faces.json"])
    assert Path("faces.json").read_text() == "from an earlier run"


def test_interrupted_run_keeps_what_is_done(photos, monkeypatch, capsys):
    calls = itertools.count()

    def read_image(path):
        if next(calls) == 1:
            raise KeyboardInterrupt
        return runtime.read_image(path)

    monkeypatch.setattr(predict, "read_image", read_image)
    assert main(["predict", "photos", "--json", "faces.json"]) == 130
    out, err = capsys.readouterr()
    assert "1 image, 1 face" in out
    assert "1 image not done" in err
    assert [each["image"] for each in json.loads(Path("faces.json").read_text())] == ["photos/astronaut.png"]
    assert files("landmarks-out") == ["astronaut.png"]


def test_ctrl_c_leaves_a_video_that_plays(workplace):
    with VideoSink("long.avi", 30) as sink:
        for _ in range(3000):
            sink.write(NO_FACE)
    with start("video", "long.avi", "out.avi", "--json", "faces.jsonl") as process:
        deadline = time.monotonic() + 60
        while not (Path("faces.jsonl").exists() and Path("faces.jsonl").stat().st_size) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    with VideoSource("out.avi") as source:
        done = len(list(source))
    assert 0 < done < 3000
    # the signal may catch a frame that is written and neither in the table nor counted yet
    assert abs(int(out.split()[0]) - done) <= 1
    assert abs(len(Path("faces.jsonl").read_text().splitlines()) - done) <= 1
    assert files(".") == ["faces.jsonl", "long.avi", "out.avi"]


def test_closed_pipe_ends_the_run_quietly(photos):
    for number in range(30):
        shutil.copy(photos / "hopper.jpg", photos / f"{number}.jpg")
    with start("predict", "photos", "--no-picture") as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix closes the streams")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("predict photos --no-picture >&-", 0, ""),
        ("predict photos --no-picture 2>&-", 0, ""),
        ("predict photos --no-picture >&- 2>&- <&-", 0, ""),
        ("predict photos --no-picture --json - >&-", 1, "landmarks predict: -: standard output is closed\n"),
        ("--version >&-", 0, None),
    ],
)
def test_closed_standard_streams(photos, arguments, code, message):
    command = f"{shlex.quote(sys.executable)} -m runtime {arguments}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment())
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert message is None or done.stderr == message


def test_video_is_annotated_frame_by_frame(clip, capsys):
    assert main(["video", "pan.mp4", "out.mp4", "--json", "faces.jsonl", "--csv", "faces.csv"]) == 0
    with VideoSource("pan.mp4") as before, VideoSource("out.mp4") as after:
        assert (after.fps, after.size, after.frame_count) == (before.fps, before.size, before.frame_count)
        for old, new in zip(before, after, strict=True):
            difference = np.abs(new.image.astype(int) - old.image).max(axis=2)
            # Light and dark strokes around the face; the compression alone changes pixels by far less.
            assert (difference > 80).sum() > 200
    frames = [json.loads(line) for line in Path("faces.jsonl").read_text().splitlines()]
    assert [(each["frame"], each["time"]) for each in frames] == [(i, pytest.approx(i / 20)) for i in range(10)]
    assert all(len(each["faces"]) == 1 for each in frames)
    with open("faces.csv", newline="") as file:
        assert [row["frame"] for row in csv.DictReader(file)] == [str(index) for index in range(10)]
    assert capsys.readouterr().out.startswith("10 frames, 10 faces, ")


@pytest.mark.parametrize(
    ("options", "tracks"),
    [([], "0"), (["--no-smoothing"], "0"), (["--detect-every", "0"], "0"), (["--no-tracking"], "")],
)
def test_face_of_a_video_keeps_its_number(clip, options, tracks):
    assert main(["video", "pan.mp4", "out.mp4", "--csv", "faces.csv", *options]) == 0
    with open("faces.csv", newline="") as file:
        assert [row["track"] for row in csv.DictReader(file)] == [tracks] * 10


def test_video_is_smoothed_unless_told_otherwise(clip):
    points = {}
    for name, options in (("smooth", []), ("raw", ["--no-smoothing"])):
        main(["video", "pan.mp4", "out.mp4", "--json", f"{name}.jsonl", *options])
        frames = [json.loads(line) for line in Path(f"{name}.jsonl").read_text().splitlines()]
        points[name] = np.array([each["faces"][0]["landmarks"] for each in frames])
    apart = np.linalg.norm(points["smooth"] - points["raw"], axis=-1)
    assert apart[0].max() == 0 and 0 < apart[1:].mean() < 1


def test_points_follow_the_face_through_the_video(clip):
    """The camera pans 4 pixels a frame to the right: the face wanders to the left."""
    main(["video", "pan.mp4", "out.mp4", "--json", "faces.jsonl"])
    frames = [json.loads(line) for line in Path("faces.jsonl").read_text().splitlines()]
    nose = np.array([each["faces"][0]["landmarks"][30][0] for each in frames])
    np.testing.assert_allclose(np.diff(nose), -4, atol=2.5)
    assert nose[0] - nose[-1] == pytest.approx(36, abs=3)


def test_models_are_listed(capsys):
    assert main(["models"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split(maxsplit=7) == [
        *("name", "role", "size", "parameters", "sha-256", "accuracy", "licence"),
        "trained on",
    ]
    assert {row.split()[0] for row in rows} == {entry.name for entry in runtime.list_models()}


def test_models_as_json_is_the_manifest(capsys):
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["sha256"]) for each in listed] == [
        (entry.name, entry.sha256) for entry in runtime.list_models()
    ]


@pytest.mark.parametrize("command", [[], ["predict"], ["video"]])
def test_help_teaches_by_example(command, capsys):
    with pytest.raises(SystemExit) as error:
        main([*command, "--help"])
    assert error.value.code == 0
    out = capsys.readouterr().out
    assert "examples:\n  landmarks " in out
    assert "None" not in out


def test_version_names_the_libraries(capsys):
    with pytest.raises(SystemExit) as error:
        main(["--version"])
    assert error.value.code == 0
    assert capsys.readouterr().out.startswith(f"landmarks {runtime.__version__} (Python 3.")


def test_verbose_says_what_runs_where(photos, caplog):
    caplog.set_level("INFO", logger="runtime")
    main(["predict", "photos", "-v"])
    assert "CPUExecutionProvider" in caplog.text


def test_summary_says_which_faces_are_too_small(photos, capsys):
    large = cv2.resize(ASTRONAUT, (1600, 1600))
    cv2.imwrite("large.png", large)
    assert main(["predict", "photos", "--no-picture"]) == 0
    assert "px are not always found" not in capsys.readouterr().out
    assert main(["predict", "large.png", "photos", "--no-picture"]) == 0
    advice = capsys.readouterr().out.splitlines()[-1]
    assert advice.startswith("faces of less than about 100 px are not always found in pictures of 1600x1600")
    assert "--detector-size 384 finds them from 67 px on" in advice and "--retry-size" in advice


@pytest.mark.parametrize("option", ["--detector-size", "--retry-size"])
def test_who_has_chosen_the_size_gets_no_advice(capsys, option):
    cv2.imwrite("large.png", cv2.resize(ASTRONAUT, (1600, 1600)))
    assert main(["predict", "large.png", "--no-picture", option, "384"]) == 0
    assert "px are not always found" not in capsys.readouterr().out


def test_near_detector_is_told_from_the_one_that_sees_far(capsys):
    cv2.imwrite("large.png", cv2.resize(ASTRONAUT, (800, 800)))
    assert main(["predict", "large.png", "--no-picture", "--detector", "blazeface-short"]) == 0
    assert "--detector blazeface-back finds them from 50 px on" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["predict", "photos", "--no-picture"], ["video", "pan.mp4", "out.mp4"]])
def test_no_threads_are_one_for_each_cpu(photos, clip, command, monkeypatch):
    monkeypatch.setattr("runtime.cli.options.usable_cpus", lambda: 2)
    taken = []
    monkeypatch.setattr("runtime.cli.options.Predictor", lambda *_, **options: taken.append(options) or Predictor())
    assert main([*command, "--threads", "0"]) == 0
    assert taken[0]["threads"] == 2


def test_confidence_and_order_can_be_chosen():
    cv2.imwrite("cup.png", skimage.data.coffee()[..., ::-1])
    for given, expected in (([], False), (["--min-confidence", "0"], True)):
        assert main(["predict", "cup.png", "--no-picture", "--json", "cup.json", *given]) == 0
        assert bool(json.loads(Path("cup.json").read_text())[0]["faces"]) == expected
    pair = np.hstack([ASTRONAUT[20:220, 120:320], cv2.resize(ASTRONAUT[20:220, 120:320], (300, 300))[:200]])
    cv2.imwrite("pair.png", pair)
    assert (
        main(["predict", "pair.png", "--no-picture", "--json", "p.json", "--max-faces", "1", "--order", "score"]) == 0
    )
    [image] = json.loads(Path("p.json").read_text())
    [best] = Predictor(max_faces=1, order="score")(pair)
    assert image["faces"] == [best.to_dict()]


@pytest.mark.parametrize(("option", "beginning"), [("--json", "["), ("--csv", "image,")])
@pytest.mark.parametrize("target", ["-", "/dev/stdout"])
def test_table_on_standard_output_is_alone_there(photos, option, beginning, target):
    done = start("predict", "photos", "--no-picture", option, target)
    out, err = done.communicate()
    assert done.returncode == 0 and out.startswith(beginning)
    assert "2 images, 2 faces, 0 failed" in err
    if option == "--json":
        assert len(json.loads(out)) == 2


def test_frames_on_standard_output_are_lines_of_json(clip):
    done = start("video", clip, "out.mp4", "--json", "-")
    out, err = done.communicate()
    assert [json.loads(line)["frame"] for line in out.splitlines()] == list(range(10))
    assert "10 frames" in err


def test_pattern_that_no_shell_expanded(workplace, capsys):
    for name in ("odd [1]/a.jpg", "odd [1]/b.jpg", "odd [1]/c.png", "x[1].jpg"):
        save(workplace / name, NO_FACE)
    assert main(["predict", "odd [1]/*.jpg", "x[1].jpg", "--no-picture"]) == 0
    assert "3 images" in capsys.readouterr().out
    assert main(["predict", "*.webp", "--no-picture"]) == 1
    assert "*.webp: no such file" in capsys.readouterr().err


def test_pattern_that_stands_for_two_videos(clip, capsys):
    shutil.copy(clip, "second.mp4")
    assert main(["video", "*.mp4", "out.avi"]) == 2
    assert "*.mp4 stands for 2 files" in capsys.readouterr().err


def test_pictures_that_are_passed_over_are_counted(workplace, capsys):
    save(workplace / "photos" / "a.jpg", NO_FACE)
    save(workplace / "photos" / "b.jpg", NO_FACE).rename(workplace / "photos" / "b")
    (workplace / "photos" / "c.HEIC").write_bytes(b"")
    (workplace / "photos" / "notes.txt").write_text("no picture")
    assert main(["predict", "photos", "--no-picture"]) == 0
    assert "passed over for their endings: 1 without ending, 1 .heic; to try them" in capsys.readouterr().err
    (workplace / "photos" / "a.jpg").unlink()
    assert main(["predict", "photos", "--no-picture"]) == 2
    assert "1 .heic" in capsys.readouterr().err


def test_copy_that_its_format_cannot_hold_costs_itself_alone(workplace, capsys):
    cv2.imwrite("wide.tif", np.full((1, 70000, 3), 128, np.uint8))
    os.rename("wide.tif", "a.jpg")
    save(workplace / "b.jpg", NO_FACE)
    assert main(["predict", "a.jpg", "b.jpg", "--json", "f.json"]) == 1
    assert files("landmarks-out") == ["b.jpg"]
    first, second = json.loads(Path("f.json").read_text())
    assert ".jpg holds at most 65500 pixels a side" in first["error"] and first["width"] == 70000
    assert second["error"] is None
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_no_copies_are_promised_where_there_are_none(workplace, capsys):
    assert main(["predict", "nowhere.jpg", "https://example.org/a.jpg"]) == 1
    out, err = capsys.readouterr()
    assert "annotated copies" not in out
    assert "https://example.org/a.jpg: a URL" in err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are shorter")
def test_longest_name_has_a_copy(workplace):
    save(workplace / "photos" / "a.jpg", NO_FACE).rename(workplace / "photos" / ("n" * 251 + ".bmp"))
    save(workplace / "photos" / "a.jpg", NO_FACE).rename(workplace / "photos" / ("n" * 251 + ".png"))
    assert main(["predict", "photos"]) == 0
    assert len(files("landmarks-out")) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_pipe_in_a_folder_does_not_hold_up_the_run(workplace, capsys):
    save(workplace / "photos" / "a.jpg", NO_FACE)
    os.mkfifo("photos/b.jpg")
    assert main(["predict", "photos", "--no-picture"]) == 0
    assert "1 image, " in capsys.readouterr().out


def test_video_of_a_name_that_is_too_long_is_refused_before_the_work(clip, workplace, capsys):
    before = files(workplace)
    assert main(["video", str(clip), "n" * 252 + ".mp4"]) == 1
    assert "cannot be written: File name too long" in capsys.readouterr().err
    assert files(workplace) == before


def test_pattern_in_a_name_with_brackets_finds_the_files(workplace, capsys):
    save(workplace / "p[1]" / "q[2]a.png", NO_FACE)
    assert main(["predict", "p[1]/q[2]*.png", "--no-picture"]) == 0
    assert "p[1]/q[2]a.png: 0 faces" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the size of files are a matter of Unix")
def test_table_that_becomes_too_large_ends_no_other(photos, capsys):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        code = main(["predict", "photos", "--no-picture", "--json", "f.json", "--csv", os.devnull])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 1
    assert json.loads(Path("f.json").read_text()) == []
    out, err = capsys.readouterr()
    assert "2 images, 2 faces, 0 failed" in out and err.count("f.json: File too large") == 1
