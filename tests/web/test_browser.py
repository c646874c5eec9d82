"""The page in a real headless Chromium: it gives the Python runtime's points.

Needs `make web` (npm) and a Chromium, found on the path or through CHROMIUM; without them these tests skip and say so.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from runtime import Predictor
from runtime.bench.machine import usable_cpus
from runtime.web.server import Server
from runtime.web.site import Site, build_site
from runtime.web.vendor import PACKAGE, VENDOR, WASM

SCRIPT = Path(__file__).with_name("browser.mjs")
ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TOLERANCE = 0.1
"""Pixels at 640x480 that a point may lie from the Python runtime's. Half a pixel is promised; 217 faces of 200
photographs differed by 0.007 at most in both networks; older OpenCVs sample crops at 32nds of a pixel."""


@pytest.fixture(scope="session")
def chromium():
    """Path of a Chromium; skips where something is missing."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if shutil.which("node") is None:
        pytest.skip("node is not installed (Debian and Ubuntu: apt-get install nodejs npm)")
    if not (VENDOR / f"{WASM}.xz").is_file() or not (PACKAGE.parents[1] / "playwright-core").is_dir():
        pytest.skip("the page's npm packages are not there: run `make web`, which needs npm")
    if found is None:
        pytest.skip("no Chromium (Debian and Ubuntu: apt-get install chromium), and CHROMIUM names none")
    return found


@contextmanager
def landmarks_web():
    """Run ``landmarks web``; yields the process and its address."""
    command = [sys.executable, "-m", "runtime", "web", "--port", "0", "--no-open"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().split()[4]
        finally:
            process.kill()


@contextmanager
def serving(server):
    """Run a server of this process; yields it."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@pytest.fixture(scope="session")
def site(chromium):
    return build_site()


@pytest.fixture(scope="session")
def url(site):
    with serving(Server(site)) as server:
        yield server.url


@pytest.fixture(scope="session")
def clip(astronaut, tmp_path_factory):
    """The video of the browser's camera: a face that sways by 12 pixels. Returns the file and its first frame."""
    frame = fitted(astronaut[:384])
    shifts = 6 * np.sin(2 * np.pi * np.arange(60) / 60)
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    write_y4m(path, [cv2.warpAffine(frame, np.array([[1, 0, shift], [0, 1, 0.0]]), (640, 480)) for shift in shifts])
    return path, frame


@pytest.fixture(scope="session")
def browse(chromium, url, clip):
    """Ask browser.mjs for an action; a worker starts one Chromium for all of its tests."""
    command = ["node", str(SCRIPT), chromium, str(clip[0])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:

        def ask(action, **options):
            driver.stdin.write(json.dumps({"action": action, "url": url} | options) + "\n")
            driver.stdin.flush()
            answer = json.loads(driver.stdout.readline())
            assert "error" not in answer, answer["error"]
            return answer["result"]

        yield ask
        driver.stdin.close()


@pytest.fixture(scope="session")
def predictors(predictor):
    return {"full": predictor, "trimmed": Predictor("trimmed")}


def fitted(image):
    """The picture scaled into 640x480, the rest black."""
    scale = min(640 / image.shape[1], 480 / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[: small.shape[0], : small.shape[1]] = small[:480, :640]
    return frame


def saved(folder, images):
    """PNG files, which a browser and OpenCV decode to the same pixels."""
    paths = []
    for name, image in images.items():
        paths.append(str(folder / f"{name}.png"))
        cv2.imwrite(paths[-1], image)
    return paths


def assert_same_faces(document, image, predictors):
    """Every network's faces in the page's JSON are the Python runtime's."""
    assert [result["model"] for result in document] == list(predictors)
    for result in document:
        expected = predictors[result["model"]](image)
        assert (result["width"], result["height"], result["error"]) == (image.shape[1], image.shape[0], None)
        assert len(result["faces"]) == len(expected)
        for actual, face in zip(result["faces"], expected, strict=True):
            wanted = face.to_dict()
            assert list(actual) == list(wanted)
            assert np.abs(np.subtract(actual["landmarks"], wanted["landmarks"])).max() <= TOLERANCE
            assert np.abs(np.subtract(actual["box"], wanted["box"])).max() <= TOLERANCE
            assert actual["score"] == pytest.approx(wanted["score"], abs=0.01)
            assert actual["confidence"] == pytest.approx(wanted["confidence"], abs=0.01)
            for angle in ("yaw", "pitch", "roll"):
                assert actual["pose"][angle] == pytest.approx(wanted["pose"][angle], abs=0.5)


def test_page_gives_the_points_of_the_python_runtime(browse, url, astronaut, grace_hopper, predictors, tmp_path):
    turned = cv2.warpAffine(astronaut, cv2.getRotationMatrix2D((230, 120), 35, 1.6), (640, 480))
    images = {"astronaut": fitted(astronaut), "hopper": fitted(grace_hopper), "turned": turned, "as-it-is": astronaut}
    images["upside-down"] = fitted(np.ascontiguousarray(np.rot90(grace_hopper, 2)))
    images["sideways"] = fitted(np.ascontiguousarray(np.rot90(astronaut)))
    images["pair"] = np.hstack([images["astronaut"][:, :320], images["hopper"][:, :320]])
    answer = browse("predict", files=saved(tmp_path, images))
    for document, (name, image) in zip(answer["documents"], images.items(), strict=True):
        assert document[0]["image"] == f"{name}.png"
        assert all(result["faces"] for result in document)
        assert_same_faces(document, image, predictors)
    assert answer["problems"] == []
    assert answer["hosts"] == [url.rstrip("/")], "the page fetches from elsewhere"


@pytest.mark.parametrize(("passes", "mirror"), [(2, False), (2, True)])
def test_page_refines_the_points_of_pictures_as_the_python_runtime_does(
    browse, astronaut, grace_hopper, tmp_path, passes, mirror
):
    images = {"astronaut": fitted(astronaut), "hopper": fitted(grace_hopper)}
    images["pair"] = np.hstack([images["astronaut"][:, :320], images["hopper"][:, :320]])
    answer = browse("predict", files=saved(tmp_path, images), passes=f"{passes} mirror" if mirror else str(passes))
    names = ("full", "trimmed")
    with ExitStack() as stack:
        opened = {name: stack.enter_context(Predictor(name, passes=passes, mirror=mirror)) for name in names}
        for document, image in zip(answer["documents"], images.values(), strict=True):
            assert_same_faces(document, image, opened)
    assert answer["problems"] == []


def test_page_finds_the_faces_that_the_python_runtime_finds(browse, astronaut, grace_hopper, predictors, tmp_path):
    near, far = astronaut[0:240, 100:340], cv2.resize(grace_hopper[0:480, 40:500], (200, 200))
    scene = np.full((480, 640, 3), 120, np.uint8)
    scene[20:440, 20:440], scene[40:240, 440:640] = cv2.resize(near, (420, 420)), far
    images = {
        "cup": fitted(np.ascontiguousarray(skimage.data.coffee()[..., ::-1])),
        "cat": fitted(np.ascontiguousarray(skimage.data.chelsea()[..., ::-1])),
        "cut-off": np.ascontiguousarray(astronaut[:, 204:]),
        "near and far": scene,
    }
    answer = browse("predict", files=saved(tmp_path, images))
    for document, image in zip(answer["documents"], images.values(), strict=True):
        assert_same_faces(document, image, predictors)
    counts = [len(document[0]["faces"]) for document in answer["documents"]]
    assert counts == [0, 0, 1, 2]
    first, second = (face["box"] for face in answer["documents"][-1][0]["faces"])
    assert first[2] - first[0] > second[2] - second[0], "the near one is first"


def test_page_gives_the_same_points_on_photographs(browse, predictors, tmp_path):
    root = Path(os.environ.get("LANDMARKS_DATA", ROOT.parent / "shared" / "data" / "real"))
    paths = [path for name in ("helen", "afw") for path in sorted((root / name / "train").glob("*.jpg"))[:6]]
    if not paths:
        pytest.skip(f"{root} holds no helen/train, afw/train; set LANDMARKS_DATA to the folder of the photographs")
    images = {path.stem: fitted(cv2.imread(str(path))) for path in paths}
    images = {name: image for name, image in images.items() if predictors["full"](image)}
    answer = browse("predict", files=saved(tmp_path, images))
    for document, image in zip(answer["documents"], images.values(), strict=True):
        assert_same_faces(document, image, predictors)


def test_page_works_without_its_server_after_the_first_load(browse):
    with landmarks_web() as (server, address):
        browse("load", url=address)
        server.kill()
        server.wait()
        answer = browse("reload")
    assert len(answer["document"][0]["faces"]) == 1
    assert answer["isolated"] is True
    assert [result["model"] for result in answer["pair"]] == ["full", "trimmed"]
    assert answer["problem"]["message"].startswith("Irises are not found: ")
    assert answer["problem"]["irises"] is False and len(answer["after"][0]["faces"]) == 1


def test_page_begins_with_one_network_and_loads_another_when_it_is_chosen(browse):
    answer = browse("begin")
    assert answer["first"] == ["blazeface-back-block8.onnx", "full.onnx"]
    assert answer["then"] == ["trimmed.onnx"]


def test_irises_are_found_where_they_are_asked_for(browse, astronaut, tmp_path):
    (path,) = saved(tmp_path, {"astronaut": fitted(astronaut)})
    answer = browse("irises", file=path, shot=str(Path(os.environ.get("SCREENSHOTS", tmp_path)) / "irises.png"))
    assert answer["before"]["networks"] == [] and answer["networks"] == ["iris.onnx"]
    assert "irises" not in answer["before"]["document"][0]["faces"][0]
    assert "irises" in answer["legend"] and answer["problems"] == []
    with Predictor(irises=True) as finder:
        expected = [face.to_dict() for face in finder(fitted(astronaut))]
    found = answer["document"][0]["faces"]
    assert list(found[0]) == list(expected[0])
    for actual, wanted in zip(found, expected, strict=True):
        for side in ("right", "left"):
            for name, value in wanted["irises"][side].items():
                assert actual["irises"][side][name] == pytest.approx(value, abs=0.2)
        for angle, value in wanted["irises"]["gaze"].items():
            assert actual["irises"]["gaze"][angle] == pytest.approx(value, abs=2)


def test_message_on_a_phone_lies_above_the_bar(browse, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    seen = browse("problem", file=str(tmp_path / "notes.txt"))
    message, bar = seen["message"], seen["bar"]
    assert message["y"] >= 0 and message["y"] + message["height"] <= bar["y"] < seen["height"]


def test_new_version_is_offered_and_taken_up(browse, site):
    files = site.files | {
        "index.html": site.files["index.html"].replace(b"<title>edge-landmarks<", b"<title>newer<"),
        "sw.js": site.files["sw.js"].replace(site.build.encode(), b"another build"),
    }
    with serving(Server(site)) as server:
        browse("load", url=server.url)
        server.show(Site(files, "another build"))
        titles = browse("update")
    assert titles == ["edge-landmarks", "newer"]


def test_page_on_a_plain_static_host_gets_threads_on_the_second_visit(browse, site, tmp_path):
    """In a folder of a host that sends no special headers, as GitHub Pages for instance."""
    if usable_cpus() < 2:
        pytest.skip("this process has one processor: the page offers no second thread")
    site.write(tmp_path / "some" / "folder")
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as host:
        answer = browse("visits", url=f"http://localhost:{host.server_address[1]}/some/folder/")
    assert answer["isolated"] == [False, True]
    assert (len(answer["document"][0]["faces"]), answer["problems"]) == (1, [])


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


def test_camera_is_followed_smoothly_and_paused(browse, clip, predictors):
    """Each answer must be that of some frame of the clip."""
    answer = browse("camera")
    assert (answer["pause"], answer["problems"]) == ("Go on", [])
    for result in answer["document"]:
        (face,) = result["faces"]
        assert face["track"] == 0
        still = predictors[result["model"]](clip[1])[0].landmarks[:, :2]
        off = np.array(face["landmarks"])[:, :2] - still
        # the clip's colours are subsampled: the points are near, not the same
        assert np.abs(off - np.median(off, axis=0)).mean() < 1
        assert abs(np.median(off[:, 0])) < 8 and abs(np.median(off[:, 1])) < 2


def test_video_file_plays_and_is_followed(browse, astronaut, tmp_path):
    path = tmp_path / "clip.webm"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 30, (640, 480))
    if not writer.isOpened():
        pytest.skip("this OpenCV writes no WebM")
    for _ in range(15):
        writer.write(fitted(astronaut[:384]))
    writer.release()
    answer = browse("video", file=str(path))
    assert [result["image"] for result in answer["document"]] == ["clip.webm", "clip.webm"]
    assert [face["track"] for result in answer["document"] for face in result["faces"]] == [0, 0]
    assert answer["problems"] == []


def test_file_that_is_no_picture_is_refused_and_the_picture_before_stays(browse, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    answer = browse("still", file=str(tmp_path / "notes.txt"))
    assert answer["message"] == "notes.txt is not a picture or video that this browser can read."
    assert answer["document"][0]["image"] == "sample.jpg"


def test_no_other_page_may_frame_it(browse):
    answer = browse("framed")
    assert "frame-ancestors 'none'" in answer["told"] and answer["seen"] == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_names_of_files_are_text_and_nothing_else(browse, astronaut, tmp_path):
    name = "<img src=x onerror=document.title='taken'>&lt;\u202e"
    (path,) = saved(tmp_path, {name: fitted(astronaut)})
    answer = browse("predict", files=[path])
    assert [result["image"] for result in answer["documents"][0]] == [f"{name}.png"] * 2
    assert answer["problems"] == []  # an element would have asked for a picture, and the page's policy have told of it
    hostile = tmp_path / "<svg onload=alert(1)>.json"
    hostile.write_text('[{"image": "</script><script>alert(1)</script>", "faces": {"__proto__": []}}]')
    answer = browse("still", file=str(hostile))
    assert answer["message"].startswith(f"{hostile.name} is not a picture")


def test_page_is_used_by_keyboard_alone(browse):
    seen = browse("keyboard")
    assert (seen["panes"], seen["model"], seen["file"]) == ([1, 2], "trimmed", "sample-faces.json")
    assert seen["numbers"] is True
    assert seen["after"] == 1, "shortcuts that were turned off still act"
    assert seen["unnamed"] == []


def test_screen_reader_finds_names_and_the_result(browse):
    tree = browse("describe")
    for line in (
        'group "Picture source"',
        'button "Camera"',
        'img "sample.jpg: 1 face, marked by the network full"',
        "status: 1 face in sample.jpg",
        'radio "full" [checked]',
        'checkbox "Contours" [checked]',
        'combobox "Detector"',
    ):
        assert line in tree, tree


def test_browser_without_promise_integration_finds_the_same_face(browse, url):
    document = browse("standins", url=url.replace("localhost", "127.0.0.1"))
    sample = cv2.imread(str(ROOT / "runtime" / "web" / "static" / "sample.jpg"))
    points = np.array(document[0]["faces"][0]["landmarks"])
    # JPEG decoders differ by a little
    assert np.abs(points - Predictor()(sample)[0].landmarks).max() < 1


@pytest.fixture(scope="module")
def looks(browse, tmp_path_factory):
    """Pictures of the page, in the folder that SCREENSHOTS names if it does, and what is wrong with it."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path_factory.mktemp("screenshots")))
    return folder, browse("looks", folder=str(folder))


def test_page_fits_every_screen_without_scrolling_sideways(looks):
    folder, seen = looks
    assert set(seen["overflow"]) == {0}
    picture = cv2.imread(str(folder / "phone-dark.png"))
    assert picture.shape == (844, 390, 3)
    # the sample's orange suit is on it
    assert ((picture[..., 2] > 180) & (picture[..., 0] < 80)).mean() > 0.01


def test_accessibility_rules_are_kept_in_dark_and_light(looks):
    """axe-core's: names, roles, contrast, order."""
    assert looks[1]["violations"] == []


def write_y4m(path, frames):
    """Write frames (H, W, 3) uint8 BGR as YUV4MPEG2 with 4:2:0 colours, which Chromium takes for a camera."""
    height, width = frames[0].shape[:2]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
